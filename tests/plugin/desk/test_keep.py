"""What happens because nobody acted: notices, warnings, alerts, each at its moment and once.

The moments are those of the calendar, so that each row names a day and an hour that a complaints
manager can check. Opus works Mon-Fri 08:30 to 17:30; where no opening is stated, 09:00 counts.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugin.desk import keep, send
from tests.plugin.desk.counter import (
    COMPLAINT,
    KIT,
    NEITHER,
    THANKS,
    Counter,
    at,
    counter,
    first_mail,
)

pytestmark = pytest.mark.slow

JOS = "jo@example.com"
LONDON, TORONTO = ZoneInfo("Europe/London"), ZoneInfo("America/Toronto")
DAILY = {"handler_missing", "interval_missing"}


def complained(folder: Path, provider: str, when: str) -> Counter:
    """Jo complains just now."""
    return first_mail(folder, provider, at(when, TORONTO if provider == "jive" else LONDON))


def days(count: int) -> timedelta:
    return timedelta(days=count)


def sent(made: Counter, kind: str) -> list[str]:
    """When letters of a kind were queued, on the provider's clock."""
    zone = TORONTO if made.provider == "jive" else LONDON
    return [
        f"{one.created_at.astimezone(zone):%a %d %b %H:%M}"
        for one in made.letters()
        if one.kind == kind
    ]


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    """Jo has complained to Ooma on a Tuesday morning."""
    return complained(tmp_path, "ooma", "Tue 24 Nov 2026 10:00")


# What goes by itself ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "received", "kind", "goes"),
    [
        # Five business days after the acknowledgement, at the opening of the last one.
        ("ooma", "Tue 24 Nov 2026 10:00", "holding_update", "Tue 01 Dec 09:00"),
        ("ooma", "Mon 21 Dec 2026 10:00", "holding_update", "Wed 30 Dec 09:00"),  # 25, 28 closed
        # Six weeks after receipt by the law, on the last business day on or before.
        ("ooma", "Tue 24 Nov 2026 10:00", "adr_notice", "Tue 05 Jan 09:00"),
        ("ooma", "Fri 13 Nov 2026 10:00", "adr_notice", "Thu 24 Dec 09:00"),  # Christmas Day
        ("ooma", "Sat 14 Nov 2026 10:00", "adr_notice", "Thu 24 Dec 09:00"),  # Boxing Day
        ("ooma", "Mon 16 Nov 2026 10:00", "adr_notice", "Thu 24 Dec 09:00"),  # Monday 28th closed
        ("8x8", "Tue 24 Nov 2026 10:00", "adr_notice", "Tue 05 Jan 09:00"),
        ("opus", "Tue 24 Nov 2026 10:00", "adr_notice", "Tue 05 Jan 08:30"),
        ("opus", "Sun 22 Nov 2026 23:50", "adr_notice", "Thu 31 Dec 08:30"),
    ],
)
def test_what_nobody_did_goes_at_the_last_opening(
    tmp_path: Path, provider: str, received: str, kind: str, goes: str
) -> None:
    made = complained(tmp_path, provider, received)
    made.act("assigned", handler="Ann Other")  # so that nothing is said of that every day
    made.later(days=46)
    assert sent(made, kind) == [goes]
    assert {to for _, to in made.posted()} == {JOS}


def test_a_holding_update_keeps_no_promise(ooma: Counter) -> None:
    ooma.until(at("Tue 01 Dec 2026 09:00"))
    assert ooma.posted()[-1] == ("holding_update", JOS)
    assert ooma.promises()["progress_update"] == "open"
    ooma.later(days=1)
    assert ooma.promises()["progress_update"] == "broken"
    ooma.later(days=20)
    assert sent(ooma, "holding_update") == ["Tue 01 Dec 09:00"]


def test_an_update_of_an_agent_makes_the_holding_update_needless(ooma: Counter) -> None:
    ooma.now = at("Mon 30 Nov 2026 10:00")
    said = {"progress": "a line test", "proposed_actions": "a visit", "timeframe": "this week"}
    ooma.act("progress_given", elements=said)
    ooma.until(at("Mon 07 Dec 2026 08:59"))
    assert sent(ooma, "holding_update") == []
    ooma.until(at("Mon 07 Dec 2026 09:00"))
    assert sent(ooma, "holding_update") == ["Mon 07 Dec 09:00"]


