"""Is the office open when the telephone rings? The providers' real calendars, minute by minute.

Every row is a moment in UTC, as calls arrive, beside what the clock on the wall says, so that a
change of clocks cannot hide: both must be the same moment.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pytest

from plugin.bundle import folder
from plugin.codes.calendar import Calendar
from plugin.codes.load import load, read_folder
from tests.voice.support import call, live, plan
from voice.routing import Office, route


@lru_cache
def calendar(provider: str) -> Calendar:
    return Calendar(load(provider, read_folder(folder("templates"), provider)).file.calendar)


def moment(provider: str, utc: str, wall: str) -> datetime:
    """ "2026-03-30 07:30", which must be "Mon 08:30" on the provider's wall."""
    found = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert f"{calendar(provider).local(found):%a %H:%M}" == wall
    return found


@pytest.mark.parametrize(
    ("utc", "wall", "is_open"),
    [
        ("2026-11-20 08:29", "Fri 08:29", False),
        ("2026-11-20 08:30", "Fri 08:30", True),
        ("2026-11-20 12:00", "Fri 12:00", True),
        ("2026-11-20 17:29", "Fri 17:29", True),
        ("2026-11-20 17:30", "Fri 17:30", False),
        ("2026-11-20 23:59", "Fri 23:59", False),
        ("2026-11-21 10:00", "Sat 10:00", False),
        ("2026-11-22 10:00", "Sun 10:00", False),
        ("2026-11-23 00:00", "Mon 00:00", False),
        ("2026-11-23 08:30", "Mon 08:30", True),
        # Clocks go forward on 29 March 2026 and 28 March 2027.
        ("2026-03-27 08:29", "Fri 08:29", False),
        ("2026-03-27 08:30", "Fri 08:30", True),
        ("2026-03-29 12:00", "Sun 13:00", False),
        ("2026-03-30 07:29", "Mon 08:29", False),
        ("2026-03-30 07:30", "Mon 08:30", True),
        ("2026-03-30 16:29", "Mon 17:29", True),
        ("2026-03-30 16:30", "Mon 17:30", False),
        ("2027-03-25 08:30", "Thu 08:30", True),
        ("2027-03-30 07:30", "Tue 08:30", True),
        ("2027-03-30 16:30", "Tue 17:30", False),
        # And back on 25 October 2026 and 31 October 2027.
        ("2026-10-23 07:30", "Fri 08:30", True),
        ("2026-10-23 16:30", "Fri 17:30", False),
        ("2026-10-25 01:30", "Sun 01:30", False),
        ("2026-10-26 07:30", "Mon 07:30", False),
        ("2026-10-26 08:30", "Mon 08:30", True),
        ("2026-10-26 17:29", "Mon 17:29", True),
        ("2027-10-29 07:30", "Fri 08:30", True),
        ("2027-11-01 08:29", "Mon 08:29", False),
        ("2027-11-01 08:30", "Mon 08:30", True),
        # Public holidays of England.
        ("2026-01-01 12:00", "Thu 12:00", False),
        ("2026-01-02 12:00", "Fri 12:00", True),
        ("2026-04-03 11:00", "Fri 12:00", False),
        ("2026-04-06 11:00", "Mon 12:00", False),
        ("2026-04-07 11:00", "Tue 12:00", True),
        ("2026-05-04 11:00", "Mon 12:00", False),
        ("2026-05-25 11:00", "Mon 12:00", False),
        ("2026-08-03 11:00", "Mon 12:00", True),
        ("2026-08-31 11:00", "Mon 12:00", False),
        ("2026-11-30 12:00", "Mon 12:00", True),
        ("2026-12-24 17:29", "Thu 17:29", True),
        ("2026-12-25 12:00", "Fri 12:00", False),
        ("2026-12-28 12:00", "Mon 12:00", False),
        ("2026-12-29 08:30", "Tue 08:30", True),
        ("2026-12-31 17:29", "Thu 17:29", True),
        ("2027-01-01 12:00", "Fri 12:00", False),
        ("2027-03-26 12:00", "Fri 12:00", False),
        ("2027-03-29 11:00", "Mon 12:00", False),
        ("2027-05-03 11:00", "Mon 12:00", False),
        ("2027-05-31 11:00", "Mon 12:00", False),
        ("2027-08-30 11:00", "Mon 12:00", False),
        ("2027-12-24 12:00", "Fri 12:00", True),
        ("2027-12-27 12:00", "Mon 12:00", False),
        ("2027-12-28 12:00", "Tue 12:00", False),
        ("2027-12-29 12:00", "Wed 12:00", True),
    ],
)
def test_opus_is_open_on_english_business_days_from_half_past_eight(
    utc: str, wall: str, is_open: bool
) -> None:
    assert calendar("opus").is_open(moment("opus", utc, wall)) is is_open


