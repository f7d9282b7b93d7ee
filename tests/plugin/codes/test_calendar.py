"""Working time as tables: every row says its weekday, so that it cannot lie about the date."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.bundle import folder
from plugin.codes.calendar import Calendar, CalendarError
from plugin.codes.load import load, read_folder
from plugin.codes.model import CalendarRule, Opening, Unit, Within

LONDON = ZoneInfo("Europe/London")
TORONTO = ZoneInfo("America/Toronto")

OPUS = Calendar(load("opus", read_folder(folder("templates"), "opus")).file.calendar)
ENGLAND = Calendar(CalendarRule(zone="Europe/London", country="GB", subdivision="ENG"))
SCOTLAND = Calendar(CalendarRule(zone="Europe/London", country="GB", subdivision="SCT"))
ONTARIO = Calendar(CalendarRule(zone="America/Toronto", country="CA", subdivision="ON"))
ALL_DAY_EVERY_DAY = Calendar(
    CalendarRule(
        zone="Europe/London",
        country="GB",
        subdivision="ENG",
        opening=(
            Opening(
                days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), opens=time(), closes=time()
            ),
        ),
    )
)


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """The moment "Fri 20 Nov 2026 16:00" in a zone, provided that day is a Friday."""
    moment = datetime.strptime(text, "%a %d %b %Y %H:%M").replace(tzinfo=zone)
    assert moment.strftime("%a") == text[:3], f"{text} is a {moment:%A}"
    return moment


def on(text: str) -> date:
    """The day "Fri 20 Nov 2026", provided it is a Friday."""
    return at(f"{text} 00:00").date()


def due(calendar: Calendar, start: datetime, amount: int, unit: Unit) -> datetime:
    """The first moment too late."""
    return calendar.ends(start, Within(amount=amount, unit=unit))[0]


class TestOpus:
    """The worked table of the readings AMB-17 and AMB-18."""

    @pytest.mark.parametrize(
        ("arrives", "alert", "outer", "clock"),
        [
            pytest.param(
                "Thu 19 Nov 2026 10:00",
                "Fri 20 Nov 2026 10:00",
                "Mon 23 Nov 2026 16:00",
                "Sat 21 Nov 2026 10:00",
                id="in the morning",
            ),
            pytest.param(
                "Fri 20 Nov 2026 16:00",
                "Mon 23 Nov 2026 16:00",
                "Wed 25 Nov 2026 13:00",
                "Sun 22 Nov 2026 16:00",
                id="before a weekend",
            ),
            pytest.param(
                "Sat 21 Nov 2026 10:00",
                "Tue 24 Nov 2026 08:30",
                "Wed 25 Nov 2026 14:30",
                "Mon 23 Nov 2026 10:00",
                id="while closed",
            ),
            pytest.param(
                "Thu 24 Dec 2026 15:00",
                "Tue 29 Dec 2026 15:00",
                "Thu 31 Dec 2026 12:00",
                "Sat 26 Dec 2026 15:00",
                id="Christmas Eve",
            ),
        ],
    )
    def test_twenty_four_hours_mean_three_things(
        self, arrives: str, alert: str, outer: str, clock: str
    ) -> None:
        start = at(arrives)
        assert due(OPUS, start, 24, Unit.WORKING_DAY_HOUR) == at(alert)
        assert due(OPUS, start, 24, Unit.WORKING_HOUR) == at(outer)
        assert due(OPUS, start, 48, Unit.CLOCK_HOUR) == at(clock)

    @pytest.mark.parametrize(
        ("moment", "opens"),
        [
            ("Fri 20 Nov 2026 08:29", "Fri 20 Nov 2026 08:30"),
            ("Fri 20 Nov 2026 08:30", "Fri 20 Nov 2026 08:30"),
            ("Fri 20 Nov 2026 17:29", "Fri 20 Nov 2026 17:29"),
            ("Fri 20 Nov 2026 17:30", "Mon 23 Nov 2026 08:30"),
            ("Thu 24 Dec 2026 17:30", "Tue 29 Dec 2026 08:30"),
        ],
    )
    def test_the_office_is_open_from_half_past_eight_and_shut_at_half_past_five(
        self, moment: str, opens: str
    ) -> None:
        assert OPUS.next_opening(at(moment)) == at(opens)

    @pytest.mark.parametrize(
        ("start", "hours", "end"),
        [
            pytest.param("Fri 20 Nov 2026 16:30", 1, "Fri 20 Nov 2026 17:30", id="ends at closing"),
            pytest.param("Fri 20 Nov 2026 16:31", 1, "Mon 23 Nov 2026 08:31", id="a minute over"),
            pytest.param("Fri 20 Nov 2026 17:30", 1, "Mon 23 Nov 2026 09:30", id="from closing"),
            pytest.param("Fri 20 Nov 2026 08:30", 9, "Fri 20 Nov 2026 17:30", id="one whole day"),
            pytest.param("Fri 20 Nov 2026 08:30", 10, "Mon 23 Nov 2026 09:30", id="a day and more"),
        ],
    )
    def test_working_hours_stop_at_closing_and_go_on_at_opening(
        self, start: str, hours: int, end: str
    ) -> None:
        assert due(OPUS, at(start), hours, Unit.WORKING_HOUR) == at(end)

    @pytest.mark.parametrize(
        ("moment", "last"),
        [
            ("Sun 22 Nov 2026 16:00", "Fri 20 Nov 2026 17:30"),
            ("Fri 20 Nov 2026 17:30", "Fri 20 Nov 2026 17:30"),
            ("Fri 20 Nov 2026 17:29", "Thu 19 Nov 2026 17:30"),
            ("Sat 26 Dec 2026 15:00", "Thu 24 Dec 2026 17:30"),
            ("Tue 29 Dec 2026 08:30", "Thu 24 Dec 2026 17:30"),
        ],
    )
    def test_the_last_working_moment_is_the_closing_before(self, moment: str, last: str) -> None:
        assert OPUS.last_working_moment_before(at(moment)) == at(last)

    @pytest.mark.parametrize(
        ("moment", "working"),
        [
            ("Fri 20 Nov 2026 08:30", False),
            ("Fri 20 Nov 2026 08:31", True),
            ("Fri 20 Nov 2026 17:30", True),
            ("Fri 20 Nov 2026 17:31", False),
            ("Sat 21 Nov 2026 12:00", False),
            ("Fri 25 Dec 2026 12:00", False),
        ],
    )
    def test_what_ends_at_closing_ends_in_working_time(self, moment: str, working: bool) -> None:
        assert OPUS.is_working(at(moment)) is working


class TestDays:
    @pytest.mark.parametrize(
        ("start", "amount", "unit", "late_from"),
        [
            pytest.param(
                "Mon 23 Nov 2026 23:59",
                1,
                Unit.BUSINESS_DAY,
                "Wed 25 Nov 2026 00:00",
                id="a minute before midnight is still that day",
            ),
            pytest.param(
                "Tue 24 Nov 2026 00:00",
                1,
                Unit.BUSINESS_DAY,
                "Thu 26 Nov 2026 00:00",
                id="midnight is the next day",
            ),
            pytest.param(
                "Sun 22 Nov 2026 12:00",
                1,
                Unit.BUSINESS_DAY,
                "Tue 24 Nov 2026 00:00",
                id="one business day after a Sunday is Monday",
            ),
            pytest.param(
                "Thu 02 Apr 2026 17:55",
                2,
                Unit.BUSINESS_DAY,
                "Thu 09 Apr 2026 00:00",
                id="Easter does not count",
            ),
            pytest.param(
                "Thu 24 Dec 2026 15:00",
                1,
                Unit.BUSINESS_DAY,
                "Wed 30 Dec 2026 00:00",
                id="Boxing Day on a Saturday moves to Monday",
            ),
            pytest.param(
                "Fri 20 Nov 2026 16:00",
                5,
                Unit.CALENDAR_DAY,
                "Thu 26 Nov 2026 00:00",
                id="calendar days count weekends",
            ),
            pytest.param(
                "Fri 20 Nov 2026 16:00",
                30,
                Unit.CALENDAR_DAY_INCLUSIVE,
                "Sun 20 Dec 2026 00:00",
                id="counted from the day of receipt, one day sooner",
            ),
            pytest.param(
                "Fri 20 Nov 2026 16:00",
                6,
                Unit.WEEK,
                "Sat 02 Jan 2027 00:00",
                id="weeks do not roll over New Year's Day",
            ),
            pytest.param(
                "Mon 02 Mar 2026 23:30",
                8,
                Unit.WEEK,
                "Tue 28 Apr 2026 00:00",
                id="clocks go forward on the way",
            ),
        ],
    )
    def test_a_span_of_days_is_late_from_a_midnight(
        self, start: str, amount: int, unit: Unit, late_from: str
    ) -> None:
        end, last_day = ENGLAND.ends(at(start), Within(amount=amount, unit=unit))
        assert end == at(late_from)
        assert last_day == at(late_from).date() - timedelta(days=1)

    def test_the_day_is_the_providers_and_not_utcs(self) -> None:
        late_in_london = datetime(2026, 6, 22, 23, 30, tzinfo=UTC)
        assert ENGLAND.local_date(late_in_london) == on("Tue 23 Jun 2026")
        assert due(ENGLAND, late_in_london, 1, Unit.BUSINESS_DAY) == at("Thu 25 Jun 2026 00:00")
        early_in_utc = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
        assert due(ONTARIO, early_in_utc, 1, Unit.BUSINESS_DAY) == at(
            "Wed 25 Nov 2026 00:00", TORONTO
        )

    def test_the_boundaries_of_the_weekly_time_limits(self) -> None:
        eight = ENGLAND.ends(at("Tue 07 Apr 2026 12:00"), Within(amount=8, unit=Unit.WEEK))
        six = ENGLAND.ends(at("Wed 08 Apr 2026 12:00"), Within(amount=6, unit=Unit.WEEK))
        assert (eight[1], six[1]) == (on("Tue 02 Jun 2026"), on("Wed 20 May 2026"))

    @pytest.mark.parametrize(
        ("day", "why"),
        [
            ("Mon 23 Nov 2026", None),
            ("Sat 21 Nov 2026", "weekend"),
            ("Fri 25 Dec 2026", "holiday (Christmas Day)"),
        ],
    )
    def test_a_day_that_is_not_worked_says_why(self, day: str, why: str | None) -> None:
        assert ENGLAND.why_not_worked(on(day)) == why

    def test_a_closure_is_the_providers_own(self) -> None:
        closed = Calendar(
            CalendarRule(
                zone="Europe/London",
                country="GB",
                subdivision="ENG",
                closures=(on("Wed 25 Nov 2026"),),
            )
        )
        assert closed.why_not_worked(on("Wed 25 Nov 2026")) == "closed by the provider"
        assert due(closed, at("Tue 24 Nov 2026 09:00"), 1, Unit.BUSINESS_DAY) == at(
            "Fri 27 Nov 2026 00:00"
        )

    def test_the_business_day_before_skips_the_holidays(self) -> None:
        assert ENGLAND.business_day_before(on("Tue 29 Dec 2026")) == on("Thu 24 Dec 2026")


class TestHolidays:
    @pytest.mark.parametrize(
        ("day", "england", "scotland"),
        [
            pytest.param("Mon 30 Nov 2026", True, False, id="St Andrew's Day"),
            pytest.param("Mon 06 Apr 2026", False, True, id="Easter Monday"),
            pytest.param("Fri 02 Jan 2026", True, False, id="2 January"),
            pytest.param("Mon 28 Dec 2026", False, False, id="substitute for Boxing Day"),
            pytest.param("Mon 31 Aug 2026", False, True, id="summer bank holiday in England"),
            pytest.param("Mon 03 Aug 2026", True, False, id="summer bank holiday in Scotland"),
        ],
    )
    def test_scotland_keeps_other_holidays_than_england(
        self, day: str, england: bool, scotland: bool
    ) -> None:
        assert ENGLAND.is_business_day(on(day)) is england
        assert SCOTLAND.is_business_day(on(day)) is scotland

    def test_a_promise_over_st_andrews_day_falls_due_later_in_scotland(self) -> None:
        start = at("Fri 27 Nov 2026 10:00")
        assert due(ENGLAND, start, 1, Unit.BUSINESS_DAY) == at("Tue 01 Dec 2026 00:00")
        assert due(SCOTLAND, start, 1, Unit.BUSINESS_DAY) == at("Wed 02 Dec 2026 00:00")

    @pytest.mark.parametrize(
        ("calendar", "day"),
        [
            (ENGLAND, "Fri 01 Jan 2027"),
            (ENGLAND, "Mon 27 Dec 2027"),
            (ENGLAND, "Tue 28 Dec 2027"),
            (SCOTLAND, "Mon 04 Jan 2027"),
            (ONTARIO, "Thu 01 Jul 2027"),
        ],
    )
    def test_known_holidays_of_2027_are_not_worked(self, calendar: Calendar, day: str) -> None:
        assert not calendar.is_business_day(on(day))

    @pytest.mark.parametrize("calendar", [ENGLAND, SCOTLAND, ONTARIO])
    def test_next_years_holidays_are_known(self, calendar: Calendar) -> None:
        next_year = datetime.now(tz=UTC).year + 1
        days = [date(next_year, 1, 1) + timedelta(days=n) for n in range(365)]
        named = [day for day in days if (calendar.why_not_worked(day) or "").startswith("holiday")]
        assert len(named) >= 8

    def test_ontario_works_on_a_british_bank_holiday_and_not_on_its_own(self) -> None:
        assert ONTARIO.is_business_day(on("Mon 31 Aug 2026"))
        assert not ONTARIO.is_business_day(on("Mon 07 Sep 2026"))


class TestClockChanges:
    @pytest.mark.parametrize(
        ("zone", "start", "end"),
        [
            pytest.param(
                LONDON, "Sat 28 Mar 2026 10:00", "Mon 30 Mar 2026 11:00", id="London, forward"
            ),
            pytest.param(
                LONDON, "Sat 24 Oct 2026 10:00", "Mon 26 Oct 2026 09:00", id="London, back"
            ),
            pytest.param(
                TORONTO, "Sat 07 Mar 2026 10:00", "Mon 09 Mar 2026 11:00", id="Toronto, forward"
            ),
            pytest.param(
                TORONTO, "Sat 31 Oct 2026 10:00", "Mon 02 Nov 2026 09:00", id="Toronto, back"
            ),
        ],
    )
    def test_forty_eight_clock_hours_are_elapsed_hours(
        self, zone: ZoneInfo, start: str, end: str
    ) -> None:
        calendar = ENGLAND if zone is LONDON else ONTARIO
        begins = at(start, zone)
        ends = due(calendar, begins, 48, Unit.CLOCK_HOUR)
        assert ends == at(end, zone)
        assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=48)

    def test_the_hour_that_comes_twice_is_two_hours(self) -> None:
        first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
        again = due(ENGLAND, first, 1, Unit.CLOCK_HOUR)
        assert (again.replace(tzinfo=None), again.fold) == (datetime(2026, 10, 25, 1, 30), 1)  # noqa: DTZ001

    @pytest.mark.parametrize(
        ("day", "hours"),
        [("Sun 29 Mar 2026", 23), ("Sun 25 Oct 2026", 25), ("Mon 26 Oct 2026", 24)],
    )
    def test_an_office_open_all_day_is_open_as_long_as_the_day_is(
        self, day: str, hours: int
    ) -> None:
        start = at(f"{day} 00:00")
        next_day = ALL_DAY_EVERY_DAY.start_of(on(day) + timedelta(days=1))
        assert due(ALL_DAY_EVERY_DAY, start, hours, Unit.WORKING_HOUR) == next_day

    def test_working_day_hours_keep_the_clock_time_over_a_weekend_of_change(self) -> None:
        for day, following in [
            ("Fri 27 Mar 2026 16:00", "Mon 30 Mar 2026 16:00"),
            ("Fri 23 Oct 2026 16:00", "Mon 26 Oct 2026 16:00"),
        ]:
            assert due(OPUS, at(day), 24, Unit.WORKING_DAY_HOUR) == at(following)


class TestOpening:
    def test_an_office_open_every_day_is_open_at_christmas(self) -> None:
        start = at("Fri 25 Dec 2026 10:00")
        assert ALL_DAY_EVERY_DAY.next_opening(start) == start
        assert ALL_DAY_EVERY_DAY.is_working(start)
        assert not ALL_DAY_EVERY_DAY.is_business_day(start.date())

    def test_without_printed_hours_a_business_day_is_open_from_midnight_to_midnight(self) -> None:
        day = on("Mon 23 Nov 2026")
        midnight = at("Tue 24 Nov 2026 00:00")
        assert ENGLAND.opening_on(day) == [(at("Mon 23 Nov 2026 00:00"), midnight)]
        assert ENGLAND.opening_on(on("Sat 21 Nov 2026")) == []

    def test_a_saturday_morning_office_keeps_weekdays_and_holidays(self) -> None:
        weekdays = Opening(days=("mon", "tue", "wed", "thu", "fri"), opens=time(8), closes=time(20))
        saturday = Opening(days=("sat",), opens=time(9), closes=time(17))
        calendar = Calendar(
            CalendarRule(
                zone="Europe/London",
                country="GB",
                subdivision="ENG",
                opening=(weekdays, saturday),
            )
        )
        assert due(calendar, at("Fri 20 Nov 2026 19:00"), 2, Unit.WORKING_HOUR) == at(
            "Sat 21 Nov 2026 10:00"
        )
        assert calendar.opening_on(on("Sat 26 Dec 2026")) == []

    def test_a_lunch_break_is_not_working_time(self) -> None:
        morning = Opening(days=("mon", "tue"), opens=time(9), closes=time(12))
        afternoon = Opening(days=("mon", "tue"), opens=time(13), closes=time(17))
        calendar = Calendar(
            CalendarRule(
                zone="Europe/London",
                country="GB",
                subdivision="ENG",
                opening=(afternoon, morning),
            )
        )
        assert due(calendar, at("Mon 23 Nov 2026 11:00"), 2, Unit.WORKING_HOUR) == at(
            "Mon 23 Nov 2026 14:00"
        )
        assert not calendar.is_working(at("Mon 23 Nov 2026 12:30"))

    def test_an_hour_counts_once_where_two_openings_overlap(self) -> None:
        calendar = Calendar(
            CalendarRule(
                zone="Europe/London",
                country="GB",
                subdivision="ENG",
                opening=(
                    Opening(days=("mon",), opens=time(9), closes=time(13)),
                    Opening(days=("mon",), opens=time(11), closes=time(17)),
                ),
            )
        )
        assert due(calendar, at("Mon 23 Nov 2026 09:00"), 5, Unit.WORKING_HOUR) == at(
            "Mon 23 Nov 2026 14:00"
        )

    def test_an_office_that_never_opens_is_a_mistake_and_no_endless_search(self) -> None:
        never = Calendar(
            CalendarRule(
                zone="Europe/London",
                country="GB",
                subdivision="ENG",
                opening=(Opening(days=(), opens=time(9), closes=time(17)),),
            )
        )
        with pytest.raises(CalendarError, match="never open"):
            never.next_opening(at("Mon 23 Nov 2026 09:00"))
        with pytest.raises(CalendarError, match="never open"):
            never.last_working_moment_before(at("Mon 23 Nov 2026 09:00"))


@pytest.mark.parametrize("unit", list(Unit))
def test_a_moment_without_a_zone_is_refused(unit: Unit) -> None:
    naive = at("Mon 23 Nov 2026 09:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        OPUS.ends(naive, Within(amount=1, unit=unit))


moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001
    max_value=datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
units = st.sampled_from(list(Unit))
calendars = st.sampled_from([OPUS, ENGLAND, SCOTLAND, ONTARIO, ALL_DAY_EVERY_DAY])


@settings(deadline=None)
@given(calendars, units, st.integers(1, 60), moments, moments)
def test_what_is_received_later_never_falls_due_earlier(
    calendar: Calendar, unit: Unit, amount: int, one: datetime, other: datetime
) -> None:
    earlier, later = sorted([one, other])
    assert due(calendar, earlier, amount, unit) <= due(calendar, later, amount, unit)


@settings(deadline=None)
@given(calendars, units, st.integers(1, 60), moments)
def test_what_is_promised_falls_due_after_it_starts(
    calendar: Calendar, unit: Unit, amount: int, start: datetime
) -> None:
    assert due(calendar, start, amount, unit) > start


@settings(deadline=None)
@given(calendars, units, st.integers(1, 40), moments, st.integers(0, 60))
def test_a_further_closure_makes_nothing_due_sooner(
    calendar: Calendar, unit: Unit, amount: int, start: datetime, days: int
) -> None:
    closed_on = calendar.local_date(start) + timedelta(days=days)
    closures = (*calendar.rule.closures, closed_on)
    closed = Calendar(calendar.rule.model_copy(update={"closures": closures}))
    assert due(closed, start, amount, unit) >= due(calendar, start, amount, unit)


@settings(deadline=None)
@given(moments)
def test_the_same_time_next_day_is_never_after_twenty_four_opening_hours(start: datetime) -> None:
    alert = due(OPUS, start, 24, Unit.WORKING_DAY_HOUR)
    assert alert <= due(OPUS, start, 24, Unit.WORKING_HOUR)
