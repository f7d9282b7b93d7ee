"""What each code promises beside updates: reviews, determinations, outcomes, targets."""

from __future__ import annotations

import pytest

from plugin.codes.rules import Installation
from tests.plugin.codes.tables import (
    TORONTO,
    Happened,
    case,
    only,
    promises,
    shipped,
    standing,
    zone_of,
)

RECEIVED = "Fri 20 Nov 2026 16:00"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param(
            "ooma",
            {
                "acknowledge": "commitment",
                "triage_review": "commitment",
                "progress_update": "commitment",
                "technical_resolution": "target",
                "resolution_target": "target",
                "determination": "commitment",
                "outcome_notice": "commitment",
                "assumed_closure": "target",
                "adr_notice": "legal",
                "deadlock_letter": "legal",
                "data_protection_acknowledgement": "legal",
            },
            id="ooma",
        ),
        pytest.param(
            "8x8",
            {
                "manager_response": "commitment",
                "progress_update": "commitment",
                "resolution_target": "target",
                "adr_notice": "legal",
                "deadlock_letter": "legal",
                "data_protection_acknowledgement": "legal",
            },
            id="8x8",
        ),
        pytest.param(
            "jive",
            {
                "acknowledge": "commitment",
                "progress_update": "commitment",
                "resolution_target": "target",
                "outcome_notice": "commitment",
                "ccts_notice": "legal",
            },
            id="jive",
        ),
        pytest.param(
            "opus",
            {
                "acknowledge": "target",
                "handler_introduction": "commitment",
                "contact_time_agreed": "commitment",
                "progress_update": "commitment",
                "adr_notice": "legal",
                "deadlock_letter": "legal",
                "data_protection_acknowledgement": "legal",
            },
            id="opus",
        ),
    ],
)
def test_a_provider_has_the_promises_its_code_and_its_law_make_and_no_others(
    key: str, expected: dict[str, str]
) -> None:
    history = case(
        RECEIVED,
        ("Mon 23 Nov 2026 09:00", "acknowledged", {"elements": {"timeframe": "2 weeks"}}),
        ("Mon 23 Nov 2026 09:00", "interval_agreed", {"days": 3}),
        ("Mon 23 Nov 2026 10:00", "handed_to_engineering"),
        ("Mon 23 Nov 2026 10:00", "data_protection_raised"),
        ("Mon 23 Nov 2026 11:00", "escalated", {"level": "director"}),
        ("Mon 23 Nov 2026 12:00", "determined"),
        ("Mon 23 Nov 2026 13:00", "outcome_advised", {"by_level": "senior_manager"}),
        ("Tue 24 Nov 2026 13:00", "deadlocked"),
        zone=TORONTO,
    )
    found = promises(key, history, "Wed 25 Nov 2026 14:00")
    assert {one.promise: one.severity for one in found} == expected


class TestReview:
    @pytest.mark.parametrize(
        ("when", "state"),
        [
            ("Mon 23 Nov 2026 23:59", "kept"),
            ("Tue 24 Nov 2026 00:00", "broken"),
        ],
    )
    def test_ooma_reviews_by_the_end_of_the_next_business_day(self, when: str, state: str) -> None:
        history = case(RECEIVED, (when, "reviewed"))
        found = only("ooma", history, "Tue 24 Nov 2026 12:00", "triage_review")
        assert (found.state, found.reading) == (state, "AMB-1")
        assert found.kept_at is not None


class TestContactTime:
    """Opus agrees a time of contact where three working days do not resolve a complaint."""

    @pytest.mark.parametrize(
        ("events", "state"),
        [
            pytest.param([("Wed 25 Nov 2026 23:59", "contact_time_agreed")], "kept", id="in time"),
            pytest.param([("Thu 26 Nov 2026 00:00", "contact_time_agreed")], "broken", id="late"),
            pytest.param([], "broken", id="never"),
            pytest.param(
                [("Wed 25 Nov 2026 10:00", "closed", {"as": "confirmed"})], "stopped", id="resolved"
            ),
        ],
    )
    def test_by_the_end_of_the_third_working_day(self, events: list[Happened], state: str) -> None:
        found = only(
            "opus", case(RECEIVED, *events), "Thu 26 Nov 2026 12:00", "contact_time_agreed"
        )
        assert (f"{found.last_day}", found.state) == ("2026-11-25", state)
        assert f"{found.act_by:%a %d %b %H:%M}" == "Wed 25 Nov 17:30"