@pytest.mark.parametrize(
    ("utc", "wall", "is_open"),
    [
        ("2026-11-20 04:59", "Thu 23:59", True),
        ("2026-11-20 05:00", "Fri 00:00", True),
        ("2026-11-21 04:59", "Fri 23:59", True),
        ("2026-11-21 05:00", "Sat 00:00", False),
        ("2026-11-21 17:00", "Sat 12:00", False),
        ("2026-11-22 17:00", "Sun 12:00", False),
        ("2026-11-23 04:59", "Sun 23:59", False),
        ("2026-11-23 05:00", "Mon 00:00", True),
        # Clocks go forward on 8 March 2026 and 14 March 2027.
        ("2026-03-07 04:59", "Fri 23:59", True),
        ("2026-03-07 05:00", "Sat 00:00", False),
        ("2026-03-08 07:30", "Sun 03:30", False),
        ("2026-03-09 03:59", "Sun 23:59", False),
        ("2026-03-09 04:00", "Mon 00:00", True),
        ("2027-03-12 05:00", "Fri 00:00", True),
        ("2027-03-15 03:59", "Sun 23:59", False),
        ("2027-03-15 04:00", "Mon 00:00", True),
        # And back on 1 November 2026 and 7 November 2027.
        ("2026-10-31 03:59", "Fri 23:59", True),
        ("2026-10-31 04:00", "Sat 00:00", False),
        ("2026-11-01 05:30", "Sun 01:30", False),
        ("2026-11-01 06:30", "Sun 01:30", False),
        ("2026-11-02 04:30", "Sun 23:30", False),
        ("2026-11-02 05:00", "Mon 00:00", True),
        ("2027-11-06 04:00", "Sat 00:00", False),
        ("2027-11-08 04:59", "Sun 23:59", False),
        ("2027-11-08 05:00", "Mon 00:00", True),
        # Public holidays of Ontario.
        ("2026-01-01 17:00", "Thu 12:00", False),
        ("2026-02-16 17:00", "Mon 12:00", False),
        ("2026-02-16 04:59", "Sun 23:59", False),
        ("2026-02-17 05:00", "Tue 00:00", True),
        ("2026-04-03 16:00", "Fri 12:00", False),
        ("2026-04-06 16:00", "Mon 12:00", True),
        ("2026-05-18 16:00", "Mon 12:00", False),
        ("2026-06-24 16:00", "Wed 12:00", True),
        ("2026-07-01 03:59", "Tue 23:59", True),
        ("2026-07-01 04:00", "Wed 00:00", False),
        ("2026-07-02 03:59", "Wed 23:59", False),
        ("2026-07-02 04:00", "Thu 00:00", True),
        ("2026-08-31 16:00", "Mon 12:00", True),
        ("2026-09-07 16:00", "Mon 12:00", False),
        ("2026-10-12 16:00", "Mon 12:00", False),
        ("2026-11-11 17:00", "Wed 12:00", True),
        ("2026-12-24 17:00", "Thu 12:00", True),
        ("2026-12-25 17:00", "Fri 12:00", False),
        ("2027-01-01 17:00", "Fri 12:00", False),
        ("2027-02-15 17:00", "Mon 12:00", False),
        ("2027-03-26 16:00", "Fri 12:00", False),
        ("2027-05-24 16:00", "Mon 12:00", False),
        ("2027-07-01 16:00", "Thu 12:00", False),
        ("2027-09-06 16:00", "Mon 12:00", False),
        ("2027-10-11 16:00", "Mon 12:00", False),
        ("2027-12-24 17:00", "Fri 12:00", True),
    ],
)
def test_jive_prints_no_hours_and_is_open_all_of_an_ontarian_business_day(
    utc: str, wall: str, is_open: bool
) -> None:
    assert calendar("jive").is_open(moment("jive", utc, wall)) is is_open


@pytest.mark.parametrize("provider", ["opus", "jive"])
def test_an_office_is_open_from_the_minute_at_which_it_opens(provider: str) -> None:
    found = calendar(provider)
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for days in range(730):
        now = start + timedelta(days=days)
        opens = found.next_opening(now)
        assert found.is_open(opens)
        assert found.is_open(now) is (opens == now)


@pytest.mark.parametrize(
    ("utc", "wall", "action"),
    [
        ("2026-03-30 07:29", "Mon 08:29", "voicemail"),
        ("2026-03-30 07:30", "Mon 08:30", "connect"),
        ("2026-11-20 17:29", "Fri 17:29", "connect"),
        ("2026-11-20 17:30", "Fri 17:30", "voicemail"),
        ("2026-12-28 12:00", "Mon 12:00", "voicemail"),
    ],
)
def test_a_call_is_rung_while_the_office_is_open(utc: str, wall: str, action: str) -> None:
    now = moment("opus", utc, wall)
    opus = calendar("opus")
    office = Office(open=opus.is_open(now), opens_at=opus.next_opening(now))
    found = route(call(), plan(), live(), office)
    assert (found.action, bool(found.steps)) == (action, action == "connect")
