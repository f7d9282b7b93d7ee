"""Promises of the shipped codes as tables: what happened, when we look, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.bundle import folder
from plugin.codes.derive import derive
from plugin.codes.history import Fact, History, HistoryError
from plugin.codes.load import keys, load, read_folder
from plugin.codes.moments import looks_at
from plugin.codes.promise import Promise, near_from, wakes_at
from plugin.codes.provider import Provider
from plugin.codes.provider_file import Edition
from plugin.codes.rules import Rules, rules_for

LONDON = ZoneInfo("Europe/London")
TORONTO = ZoneInfo("America/Toronto")
SHIPPED = keys(folder("templates"))

WHOLE = {"reference": "1234-5678-90", "procedure": "an adviser looks", "timeframe": "10 days"}


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """The moment "Fri 20 Nov 2026 16:00" in a zone, provided that day is a Friday."""
    moment = datetime.strptime(text, "%a %d %b %Y %H:%M").replace(tzinfo=zone)
    assert moment.strftime("%a") == text[:3], f"{text} is a {moment:%A}"
    return moment


@cache
def shipped(key: str) -> Provider:
    """A shipped provider."""
    return load(key, read_folder(folder("templates"), key))


@cache
def rules(key: str) -> Rules:
    """A shipped provider's rules for complaints of November 2026."""
    return rules_for(shipped(key), date(2026, 11, 20))


def promise(key: str, name: str, history: History, as_of: datetime) -> Promise:
    """One promise of a case at a shipped provider."""
    return next(one for one in derive(rules(key), history, as_of) if one.promise == name)


def acknowledged(moment: datetime, **facts: Any) -> Fact:
    """An acknowledgement with every element any code asks for."""
    return Fact("acknowledged", moment, {"elements": WHOLE, **facts})


MINUTE = timedelta(minutes=1)

STARTS = [
    pytest.param("ooma", "Fri 20 Nov 2026 16:00", "Tue 24 Nov 2026 00:00", LONDON, id="ooma"),
    pytest.param("opus", "Fri 20 Nov 2026 16:00", "Wed 25 Nov 2026 13:00", LONDON, id="opus"),
    pytest.param("jive", "Fri 20 Nov 2026 16:00", "Fri 20 Nov 2026 17:00", TORONTO, id="jive"),
]


