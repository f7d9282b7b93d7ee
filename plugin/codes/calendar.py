"""Working time: business days, opening hours and elapsed hours, which are never the same thing.

Spans are half-open: what ends on a day ends at the next local midnight, which is the first moment
too late; at 17:30:00 an office that closes at 17:30 is closed. Stored times are UTC, reckoning is
in the provider's zone. The day something starts is day zero and not counted, whatever the hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from plugin.codes.model import CalendarRule, Opening, Unit, Within

_DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ONE_DAY = timedelta(days=1)
_DAYS = frozenset(
    (
        Unit.BUSINESS_DAY,
        Unit.BUSINESS_DAY_INCLUSIVE,
        Unit.CALENDAR_DAY,
        Unit.CALENDAR_DAY_INCLUSIVE,
        Unit.WEEK,
    )
)
"""What ends with a local day."""

MAX_DAYS = 4000
"""How far ahead a search for working time goes before it is a mistake in the calendar."""


class CalendarError(ValueError):
    """The calendar has no working time to count."""


REMEMBERED_DAYS = 4096
"""How many days a calendar remembers the answers for: cases of one year ask for the same ones."""


class Calendar:
    """A provider's calendar: holidays of its country and subdivision, closures, opening hours.

    The rule never changes, so what a day is, is reckoned once.
    """

    def __init__(self, rule: CalendarRule) -> None:
        remember = lru_cache(maxsize=REMEMBERED_DAYS)
        self.why_not_worked = remember(self._why_not_worked)
        """Why a day is no business day ("weekend", "holiday (Christmas Day)"), or None."""
        self.opening_on = remember(self._opening_on)
        """When the provider is open on a day, earliest first, no two overlapping."""
        self.start_of = remember(self._start_of)
        """The first moment of a local day."""
        self.business_day_after = remember(self._business_day_after)
        """The n-th business day after a day, which is itself not counted."""
        self._ends_on = remember(self._day_ends)
        self.closing_for = remember(self._closing_for)
        """The last working moment for what ends with a day; None where that day is worked."""
        self.rule = rule
        self.zone = ZoneInfo(rule.zone)
        self._closures = frozenset(rule.closures)
        self._one_offs = {one.on: one.name for one in rule.holidays}

    def local(self, moment: datetime) -> datetime:
        """The moment on the provider's clock. Raises ValueError for one without a zone."""
        if moment.tzinfo is self.zone:
            return moment
        if moment.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {moment!r}")
        return moment.astimezone(self.zone)

    def local_date(self, moment: datetime) -> date:
        """The provider's date at that moment."""
        return self.local(moment).date()

    def _start_of(self, day: date) -> datetime:
        return self._at(day, time())

    def _why_not_worked(self, day: date) -> str | None:
        if day in self._closures:
            return "closed by the provider"
        rule = self.rule
        named = _holidays(rule.country, rule.subdivision, rule.categories, day.year)
        name = named.get(day) or self._one_offs.get(day)
        if name:
            return f"holiday ({name})"
        return "weekend" if day.weekday() >= 5 else None

    def knows(self, year: int) -> bool:
        """Are public holidays known for a year?"""
        rule = self.rule
        return bool(_holidays(rule.country, rule.subdivision, rule.categories, year))

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday, no holiday, no closure."""
        return self.why_not_worked(day) is None

    def _business_day_after(self, day: date, count: int) -> date:
        for _ in range(count):
            day = self._next_business_day(day)
        return day

    def business_day_before(self, day: date) -> date:
        """The last business day before `day`."""
        for _ in range(MAX_DAYS):
            day -= _ONE_DAY
            if self.is_business_day(day):
                return day
        raise CalendarError("no business day comes before")

    def _opening_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """Opening spans of a day.

        Where no opening hours are printed, a business day is open from midnight to midnight. A
        provider open at weekends says so and is, holidays included.
        """
        if not self.rule.opening:
            whole = (self.start_of(day), self.start_of(day + _ONE_DAY))
            return [whole] if self.is_business_day(day) else []
        spans = [
            self._span(day, opening)
            for opening in self.rule.opening
            if _DAY_NAMES[day.weekday()] in opening.days and self._works(day, opening)
        ]
        return _merged(sorted(spans))

    def next_opening(self, moment: datetime) -> datetime:
        """`moment` itself where the provider is open, else the next opening."""
        opens, _ = next(self._spans_from(moment))
        return max(opens, self.local(moment))

    def after_working_hours(self, start: datetime, hours: int) -> datetime:
        """The moment `hours` opening hours after `start`; one that ends at closing ends there."""
        left = timedelta(hours=hours)
        for opens, closes in self._spans_from(start):
            begins = max(opens, self.local(start))
            length = closes.astimezone(UTC) - begins.astimezone(UTC)
            if length >= left:
                return self._plus(begins, left)
            left -= length
        raise AssertionError("unreachable: the spans do not end")

    def after_working_day_hours(self, start: datetime, hours: int) -> datetime:
        """`hours` later, counting every hour of business days alone, from the next opening.

        Twenty-four of them are the same clock time on the next business day.
        """
        begins = self.next_opening(start)
        left = timedelta(hours=hours)
        day = begins.date()
        while True:
            if self.is_business_day(day):
                length = self.start_of(day + _ONE_DAY).astimezone(UTC) - begins.astimezone(UTC)
                if length > left:
                    return self._plus(begins, left)
                left -= length
            day = self._next_business_day(day)
            begins = self.start_of(day)

    def last_working_moment_before(self, moment: datetime, *, business: bool = False) -> datetime:
        """The closing time at or before `moment`: the last that can still be acted before.

        `business`: only on business days, whatever other days the provider is open.
        """
        day = self.local_date(moment)
        for _ in range(MAX_DAYS):
            closings = [end for _, end in self._open_on(day, business) if end <= moment]
            if closings:
                return closings[-1]
            day -= _ONE_DAY
        raise CalendarError("the provider is never open")

    def _closing_for(self, last_day: date, business: bool) -> datetime | None:
        due_at = self.start_of(last_day + _ONE_DAY)
        if self.is_working(due_at, business=business):
            return None
        return self.last_working_moment_before(due_at, business=business)

    def is_working(self, moment: datetime, *, business: bool = False) -> bool:
        """Is the provider open at that moment, or just closing? `business`: on a business day."""
        day = self.local_date(moment)
        around = [*self._open_on(day - _ONE_DAY, business), *self._open_on(day, business)]
        return any(opens < moment <= closes for opens, closes in around)

    def is_open(self, moment: datetime) -> bool:
        """Is the provider open at that moment? When it closes it is not."""
        day = self.local_date(moment)
        around = [*self._open_on(day - _ONE_DAY, False), *self._open_on(day, False)]
        return any(opens <= moment < closes for opens, closes in around)

    def ends(self, start: datetime, within: Within) -> tuple[datetime, date | None]:
        """(first moment too late, last day) of a span; the day is None for spans in hours."""
        if within.unit in _DAYS:
            return self._ends_on(self.local_date(start), within.amount, within.unit)
        if within.unit is Unit.WORKING_HOUR:
            return self.after_working_hours(start, within.amount), None
        if within.unit is Unit.WORKING_DAY_HOUR:
            return self.after_working_day_hours(start, within.amount), None
        return self._plus(self.local(start), timedelta(hours=within.amount)), None

    def _day_ends(self, day_zero: date, amount: int, unit: Unit) -> tuple[datetime, date]:
        """The end of a span of days, which is the same for everything of that day."""
        last_day = self._last_day(day_zero, amount, unit)
        return self.start_of(last_day + _ONE_DAY), last_day

    def _last_day(self, day_zero: date, amount: int, unit: Unit) -> date:
        if unit is Unit.BUSINESS_DAY:
            return self.business_day_after(day_zero, amount)
        if unit is Unit.BUSINESS_DAY_INCLUSIVE:
            return self.business_day_after(day_zero - _ONE_DAY, amount)
        if unit is Unit.WEEK:
            return day_zero + timedelta(weeks=amount)
        counted = amount - (unit is Unit.CALENDAR_DAY_INCLUSIVE)
        return day_zero + timedelta(days=counted)

    def _next_business_day(self, day: date) -> date:
        for _ in range(MAX_DAYS):
            day += _ONE_DAY
            if self.is_business_day(day):
                return day
        raise CalendarError("no business day comes after")

    def _works(self, day: date, opening: Opening) -> bool:
        """Holidays close an office that keeps weekdays; one open at weekends stays open."""
        if {"sat", "sun"} <= set(opening.days):
            return day not in self._closures
        why = self.why_not_worked(day)
        return why is None or why == "weekend"

    def _span(self, day: date, opening: Opening) -> tuple[datetime, datetime]:
        ends_at_midnight = opening.closes == time()
        closes = (
            self.start_of(day + _ONE_DAY) if ends_at_midnight else self._at(day, opening.closes)
        )
        return self._at(day, opening.opens), closes

    def _spans_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Opening spans that end after `moment`, earliest first, without end."""
        day = self.local_date(moment)
        idle = 0
        while idle < MAX_DAYS:
            spans = [span for span in self.opening_on(day) if span[1] > moment]
            yield from spans
            idle = 0 if spans else idle + 1
            day += _ONE_DAY
        raise CalendarError("the provider is never open")

    def _open_on(self, day: date, business: bool) -> list[tuple[datetime, datetime]]:
        return [] if business and not self.is_business_day(day) else self.opening_on(day)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone)

    def _plus(self, moment: datetime, length: timedelta) -> datetime:
        """Elapsed time later: clock changes are real hours (RFC 3339 offsets in between)."""
        return (moment.astimezone(UTC) + length).astimezone(self.zone)


def _merged(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Sorted spans with those that overlap or touch made one, so that no hour counts twice."""
    merged: list[tuple[datetime, datetime]] = []
    for opens, closes in spans:
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return merged


@lru_cache(maxsize=256)
def calendar_for(rule: CalendarRule) -> Calendar:
    """The calendar of a rule, made once."""
    return Calendar(rule)


@lru_cache(maxsize=1024)
def _holidays(
    country: str, subdivision: str | None, categories: tuple[str, ...], year: int
) -> dict[date, str]:
    found = holidays.country_holidays(
        country, subdiv=subdivision, years=year, categories=categories
    )
    return dict(found)