def test_the_adr_notice_keeps_the_legal_promise(ooma: Counter) -> None:
    ooma.later(days=43)
    assert ooma.promises()["adr_notice"] == "kept"
    assert ooma.facts("adr_notice_sent")["scheme"] == "Communications Ombudsman"


@pytest.mark.parametrize(
    ("action", "facts", "goes"),
    [
        ("withdrawn", {}, False),
        ("adr_excepted", {"reason": "vexatious", "by": "Ann Other"}, False),
        ("closed", {"as": "withdrawn", "text": "a call"}, False),
        ("adr_notice_sent", {"by": "letter"}, False),
        ("deadlocked", {"text": "We go no further."}, False),
        ("customer_described", {"kind": "business", "headcount": 11}, False),
        ("customer_described", {"kind": "business", "headcount": 10}, True),
        ("customer_described", {"kind": "business"}, True),
        ("flagged", {"flag": "vexatious"}, True),
        ("flagged", {"flag": "out_of_jurisdiction"}, True),
        ("closed", {"as": "out_of_scope", "text": "not ours"}, True),
    ],
)
def test_who_gets_the_adr_notice(
    ooma: Counter, action: str, facts: dict[str, Any], goes: bool
) -> None:
    ooma.now += days(1)
    ooma.act("assigned", handler="Ann Other")
    ooma.act(action, **facts)
    ooma.later(days=46)
    assert bool(sent(ooma, "adr_notice")) is goes


@pytest.mark.parametrize(
    ("told", "goes"),
    [
        # It stays owed to the end of day 28 after the outcome: Tuesday 22 December, or 12 January.
        ("Tue 24 Nov 2026 12:00", []),
        ("Tue 15 Dec 2026 12:00", ["Tue 05 Jan 09:00"]),
    ],
)
def test_the_adr_notice_after_closing_by_silence(ooma: Counter, told: str, goes: list[str]) -> None:
    ooma.until(at(told))
    ooma.propose()
    ooma.later(days=14)
    assert ooma.state()[0] == "closed_assumed"
    assert "Communications Ombudsman" in ooma.letter("closed").text
    ooma.later(days=40)
    assert sent(ooma, "adr_notice") == goes


def test_an_adr_notice_without_a_scheme_keeps_nothing_until_it_is_named(tmp_path: Path) -> None:
    opus = complained(tmp_path, "opus", "Tue 24 Nov 2026 10:00")
    opus.until(at("Tue 05 Jan 2027 12:00"))
    assert sent(opus, "adr_notice") == ["Tue 05 Jan 08:30"]
    assert "scheme_missing" in opus.alerts(1)
    assert opus.promises()["adr_notice"] == "open"
    opus.set(adr_scheme="CISAS")
    opus.later(days=1)
    assert "CISAS" in opus.letter("adr_notice").text
    assert opus.promise("adr_notice").kept_at is not None
    opus.later(days=30)
    assert [kind for kind, _ in opus.posted()].count("adr_notice") == 2


def test_the_ccts_notice_stands_in_every_outcome_letter(tmp_path: Path) -> None:
    jive = complained(tmp_path, "jive", "Tue 24 Nov 2026 10:00")
    jive.now += days(1)
    jive.act("escalated")
    jive.now += timedelta(hours=1)
    jive.act("determined", by_level="senior_manager", text="We cannot do more.")
    assert jive.promises()["ccts_notice"] == "kept"
    assert sent(jive, "ccts_notice") == []


def test_the_data_protection_acknowledgement_goes_on_its_last_business_day(ooma: Counter) -> None:
    ooma.now = at("Fri 27 Nov 2026 10:00")
    ooma.act("data_protection_raised")
    ooma.later(days=40)
    # Thirty days that begin with the 27th end on Saturday 26 December.
    assert sent(ooma, "data_protection_acknowledgement") == ["Thu 24 Dec 09:00"]
    assert ooma.promises()["data_protection_acknowledgement"] == "kept"