@pytest.mark.parametrize(("key", "received", "due", "zone"), STARTS)
class TestAcknowledge:
    """What every provider that promises an acknowledgement has in common."""

    def test_it_is_open_until_it_is_due(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        start, end = at(received, zone), at(due, zone)
        found = promise(key, "acknowledge", History(start), end - MINUTE)
        assert (found.state, found.reason, found.kept_at) == ("open", None, None)
        assert (found.starts_at, found.due_at) == (start, end)

    def test_it_is_broken_from_the_due_moment_on(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        found = promise(key, "acknowledge", History(at(received, zone)), at(due, zone))
        assert (found.state, found.reason, found.kept_at) == ("broken", "not kept in time", None)

    def test_it_is_kept_up_to_the_last_minute(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        last = at(due, zone) - MINUTE
        history = History(at(received, zone), [acknowledged(last)])
        found = promise(key, "acknowledge", history, at(due, zone) + MINUTE)
        assert (found.state, found.kept_at) == ("kept", last)

    def test_at_the_due_moment_it_is_too_late_and_says_when_it_came(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        end = at(due, zone)
        history = History(at(received, zone), [acknowledged(end)])
        found = promise(key, "acknowledge", history, end)
        assert (found.state, found.reason, found.kept_at) == ("broken", "kept too late", end)

    @pytest.mark.parametrize("kind", ["closed", "withdrawn"])
    def test_it_stops_where_the_case_ends_first(
        self, key: str, received: str, due: str, zone: ZoneInfo, kind: str
    ) -> None:
        start, end = at(received, zone), at(due, zone)
        history = History(start, [Fact(kind, start + MINUTE)])
        found = promise(key, "acknowledge", history, end + MINUTE)
        assert found.state == "stopped"
        assert (found.reason or "").startswith("the case ended: ")

    def test_a_case_that_ends_too_late_leaves_it_broken(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        end = at(due, zone)
        history = History(at(received, zone), [Fact("closed", end)])
        assert promise(key, "acknowledge", history, end).state == "broken"

    def test_kept_and_closed_in_one_moment_is_kept(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        start = at(received, zone)
        history = History(start, [Fact("closed", start), acknowledged(start)])
        assert promise(key, "acknowledge", history, start).state == "kept"

    def test_an_acknowledgement_after_the_end_keeps_nothing(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        start = at(received, zone)
        history = History(start, [Fact("closed", start), acknowledged(start + MINUTE)])
        found = promise(key, "acknowledge", history, start + MINUTE)
        assert (found.state, found.kept_at) == ("stopped", None)

    def test_what_happens_after_the_moment_we_look_has_not_happened(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        start = at(received, zone)
        history = History(start, [acknowledged(start + 2 * MINUTE)])
        assert promise(key, "acknowledge", history, start + MINUTE).state == "open"
        assert promise(key, "acknowledge", history, start + 2 * MINUTE).state == "kept"

    def test_a_letter_that_never_arrived_takes_it_back(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        start = at(received, zone)
        history = History(
            start,
            [
                acknowledged(start + MINUTE, letter=7),
                Fact("letter_undelivered", start + 3 * MINUTE, {"letter": "7"}),
            ],
        )
        states = [
            promise(key, "acknowledge", history, moment).state
            for moment in (start + 2 * MINUTE, start + 3 * MINUTE, at(due, zone))
        ]
        assert states == ["kept", "open", "broken"]

    def test_a_second_letter_keeps_what_the_first_did_not(
        self, key: str, received: str, due: str, zone: ZoneInfo
    ) -> None:
        start = at(received, zone)
        history = History(
            start,
            [
                acknowledged(start + MINUTE, letter=7),
                Fact("letter_undelivered", start + 2 * MINUTE, {"letter": 7}),
                acknowledged(start + 3 * MINUTE, letter=8),
            ],
        )
        found = promise(key, "acknowledge", history, at(due, zone))
        assert (found.state, found.kept_at) == ("kept", start + 3 * MINUTE)

    @pytest.mark.parametrize("facts", [{"letter": 8}, {}])
    def test_another_letter_that_never_arrived_changes_nothing(
        self, key: str, received: str, due: str, zone: ZoneInfo, facts: Mapping[str, Any]
    ) -> None:
        start = at(received, zone)
        bounce = Fact("letter_undelivered", start + 2 * MINUTE, facts)
        history = History(start, [acknowledged(start + MINUTE, letter=7), bounce])
        assert promise(key, "acknowledge", history, at(due, zone)).state == "kept"


class TestElements:
    @pytest.mark.parametrize(
        ("elements", "state"),
        [
            pytest.param(WHOLE, "kept", id="all three"),
            pytest.param({**WHOLE, "procedure": ""}, "open", id="one empty"),
            pytest.param({**WHOLE, "timeframe": " \n"}, "open", id="one blank"),
            pytest.param({**WHOLE, "reference": None}, "open", id="one null"),
            pytest.param({"reference": "1234-5678-90"}, "open", id="two missing"),
            pytest.param({}, "open", id="none"),
            pytest.param("reference procedure timeframe", "open", id="no table"),
            pytest.param(None, "open", id="nothing"),
        ],
    )
    def test_jives_acknowledgement_counts_only_with_all_three(
        self, elements: object, state: str
    ) -> None:
        start = at("Fri 20 Nov 2026 16:00", TORONTO)
        event = Fact("acknowledged", start + MINUTE, {"elements": elements})
        found = promise("jive", "acknowledge", History(start, [event]), start + 2 * MINUTE)
        assert found.state == state

    def test_two_halves_do_not_make_a_whole_acknowledgement(self) -> None:
        start = at("Fri 20 Nov 2026 16:00", TORONTO)
        halves = [
            Fact("acknowledged", start, {"elements": {"reference": "1234-5678-90"}}),
            Fact("acknowledged", start, {"elements": {**WHOLE, "reference": ""}}),
        ]
        assert promise("jive", "acknowledge", History(start, halves), start).state == "open"

    @pytest.mark.parametrize("key", ["ooma", "opus"])
    def test_elsewhere_an_acknowledgement_counts_without_them(self, key: str) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        history = History(start, [Fact("acknowledged", start)])
        assert promise(key, "acknowledge", history, start).state == "kept"

    def test_an_automatic_receipt_is_no_managers_response(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        history = History(start, [acknowledged(start)])
        found = promise("8x8", "manager_response", history, start)
        assert (found.state, found.due_at) == ("open", at("Tue 24 Nov 2026 00:00"))
        answered = History(start, [Fact("manager_responded", start + MINUTE)])
        assert promise("8x8", "manager_response", answered, start + MINUTE).state == "kept"


class TestHistory:
    def test_an_event_before_the_receipt_is_refused_by_name(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        history = History(start, [acknowledged(start - MINUTE)])
        with pytest.raises(HistoryError, match=r"acknowledged at 2026-11-20T15:59:00\+00:00"):
            derive(rules("ooma"), history, start)

    def test_of_two_receipts_the_earlier_starts_the_time(self) -> None:
        called, wrote = at("Fri 20 Nov 2026 16:00"), at("Mon 23 Nov 2026 09:00")
        history = History(wrote, [Fact("received", called), acknowledged(called)])
        found = promise("ooma", "acknowledge", history, wrote)
        assert (found.starts_at, found.due_at) == (called, at("Tue 24 Nov 2026 00:00"))

    def test_the_order_in_which_events_are_told_does_not_matter(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        events = [
            acknowledged(start + MINUTE, letter=1),
            Fact("letter_undelivered", start + 2 * MINUTE, {"letter": 1}),
            Fact("closed", start + 3 * MINUTE),
        ]
        as_of = start + timedelta(days=30)
        assert derive(rules("opus"), History(start, events), as_of) == derive(
            rules("opus"), History(start, events[::-1]), as_of
        )

    def test_promises_come_in_the_order_they_fall_due(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        found = derive(rules("opus"), History(start), start)
        assert [one.promise for one in found] == [
            "handler_introduction",
            "acknowledge",
            "contact_time_agreed",
            "adr_notice",
        ]


class TestActBy:
    @pytest.mark.parametrize(
        ("received", "due", "act_by"),
        [
            ("Thu 19 Nov 2026 10:00", "Sat 21 Nov 2026 10:00", "Fri 20 Nov 2026 17:30"),
            ("Fri 20 Nov 2026 16:00", "Sun 22 Nov 2026 16:00", "Fri 20 Nov 2026 17:30"),
            ("Sat 21 Nov 2026 10:00", "Mon 23 Nov 2026 10:00", None),
            ("Thu 24 Dec 2026 15:00", "Sat 26 Dec 2026 15:00", "Thu 24 Dec 2026 17:30"),
            ("Fri 20 Nov 2026 17:45", "Sun 22 Nov 2026 17:45", "Fri 20 Nov 2026 17:30"),
        ],
    )
    def test_opus_introduces_the_handler_before_the_office_closes_for_good(
        self, received: str, due: str, act_by: str | None
    ) -> None:
        start = at(received)
        found = promise("opus", "handler_introduction", History(start), start)
        assert found.due_at == at(due)
        assert found.act_by == (at(act_by) if act_by else None)

    @pytest.mark.parametrize("key", ["8x8", "jive", "ooma"])
    def test_where_no_hours_are_printed_or_all_are_nobody_is_hurried(self, key: str) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        found = derive(rules(key), History(start), start)
        assert {one.act_by for one in found if one.severity != "legal"} == {None}


class TestAlerts:
    @pytest.mark.parametrize(
        ("key", "name", "received", "near"),
        [
            ("opus", "acknowledge", "Fri 20 Nov 2026 16:00", "Mon 23 Nov 2026 16:00"),
            ("opus", "handler_introduction", "Fri 20 Nov 2026 16:00", "Fri 20 Nov 2026 16:00"),
            ("ooma", "acknowledge", "Fri 20 Nov 2026 16:00", "Mon 23 Nov 2026 00:00"),
            ("8x8", "manager_response", "Thu 24 Dec 2026 15:00", "Tue 29 Dec 2026 00:00"),
            ("jive", "acknowledge", "Fri 20 Nov 2026 16:00", "Fri 20 Nov 2026 16:00"),
        ],
    )
    def test_a_promise_is_near_at_its_alert_or_a_business_day_before(
        self, key: str, name: str, received: str, near: str
    ) -> None:
        start = at(received)
        found = promise(key, name, History(start), start)
        assert near_from(found, rules(key).calendar) == at(near)

    def test_somebody_looks_at_the_alert_then_when_it_is_due_then_never(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        alert, due = at("Mon 23 Nov 2026 16:00"), at("Wed 25 Nov 2026 13:00")
        calendar = rules("opus").calendar
        looks = [
            wakes_at(promise("opus", "acknowledge", History(start), moment), calendar, moment)
            for moment in (start, alert - MINUTE, alert, due - MINUTE, due)
        ]
        assert looks == [alert, alert, due, due, None]

    @pytest.mark.parametrize(
        ("received", "first"),
        [
            ("Fri 20 Nov 2026 16:00", "Fri 20 Nov 2026 16:00"),  # due on Sunday
            ("Thu 24 Dec 2026 15:00", "Thu 24 Dec 2026 15:00"),  # due on Boxing Day
            ("Sat 21 Nov 2026 10:00", "Mon 23 Nov 2026 08:30"),  # due on Monday at 10:00
        ],
    )
    def test_what_a_closed_office_leaves_no_day_for_is_looked_at_at_once(
        self, received: str, first: str
    ) -> None:
        start, calendar = at(received), rules("opus").calendar
        found = promise("opus", "handler_introduction", History(start), start)
        assert looks_at(found, calendar, start, acts=None, looked=False) == at(first)
        assert looks_at(found, calendar, at(first), acts=None, looked=True) == found.due_at

    def test_a_promise_in_hours_is_near_a_business_day_before_the_office_closes_on_it(self) -> None:
        start, calendar = at("Thu 19 Nov 2026 17:50"), rules("opus").calendar
        found = promise("opus", "handler_introduction", History(start), start)
        assert found.act_by == at("Fri 20 Nov 2026 17:30")
        assert looks_at(found, calendar, start, acts=None, looked=False) == at(
            "Fri 20 Nov 2026 08:30"
        )

    def test_nobody_hurries_for_an_answer_that_was_given_in_time(self) -> None:
        start, given = at("Fri 20 Nov 2026 16:00"), at("Mon 23 Nov 2026 10:00")
        answer, later = Fact("outcome_advised", given), given + MINUTE
        history = History(start, [answer])
        found = promise("ooma", "resolution_target", history, later)
        assert (found.state, wakes_at(found, rules("ooma").calendar, later)) == ("open", None)
        history = History(start, [answer, Fact("customer_objected", later)])
        found = promise("ooma", "resolution_target", history, later)
        assert wakes_at(found, rules("ooma").calendar, later) is not None

    def test_a_due_moment_that_has_passed_is_still_looked_at(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        seen_open = promise("opus", "acknowledge", History(start), start)
        calendar = rules("opus").calendar
        late = at("Thu 26 Nov 2026 09:00")
        assert wakes_at(seen_open, calendar, late) == seen_open.due_at

    @pytest.mark.parametrize("end", [acknowledged, lambda moment: Fact("closed", moment)])
    def test_nobody_looks_at_what_is_settled(self, end: Any) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        found = promise("ooma", "acknowledge", History(start, [end(start)]), start)
        assert wakes_at(found, rules("ooma").calendar, start) is None


class TestReasons:
    def test_a_promise_carries_the_clause_it_comes_from(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        found = promise("ooma", "acknowledge", History(start), start)
        assert found.clause.startswith("How complaints are handled, sentence 2: acknowledged by")
        assert found.source == "Ooma complaints code, 9 August 2017"
        assert (found.severity, found.letter) == ("commitment", "acknowledgement")

    def test_a_document_without_a_date_says_so(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        found = promise("opus", "acknowledge", History(start), start)
        assert found.source == "Opus Telecoms customer complaints code, undated"
        assert (found.severity, found.reading) == ("target", "AMB-17")

    def test_business_days_are_explained_day_by_day(self) -> None:
        start = at("Thu 24 Dec 2026 15:00")
        found = promise("ooma", "acknowledge", History(start), start)
        assert found.explain == (
            "Thu 24 Dec: day of receipt, not counted",
            "Fri 25 Dec: holiday (Christmas Day), not counted",
            "Sat 26 Dec: holiday (Boxing Day), not counted",
            "Mon 28 Dec: holiday (Boxing Day (observed)), not counted",
            "Tue 29 Dec: 1",
        )
        assert found.last_day == at("Tue 29 Dec 2026 00:00").date()

    def test_hours_are_explained_by_their_ends(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        found = promise("opus", "acknowledge", History(start), start)
        assert found.explain == (
            "Fri 20 Nov 16:00: the time starts",
            "24 opening hours later: Wed 25 Nov 13:00",
            "Mon 23 Nov 16:00: the nearer target (24 hours of business days)",
        )
        assert found.last_day is None

    @pytest.mark.parametrize(
        ("received", "edition"),
        [
            (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), "old"),
            (datetime(2026, 6, 30, 23, 1, tzinfo=UTC), "new"),
        ],
    )
    def test_the_edition_is_the_one_in_force_on_the_day_of_receipt(
        self, received: datetime, edition: str
    ) -> None:
        editions = (Edition(name="new", effective_from=date(2026, 7, 1)), Edition(name="old"))
        ooma = shipped("ooma")
        edited = replace(ooma, file=ooma.file.model_copy(update={"editions": editions}))
        made = rules_for(edited, received.astimezone(LONDON).date())
        found = derive(made, History(received), received + timedelta(days=90))
        assert made.edition == edition
        assert {one.edition for one in found if one.severity != "legal"} == {edition}

    def test_times_carry_the_providers_offset(self) -> None:
        start = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
        found = promise("jive", "acknowledge", History(start), start)
        assert (found.starts_at.isoformat(), found.due_at.isoformat()) == (
            "2026-11-20T16:00:00-05:00",
            "2026-11-20T17:00:00-05:00",
        )


RECEIVED = datetime(2026, 12, 23, 15, 0, tzinfo=UTC)
offsets = st.one_of(st.integers(0, 120), st.integers(0, 20 * 24 * 60)).map(
    lambda minutes: RECEIVED + timedelta(minutes=minutes)
)
facts = st.builds(
    Fact,
    st.sampled_from(
        ["acknowledged", "handler_introduced", "manager_responded", "closed", "withdrawn", "note"]
    ),
    offsets,
    st.sampled_from([{}, {"elements": WHOLE}, {"elements": {**WHOLE, "procedure": " "}}]),
)
histories = st.lists(facts, max_size=6).map(lambda events: History(RECEIVED, events))


@settings(deadline=None)
@given(st.sampled_from(SHIPPED), histories, offsets)
def test_whoever_follows_the_wake_up_calls_misses_no_change(
    key: str, history: History, as_of: datetime
) -> None:
    calendar = rules(key).calendar
    for found in derive(rules(key), history, as_of):
        wake = wakes_at(found, calendar, as_of)
        waits_for_time = found.state == "open" and found.reason is None
        assert (wake is not None) == waits_for_time
        if wake is not None:
            assert as_of < wake <= found.due_at
        assert found.starts_at <= near_from(found, calendar) <= found.due_at
        if found.alert_at is not None:
            assert found.alert_at <= found.due_at
        if found.act_by is not None:
            assert found.act_by < found.due_at


class TestBounces:
    """A letter that never arrived takes back what it said, by its number or by its kind."""

    def test_by_the_kind_of_letter_where_events_carry_no_number(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        history = History(
            start,
            [
                Fact("acknowledged", start + MINUTE),
                Fact("letter_undelivered", start + 2 * MINUTE, {"letter": "acknowledgement"}),
            ],
        )
        assert promise("ooma", "acknowledge", history, start + 3 * MINUTE).state == "open"

    def test_a_letter_of_the_same_kind_sent_afterwards_stands(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        history = History(
            start,
            [
                acknowledged(start + MINUTE, letter="acknowledgement"),
                Fact("letter_undelivered", start + 2 * MINUTE, {"letter": "acknowledgement"}),
                acknowledged(start + 3 * MINUTE, letter="acknowledgement"),
            ],
        )
        found = promise("ooma", "acknowledge", history, start + 4 * MINUTE)
        assert (found.state, found.kept_at) == ("kept", start + 3 * MINUTE)

    def test_a_notice_that_bounced_is_owed_again(self) -> None:
        start = at("Fri 20 Nov 2026 16:00")
        history = History(
            start,
            [
                Fact("adr_notice_sent", start + MINUTE, {"letter": 7}),
                Fact("letter_undelivered", start + 2 * MINUTE, {"letter": 7}),
            ],
        )
        assert promise("opus", "adr_notice", history, start + 3 * MINUTE).state == "open"


class TestTheHourThatComesTwice:
    def test_an_hour_on_the_clock_ends_in_the_second_of_the_two(self) -> None:
        start = datetime(2026, 11, 1, 1, 30, tzinfo=TORONTO)  # before the clocks go back
        inside = datetime(2026, 11, 1, 6, 29, tzinfo=UTC)  # 01:29 again
        late = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
        for moment, state in ((inside, "kept"), (late, "broken")):
            history = History(start, [acknowledged(moment)])
            assert promise("jive", "acknowledge", history, late).state == state
        local = acknowledged(start.replace(minute=45))  # 01:45 the first time, as told locally
        assert promise("jive", "acknowledge", History(start, [local]), late).state == "kept"
