"""What the customer's page says, in sentences for somebody who knows none of our words.

The panel names states and promises for those who work with them; here they are said to the person
they are about, as what we do and what they can do.
"""

from __future__ import annotations

from dataclasses import dataclass

from plugin.desk.customer import Look, Owed
from plugin.web import dates
from plugin.web.i18n import N_, gettext

_STATES = {
    "open": (
        N_("We are working on your complaint"),
        N_("Your complaint is with us and is not settled yet."),
    ),
    "reopened": (
        N_("We are working on your complaint again"),
        N_("Your case was closed and has been taken up again."),
    ),
    "outcome_proposed": (
        N_("You have our answer"),
        N_("We have told you the outcome. Please tell us whether it resolves your complaint."),
    ),
    "closed_confirmed": (
        N_("Your case is closed"),
        N_("It was confirmed to us that your complaint is resolved."),
    ),
    "closed_assumed": (
        N_("Your case is closed"),
        N_(
            "After our answer we did not hear from you, so we took it that your complaint is"
            " resolved. If it is not, the case can be taken up again."
        ),
    ),
    "closed_deadlock": (
        N_("Your case is closed"),
        N_("We have not been able to agree, and we ourselves cannot take your complaint further."),
    ),
    "closed_withdrawn": (
        N_("Your case is closed"),
        N_("The complaint was withdrawn."),
    ),
    "closed_out_of_scope": (
        N_("Your case is closed"),
        N_("Our complaints procedure does not cover what it is about."),
    ),
}

_OWED = {
    "acknowledge": N_("We confirm to you that we have your complaint"),
    "manager_response": N_("The manager responsible answers you"),
    "handler_introduction": N_("The person who looks after your case introduces themselves"),
    "contact_time_agreed": N_("We agree with you when we speak next"),
    "progress_update": N_("We tell you how things stand"),
    "resolution_target": N_("We aim to have your complaint resolved"),
    "determination": N_("Your complaint is decided at the higher level"),
    "outcome_notice": N_("We tell you what was decided"),
    "assumed_closure": N_("If we hear nothing from you, we close the case"),
    "adr_notice": N_(
        "If it is not resolved by then, we write to you about an independent decision"
    ),
    "deadlock_letter": N_("We send you our final letter"),
    "ccts_notice": N_("We write to you about an independent decision"),
    "data_protection_acknowledgement": N_(
        "We confirm that we have your complaint about personal data"
    ),
}

_TOLD = {
    "customer_confirmed": N_("You told us that it is resolved (%(when)s)."),
    "customer_objected": N_("You told us that it is not resolved (%(when)s)."),
    "reopened": N_("You asked us to take the case up again (%(when)s)."),
    "escalated": N_("You asked us to take your complaint to a higher level (%(when)s)."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something the customer may do: the words that lead to it, and those that ask once more."""

    name: str
    asks: str
    does: str
    yes: str


_STEPS = {
    "customer_confirmed": Step(
        N_("It is resolved"),
        N_("Is your complaint resolved?"),
        N_("If you say yes, we close your case. You can have it taken up again later."),
        N_("Yes, it is resolved"),
    ),
    "customer_objected": Step(
        N_("It is not resolved"),
        N_("Is your complaint not resolved?"),
        N_("If you say so, we go on working on your case."),
        N_("It is not resolved"),
    ),
    "reopened": Step(
        N_("Take it up again"),
        N_("Shall we take your case up again?"),
        N_("If you say yes, we open your case again. It keeps its number and its date."),
        N_("Yes, take it up again"),
    ),
    "escalated": Step(
        N_("Take it to a higher level"),
        N_("Shall your complaint go to a higher level?"),
        N_("If you say yes, it goes to: %(level)s."),
        N_("Yes, take it to a higher level"),
    ),
}

_RECORDED = N_("If you say yes, we put it on the record of your case.")
_OBJECTED = N_("If you say so, your case goes to: %(level)s.")


def state(name: str) -> tuple[str, str]:
    """Where a case stands: a headline, and a sentence."""
    title, text = _STATES[name]
    return gettext(title), gettext(text)


def owed(one: Owed, zone: str) -> tuple[str, str]:
    """What a customer is owed, and until when."""
    known = _OWED.get(one.name)
    what = gettext(known) if known else gettext("We write to you")
    if one.name == "assumed_closure" and one.last_day is not None:
        return what, gettext("at the end of %(day)s") % {"day": dates.day(one.last_day)}
    until = dates.until(one.last_day, one.due_at, zone)
    if one.late:
        late = gettext("It was due %(until)s. We are late with it, and we are sorry.")
        return what, late % {"until": until}
    return what, until


def told(look: Look, zone: str) -> str | None:
    """What this customer told us last, None where they told us nothing yet."""
    if look.told is None:
        return None
    return gettext(_TOLD[look.told.kind]) % {"when": dates.when(look.told.at, zone)}


def step(kind: str, look: Look) -> Step:
    """What the customer may do, as it is for this case."""
    said = _STEPS[kind]
    does = said.does
    if kind == "customer_confirmed" and not look.closes:
        does = _RECORDED
    if kind == "customer_objected" and look.objected:
        does = _OBJECTED
    level = look.objected if kind == "customer_objected" else look.above
    return Step(
        gettext(said.name),
        gettext(said.asks),
        gettext(does) % {"level": level or ""},
        gettext(said.yes),
    )