class TestTechnical:
    def test_near_at_three_business_days_and_missed_at_five(self) -> None:
        history = case(RECEIVED, ("Fri 20 Nov 2026 18:00", "handed_to_engineering"))
        found = only("ooma", history, "Fri 20 Nov 2026 18:00", "technical_resolution")
        assert f"{found.alert_at:%a %d %b %H:%M}" == "Thu 26 Nov 00:00"
        assert f"{found.due_at:%a %d %b %H:%M}" == "Sat 28 Nov 00:00"
        assert (found.severity, found.reading, found.letter) == ("target", "AMB-3", None)

    def test_each_hand_over_has_its_own(self) -> None:
        history = case(
            RECEIVED,
            ("Mon 23 Nov 2026 10:00", "handed_to_engineering"),
            ("Tue 24 Nov 2026 10:00", "engineering_answered"),
            ("Wed 25 Nov 2026 10:00", "handed_to_engineering"),
        )
        found = standing("ooma", history, "Thu 03 Dec 2026 00:00", "technical_resolution")
        assert found == [("Tue 01 Dec 2026 00:00", "kept"), ("Thu 03 Dec 2026 00:00", "broken")]

    def test_a_flag_starts_none(self) -> None:
        assert standing("ooma", case(RECEIVED), RECEIVED, "technical_resolution") == []


ESCALATED: Happened = ("Tue 24 Nov 2026 09:00", "escalated", {"level": "director"})


class TestDetermination:
    """The Director determines within five calendar days: by Sunday, acted on by Friday."""

    def test_the_act_by_is_the_end_of_the_business_day_before(self) -> None:
        found = only("ooma", case(RECEIVED, ESCALATED), "Tue 24 Nov 2026 09:00", "determination")
        assert f"{found.last_day:%a %d %b}" == "Sun 29 Nov"
        assert f"{found.act_by:%a %d %b %H:%M}" == "Sat 28 Nov 00:00"
        assert (found.reading, found.severity) == ("AMB-4", "commitment")

    def test_where_the_last_day_is_worked_nobody_is_hurried(self) -> None:
        escalated: Happened = ("Mon 23 Nov 2026 00:00", "escalated", {"level": "director"})
        history = case(RECEIVED, escalated)
        found = only("ooma", history, "Mon 23 Nov 2026 09:00", "determination")
        assert (f"{found.last_day:%a %d %b}", f"{found.act_by}") == (
            "Sat 28 Nov",
            "2026-11-28 00:00:00+00:00",
        )
        escalated = ("Fri 20 Nov 2026 17:00", "escalated", {"level": "director"})
        found = only("ooma", case(RECEIVED, escalated), "Mon 23 Nov 2026 09:00", "determination")
        assert (f"{found.last_day:%a %d %b}", found.act_by) == ("Wed 25 Nov", None)

    @pytest.mark.parametrize(
        ("event", "state"),
        [
            pytest.param(("Sun 29 Nov 2026 23:59", "determined"), "kept", id="determined"),
            pytest.param(("Mon 30 Nov 2026 00:00", "determined"), "broken", id="too late"),
            pytest.param(("Fri 27 Nov 2026 09:00", "outcome_advised"), "kept", id="an outcome"),
            pytest.param(
                ("Fri 27 Nov 2026 09:00", "outcome_advised", {"by_level": "director"}),
                "kept",
                id="the Director's outcome",
            ),
            pytest.param(
                ("Fri 27 Nov 2026 09:00", "outcome_advised", {"by_level": "supervisor"}),
                "broken",
                id="a supervisor's outcome",
            ),
            pytest.param(
                ("Mon 23 Nov 2026 09:00", "outcome_advised"), "broken", id="an earlier outcome"
            ),
            pytest.param(("Fri 27 Nov 2026 09:00", "withdrawn"), "stopped", id="withdrawn"),
        ],
    )
    def test_what_keeps_it(self, event: Happened, state: str) -> None:
        history = case(RECEIVED, ESCALATED, event)
        found = only("ooma", history, "Mon 30 Nov 2026 12:00", "determination")
        assert found.state == state

    def test_a_supervisor_owes_none(self) -> None:
        escalated: Happened = ("Tue 24 Nov 2026 09:00", "escalated", {"level": "supervisor"})
        history = case(RECEIVED, escalated)
        assert standing("ooma", history, "Tue 24 Nov 2026 09:00", "determination") == []

    def test_an_objection_in_a_history_starts_none(self) -> None:
        history = case(RECEIVED, ("Tue 24 Nov 2026 09:00", "customer_objected"))
        assert standing("ooma", history, "Tue 24 Nov 2026 09:00", "determination") == []

    def test_a_repeated_escalation_is_a_further_occurrence(self) -> None:
        history = case(
            RECEIVED,
            ESCALATED,
            ("Thu 26 Nov 2026 09:00", "determined"),
            ("Tue 01 Dec 2026 09:00", "escalated", {"level": "director"}),
        )
        found = standing("ooma", history, "Mon 07 Dec 2026 00:00", "determination")
        assert found == [("Mon 30 Nov 2026 00:00", "kept"), ("Mon 07 Dec 2026 00:00", "broken")]

    @pytest.mark.parametrize("key", ["8x8", "jive", "opus"])
    def test_the_other_codes_set_no_time(self, key: str) -> None:
        level = shipped(key).file.ladder[0].level
        history = case(RECEIVED, ("Tue 24 Nov 2026 09:00", "escalated", {"level": level}))
        assert standing(key, history, "Mon 07 Dec 2026 00:00", "determination") == []


