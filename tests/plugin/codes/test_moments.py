"""When the desk acts because nobody did, and when it looks again, by the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from plugin.codes.calendar import Calendar
from plugin.codes.moments import (
    acts_at,
    an_opening_hour_before,
    last_opening,
    looks_at,
    next_business_opening,
    opening_of,
    warns_at,
)
from plugin.codes.promise import Promise
from tests.plugin.codes.tables import at as moment
from tests.plugin.codes.tables import case, on, only, rules_on, zone_of

DAY = on("Tue 24 Nov 2026")


def at(key: str, text: str) -> datetime:
    return moment(text, zone_of(key))


def said(found: datetime | None) -> str | None:
    return f"{found:%a %d %b %Y %H:%M}" if found else None


def calendar(key: str) -> Calendar:
    return rules_on(key, DAY).calendar


@pytest.mark.parametrize(
    ("key", "day", "opens"),
    [
        ("opus", "Tue 24 Nov 2026", "Tue 24 Nov 2026 08:30"),
        ("ooma", "Tue 24 Nov 2026", "Tue 24 Nov 2026 09:00"),  # it never closes
        ("8x8", "Tue 24 Nov 2026", "Tue 24 Nov 2026 09:00"),  # it states no hours
        ("jive", "Tue 24 Nov 2026", "Tue 24 Nov 2026 09:00"),
        ("ooma", "Sun 28 Mar 2027", "Sun 28 Mar 2027 09:00"),  # the clocks go forward
    ],
)
def test_when_work_begins(key: str, day: str, opens: str) -> None:
    assert said(opening_of(on(day), calendar(key))) == opens


@pytest.mark.parametrize(
    ("key", "last_day", "goes"),
    [
        ("opus", "Tue 05 Jan 2027", "Tue 05 Jan 2027 08:30"),
        ("opus", "Sun 03 Jan 2027", "Thu 31 Dec 2026 08:30"),
        ("opus", "Mon 28 Dec 2026", "Thu 24 Dec 2026 08:30"),
        ("ooma", "Sat 28 Nov 2026", "Fri 27 Nov 2026 09:00"),  # business days, though never closed
        ("8x8", "Mon 03 May 2027", "Fri 30 Apr 2027 09:00"),
        ("jive", "Fri 25 Dec 2026", "Thu 24 Dec 2026 09:00"),
        ("jive", "Mon 28 Dec 2026", "Thu 24 Dec 2026 09:00"),
        ("jive", "Wed 01 Jul 2026", "Tue 30 Jun 2026 09:00"),  # Canada Day
    ],
)
def test_the_last_opening_on_or_before_a_day(key: str, last_day: str, goes: str) -> None:
    assert said(last_opening(on(last_day), calendar(key))) == goes


@pytest.mark.parametrize(
    ("key", "due", "goes"),
    [
        ("opus", "Tue 24 Nov 2026 12:00", "Tue 24 Nov 2026 11:00"),
        ("opus", "Tue 24 Nov 2026 09:30", "Tue 24 Nov 2026 08:30"),
        ("opus", "Tue 24 Nov 2026 09:00", "Mon 23 Nov 2026 17:00"),  # half an hour of each day
        ("opus", "Mon 23 Nov 2026 08:30", "Fri 20 Nov 2026 16:30"),
        ("opus", "Sat 21 Nov 2026 12:00", "Fri 20 Nov 2026 16:30"),
        ("opus", "Tue 24 Nov 2026 22:00", "Tue 24 Nov 2026 16:30"),
        ("opus", "Mon 28 Dec 2026 10:00", "Thu 24 Dec 2026 16:30"),
        ("ooma", "Sun 22 Nov 2026 00:30", "Sat 21 Nov 2026 23:30"),
        ("ooma", "Sun 25 Oct 2026 02:30", "Sun 25 Oct 2026 01:30"),
    ],
)
def test_one_opening_hour_before(key: str, due: str, goes: str) -> None:
    assert said(an_opening_hour_before(at(key, due), calendar(key))) == goes


@pytest.mark.parametrize(
    ("key", "start", "days", "opens"),
    [
        ("opus", "Tue 24 Nov 2026 23:00", 1, "Wed 25 Nov 2026 08:30"),
        ("opus", "Wed 25 Nov 2026 00:30", 1, "Thu 26 Nov 2026 08:30"),
        ("opus", "Fri 27 Nov 2026 10:00", 1, "Mon 30 Nov 2026 08:30"),
        ("ooma", "Thu 24 Dec 2026 10:00", 1, "Tue 29 Dec 2026 09:00"),
        ("ooma", "Tue 24 Nov 2026 10:00", 2, "Thu 26 Nov 2026 09:00"),
    ],
)
def test_the_opening_of_a_later_business_day(key: str, start: str, days: int, opens: str) -> None:
    assert said(next_business_opening(at(key, start), calendar(key), days)) == opens


def promise(key: str, received: str, name: str, as_of: str) -> Promise:
    return only(key, case(received, zone=zone_of(key)), as_of, name)


@pytest.mark.parametrize(
    ("key", "received", "name", "acts"),
    [
        ("ooma", "Tue 24 Nov 2026 10:00", "adr_notice", "Tue 05 Jan 2027 09:00"),
        ("ooma", "Tue 24 Nov 2026 10:00", "acknowledge", "Wed 25 Nov 2026 09:00"),
        ("8x8", "Fri 27 Nov 2026 23:00", "manager_response", "Mon 30 Nov 2026 09:00"),
        ("opus", "Tue 24 Nov 2026 10:00", "handler_introduction", "Thu 26 Nov 2026 09:00"),
        # An hour is all there is: at once, never before it starts.
        ("jive", "Tue 24 Nov 2026 10:00", "acknowledge", "Tue 24 Nov 2026 10:00"),
    ],
)
def test_when_the_desk_acts(key: str, received: str, name: str, acts: str) -> None:
    found = promise(key, received, name, received)
    assert said(acts_at(found, calendar(key))) == acts


@pytest.mark.parametrize(
    ("advised", "last_day", "warns"),
    [
        ("Tue 24 Nov 2026 12:00", "Tue 01 Dec", "Mon 30 Nov 2026 09:00"),
        ("Fri 20 Nov 2026 12:00", "Fri 27 Nov", "Thu 26 Nov 2026 09:00"),
        ("Mon 21 Dec 2026 12:00", "Wed 30 Dec", "Tue 29 Dec 2026 09:00"),
        ("Thu 17 Dec 2026 12:00", "Thu 24 Dec", "Wed 23 Dec 2026 09:00"),
    ],
)
def test_when_silence_is_warned_of(advised: str, last_day: str, warns: str) -> None:
    history = case("Mon 16 Nov 2026 10:00", (advised, "outcome_advised"))
    found = only("ooma", history, advised, "assumed_closure")
    assert f"{found.last_day:%a %d %b}" == last_day
    assert said(warns_at(found, calendar("ooma"))) == warns


@pytest.mark.parametrize(
    ("as_of", "looked", "looks"),
    [
        # Near from Monday 4 January, acts on Tuesday 5 at 09:00, due at the end of that day.
        ("Tue 24 Nov 2026 10:00", False, "Tue 05 Jan 2027 00:00"),
        ("Tue 05 Jan 2027 08:00", False, "Tue 05 Jan 2027 09:00"),
        ("Tue 05 Jan 2027 09:00", False, "Tue 05 Jan 2027 09:00"),  # still to be looked at
        ("Tue 05 Jan 2027 09:00", True, "Wed 06 Jan 2027 00:00"),
        ("Wed 06 Jan 2027 00:00", True, None),  # broken, and everything is done
        ("Wed 06 Jan 2027 00:00", False, "Tue 05 Jan 2027 09:00"),  # broken, not looked at yet
    ],
)
def test_when_the_desk_looks_again(as_of: str, looked: bool, looks: str | None) -> None:
    found = promise("ooma", "Tue 24 Nov 2026 10:00", "adr_notice", as_of)
    calendar_ = calendar("ooma")
    acts = acts_at(found, calendar_)
    again = looks_at(found, calendar_, at("ooma", as_of), acts=acts, looked=looked)
    assert said(again) == looks


@pytest.mark.parametrize("name", ["acknowledge", "triage_review", "resolution_target"])
def test_where_nothing_goes_by_itself_only_near_and_missed_are_looked_at(name: str) -> None:
    received = "Tue 24 Nov 2026 10:00"
    found = promise("ooma", received, name, received)
    near = looks_at(found, calendar("ooma"), at("ooma", received), acts=None, looked=True)
    assert near is not None
    assert found.due_at - near >= timedelta(days=1)
    due = looks_at(found, calendar("ooma"), near, acts=None, looked=True)
    assert due == found.due_at
