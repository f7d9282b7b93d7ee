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
    entitled = owed(work.desk.settings, work.provider)
    told = dict(doing.told)
    try:
        made = _suggest(entitled, told, _customer(work.events), _today(work))
    except CompensationError as error:
        raise doing.refused(str(error)) from None
    work.record(doing.action.kind, {**told, "kind": made.kind}, at=doing.at, actor=doing.actor)


def _decided(work: CaseWork, doing: Doing) -> None:
    """Record a decision, with the suggestion it was made on. Raises ActionRefused."""
    entitled = owed(work.desk.settings, work.provider)
    told = dict(doing.told)
    claims = open_claims(work.events)
    kind = told.get("kind") or (next(iter(claims)) if len(claims) == 1 else None)
    if kind is not None and kind not in entitled.kinds:
        raise doing.refused(f"kind: there is no {kind!r} here; {_there(entitled)}")
    claim: Mapping[str, Any] | None = claims.get(str(kind or ""))
    if _FACTS & set(told) - {"kind"}:
        claim = told
    try:
        made = (
            _suggest(entitled, {**claim, "kind": kind}, _customer(work.events), _today(work))
            if claim
            else None
        )
    except CompensationError as error:
        raise doing.refused(str(error)) from None
    amount = told.get("amount")
    if amount is None:
        if made is None or made.amount is None:
            raise doing.refused("amount: it is missing, and nothing is worked out; give it")
        amount = str(made.amount)
    facts = {name: value for name, value in told.items() if name not in _FACTS}
    facts |= {"amount": amount, "currency": entitled.currency}
    if made is not None:
        facts |= {"kind": made.kind, "basis": made.basis}
        facts["suggested"] = None if made.amount is None else str(made.amount)
    elif kind is not None:
        facts["kind"] = kind
    work.record(DECIDED, facts, at=doing.at, actor=doing.actor)


def _suggest(
    entitled: Entitlements, facts: Mapping[str, Any], customer: str | None, today: date
) -> Suggestion:
    return suggest(entitled, facts.get("kind") or None, claim_of(facts, customer), today)


def _there(entitled: Entitlements) -> str:
    there = ", ".join(entitled.kinds)
    return f"there are: {there}" if there else "its code knows no compensation"


def _customer(events: Sequence[Draft | Event]) -> str | None:
    kind = picture(events).described.get("kind")
    return None if kind is None else str(kind)


def _today(work: CaseWork) -> date:
    return work.rules.calendar.local_date(work.now)


DOING = {"compensation_claimed": _claimed, "compensation_decided": _decided}