# Closing by silence -------------------------------------------------------------------------------


def test_silence_is_warned_of_and_then_closes(ooma: Counter) -> None:
    ooma.propose()
    ooma.later(days=20)
    # Five business days after Tuesday 24 November end with Tuesday 1 December.
    assert sent(ooma, "closure_warning") == ["Mon 30 Nov 09:00"]
    assert ooma.event("closed").at == at("Wed 02 Dec 2026 00:00")
    assert ooma.facts("closed")["as"] == "assumed"
    assert ooma.state()[0] == "closed_assumed"
    assert ooma.promises()["assumed_closure"] == "kept"
    assert ooma.posted()[-1] == ("closed", JOS)


@pytest.mark.parametrize("provider", ["8x8", "jive", "opus"])
def test_no_other_code_lets_silence_close_a_case(tmp_path: Path, provider: str) -> None:
    made = complained(tmp_path, provider, "Tue 24 Nov 2026 10:00")
    made.propose()
    made.later(days=100)
    assert made.state()[0] == "outcome_proposed"
    assert sent(made, "closure_warning") == []


def test_an_outcome_that_does_not_say_so_lets_nothing_close(ooma: Counter) -> None:
    ooma.propose(silence_closes=False)
    ooma.later(days=60)
    assert ooma.state()[0] == "outcome_proposed"


@pytest.mark.parametrize("words", [THANKS, NEITHER])
def test_a_word_after_the_warning_stops_it(ooma: Counter, words: str) -> None:
    ooma.propose()
    ooma.until(at("Tue 01 Dec 2026 12:00"))
    assert sent(ooma, "closure_warning") == ["Mon 30 Nov 09:00"]
    ooma.mail(words, answers=ooma.thread("closure_warning"))
    ooma.later(days=60)
    assert ooma.state()[0] == "outcome_proposed"


def test_a_waiting_contact_holds_the_closing_until_it_is_decided(ooma: Counter) -> None:
    ooma.now += timedelta(hours=1)
    ooma.mail(NEITHER, subject="hello")
    assert ooma.newest.waits == "proposed"
    waiting = ooma.newest.id
    ooma.propose()
    ooma.later(days=20)
    assert ooma.state()[0] == "outcome_proposed"
    ooma.act("dismissed", about=waiting)
    ooma.later(minutes=1)
    assert ooma.state()[0] == "closed_assumed"


def test_a_waiting_contact_that_becomes_a_case_of_its_own_holds_no_closing(ooma: Counter) -> None:
    ooma.now += timedelta(hours=1)
    ooma.mail(NEITHER, subject="hello")
    waiting = ooma.newest.id
    ooma.propose()
    ooma.later(days=20)
    assert ooma.state()[0] == "outcome_proposed"
    ooma.act("promoted", about=waiting)
    ooma.later(minutes=1)
    assert ooma.state(1)[0] == "closed_assumed"


def test_a_desk_that_slept_warns_first_and_closes_a_business_day_later(ooma: Counter) -> None:
    ooma.propose()
    ooma.now = at("Wed 09 Dec 2026 15:00")
    ooma.later(days=3)
    assert sent(ooma, "closure_warning") == ["Wed 09 Dec 15:00"]
    assert ooma.event("closed").at == at("Thu 10 Dec 2026 09:00")


# Alerts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("Tue 24 Nov 2026 23:59", []),
        ("Wed 25 Nov 2026 00:00", ["near"]),
        ("Wed 25 Nov 2026 23:59", ["near"]),
        ("Thu 26 Nov 2026 00:00", ["near", "missed"]),
        ("Thu 24 Dec 2026 00:00", ["near", "missed"]),
    ],
)
def test_near_and_missed_are_said_once_each(ooma: Counter, moment: str, said: list[str]) -> None:
    ooma.until(at(moment))
    for _ in range(3):
        ooma.keep()
    assert ooma.alerts(1).count("triage_review") == len(said)


def test_a_promise_kept_in_time_is_never_said_to_be_missed(ooma: Counter) -> None:
    ooma.act("reviewed")
    ooma.later(days=10)
    assert "triage_review" not in ooma.alerts(1)


