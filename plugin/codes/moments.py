"""When the desk acts because nobody else did, and when it looks at a promise again. Pure.

What nobody did goes at opening (09:00 where no opening is stated) of the last business day on or
before the last day; promises in hours, one opening hour before they are due (architecture, 4).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from plugin.codes.calendar import Calendar
from plugin.codes.promise import Promise, near_from, wakes_at

USUAL_OPENING = time(9)
"""Where no opening is stated, or the provider never closes."""

_HOUR = timedelta(hours=1)


def opening_of(day: date, calendar: Calendar) -> datetime:
    """When work begins on a business day: the first opening, or the usual hour."""
    usual = datetime.combine(day, USUAL_OPENING, calendar.zone)
    spans = calendar.opening_on(day) if calendar.rule.opening else []
    opens = spans[0][0] if spans else usual
    return usual if opens == calendar.start_of(day) else opens


def last_opening(last_day: date, calendar: Calendar) -> datetime:
    """The opening of the last business day on or before `last_day`."""
    day = last_day
    if not calendar.is_business_day(day):
        day = calendar.business_day_before(day)
    return opening_of(day, calendar)


def acts_at(promise: Promise, calendar: Calendar) -> datetime:
    """When the desk does by itself what nobody has done for a promise; never before it starts."""
    if promise.last_day is not None:
        moment = last_opening(promise.last_day, calendar)
    else:
        moment = an_opening_hour_before(promise.due_at, calendar)
    return max(moment, promise.starts_at)


def an_opening_hour_before(due_at: datetime, calendar: Calendar) -> datetime:
    """The moment with one hour of opening left before `due_at`."""
    left, day = _HOUR, calendar.local_date(due_at)
    until = due_at.astimezone(UTC)
    for _ in range(366):
        for opens, closes in reversed(calendar.opening_on(day)):
            ends = min(closes.astimezone(UTC), until)
            length = ends - opens.astimezone(UTC)
            if length <= timedelta():
                continue
            if length >= left:
                return calendar.local(ends - left)
            left -= length
        day -= timedelta(days=1)
    return due_at - _HOUR


def warns_at(promise: Promise, calendar: Calendar) -> datetime:
    """When silence is warned of: at the opening of the business day before its last day."""
    assert promise.last_day is not None
    moment = opening_of(calendar.business_day_before(promise.last_day), calendar)
    return max(moment, promise.starts_at)


def next_business_opening(moment: datetime, calendar: Calendar, days: int = 1) -> datetime:
    """The opening of the `days`-th business day after the day of `moment`."""
    day = calendar.business_day_after(calendar.local_date(moment), days)
    return opening_of(day, calendar)


def near_at_start(promise: Promise, calendar: Calendar) -> datetime | None:
    """The first working moment of an open promise in hours that a closed office leaves no business
    day for, and that is near from its start; None for any other."""
    if promise.state != "open" or promise.reason is not None or promise.last_day is not None:
        return None
    start = promise.starts_at
    if promise.alert_at is not None or near_from(promise, calendar) > start:
        return None
    if promise.act_by is None and calendar.is_working(start):
        return None
    moment = calendar.next_opening(start)
    return moment if moment < (promise.act_by or promise.due_at) else None


def looks_at(
    promise: Promise, calendar: Calendar, as_of: datetime, *, acts: datetime | None, looked: bool
) -> datetime | None:
    """The next moment at which the desk must look at the promise; None if never.

    `acts`: when the desk acts by itself, where it does. `looked`: what was to be done by `as_of` is
    done; otherwise a moment to act that has passed is still to be looked at.
    """
    wakes = wakes_at(promise, calendar, as_of)
    begins = near_at_start(promise, calendar)
    if begins is not None and (begins > as_of or not looked):
        wakes = min(max(begins, as_of), wakes or promise.due_at)
    if acts is None or promise.state not in ("open", "broken") or (looked and acts <= as_of):
        return wakes
    if promise.state == "broken" and (promise.kept_at is not None or looked):
        return wakes
    return acts if wakes is None else min(acts, wakes)
