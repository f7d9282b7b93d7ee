"""Compensation: worked out for the agent, decided by a person, recorded, and never paid from here.

What a claim comes to follows from its facts and the rules of the case, and is worked out anew
whenever somebody looks; a decision keeps the suggestion it was made on beside the amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from plugin.cases.events import Draft, Event
from plugin.cases.money import CLAIM, DECIDED, claim_of, open_claims
from plugin.cases.picture import picture
from plugin.codes.compensation import CompensationError, Entitlements, Suggestion, suggest
from plugin.codes.provider import Provider
from plugin.desk.casework import CaseWork
from plugin.desk.doing import Doing
from plugin.desk.publish import owed
from plugin.settings import Settings

_FACTS = frozenset(spec.name for spec in CLAIM)


def suggestions(
    settings: Settings, provider: Provider, events: Sequence[Draft | Event], today: date
) -> list[Suggestion]:
    """What the undecided claims of a case come to today (the provider's date).

    One that cannot be worked out any more (its kind has gone) is left out: the record still has it.
    """
    claims = open_claims(events)
    if not claims:
        return []
    entitled, customer = owed(settings, provider), _customer(events)
    found = []
    for facts in claims.values():
        try:
            found.append(_suggest(entitled, facts, customer, today))
        except CompensationError:
            continue
    return found


def _claimed(work: CaseWork, doing: Doing) -> None:
    """Record what somebody claims or may be owed. Raises ActionRefused where it makes no claim."""
    told = dict(doing.told)
    made = _worked_out(work, doing, told)
    if made.kind in open_claims(work.events):
        why = f"a claim of {made.kind} is open already; decide it, or undo it to correct it"
        raise doing.refused(f"kind: {why}")
    work.record(doing.action.kind, {**told, "kind": made.kind}, at=doing.at, actor=doing.actor)


def _decided(work: CaseWork, doing: Doing) -> None:
    """Record a decision, with the suggestion it was made on. Raises ActionRefused."""
    told = dict(doing.told)
    claims = open_claims(work.events)
    kind = told.get("kind") or (next(iter(claims)) if len(claims) == 1 else None)
    if kind is None and len(claims) > 1:
        raise doing.refused(f"kind: it is missing; open are: {', '.join(claims)}")
    entitled = owed(work.desk.settings, work.provider)
    if kind is not None and kind not in entitled.kinds:
        raise doing.refused(f"kind: there is no {kind!r} here; {entitled.there}")
    claim: dict[str, Any] = {**claims.get(str(kind or ""), {}), **_of_claim(told)}
    if kind is not None:
        claim["kind"] = kind
    made = _worked_out(work, doing, claim) if set(claim) - {"kind"} or kind in claims else None
    facts = {**_of_claim(claim), **{name: told[name] for name in told if name not in _FACTS}}
    facts |= {"amount": _amount(doing, made), "currency": entitled.currency}
    if made is not None:
        facts |= {"kind": made.kind, "basis": made.basis, "so_far": made.so_far}
        facts["suggested"] = None if made.amount is None else str(made.amount)
    _give_a_reason(work, doing, made, open_=str(kind or "") in claims)
    work.record(DECIDED, facts, at=doing.at, actor=doing.actor)


def _amount(doing: Doing, made: Suggestion | None) -> str:
    """The amount decided; what is worked out where none is given."""
    given = doing.told.get("amount")
    if given is not None:
        return str(given)
    if made is None or made.amount is None:
        raise doing.refused("amount: it is missing, and nothing is worked out; give it")
    if made.so_far:
        said = f"it is not done yet, so far it comes to {made.shown}"
        raise doing.refused(f"amount: {said}; give done_on, or the amount")
    return str(made.amount)


def _give_a_reason(work: CaseWork, doing: Doing, made: Suggestion | None, *, open_: bool) -> None:
    """Another amount than worked out, or a second decision, says why. Raises ActionRefused."""
    if doing.told.get("text"):
        return
    given = doing.told.get("amount")
    worked_out = None if made is None or made.amount is None else str(made.amount)
    if given is not None and worked_out is not None and given != worked_out:
        raise doing.refused(f"text: say why it is {given} and not {worked_out}")
    if not open_ and any(event.kind == DECIDED for event in work.events):
        raise doing.refused("text: it was decided already; say why it is decided again")


def _worked_out(work: CaseWork, doing: Doing, facts: Mapping[str, Any]) -> Suggestion:
    entitled = owed(work.desk.settings, work.provider)
    day = work.rules.calendar.local_date(doing.at)
    try:
        return _suggest(entitled, facts, _customer(work.events), day)
    except CompensationError as error:
        raise doing.refused(str(error)) from None


def _suggest(
    entitled: Entitlements, facts: Mapping[str, Any], customer: str | None, today: date
) -> Suggestion:
    return suggest(entitled, facts.get("kind") or None, claim_of(facts, customer), today)


def _of_claim(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name in _FACTS and name != "kind"}


def _customer(events: Sequence[Draft | Event]) -> str | None:
    kind = picture(events).described.get("kind")
    return None if kind is None else str(kind)


DOING = {"compensation_claimed": _claimed, "compensation_decided": _decided}
