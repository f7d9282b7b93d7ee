"""Readings: the defaults, what each other choice changes, and what is said of one there is not."""

from __future__ import annotations

from datetime import date

import pytest

from plugin.bundle import folder
from plugin.codes.load import keys
from plugin.codes.readings import ReadingError
from plugin.codes.rules import Installation, RuleBook, rules_for
from tests.plugin.codes.tables import (
    LONDON,
    TORONTO,
    UPDATE,
    Happened,
    case,
    only,
    promises,
    shipped,
)

RECEIVED = "Fri 20 Nov 2026 16:00"


def test_every_reading_stands_at_the_provider_it_belongs_to() -> None:
    there = {key: set(shipped(key).file.readings) for key in keys(folder("templates"))}
    assert there["ooma"] >= {f"AMB-{n}" for n in range(1, 11)}
    assert there["8x8"] == {"AMB-11", "AMB-12", "AMB-13"}
    assert there["jive"] >= {"AMB-13", "AMB-14", "AMB-15", "AMB-16", "AMB-21"}
    assert there["opus"] == {"AMB-12", "AMB-17", "AMB-18", "AMB-19", "AMB-20"}
    assert set().union(*there.values()) - {"outcome_notice"} == {f"AMB-{n}" for n in range(1, 22)}


@pytest.mark.parametrize("key", keys(folder("templates")))
def test_every_choice_of_every_reading_makes_rules(key: str) -> None:
    for name, reading in shipped(key).file.readings.items():
        assert reading.asks.endswith("?")
        for option in reading.choices:
            rules = rules_for(shipped(key), date(2026, 11, 20), Installation({name: option}))
            assert rules.readings[name] == option
            assert rules.promises


HANDED: Happened = ("Fri 20 Nov 2026 18:00", "handed_to_engineering")
DIRECTOR: Happened = ("Fri 20 Nov 2026 18:00", "escalated", {"level": "director"})
MANAGERS: Happened = ("Fri 20 Nov 2026 18:00", "outcome_advised", {"by_level": "frontline"})


@pytest.mark.parametrize(
    ("key", "reading", "option", "received", "event", "name", "default", "otherwise"),
    [
        pytest.param(
            "ooma",
            "AMB-1",
            "review_a_day_after_arrival",
            RECEIVED,
            None,
            "triage_review",
            "Tue 24 Nov 2026 00:00",
            "Wed 25 Nov 2026 00:00",
            id="AMB-1",
        ),
        pytest.param(
            "ooma",
            "AMB-2",
            "from_receipt",
            RECEIVED,
            ("Mon 23 Nov 2026 09:00", "acknowledged"),
            "progress_update",
            "Tue 01 Dec 2026 00:00",
            "Sat 28 Nov 2026 00:00",
            id="AMB-2",
        ),
        pytest.param(
            "ooma",
            "AMB-3",
            "three",
            RECEIVED,
            HANDED,
            "technical_resolution",
            "Sat 28 Nov 2026 00:00",
            "Thu 26 Nov 2026 00:00",
            id="AMB-3",
        ),
        pytest.param(
            "ooma",
            "AMB-4",
            "business_days",
            RECEIVED,
            DIRECTOR,
            "determination",
            "Thu 26 Nov 2026 00:00",
            "Sat 28 Nov 2026 00:00",
            id="AMB-4",
        ),
        pytest.param(
            "8x8",
            "AMB-11",
            "next_opening",
            "Sat 21 Nov 2026 10:00",
            None,
            "manager_response",
            "Tue 24 Nov 2026 00:00",
            "Wed 25 Nov 2026 00:00",
            id="AMB-11",
        ),
        pytest.param(
            "jive",
            "AMB-14",
            "same_business_day",
            RECEIVED,
            None,
            "acknowledge",
            "Fri 20 Nov 2026 17:00",
            "Sat 21 Nov 2026 00:00",
            id="AMB-14",
        ),
        pytest.param(
            "opus",
            "AMB-17",
            "next_day",
            RECEIVED,
            None,
            "acknowledge",
            "Wed 25 Nov 2026 13:00",
            "Mon 23 Nov 2026 16:00",
            id="AMB-17 B",
        ),
        pytest.param(
            "opus",
            "AMB-17",
            "opening_hours",
            RECEIVED,
            None,
            "acknowledge",
            "Wed 25 Nov 2026 13:00",
            "Wed 25 Nov 2026 13:00",
            id="AMB-17 A",
        ),
        pytest.param(
            "opus",
            "AMB-18",
            "hours_of_working_days",
            RECEIVED,
            None,
            "handler_introduction",
            "Sun 22 Nov 2026 16:00",
            "Tue 24 Nov 2026 16:00",
            id="AMB-18",
        ),
        pytest.param(
            "ooma",
            "outcome_notice",
            "same_business_day",
            RECEIVED,
            ("Fri 20 Nov 2026 18:00", "determined"),
            "outcome_notice",
            "Tue 24 Nov 2026 00:00",
            "Sat 21 Nov 2026 00:00",
            id="outcome_notice",
        ),
    ],
)
def test_another_choice_moves_the_due_time(
    key: str,
    reading: str,
    option: str,
    received: str,
    event: Happened | None,
    name: str,
    default: str,
    otherwise: str,
) -> None:
    zone = TORONTO if key == "jive" else LONDON
    history = case(received, *([event] if event else []), zone=zone)
    as_of = "Tue 24 Nov 2026 12:00"
    usual = only(key, history, as_of, name)
    other = only(key, history, as_of, name, Installation({reading: option}))
    assert f"{usual.due_at:%a %d %b %Y %H:%M}" == default
    assert f"{other.due_at:%a %d %b %Y %H:%M}" == otherwise


