"""The calendars of the countries: what each keeps, one-off holidays, next year's being known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from plugin.codes.calendar import Calendar
from plugin.codes.model import CalendarRule, OneOff, Unit, Within
from tests.plugin.codes.tables import LONDON, at, on

ENGLAND = Calendar(CalendarRule(zone="Europe/London", country="GB", subdivision="ENG"))
SCOTLAND = Calendar(CalendarRule(zone="Europe/London", country="GB", subdivision="SCT"))
ULSTER = Calendar(CalendarRule(zone="Europe/London", country="GB", subdivision="NIR"))
FEDERAL = Calendar(
    CalendarRule(zone="America/Toronto", country="CA", categories=("public", "government"))
)
PROVINCES = {
    code: Calendar(CalendarRule(zone="America/Toronto", country="CA", subdivision=code))
    for code in ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]
}
UNITED_KINGDOM = {"England and Wales": ENGLAND, "Scotland": SCOTLAND, "Northern Ireland": ULSTER}


def test_every_province_and_territory_is_there() -> None:
    assert set(PROVINCES) == set(holidays.country_holidays("CA").subdivisions)


class TestUnitedKingdom:
    @pytest.mark.parametrize(
        ("day", "england", "scotland", "ulster"),
        [
            ("Thu 01 Jan 2026", False, False, False),
            ("Fri 02 Jan 2026", True, False, True),
            ("Tue 17 Mar 2026", True, True, False),
            ("Fri 03 Apr 2026", False, False, False),
            ("Mon 06 Apr 2026", False, True, False),
            ("Mon 15 Jun 2026", True, False, True),
            ("Mon 13 Jul 2026", True, True, False),
            ("Mon 03 Aug 2026", True, False, True),
            ("Mon 31 Aug 2026", False, True, False),
            ("Mon 30 Nov 2026", True, False, True),
            ("Mon 28 Dec 2026", False, False, False),
            ("Mon 04 Jan 2027", True, False, True),
            ("Mon 12 Jul 2027", True, True, False),
            ("Mon 27 Dec 2027", False, False, False),
            ("Tue 28 Dec 2027", False, False, False),
            ("Wed 29 Dec 2027", True, True, True),
        ],
    )
    def test_who_works(self, day: str, england: bool, scotland: bool, ulster: bool) -> None:
        found = [one.is_business_day(on(day)) for one in (ENGLAND, SCOTLAND, ULSTER)]
        assert found == [england, scotland, ulster]

    def test_the_twelfth_of_july_on_a_sunday_is_named_and_kept_on_the_monday(self) -> None:
        assert ULSTER.why_not_worked(on("Sun 12 Jul 2026")) == "holiday (Battle of the Boyne)"
        assert "observed" in (ULSTER.why_not_worked(on("Mon 13 Jul 2026")) or "")


class TestCanada:
    @pytest.mark.parametrize(
        ("day", "resting"),
        [
            ("Mon 15 Feb 2027", "AB BC MB NB NS ON PE SK"),
            ("Mon 24 May 2027", "AB BC MB NT NU ON QC SK YT"),
            ("Thu 24 Jun 2027", "QC"),
            ("Thu 01 Jul 2027", "AB BC MB NB NL NS NT NU ON PE QC SK YT"),
            ("Mon 06 Sep 2027", "AB BC MB NB NL NS NT NU ON PE QC SK YT"),
            ("Thu 30 Sep 2027", "BC MB NT NU PE YT"),
            ("Mon 11 Oct 2027", "AB BC MB NT NU ON QC SK YT"),
            ("Thu 11 Nov 2027", "AB BC NB NL NS NT NU PE SK YT"),
        ],
    )
    def test_provinces_differ(self, day: str, resting: str) -> None:
        found = [code for code, one in PROVINCES.items() if not one.is_business_day(on(day))]
        assert found == resting.split()

    @pytest.mark.parametrize(
        "day",
        [
            "Mon 24 May 2027",
            "Thu 30 Sep 2027",
            "Mon 11 Oct 2027",
            "Thu 11 Nov 2027",
            "Mon 27 Dec 2027",
            "Tue 28 Dec 2027",
        ],
    )
    def test_the_federal_calendar_adds_its_own(self, day: str) -> None:
        assert not FEDERAL.is_business_day(on(day))
        nationwide = Calendar(CalendarRule(zone="America/Toronto", country="CA"))
        if day != "Mon 27 Dec 2027":
            assert nationwide.is_business_day(on(day))


@pytest.mark.parametrize(
    ("name", "calendar"),
    [*UNITED_KINGDOM.items(), *PROVINCES.items(), ("federal", FEDERAL)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_next_years_holidays_are_known(name: str, calendar: Calendar) -> None:
    next_year = datetime.now(tz=UTC).year + 1
    days = [date(next_year, 1, 1) + timedelta(days=n) for n in range(365)]
    kept = [day for day in days if (calendar.why_not_worked(day) or "").startswith("holiday")]
    assert len(kept) >= 5, f"no holidays of {name} are known for {next_year}; update holidays"
    assert calendar.knows(next_year)


class TestOneOffs:
    def test_a_holiday_proclaimed_for_one_date_is_data(self) -> None:
        rule = ENGLAND.rule.model_copy(
            update={"holidays": (OneOff(on=on("Mon 30 Nov 2026"), name="a jubilee"),)}
        )
        proclaimed = Calendar(rule)
        assert proclaimed.why_not_worked(on("Mon 30 Nov 2026")) == "holiday (a jubilee)"
        day = Within(amount=1, unit=Unit.BUSINESS_DAY)
        assert proclaimed.ends(at("Fri 27 Nov 2026 09:00"), day)[0] == at("Wed 02 Dec 2026 00:00")
        assert ENGLAND.ends(at("Fri 27 Nov 2026 09:00"), day)[0] == at("Tue 01 Dec 2026 00:00")


@pytest.mark.parametrize(
    ("start", "amount", "unit", "late_from"),
    [
        ("Mon 23 Nov 2026 23:59", 1, "business_day_inclusive", "Tue 24 Nov 2026 00:00"),
        ("Tue 24 Nov 2026 00:00", 1, "business_day_inclusive", "Wed 25 Nov 2026 00:00"),
        ("Sat 21 Nov 2026 12:00", 1, "business_day_inclusive", "Tue 24 Nov 2026 00:00"),
        ("Mon 23 Nov 2026 12:00", 2, "business_day_inclusive", "Wed 25 Nov 2026 00:00"),
        ("Wed 28 Feb 2024 12:00", 1, "business_day", "Fri 01 Mar 2024 00:00"),
        ("Wed 28 Feb 2024 12:00", 1, "calendar_day", "Fri 01 Mar 2024 00:00"),
        ("Thu 29 Feb 2024 12:00", 6, "week", "Fri 12 Apr 2024 00:00"),
        ("Thu 31 Dec 2026 12:00", 1, "business_day", "Tue 05 Jan 2027 00:00"),
        ("Thu 31 Dec 2026 12:00", 1, "calendar_day", "Sat 02 Jan 2027 00:00"),
        ("Thu 31 Dec 2026 12:00", 30, "calendar_day_inclusive", "Sat 30 Jan 2027 00:00"),
        ("Fri 27 Mar 2026 23:00", 1, "business_day", "Tue 31 Mar 2026 00:00"),
        ("Sun 29 Mar 2026 00:30", 1, "clock_hour", "Sun 29 Mar 2026 02:30"),
        ("Sat 24 Oct 2026 23:30", 24, "clock_hour", "Sun 25 Oct 2026 22:30"),
    ],
)
def test_leap_days_year_ends_and_clock_changes(
    start: str, amount: int, unit: str, late_from: str
) -> None:
    end, _ = ENGLAND.ends(at(start), Within(amount=amount, unit=Unit(unit)))
    assert end == at(late_from, LONDON)
