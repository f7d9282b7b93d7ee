"""What a provider has promised about a case, and whether each promise is kept.

`derive` is a function of the rules, the history and a moment, and of nothing else: the same
answers come out for the scheduler, the countdown on screen, the preview and the case file. What is
kept or broken stays so at every later moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from plugin.codes.calendar import Calendar, calendar_for
from plugin.codes.model import Clause, Edition, PromiseRule, ProviderFile, Unit, Within

State = Literal["open", "kept", "broken", "waived", "stopped"]

_DAY_UNITS = (Unit.BUSINESS_DAY, Unit.CALENDAR_DAY, Unit.CALENDAR_DAY_INCLUSIVE, Unit.WEEK)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a case: an event kind, when (aware), and its facts."""

    kind: str
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """A case as the rules see it: when it was first received, and what happened since."""

    received_at: datetime
    events: Sequence[Fact] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of one case; times carry the provider's offset, `due_at` is half-open.

    `act_by` is the last working moment before `due_at`, null where `due_at` ends working time.
    """

    promise: str
    occurrence: int
    severity: str
    starts_at: datetime
    alert_at: datetime | None
    act_by: datetime | None
    due_at: datetime
    last_day: date | None
    state: State
    kept_at: datetime | None
    reason: str | None
    letter: str | None
    clause: str
    source: str
    reading: str | None
    edition: str
    explain: tuple[str, ...]


class HistoryError(ValueError):
    """The history contradicts itself; the message names the event."""


def derive(rules: ProviderFile, history: History, as_of: datetime) -> tuple[Promise, ...]:
    """Every promise of the case as it stands at `as_of`.

    Events after `as_of` have not happened. Raises HistoryError for an event before receipt, save
    `received` on another channel, when the earliest counts.
    """
    calendar = calendar_for(rules.calendar)
    known = _known(history, as_of)
    found = [
        promise
        for rule in rules.promises
        for promise in _SHAPES[rule.shape](rule, rules, known, calendar, as_of)
    ]
    return tuple(sorted(found, key=lambda one: (one.due_at, one.promise, one.occurrence)))


def near_from(promise: Promise, calendar: Calendar) -> datetime:
    """The moment from which an open promise is near: `alert_at`, else a business day before due.

    Never before the promise starts.
    """
    if promise.alert_at is not None:
        return promise.alert_at
    day = calendar.business_day_before(calendar.local_date(promise.due_at))
    due = promise.due_at
    same_time = calendar.start_of(day) + (due - calendar.start_of(calendar.local_date(due)))
    return max(same_time, promise.starts_at)


def wakes_at(promise: Promise, calendar: Calendar, as_of: datetime) -> datetime | None:
    """The next moment after `as_of` at which somebody must look at the promise; None if never.

    The due moment itself is looked at even when it has passed, until the promise is broken.
    """
    if promise.state != "open":
        return None
    near = near_from(promise, calendar)
    return near if as_of < near else promise.due_at


def _known(history: History, as_of: datetime) -> History:
    """The history as of a moment: sorted, what is to come left out, what bounced taken back."""
    events = sorted((e for e in history.events if e.at <= as_of), key=lambda event: event.at)
    received = min([history.received_at, *(e.at for e in events if e.kind == "received")])
    for event in events:
        if event.at < received:
            raise HistoryError(f"{event.kind} at {event.at.isoformat()} is before the receipt")
    bounced = {
        str(e.facts["letter"]): e.at
        for e in events
        if e.kind == "letter_undelivered" and "letter" in e.facts
    }
    standing = [
        event
        for event in events
        if event.kind == "letter_undelivered" or not _is_void(event, bounced)
    ]
    return History(received, standing)


def _is_void(event: Fact, bounced: Mapping[str, datetime]) -> bool:
    """Was this said by a letter that never arrived?"""
    letter = event.facts.get("letter")
    return letter is not None and str(letter) in bounced


def _once(
    rule: PromiseRule,
    rules: ProviderFile,
    history: History,
    calendar: Calendar,
    as_of: datetime,
) -> Iterator[Promise]:
    """From a start event, within a time, kept by something."""
    start = _start(rule, history)
    if start is None:
        return
    due_at, last_day = calendar.ends(start, rule.within)
    kept = next((e.at for e in history.events if e.at >= start and _keeps(rule, e)), None)
    ended = next((e for e in history.events if e.at >= start and e.kind in rule.stopped_by), None)
    state, reason = _state(due_at, kept, ended, as_of)
    yield Promise(
        promise=rule.name,
        occurrence=1,
        severity=rule.severity.value,
        starts_at=calendar.local(start),
        alert_at=calendar.ends(start, rule.alert)[0] if rule.alert else None,
        act_by=_act_by(due_at, calendar),
        due_at=due_at,
        last_day=last_day,
        state=state,
        kept_at=calendar.local(kept) if kept and state in ("kept", "broken") else None,
        reason=reason,
        letter=rule.letter,
        clause=_cite(rule.clause),
        source=_source(rule.clause, rules),
        reading=rule.reading,
        edition=_edition(rules.editions, calendar.local_date(history.received_at)),
        explain=tuple(_explain(start, rule.within, due_at, last_day, calendar)),
    )


_SHAPES: dict[str, Callable[..., Iterator[Promise]]] = {"once": _once}


def _start(rule: PromiseRule, history: History) -> datetime | None:
    if rule.starts == "received":
        return history.received_at
    return next((event.at for event in history.events if event.kind == rule.starts), None)


def _keeps(rule: PromiseRule, event: Fact) -> bool:
    """Does this event keep the promise, with every element it must carry?"""
    return any(
        kept_by.event == event.kind and all(_has(event, element) for element in kept_by.elements)
        for kept_by in rule.kept_by
    )


def _has(event: Fact, element: str) -> bool:
    elements = event.facts.get("elements")
    return isinstance(elements, Mapping) and bool(str(elements.get(element) or "").strip())


def _state(
    due_at: datetime, kept: datetime | None, ended: Fact | None, as_of: datetime
) -> tuple[State, str | None]:
    """Whichever came first: kept, the case's end, or the due moment."""
    if kept is not None and kept < due_at and (ended is None or kept <= ended.at):
        return "kept", None
    if ended is not None and ended.at < due_at:
        return "stopped", f"the case ended ({ended.kind})"
    if as_of >= due_at:
        return "broken", "kept too late" if kept is not None else "not kept in time"
    return "open", None