@pytest.mark.parametrize(
    ("provider", "received", "until", "handler", "interval"),
    [
        ("ooma", "Tue 24 Nov 2026 10:00", "Thu 26 Nov 2026 08:59", 0, 0),
        ("ooma", "Tue 24 Nov 2026 10:00", "Thu 26 Nov 2026 09:00", 1, 0),
        ("ooma", "Tue 24 Nov 2026 10:00", "Fri 27 Nov 2026 09:00", 2, 0),
        ("ooma", "Tue 24 Nov 2026 10:00", "Sun 29 Nov 2026 23:00", 2, 0),  # not at the weekend
        ("ooma", "Tue 24 Nov 2026 10:00", "Mon 30 Nov 2026 12:00", 3, 0),
        ("8x8", "Tue 24 Nov 2026 10:00", "Fri 27 Nov 2026 09:00", 2, 2),
        ("opus", "Tue 24 Nov 2026 10:00", "Fri 27 Nov 2026 08:30", 2, 2),
        ("jive", "Tue 24 Nov 2026 10:00", "Fri 27 Nov 2026 14:00", 2, 2),
        ("ooma", "Wed 23 Dec 2026 10:00", "Mon 28 Dec 2026 23:00", 0, 0),  # nor on holidays
        ("ooma", "Wed 23 Dec 2026 10:00", "Tue 29 Dec 2026 09:00", 1, 0),
    ],
)
def test_what_a_case_lacks_is_said_every_business_day(
    tmp_path: Path, provider: str, received: str, until: str, handler: int, interval: int
) -> None:
    made = complained(tmp_path, provider, received)
    made.until(at(until))
    found = made.alerts(1)
    assert (found.count("handler_missing"), found.count("interval_missing")) == (handler, interval)


def test_what_was_lacking_is_said_no_more(tmp_path: Path) -> None:
    opus = complained(tmp_path, "opus", "Tue 24 Nov 2026 10:00")
    opus.act("assigned", handler="Ann Other")
    opus.act("interval_agreed", days=5)
    opus.later(days=10)
    assert not DAILY & set(opus.alerts(1))


def test_a_case_that_waits_for_the_customer_lacks_nothing(ooma: Counter) -> None:
    ooma.propose(silence_closes=False)
    ooma.later(days=10)
    assert not DAILY & set(ooma.alerts(1))


@pytest.mark.parametrize(
    ("provider", "received", "said"),
    [
        ("ooma", "Tue 24 Nov 2026 10:00", "Wed 25 Nov 2026 09:00"),
        ("ooma", "Fri 27 Nov 2026 22:00", "Mon 30 Nov 2026 09:00"),
        ("8x8", "Tue 24 Nov 2026 10:00", "Wed 25 Nov 2026 09:00"),
        ("opus", "Tue 24 Nov 2026 10:00", None),  # checked to be before its acknowledgement period
        ("jive", "Tue 24 Nov 2026 10:00", "Tue 24 Nov 2026 11:00"),
        ("jive", "Sat 28 Nov 2026 10:00", None),
    ],
)
def test_what_waits_is_said_before_the_first_answer_would_be_due(
    tmp_path: Path, provider: str, received: str, said: str | None
) -> None:
    zone = TORONTO if provider == "jive" else LONDON
    made = counter(tmp_path, provider, at(received, zone))
    made.mail("This is terrible service and I am very unhappy.")
    assert made.newest.waits == "possible_complaint"
    if said is None:
        alert_at = made.newest.alert_at
        assert made.now < alert_at < made.now + days(3)
        said_at = alert_at
    else:
        said_at = at(said, zone)
    made.until(said_at - timedelta(minutes=1))
    assert made.alerts() == []
    made.until(said_at)
    assert made.alerts() == ["waiting_contact"]
    made.later(days=10)
    assert made.alerts() == ["waiting_contact"]


def test_what_was_decided_in_time_is_not_said(ooma: Counter) -> None:
    ooma.mail("This is terrible service and I am very unhappy.", sender=KIT)
    ooma.act("dismissed", about=ooma.newest.id)
    ooma.later(days=3)
    assert "waiting_contact" not in ooma.alerts()