def test_twenty_four_opening_hours_alone_have_no_nearer_target() -> None:
    here = Installation({"AMB-17": "opening_hours"})
    assert only("opus", case(RECEIVED), RECEIVED, "acknowledge").alert_at is not None
    assert only("opus", case(RECEIVED), RECEIVED, "acknowledge", here).alert_at is None


def test_silence_may_be_read_as_closing_nothing() -> None:
    advised: Happened = ("Mon 23 Nov 2026 09:00", "outcome_advised")
    closed: Happened = ("Tue 01 Dec 2026 09:00", "closed", {"as": "assumed"})
    history = case(RECEIVED, advised, closed)
    here = Installation({"AMB-5": "never"})
    assert promises("ooma", history, "Tue 01 Dec 2026 09:00", "assumed_closure", here) == []
    # without closing by silence the case is closed by nobody's word, and the notice stays owed
    found = only("ooma", history, "Fri 01 Jan 2027 09:00", "adr_notice", here)
    assert found.state == "open"


@pytest.mark.parametrize(
    ("key", "reading"), [("8x8", "AMB-12"), ("opus", "AMB-12"), ("jive", "AMB-15")]
)
def test_five_days_may_be_made_binding_where_none_is_agreed(key: str, reading: str) -> None:
    history = case("Fri 20 Nov 2026 10:00", zone=TORONTO if key == "jive" else LONDON)
    here = Installation({reading: "five_business_days_at_most"})
    found = only(key, history, "Mon 23 Nov 2026 10:00", "progress_update", here)
    assert f"{found.last_day}" == "2026-11-27"


def test_no_exceptions_reaches_into_the_law() -> None:
    excepted: Happened = (
        "Mon 23 Nov 2026 09:00",
        "adr_excepted",
        {"reason": "vexatious", "by": "Mo Lee"},
    )
    history = case(RECEIVED, excepted)
    here = Installation({"AMB-6": "no_exceptions"})
    as_of = "Mon 23 Nov 2026 10:00"
    assert only("ooma", history, as_of, "adr_notice").state == "waived"
    assert only("ooma", history, as_of, "adr_notice", here).state == "open"


def test_the_notice_of_ccts_may_be_owed_with_every_outcome() -> None:
    history = case(RECEIVED, MANAGERS, zone=TORONTO)
    here = Installation({"AMB-21": "every_outcome"})
    assert promises("jive", history, "Fri 20 Nov 2026 19:00", "ccts_notice") == []
    assert only("jive", history, "Fri 20 Nov 2026 19:00", "ccts_notice", here).state == "open"


def test_the_table_of_compensation_is_read_otherwise_too() -> None:
    book = RuleBook(shipped("ooma"), Installation({"AMB-8": "business_days", "AMB-9": "once_up"}))
    formula = book.file.compensation["porting"].formula
    assert formula is not None
    assert (formula.days, formula.rounding, formula.fee_on) == ("business_day", "up", "due")


@pytest.mark.parametrize(
    ("readings", "told"),
    [
        (
            {"AMB-4": "weekdays"},
            "readings.AMB-4: 'weekdays' is no choice of it; choose from: calendar_days, business_d",
        ),
        ({"AMB-17": "next_day"}, "readings.AMB-17: there is no such reading; there are: AMB-1, A"),
    ],
)
def test_a_name_or_choice_that_there_is_not_is_told_with_what_is_possible(
    readings: dict[str, str], told: str
) -> None:
    with pytest.raises(ReadingError) as refused:
        RuleBook(shipped("ooma"), Installation(readings))
    assert str(refused.value).startswith(told)


def test_a_reading_may_be_named_in_small_letters() -> None:
    rules = rules_for(shipped("ooma"), date(2026, 1, 1), Installation({"amb-4": "business_days"}))
    assert rules.readings["AMB-4"] == "business_days"


def test_an_update_that_counts_is_the_same_under_every_reading_of_others() -> None:
    given: Happened = ("Mon 23 Nov 2026 09:00", "progress_given", {"elements": UPDATE})
    history = case(RECEIVED, given)
    here = Installation({"AMB-4": "business_days", "AMB-8": "business_days"})
    as_of = "Tue 24 Nov 2026 09:00"
    assert promises("ooma", history, as_of, "progress_update", here) == promises(
        "ooma", history, as_of, "progress_update"
    )