def _act_by(due_at: datetime, calendar: Calendar) -> datetime | None:
    if not calendar.rule.opening or calendar.is_working(due_at):
        return None
    return calendar.last_working_moment_before(due_at)


def _cite(clause: Clause) -> str:
    sentence = f", sentence {clause.sentence}" if clause.sentence else ""
    return f"{clause.section}{sentence}: {clause.says}"


def _source(clause: Clause, rules: ProviderFile) -> str:
    document = next(one for one in rules.documents if one.key == clause.document)
    return f"{document.title}, {document.dated or 'undated'}"


def _edition(editions: Sequence[Edition], received: date) -> str:
    """The newest edition in force on the day of receipt."""
    in_force = [
        edition
        for edition in editions
        if edition.effective_from is None or edition.effective_from <= received
    ]
    chosen = max(in_force or editions, key=lambda edition: edition.effective_from or date.min)
    return chosen.name


def _explain(
    start: datetime, within: Within, due_at: datetime, last_day: date | None, calendar: Calendar
) -> Iterator[str]:
    """How the date came about, in words an adjudicator could read."""
    first = calendar.local(start)
    if last_day is None or within.unit not in _DAY_UNITS:
        yield f"{_moment(first)}: the time starts"
        hours = "hour" if within.amount == 1 else "hours"
        unit = _UNIT_WORDS[within.unit].format(hours=hours)
        yield f"{within.amount} {unit} later: {_moment(due_at)}"
        return
    day, counted = first.date(), 0
    if within.unit is Unit.CALENDAR_DAY_INCLUSIVE:
        counted = 1
        yield f"{_day(day)}: 1"
    else:
        yield f"{_day(day)}: the day it starts, not counted"
    while day < last_day:
        day += timedelta(days=1)
        skipped = calendar.why_not_worked(day) if within.unit is Unit.BUSINESS_DAY else None
        counted += skipped is None
        yield f"{_day(day)}: {skipped or counted}" + (", not counted" if skipped else "")


_UNIT_WORDS = {
    Unit.WORKING_HOUR: "opening {hours}",
    Unit.WORKING_DAY_HOUR: "{hours} of business days",
    Unit.CLOCK_HOUR: "{hours} on the clock",
}


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _moment(moment: datetime) -> str:
    return f"{_day(moment.date())} {moment:%H:%M}"
