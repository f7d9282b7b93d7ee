"""How a date came about, in words that an adjudicator could read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from plugin.codes.calendar import Calendar
from plugin.codes.model import Unit, Within

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

MOST_DAYS = 10
"""Calendar days are listed one by one up to here; of a longer count the first and the last."""

_STARTS = {
    "received": "day of receipt",
    "acknowledged": "day of the last update",
    "progress_given": "day of the last update",
    "interval_agreed": "day the interval was agreed",
    "contact_time_agreed": "day the contact was agreed",
    "handed_to_engineering": "day of hand-over",
    "escalated": "day of escalation",
    "determined": "day of the determination",
    "outcome_advised": "day of the outcome",
    "deadlocked": "day of deadlock",
    "data_protection_raised": "day it was raised",
    "customer_objected": "day of the objection",
    "reopened": "day the case was re-opened",
}

_UNITS = {
    Unit.BUSINESS_DAY: ("business day", "business days"),
    Unit.BUSINESS_DAY_INCLUSIVE: (
        "business day, the first included",
        "business days, the first included",
    ),
    Unit.WORKING_HOUR: ("opening hour", "opening hours"),
    Unit.WORKING_DAY_HOUR: ("hour of business days", "hours of business days"),
    Unit.CLOCK_HOUR: ("hour on the clock", "hours on the clock"),
    Unit.CALENDAR_DAY: ("calendar day", "calendar days"),
    Unit.CALENDAR_DAY_INCLUSIVE: (
        "calendar day, the first included",
        "calendar days, the first included",
    ),
    Unit.WEEK: ("week", "weeks"),
}


def say_within(within: Within) -> str:
    """A length of time in words, e.g. "5 business days"."""
    one, many = _UNITS[within.unit]
    return f"{within.amount} {one if within.amount == 1 else many}"


def say_day(day: date, year: int | None = None) -> str:
    """A day in words, with its year where it is another than `year`."""
    other = f" {day.year}" if year is not None and day.year != year else ""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}{other}"


def say_moment(moment: datetime, year: int | None = None) -> str:
    """A moment in words, on its own clock."""
    return f"{say_day(moment.date(), year)} {moment.hour:02d}:{moment.minute:02d}"


def explain(
    start: datetime,
    begins: datetime,
    within: Within,
    end: tuple[datetime, date | None],
    calendar: Calendar,
    *,
    event: str,
) -> tuple[str, ...]:
    """The counting of a span, a line each.

    `start` is the event's moment, `begins` where counting starts (another only by a reading), `end`
    the first moment too late and the last day, `event` the kind of event it starts with.
    """
    local = calendar.local(start)
    due_at, last_day = end
    outside: tuple[str, ...] = ()
    if begins is not start and begins != start:
        opens = calendar.local(begins)
        outside = (f"{say_moment(local)}: outside opening hours, counted as {say_moment(opens)}",)
        local = opens
    if last_day is None:
        return (*outside, *_hours(local, within, due_at, calendar))
    counted = _days(local.date(), within.amount, within.unit, last_day, calendar, event)
    return outside + counted if outside else counted


@lru_cache(maxsize=4096)
def _days(
    day: date, amount: int, unit: Unit, last_day: date, calendar: Calendar, event: str
) -> tuple[str, ...]:
    """The counting of days, which is the same for every case of that day."""
    within = Within(amount=amount, unit=unit)
    if within.unit is Unit.WEEK:
        return tuple(_weeks(day, within, event))
    if within.unit in (Unit.BUSINESS_DAY, Unit.BUSINESS_DAY_INCLUSIVE):
        return tuple(_business_days(day, within, last_day, calendar, event))
    return tuple(_calendar_days(day, within, last_day, event))


def _hours(start: datetime, within: Within, due_at: datetime, calendar: Calendar) -> Iterator[str]:
    yield f"{say_moment(start)}: the time starts"
    if within.unit is not Unit.CLOCK_HOUR:
        opens = calendar.next_opening(start)
        if opens != start:
            yield f"{say_moment(opens, start.year)}: the next opening"
    yield f"{say_within(within)} later: {say_moment(due_at, start.year)}"


def _weeks(day: date, within: Within, event: str) -> Iterator[str]:
    year = day.year
    yield f"{say_day(day)}: {_start(event)}, not counted"
    for week in range(1, within.amount + 1):
        day += timedelta(weeks=1)
        last = ", the last day, whatever day it is" if week == within.amount else ""
        yield f"{say_day(day, year)}: week {week}{last}"


def _business_days(
    day: date, within: Within, last_day: date, calendar: Calendar, event: str
) -> Iterator[str]:
    year, counted = day.year, 0
    if within.unit is Unit.BUSINESS_DAY:
        yield f"{say_day(day)}: {_start(event)}, not counted"
        day += timedelta(days=1)
    while day <= last_day:
        why = calendar.why_not_worked(day)
        counted += why is None
        if why != "weekend":
            yield f"{say_day(day, year)}: " + (f"{why}, not counted" if why else str(counted))
        day += timedelta(days=1)


def _calendar_days(day: date, within: Within, last_day: date, event: str) -> Iterator[str]:
    year, counted = day.year, 0
    if within.unit is Unit.CALENDAR_DAY:
        yield f"{say_day(day)}: {_start(event)}, not counted"
        day += timedelta(days=1)
    else:
        yield f"{say_day(day)}: 1, {_start(event)}"
        counted, day = 1, day + timedelta(days=1)
    if within.amount > MOST_DAYS:
        yield f"{say_day(last_day, year)}: {within.amount}, every day counted"
        return
    while day <= last_day:
        counted += 1
        yield f"{say_day(day, year)}: {counted}"
        day += timedelta(days=1)


def _start(event: str) -> str:
    return _STARTS.get(event) or f"day of: {event.replace('_', ' ')}"
