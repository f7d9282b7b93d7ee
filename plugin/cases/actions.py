"""The one table of what may be done: to look at things, and to act on a case.

Pages, commands, the API and the simulator ask here; none carries a rule of its own. An action says
what it records, the facts it needs, the states it fits, the letter it makes, and the least role
that may do it. What it then causes is the desk's (`desk/act.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from plugin.cases.case import State
from plugin.cases.facts import (
    Choice,
    Elements,
    FactSpec,
    Flag,
    Id,
    Level,
    Moment,
    Money,
    Number,
    Text,
    Ways,
    Word,
)
from plugin.cases.money import CLAIM, CLAIMED, DECIDED
from plugin.cases.roles import Role


@dataclass(frozen=True, slots=True)
class View:
    """Something a person may look at, e.g. "view_case"."""

    kind: str
    least: Role


_VIEWS = (
    View("list_cases", Role.AGENT),
    View("view_case", Role.AGENT),
    View("view_contact", Role.AGENT),
    View("view_waiting", Role.AGENT),
    View("decide_contact", Role.AGENT),
    View("view_quarantine", Role.AGENT),
    View("view_mailboxes", Role.SUPERVISOR),
    View("check_mailbox", Role.SUPERVISOR),
    # An unread mail is raw and may hold anything of anybody's: fewer people take it home.
    View("download_raw_mail", Role.SUPERVISOR),
    View("view_outgoing_mail", Role.ADMIN),
)
VIEWS = {view.kind: view for view in _VIEWS}

LIVE: frozenset[State] = frozenset({"open", "outcome_proposed", "reopened"})
CLOSED: frozenset[State] = frozenset(
    {
        "closed_confirmed",
        "closed_assumed",
        "closed_deadlock",
        "closed_withdrawn",
        "closed_out_of_scope",
    }
)
ANY = LIVE | CLOSED
PROPOSED: frozenset[State] = frozenset({"outcome_proposed"})

Sends = Literal["told", "always"]
"""When the letter goes: if the action carries what the customer is told (`text`, `elements`), or
without more, unless the action says how it reached the customer already (`by`)."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that may be done to a case. `kind` is the event it records, where it records one.

    `needs` and `takes` are the facts it must and may carry. `letter` is the kind of letter it
    makes, `sends` when. `by_customer`: a party may do it on the page of the case.
    """

    kind: str
    least: Role
    fits: frozenset[State]
    says: str
    needs: tuple[FactSpec, ...] = ()
    takes: tuple[FactSpec, ...] = ()
    letter: str | None = None
    sends: Sends = "told"
    by_customer: bool = False

    @property
    def facts(self) -> Iterator[FactSpec]:
        """Every fact it knows, those it needs first, and when it happened."""
        yield from self.needs
        yield from self.takes
        yield AT

    @property
    def states(self) -> str:
        """The states it fits, in words."""
        if self.fits == ANY:
            return "any"
        if self.fits == LIVE:
            return "a live case"
        if self.fits == CLOSED:
            return "a closed case"
        return ", ".join(state.replace("_", " ") for state in sorted(self.fits))


AT = Moment("at", "when it happened, if not now, e.g. 2026-11-24T10:00+00:00")
_TEXT = Text("text", "what the customer is told")
_WHY = Text("text", "why, in your words")
_SAID = Text("text", "what was said, in your words")
_BY = Ways("by", "how it reached the customer: phone, email, letter")
_ANSWER = Id("answer", "the number of the answer from a mail program that told it; sends no letter")
_BY_LEVEL = Level("by_level", "the level that decided")
_SILENCE = Flag("silence_closes", "does the letter say that silence will close the case?")
_CHANNEL = Choice(
    "channel",
    "how the customer said it",
    ("phone", "email", "post", "link", "chat", "portal", "fax", "in_person"),
)
_PARTY = Id("party", "the number of the party; left out where only one can be meant")
_CONTACT = Id("contact", "the number of the contact; left out, the newest")
_EXCEPTIONS = ("vexatious", "out_of_jurisdiction")
FLAGS = (
    "vulnerable",
    "significant_harm",
    "urgent",
    "repetitive",
    "technical",
    "vexatious",
    "out_of_jurisdiction",
)

_ACTIONS = (
    # First days -------------------------------------------------------------------------------
    Action(
        "acknowledged",
        Role.AGENT,
        LIVE,
        "the complaint was acknowledged in another way than by our letter",
        takes=(
            _BY,
            _ANSWER,
            Elements("elements", "what it told: reference, procedure, timeframe"),
            _SAID,
        ),
    ),
    Action("reviewed", Role.AGENT, LIVE, "a representative reviewed the complaint", takes=(_SAID,)),
    Action(
        "manager_responded",
        Role.MANAGER,
        LIVE,
        "the manager responsible answered the customer",
        takes=(_TEXT, _BY, _ANSWER),
        letter="manager_response",
    ),
    Action(
        "handler_introduced",
        Role.AGENT,
        LIVE,
        "the handler introduced themselves, with direct contact details",
        takes=(
            Word("name", "the handler's name"),
            Word("direct_contact", "how to reach them directly"),
            _TEXT,
            _BY,
            _ANSWER,
        ),
        letter="handler_introduction",
    ),
    Action(
        "contact_time_agreed",
        Role.AGENT,
        LIVE,
        "a time for the next contact was agreed",
        takes=(
            Moment("contact_at", "the time agreed, e.g. 2026-11-30T14:30+00:00"),
            _TEXT,
            _BY,
            _ANSWER,
        ),
        letter="contact_time",
    ),
    Action(
        "interval_agreed",
        Role.AGENT,
        LIVE,
        "how often the customer is told of progress was agreed",
        needs=(Number("days", "every so many business days", 1, 365),),
    ),
    Action(
        "assigned",
        Role.AGENT,
        LIVE,
        "the case has a handler",
        needs=(Word("handler", "who handles it"),),
    ),
    # While it runs ----------------------------------------------------------------------------
    Action(
        "progress_given",
        Role.AGENT,
        LIVE,
        "the customer was told of progress",
        takes=(
            Elements("elements", "progress, proposed_actions, timeframe, timeframe_date"),
            _TEXT,
            _BY,
            _ANSWER,
            Flag("phone_not_possible", "was a call impossible?"),
            Text("reason", "why a call was not possible"),
        ),
        letter="progress_update",
    ),
    Action(
        "handed_to_engineering",
        Role.AGENT,
        LIVE,
        "the matter went to engineers or a carrier",
        takes=(_TEXT, _BY, _ANSWER),
        letter="technical_handover",
    ),
    Action(
        "engineering_answered",
        Role.AGENT,
        LIVE,
        "engineers or the carrier answered",
        takes=(_SAID,),
    ),
    Action(
        "customer_wrote",
        Role.AGENT,
        ANY,
        "the customer said something on another channel",
        needs=(_CHANNEL,),
        takes=(_SAID,),
    ),
    Action("noted", Role.AGENT, ANY, "a note for colleagues", needs=(Text("text", "the note"),)),
    Action(
        "flagged",
        Role.AGENT,
        ANY,
        "something about the case or its customer that colleagues must know",
        needs=(Choice("flag", "the flag", FLAGS),),
        takes=(Flag("on", "set it, or take it off again"), _WHY),
    ),
    Action(
        "customer_described",
        Role.AGENT,
        ANY,
        "who the customer is, and how they want to be written to",
        takes=(
            Choice(
                "kind",
                "what kind of customer",
                ("consumer", "small_business", "business", "not_for_profit"),
            ),
            Number("headcount", "how many people work there", 0, 10_000_000),
            Number("monthly_bill", "the telecom bill of a month, in dollars", 0, 10**9),
            Word("language", "the language of letters, e.g. fr-CA"),
            Word("format", "the format asked for, e.g. large_print"),
        ),
    ),
    # Answers ----------------------------------------------------------------------------------
    Action(
        "outcome_advised",
        Role.AGENT,
        LIVE,
        "the customer is told the outcome, in writing",
        needs=(_TEXT,),
        takes=(_BY_LEVEL, _SILENCE),
        letter="outcome",
        sends="always",
    ),
    Action(
        "customer_confirmed",
        Role.AGENT,
        PROPOSED,
        "the customer says that it is resolved",
        needs=(_CHANNEL,),
        takes=(_SAID,),
        by_customer=True,
    ),
    Action(
        "customer_objected",
        Role.AGENT,
        PROPOSED,
        "the customer does not accept the outcome",
        takes=(_CHANNEL, _SAID),
        by_customer=True,
    ),
    Action(
        "escalated",
        Role.AGENT,
        LIVE,
        "the case goes to a higher level",
        takes=(Level("level", "to which level; left out, the next one"), _CHANNEL, _WHY),
        letter="escalated",
        sends="always",
        by_customer=True,
    ),
    Action(
        "determined",
        Role.AGENT,
        LIVE,
        "the level that has the case decided it",
        takes=(_BY_LEVEL, _TEXT, _SILENCE),
        letter="determination",
    ),
    Action(
        "deadlocked",
        Role.SUPERVISOR,
        LIVE,
        "the provider will not go further, and says so in writing",
        needs=(_TEXT,),
        letter="deadlock_letter",
        sends="always",
    ),
    # Ends and new beginnings ------------------------------------------------------------------
    Action(
        "closed",
        Role.SUPERVISOR,
        LIVE,
        "the case ends without an outcome",
        needs=(Choice("as", "as what it closes", ("out_of_scope", "withdrawn")), _TEXT),
        letter="closed",
        sends="always",
    ),
    Action(
        "withdrawn",
        Role.AGENT,
        LIVE,
        "the customer withdraws the complaint",
        takes=(_CHANNEL, _SAID),
        letter="closed",
        sends="always",
    ),
    Action(
        "reopened",
        Role.AGENT,
        CLOSED,
        "a closed case is taken up again",
        takes=(_CHANNEL, _WHY),
        letter="reopened",
        sends="always",
        by_customer=True,
    ),
    # Beyond the provider ----------------------------------------------------------------------
    Action(
        "adr_notice_sent",
        Role.AGENT,
        ANY,
        "the customer is told of the dispute resolution scheme",
        takes=(_BY,),
        letter="adr_notice",
        sends="always",
    ),
    Action(
        "deadlock_letter_sent",
        Role.SUPERVISOR,
        frozenset({"closed_deadlock"}),
        "the deadlock letter reached the customer in another way",
        needs=(_BY,),
    ),
    Action(
        "adr_excepted",
        Role.MANAGER,
        ANY,
        "a named person decides that the notice need not go, and why",
        needs=(
            Choice("reason", "the reason", _EXCEPTIONS),
            Word("by", "the name of the person who decided"),
        ),
        takes=(_WHY,),
    ),
    Action(
        "ccts_notice_sent",
        Role.AGENT,
        ANY,
        "the customer is told of CCTS",
        takes=(_BY,),
        letter="ccts_notice",
        sends="always",
    ),
    Action(
        "data_protection_raised",
        Role.AGENT,
        ANY,
        "the complaint is about personal data too",
        takes=(_SAID,),
    ),
    Action(
        "data_protection_acknowledged",
        Role.AGENT,
        ANY,
        "the complaint about personal data is acknowledged",
        takes=(_BY,),
        letter="data_protection_acknowledgement",
        sends="always",
    ),
    # Who it is --------------------------------------------------------------------------------
    Action(
        "party_confirmed",
        Role.AGENT,
        ANY,
        "somebody who wrote about the case belongs to it",
        takes=(_PARTY,),
    ),
    Action(
        "address_added",
        Role.AGENT,
        ANY,
        "where the customer can be reached, or that a known address works again",
        needs=(
            Choice("kind", "what it is", ("email", "phone")),
            Word("address", "the address or number, as they gave it"),
        ),
        takes=(_PARTY,),
    ),
    Action(
        "address_removed",
        Role.AGENT,
        ANY,
        "an address or number that is not the customer's, or no longer",
        needs=(Word("address", "the address or number, as it is shown"),),
        takes=(_PARTY,),
    ),
    Action(
        "representative_named",
        Role.AGENT,
        ANY,
        "somebody complains for the customer; they are asked for the customer's authority",
        takes=(_PARTY, Word("customer", "the customer they speak for")),
        letter="authority_request",
        sends="always",
    ),
    Action(
        "representative_confirmed",
        Role.AGENT,
        ANY,
        "the customer's authority for a representative is on record",
        takes=(_PARTY, _WHY),
    ),
    Action(
        "information_given",
        Role.AGENT,
        ANY,
        "how complaints are handled was explained on request",
        letter="information",
        sends="always",
    ),
    # Money ------------------------------------------------------------------------------------
    Action(
        CLAIMED,
        Role.AGENT,
        ANY,
        "compensation is claimed or may be due; what it comes to is worked out and shown",
        takes=(*CLAIM, _WHY),
    ),
    Action(
        DECIDED,
        Role.SUPERVISOR,
        ANY,
        "whether compensation is given, and how much; nothing is paid by this",
        takes=(
            Money("amount", "the amount, 0 for none; left out, what is worked out"),
            Word("paid", "how it is paid, e.g. as a credit to the next invoice"),
            *CLAIM,
            _WHY,
        ),
    ),
    # Putting right ----------------------------------------------------------------------------
    Action(
        "overruled",
        Role.AGENT,
        ANY,
        "a person judges a contact otherwise than the rules did",
        needs=(Choice("label", "what it is", ("complaint", "escalation", "neither")),),
        takes=(_CONTACT, _WHY),
    ),
    Action(
        "merged",
        Role.AGENT,
        LIVE,
        "two cases are one complaint; the other one speaks for both from now on",
        needs=(Word("into", "the reference of the case that goes on"),),
    ),
    Action("unmerged", Role.AGENT, ANY, "a merge is taken back", takes=(_WHY,)),
    Action(
        "split",
        Role.AGENT,
        ANY,
        "a contact becomes a case of its own",
        takes=(_CONTACT,),
    ),
    Action(
        "undone",
        Role.SUPERVISOR,
        ANY,
        "something recorded by mistake is taken back",
        needs=(Number("event", "its number in the timeline", 1, 1_000_000),),
        takes=(_WHY,),
    ),
    Action(
        "letter_sent",
        Role.AGENT,
        ANY,
        "a letter that waited for a person was read out or posted",
        needs=(Id("letter", "the number of the letter"), _BY),
    ),
    Action(
        "letter_undelivered",
        Role.AGENT,
        ANY,
        "a letter came back",
        needs=(Id("letter", "the number of the letter"),),
        takes=(_WHY,),
    ),
    Action(
        "links_revoked",
        Role.AGENT,
        ANY,
        "no link in an earlier letter opens the customer's page any more",
        takes=(_WHY,),
    ),
)
ACTIONS = {action.kind: action for action in _ACTIONS}

_WAITING = (
    Action(
        "promoted",
        Role.AGENT,
        ANY,
        "a contact that waits is a complaint, as of when it arrived",
        takes=(Choice("label", "what it is", ("complaint", "escalation")), _WHY),
    ),
    Action("joined", Role.AGENT, ANY, "a contact that waits belongs to the case proposed for it"),
    Action("dismissed", Role.AGENT, ANY, "a contact that waits is no complaint", takes=(_WHY,)),
)
WAITING = {action.kind: action for action in _WAITING}
"""What may be done with a contact that waits for a person."""

UNDOABLE = frozenset(
    {
        "acknowledged",
        "reviewed",
        "manager_responded",
        "handler_introduced",
        "contact_time_agreed",
        "interval_agreed",
        "progress_given",
        "handed_to_engineering",
        "engineering_answered",
        "customer_wrote",
        "flagged",
        "customer_described",
        "customer_confirmed",
        "customer_objected",
        "escalated",
        "determined",
        "closed",
        "withdrawn",
        "reopened",
        "adr_excepted",
        "data_protection_raised",
        "representative_named",
        CLAIMED,
        DECIDED,
    }
)
"""Events a person recorded that may be taken back, as long as no letter of ours stands on them."""
