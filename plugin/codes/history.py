"""A case as the rules see it, and how one is read from JSON.

What `code promises` is given comes from people and scripts: everything that cannot be meant is
refused by its place, before a date is reckoned from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

_KINDS = """
received acknowledged reviewed manager_responded handler_introduced contact_time_agreed
interval_agreed progress_given handed_to_engineering engineering_answered escalated determined
outcome_advised customer_confirmed customer_objected deadlocked deadlock_letter_sent
adr_notice_sent adr_excepted ccts_notice_sent data_protection_raised
data_protection_acknowledged closed reopened withdrawn customer_wrote letter_queued letter_sent
letter_undelivered letter_cancelled noted assigned flagged representative_confirmed
party_confirmed compensation_claimed compensation_decided overruled promoted merged unmerged
split rescheduled viewed erased
"""
EVENT_KINDS = frozenset(_KINDS.split())
CUSTOMER_KINDS = ("consumer", "small_business", "business", "not_for_profit")
CLOSED_AS = ("confirmed", "assumed", "deadlock", "withdrawn", "out_of_scope")
EXCEPTIONS = ("vexatious", "out_of_jurisdiction")
WAYS = ("phone", "email", "letter")

FIRST_YEAR, LAST_YEAR = 1990, 2200
"""Dates outside these years are slips of the pen."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a case: an event kind, when (aware), and its facts."""

    kind: str
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Customer:
    """Who complained, as far as anybody recorded it; None is unknown and decides nothing."""

    kind: str | None = None
    headcount: int | None = None
    monthly_bill: float | None = None


@dataclass(frozen=True, slots=True)
class History:
    """When a case was first received, what happened since, who it is, and its flags."""

    received_at: datetime
    events: Sequence[Fact] = ()
    customer: Customer = Customer()
    flags: frozenset[str] = frozenset()

    @property
    def first_received(self) -> datetime:
        """The earliest receipt on any channel."""
        others = (event.at for event in self.events if event.kind == "received")
        return min((self.received_at, *others))


class HistoryError(ValueError):
    """The history contradicts itself or cannot be read; the message names the place."""


def read_history(document: object, levels: Collection[str] = ()) -> tuple[History, datetime | None]:
    """The history in a JSON document, and its `as_of` where it has one.

    `levels` are the provider's, the front line included; empty: any. Raises HistoryError naming the
    place, what is wrong and what would be right.
    """
    table = _table(document, "the history")
    _only(table, "", ("received_at", "customer", "flags", "events", "as_of"))
    if "received_at" not in table:
        raise HistoryError("received_at: it is missing; give the time of first receipt")
    events = table.get("events", [])
    if not isinstance(events, list):
        raise HistoryError("events: it is not a list; give a list of events")
    flags = table.get("flags", [])
    if not isinstance(flags, list) or not all(isinstance(flag, str) for flag in flags):
        raise HistoryError('flags: it is not a list of words; give e.g. ["technical"]')
    history = History(
        _moment(table["received_at"], "received_at"),
        [_event(event, f"events[{n}]", levels) for n, event in enumerate(events)],
        _customer(table.get("customer", {})),
        frozenset(flags),
    )
    as_of = table.get("as_of")
    return history, None if as_of is None else _moment(as_of, "as_of")


def _event(document: object, place: str, levels: Collection[str]) -> Fact:
    table = _table(document, place)
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in EVENT_KINDS:
        near = get_close_matches(str(kind), EVENT_KINDS, 1)
        hint = f"is {near[0]!r} meant?" if near else "the kinds are in the documentation"
        raise HistoryError(f"{place}.kind: {kind!r} is no kind of event; {hint}")
    if "at" not in table:
        raise HistoryError(f"{place}.at: it is missing; say when it happened")
    facts = {key: value for key, value in table.items() if key not in ("kind", "at")}
    _check_facts(kind, facts, place, levels)
    return Fact(kind, _moment(table["at"], f"{place}.at"), facts)


def _check_facts(kind: str, facts: dict[str, Any], place: str, levels: Collection[str]) -> None:
    """What a kind needs, and what no event may say otherwise than in one form."""
    if kind == "interval_agreed":
        days = facts.get("days")
        if type(days) is not int or not 1 <= days <= 365:
            raise HistoryError(f"{place}.days: {days!r} is no number of business days, 1 to 365")
    if kind == "escalated" and not isinstance(facts.get("level"), str):
        raise HistoryError(f"{place}.level: it is missing; say to which level")
    if kind == "adr_excepted":
        _one_of(facts.get("reason"), EXCEPTIONS, f"{place}.reason")
        if not str(facts.get("by") or "").strip():
            raise HistoryError(f"{place}.by: it is missing; name the person who decided")
    if kind == "closed" and "as" in facts:
        _one_of(facts["as"], CLOSED_AS, f"{place}.as")
    if kind == "letter_undelivered" and "letter" not in facts:
        raise HistoryError(f"{place}.letter: it is missing; say which letter")
    for key in ("level", "by_level"):
        if levels and facts.get(key) is not None:
            _one_of(facts[key], levels, f"{place}.{key}")
    _check_forms(kind, facts, place)


def _check_forms(kind: str, facts: dict[str, Any], place: str) -> None:
    if facts.get("elements") is not None:
        elements = _table(facts["elements"], f"{place}.elements")
        if elements.get("timeframe_date") is not None:
            _day(elements["timeframe_date"], f"{place}.elements.timeframe_date")
    if facts.get("contact_at") is not None:
        facts["contact_at"] = _moment(facts["contact_at"], f"{place}.contact_at").isoformat()
    if kind == "progress_given" and facts.get("by") is not None:
        by = facts["by"]
        if not isinstance(by, list):
            raise HistoryError(f'{place}.by: it is not a list; give e.g. ["phone", "email"]')
        for number, way in enumerate(by):
            _one_of(way, WAYS, f"{place}.by[{number}]")
    silence = facts.get("silence_closes", True)
    if not isinstance(silence, bool):
        raise HistoryError(f"{place}.silence_closes: {silence!r} is neither true nor false")


def _customer(document: object) -> Customer:
    table = _table(document, "customer")
    _only(table, "customer.", ("kind", "headcount", "monthly_bill"))
    kind, headcount, bill = (table.get(key) for key in ("kind", "headcount", "monthly_bill"))
    if kind is not None:
        _one_of(kind, CUSTOMER_KINDS, "customer.kind")
    if headcount is not None and (type(headcount) is not int or headcount < 0):
        raise HistoryError(f"customer.headcount: {headcount!r} is no number of people")
    if bill is not None and (type(bill) not in (int, float) or not 0 <= bill < 1e12):
        raise HistoryError(f"customer.monthly_bill: {bill!r} is no amount of dollars a month")
    return Customer(kind, headcount, bill)


def _table(document: object, place: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise HistoryError(f"{place}: it is no JSON object; give one in braces")
    return document


def _only(table: Mapping[str, object], place: str, known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            there = ", ".join(known)
            raise HistoryError(f"{place}{key}: there is no such key; there are: {there}")


def _one_of(value: object, known: Collection[str], place: str) -> None:
    if not isinstance(value, str) or value not in known:
        raise HistoryError(f"{place}: {value!r} is none of: {', '.join(known)}")


def _moment(value: object, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise HistoryError(
            f"{place}: {value!r} is no time with an offset between {FIRST_YEAR} and {LAST_YEAR}; "
            "give e.g. 2026-11-20T16:00:00+00:00"
        )
    return moment


def _day(value: object, place: str) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise HistoryError(f"{place}: {value!r} is no date; give e.g. 2026-11-27")
    return day