# Late, twice, or for nothing ----------------------------------------------------------------------


def test_after_a_downtime_it_goes_late_with_the_lateness_on_record(ooma: Counter) -> None:
    ooma.now = at("Thu 07 Jan 2027 11:00")
    ooma.keep()
    ooma.send()
    assert sent(ooma, "adr_notice") == ["Thu 07 Jan 11:00"]
    notes = [one for one in ooma.timeline() if one.kind == "noted"]
    late = {str((one.facts or {})["text"]).split()[1]: one.facts["late_hours"] for one in notes}  # type: ignore[index]
    assert late["adr_notice"] == 50.0
    assert "sooner" in ooma.letter("adr_notice").text
    assert ooma.promise("adr_notice").state == "broken"
    assert ooma.promise("adr_notice").kept_at == ooma.now
    ooma.later(days=3)
    assert len([one for one in ooma.letters() if one.kind == "adr_notice"]) == 1


def test_killed_between_queue_and_send_it_goes_once(ooma: Counter) -> None:
    ooma.now = at("Tue 05 Jan 2027 09:00")
    ooma.keep()  # queued, and the process dies
    ooma.now += timedelta(minutes=5)
    ooma.keep()
    ooma.send()
    ooma.send()
    assert [kind for kind, _ in ooma.posted()].count("adr_notice") == 1


def test_keeping_twice_does_nothing_new(ooma: Counter) -> None:
    ooma.propose()
    for day in range(50):
        ooma.until(at("Tue 24 Nov 2026 12:00") + days(day))
        before = (len(ooma.timeline()), len(ooma.alerts()), len(ooma.letters()))
        for _ in range(2):
            keep.keep(ooma.desk, ooma.now)
            send.send(ooma.desk, ooma.post, lambda: ooma.now)
        assert (len(ooma.timeline()), len(ooma.alerts()), len(ooma.letters())) == before


@pytest.mark.parametrize(
    ("action", "facts"),
    [
        ("withdrawn", {}),
        ("closed", {"as": "withdrawn", "text": "a call"}),
        ("deadlocked", {"text": "We go no further."}),
    ],
)
def test_a_case_that_ended_is_left_alone(ooma: Counter, action: str, facts: dict[str, Any]) -> None:
    ooma.later(days=15)  # an update is missed by then
    ooma.act(action, **facts)
    before = (ooma.kinds(letters=True), ooma.alerts())
    ooma.later(days=100)
    assert (ooma.kinds(letters=True), ooma.alerts()) == before


def test_a_merged_case_is_left_alone(ooma: Counter) -> None:
    ooma.mail(COMPLAINT)
    ooma.act("merged", about=1, into=ooma.reference(2))
    before = (len(ooma.timeline(1)), ooma.alerts(1))
    ooma.later(days=60)
    assert (len(ooma.timeline(1)), ooma.alerts(1)) == before
    assert [kind for kind, _ in ooma.posted()].count("adr_notice") == 1


def test_a_confirmed_case_with_a_missed_update_gets_no_letter(ooma: Counter) -> None:
    ooma.later(days=43)  # everything was missed, the notice went
    ooma.close()
    ooma.later(days=30)
    cancelled = [one.kind for one in ooma.letters() if one.state == "cancelled"]
    assert cancelled == []


def test_a_notice_that_was_not_wanted_goes_when_it_is_owed_again(ooma: Counter) -> None:
    ooma.propose(silence_closes=False)
    ooma.until(at("Tue 05 Jan 2027 08:59"))
    ooma.now = at("Tue 05 Jan 2027 09:00")
    ooma.keep()
    ooma.act("customer_confirmed", channel="email")
    assert ooma.letter("adr_notice").state == "cancelled"
    ooma.now += timedelta(hours=1)
    ooma.mail(COMPLAINT, answers=ooma.thread("outcome"))
    ooma.later(days=1)
    assert [kind for kind, _ in ooma.posted()].count("adr_notice") == 1
    assert ooma.promises()["adr_notice"] == "kept"