class TestOutcomeNotice:
    @pytest.mark.parametrize("key", ["ooma", "jive"])
    @pytest.mark.parametrize(
        ("advised", "state"),
        [("Mon 23 Nov 2026 23:59", "kept"), ("Tue 24 Nov 2026 00:00", "broken")],
    )
    def test_by_the_end_of_the_next_business_day(self, key: str, advised: str, state: str) -> None:
        history = case(
            "Fri 20 Nov 2026 10:00",
            ("Fri 20 Nov 2026 15:00", "determined"),
            (advised, "outcome_advised"),
            zone=zone_of(key),
        )
        found = only(key, history, "Tue 24 Nov 2026 12:00", "outcome_notice")
        assert (found.state, found.severity, found.letter) == (state, "commitment", "outcome")

    def test_at_every_level(self) -> None:
        history = case(
            RECEIVED,
            ("Mon 23 Nov 2026 09:00", "determined"),
            ("Mon 23 Nov 2026 10:00", "outcome_advised"),
            ("Wed 25 Nov 2026 09:00", "determined"),
        )
        found = standing("ooma", history, "Thu 26 Nov 2026 09:00", "outcome_notice")
        assert [state for _, state in found] == ["kept", "open"]


TOLD: Happened = ("Fri 20 Nov 2026 17:00", "outcome_advised")


class TestSilence:
    """Ooma alone: five business days after an answer that says so."""

    @pytest.mark.parametrize(
        ("events", "as_of", "expected"),
        [
            pytest.param(
                [], "Fri 27 Nov 2026 23:59", [("Sat 28 Nov 2026 00:00", "open")], id="running"
            ),
            pytest.param(
                [], "Mon 30 Nov 2026 12:00", [("Sat 28 Nov 2026 00:00", "open")], id="complete"
            ),
            pytest.param(
                [("Sat 28 Nov 2026 00:00", "closed", {"as": "assumed"})],
                "Mon 30 Nov 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "kept")],
                id="closed at its end",
            ),
            pytest.param(
                [("Mon 30 Nov 2026 09:00", "closed")],
                "Mon 30 Nov 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "kept")],
                id="closed after its end, without a word of the customer's",
            ),
            pytest.param(
                [("Fri 27 Nov 2026 23:59", "closed", {"as": "assumed"})],
                "Mon 30 Nov 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "broken")],
                id="closed too soon",
            ),
            pytest.param(
                [("Fri 27 Nov 2026 09:00", "customer_wrote", {"channel": "email"})],
                "Mon 30 Nov 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "stopped")],
                id="any word stops it",
            ),
            pytest.param(
                [("Mon 30 Nov 2026 08:00", "customer_objected")],
                "Mon 30 Nov 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "stopped")],
                id="a word after its end and before the closing",
            ),
            pytest.param(
                [("Wed 25 Nov 2026 17:00", "outcome_advised")],
                "Mon 30 Nov 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "stopped"), ("Thu 03 Dec 2026 00:00", "open")],
                id="it counts from the last answer",
            ),
            pytest.param(
                [("Wed 25 Nov 2026 17:00", "outcome_advised", {"silence_closes": False})],
                "Mon 30 Nov 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "stopped")],
                id="the last answer did not say so",
            ),
            pytest.param(
                [("Wed 25 Nov 2026 17:00", "deadlocked")],
                "Mon 30 Nov 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "stopped")],
                id="deadlock",
            ),
        ],
    )
    def test_ooma(
        self, events: list[Happened], as_of: str, expected: list[tuple[str, str]]
    ) -> None:
        history = case(RECEIVED, TOLD, *events)
        assert standing("ooma", history, as_of, "assumed_closure") == expected

    def test_an_answer_that_does_not_say_so_starts_none(self) -> None:
        told: Happened = ("Fri 20 Nov 2026 17:00", "outcome_advised", {"silence_closes": False})
        found = standing("ooma", case(RECEIVED, told), "Mon 30 Nov 2026 12:00", "assumed_closure")
        assert found == []

    @pytest.mark.parametrize("key", ["8x8", "jive", "opus"])
    def test_no_other_code_has_it(self, key: str) -> None:
        found = standing(key, case(RECEIVED, TOLD), "Mon 30 Nov 2026 12:00", "assumed_closure")
        assert found == []


class TestResolution:
    """A target kept by an outcome that still stands when the case ends, and judged then."""

    @pytest.mark.parametrize(
        ("events", "as_of", "state"),
        [
            pytest.param([], "Fri 04 Dec 2026 23:59", "open", id="the last minute"),
            pytest.param([], "Sat 05 Dec 2026 00:00", "broken", id="midnight"),
            pytest.param(
                [("Fri 04 Dec 2026 23:59", "closed", {"as": "confirmed"})],
                "Sat 05 Dec 2026 00:00",
                "kept",
                id="confirmed in time",
            ),
            pytest.param(
                [("Sat 05 Dec 2026 00:00", "closed", {"as": "confirmed"})],
                "Sat 05 Dec 2026 00:00",
                "broken",
                id="confirmed at midnight, without an outcome before",
            ),
            pytest.param(
                [("Fri 04 Dec 2026 09:00", "outcome_advised")],
                "Wed 09 Dec 2026 09:00",
                "open",
                id="an outcome in time stands: not judged yet",
            ),
            pytest.param(
                [
                    ("Fri 04 Dec 2026 09:00", "outcome_advised"),
                    ("Wed 09 Dec 2026 09:00", "closed", {"as": "confirmed"}),
                ],
                "Wed 09 Dec 2026 09:00",
                "kept",
                id="an outcome in time, confirmed later",
            ),
            pytest.param(
                [
                    ("Fri 04 Dec 2026 09:00", "outcome_advised"),
                    ("Tue 08 Dec 2026 09:00", "customer_objected"),
                ],
                "Wed 09 Dec 2026 09:00",
                "broken",
                id="objected to after the two weeks",
            ),
            pytest.param(
                [("Mon 23 Nov 2026 09:00", "deadlocked")],
                "Mon 23 Nov 2026 09:00",
                "broken",
                id="deadlock",
            ),
            pytest.param(
                [("Mon 23 Nov 2026 09:00", "closed", {"as": "deadlock"})],
                "Mon 23 Nov 2026 09:00",
                "broken",
                id="closed at deadlock",
            ),
            pytest.param(
                [("Mon 23 Nov 2026 09:00", "withdrawn")],
                "Tue 08 Dec 2026 09:00",
                "stopped",
                id="withdrawn",
            ),
            pytest.param(
                [("Mon 23 Nov 2026 09:00", "closed", {"as": "out_of_scope"})],
                "Tue 08 Dec 2026 09:00",
                "stopped",
                id="out of scope",
            ),
        ],
    )
    def test_8x8_aims_at_two_weeks(self, events: list[Happened], as_of: str, state: str) -> None:
        found = only("8x8", case(RECEIVED, *events), as_of, "resolution_target")
        assert (found.state, found.severity) == (state, "target")

    def test_ooma_endeavours_for_eight_weeks(self) -> None:
        found = only("ooma", case(RECEIVED), RECEIVED, "resolution_target")
        assert f"{found.last_day}" == "2027-01-15"

    def test_a_silence_that_closed_in_order_keeps_it_by_the_outcome(self) -> None:
        history = case(RECEIVED, TOLD, ("Mon 30 Nov 2026 09:00", "closed", {"as": "assumed"}))
        found = only("ooma", history, "Mon 30 Nov 2026 09:00", "resolution_target")
        assert (found.state, f"{found.kept_at:%a %d %b %H:%M}") == ("kept", "Fri 20 Nov 17:00")

    def test_jive_is_held_to_the_time_frame_its_acknowledgement_gave(self) -> None:
        told = {"reference": "1", "procedure": "p", "timeframe": "10 business days"}
        history = case(
            RECEIVED,
            ("Fri 20 Nov 2026 16:05", "acknowledged", {"elements": told}),
            zone=TORONTO,
        )
        found = only("jive", history, "Fri 20 Nov 2026 16:05", "resolution_target")
        assert (f"{found.last_day}", found.severity) == ("2026-12-04", "target")

    def test_before_it_is_said_the_installations_setting_counts_where_there_is_one(self) -> None:
        history = case(RECEIVED, zone=TORONTO)
        here = Installation(values={"acknowledgement_timeframe": "2 weeks"})
        found = only("jive", history, RECEIVED, "resolution_target", here)
        assert f"{found.last_day}" == "2026-12-04"
        assert standing("jive", history, RECEIVED, "resolution_target") == []
        wrong = Installation(values={"acknowledgement_timeframe": "soon"})
        assert promises("jive", history, RECEIVED, "resolution_target", wrong) == []


class TestNothingStaysOpen:
    """When a case ends, what was open is stopped, save what the law asks for all the same."""

    @pytest.mark.parametrize(
        ("as_", "left"),
        [("confirmed", set()), ("withdrawn", set()), ("out_of_scope", {"adr_notice"})],
    )
    def test_at_opus(self, as_: str, left: set[str]) -> None:
        history = case(
            RECEIVED,
            ("Fri 20 Nov 2026 16:30", "interval_agreed", {"days": 3}),
            ("Fri 20 Nov 2026 17:00", "closed", {"as": as_}),
        )
        found = promises("opus", history, "Fri 01 Jan 2027 12:00")
        assert {one.promise for one in found if one.state == "open"} == left
        assert {one.state for one in found} <= {"open", "stopped"}
        assert all(one.reason for one in found if one.state == "stopped")

    def test_reopening_resets_no_clock(self) -> None:
        history = case(
            RECEIVED,
            ("Fri 20 Nov 2026 17:00", "closed", {"as": "confirmed"}),
            ("Mon 30 Nov 2026 09:00", "reopened"),
        )
        found = promises("opus", history, "Mon 30 Nov 2026 10:00")
        assert {(one.promise, one.state) for one in found} == {
            ("acknowledge", "stopped"),
            ("handler_introduction", "stopped"),
            ("contact_time_agreed", "stopped"),
            ("adr_notice", "open"),
        }
        assert {f"{one.last_day}" for one in found if one.state == "open"} == {"2027-01-01"}
