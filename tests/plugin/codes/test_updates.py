"""Progress updates: what counts as one, from what the next is counted, what stops the series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from plugin.codes.rules import Installation
from tests.plugin.codes.tables import UPDATE, Happened, case, only, promises, standing

RECEIVED = "Fri 20 Nov 2026 16:00"
ACKNOWLEDGED: Happened = ("Fri 20 Nov 2026 16:05", "acknowledged")
GIVEN = {"elements": UPDATE}


def ooma(
    *events: Happened, as_of: str, settings: Installation | None = None
) -> list[tuple[str, str]]:
    """Ooma's updates of a case received on Friday 20 November 2026, as (too late from, state)."""
    return standing("ooma", case(RECEIVED, *events), as_of, "progress_update", settings)


class TestOoma:
    @pytest.mark.parametrize(
        ("events", "as_of", "expected"),
        [
            pytest.param(
                [],
                "Fri 27 Nov 2026 23:59",
                [("Sat 28 Nov 2026 00:00", "open")],
                id="it counts from receipt until something was sent",
            ),
            pytest.param(
                [], "Sat 28 Nov 2026 00:00", [("Sat 28 Nov 2026 00:00", "broken")], id="midnight"
            ),
            pytest.param(
                [("Mon 23 Nov 2026 12:00", "acknowledged")],
                "Mon 30 Nov 2026 12:00",
                [("Tue 01 Dec 2026 00:00", "open")],
                id="the acknowledgement is the first update and no occurrence",
            ),
            pytest.param(
                [ACKNOWLEDGED, ("Mon 23 Nov 2026 12:00", "acknowledged")],
                "Fri 27 Nov 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "open")],
                id="the first acknowledgement counts",
            ),
            pytest.param(
                [("Mon 30 Nov 2026 12:00", "acknowledged")],
                "Mon 07 Dec 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "broken"), ("Tue 08 Dec 2026 00:00", "open")],
                id="an acknowledgement after the five days is the late update",
            ),
            pytest.param(
                [ACKNOWLEDGED, ("Fri 27 Nov 2026 23:59", "progress_given", GIVEN)],
                "Fri 04 Dec 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "kept"), ("Sat 05 Dec 2026 00:00", "open")],
                id="in the last minute",
            ),
            pytest.param(
                [ACKNOWLEDGED, ("Sat 28 Nov 2026 00:00", "progress_given", GIVEN)],
                "Fri 04 Dec 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "broken"), ("Sat 05 Dec 2026 00:00", "open")],
                id="at midnight it is late, and the next counts from it",
            ),
            pytest.param(
                [ACKNOWLEDGED],
                "Wed 23 Dec 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "broken")],
                id="a missed one stays the one broken occurrence",
            ),
            pytest.param(
                [
                    ACKNOWLEDGED,
                    ("Tue 24 Nov 2026 09:00", "progress_given", GIVEN),
                    ("Wed 25 Nov 2026 09:00", "outcome_advised"),
                ],
                "Wed 23 Dec 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "kept"), ("Wed 02 Dec 2026 00:00", "stopped")],
                id="the outcome stops the series",
            ),
            pytest.param(
                [
                    ACKNOWLEDGED,
                    ("Wed 25 Nov 2026 09:00", "outcome_advised"),
                    ("Thu 26 Nov 2026 09:00", "customer_objected"),
                ],
                "Thu 03 Dec 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "stopped"), ("Fri 04 Dec 2026 00:00", "open")],
                id="an objection starts it anew",
            ),
            pytest.param(
                [
                    ACKNOWLEDGED,
                    ("Mon 30 Nov 2026 09:00", "outcome_advised"),
                    ("Tue 01 Dec 2026 09:00", "closed", {"as": "confirmed"}),
                    ("Wed 02 Dec 2026 09:00", "customer_objected"),
                    ("Thu 03 Dec 2026 09:00", "reopened"),
                ],
                "Thu 10 Dec 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "broken"), ("Fri 11 Dec 2026 00:00", "open")],
                id="only re-opening starts anew what closing stopped",
            ),
            pytest.param(
                [ACKNOWLEDGED, ("Thu 26 Nov 2026 09:00", "deadlocked")],
                "Thu 10 Dec 2026 12:00",
                [("Sat 28 Nov 2026 00:00", "stopped")],
                id="deadlock ends it",
            ),
        ],
    )
    def test_updates(
        self, events: list[Happened], as_of: str, expected: list[tuple[str, str]]
    ) -> None:
        assert ooma(*events, as_of=as_of) == expected

    @pytest.mark.parametrize("kind", ["reviewed", "manager_responded", "noted", "escalated"])
    def test_what_is_no_update(self, kind: str) -> None:
        events: list[Happened] = [ACKNOWLEDGED, ("Wed 25 Nov 2026 09:00", kind)]
        assert ooma(*events, as_of="Fri 27 Nov 2026 12:00") == [("Sat 28 Nov 2026 00:00", "open")]

    @pytest.mark.parametrize(
        "elements",
        [
            {**UPDATE, "progress": ""},
            {**UPDATE, "proposed_actions": " "},
            {key: value for key, value in UPDATE.items() if key != "timeframe"},
            {},
            None,
        ],
    )
    def test_an_update_that_lacks_an_element_resets_no_clock(self, elements: object) -> None:
        event: Happened = ("Wed 25 Nov 2026 09:00", "progress_given", {"elements": elements})
        found = ooma(ACKNOWLEDGED, event, as_of="Sat 28 Nov 2026 12:00")
        assert found == [("Sat 28 Nov 2026 00:00", "broken")]

    def test_a_late_update_tells_when_it_came(self) -> None:
        late: Happened = ("Mon 30 Nov 2026 09:00", "progress_given", GIVEN)
        first, _ = promises(
            "ooma",
            case(RECEIVED, ACKNOWLEDGED, late),
            "Mon 30 Nov 2026 10:00",
            "progress_update",
        )
        assert (first.state, first.reason) == ("broken", "kept too late")
        assert f"{first.kept_at:%a %d %b %H:%M}" == "Mon 30 Nov 09:00"

    def test_the_counting_is_told_as_the_contract_shows(self) -> None:
        found = only(
            "ooma", case(RECEIVED, ACKNOWLEDGED), "Tue 24 Nov 2026 12:00", "progress_update"
        )
        assert found.explain[:2] == (
            "Fri 20 Nov: day of the last update, not counted",
            "Mon 23 Nov: 1",
        )
        assert (found.reading, found.edition, found.severity) == (
            "AMB-2",
            "2017-08-09",
            "commitment",
        )
        assert found.act_by is None

    def test_christmas_does_not_count(self) -> None:
        history = case("Tue 22 Dec 2026 10:00", ("Tue 22 Dec 2026 10:01", "acknowledged"))
        found = standing("ooma", history, "Wed 30 Dec 2026 10:00", "progress_update")
        assert found == [("Fri 01 Jan 2027 00:00", "open")]


class TestNamedDays:
    def test_a_day_named_as_the_time_frame_is_the_end_where_it_is_sooner(self) -> None:
        told = {"elements": {**UPDATE, "timeframe_date": "2026-11-26"}}
        found = promises(
            "ooma",
            case(RECEIVED, ACKNOWLEDGED, ("Tue 24 Nov 2026 09:00", "progress_given", told)),
            "Wed 25 Nov 2026 09:00",
            "progress_update",
        )[-1]
        assert f"{found.due_at:%a %d %b %H:%M}" == "Fri 27 Nov 00:00"
        assert f"{found.last_day}" == "2026-11-26"
        assert found.explain == (
            "Thu 26 Nov: the day named to the customer as the time frame",
            "Tue 1 Dec: the end by the code (5 business days); the earlier end counts",
        )

    @pytest.mark.parametrize("day", ["2026-12-24", "2026-11-23", "soon", None])
    def test_a_later_day_or_none_that_can_be_meant_changes_nothing(self, day: object) -> None:
        told = {"elements": {**UPDATE, "timeframe_date": day}}
        event: Happened = ("Tue 24 Nov 2026 09:00", "progress_given", told)
        found = ooma(ACKNOWLEDGED, event, as_of="Wed 25 Nov 2026 09:00")
        assert found[-1] == ("Wed 02 Dec 2026 00:00", "open")

    def test_a_contact_agreed_for_a_time_is_owed_at_that_time(self) -> None:
        agreed = {"contact_at": "2026-11-25T11:00:00+00:00"}
        event: Happened = ("Tue 24 Nov 2026 09:00", "contact_time_agreed", agreed)
        found = only(
            "ooma", case(RECEIVED, ACKNOWLEDGED, event), "Wed 25 Nov 2026 10:59", "progress_update"
        )
        assert (f"{found.due_at:%a %d %b %H:%M}", found.last_day) == ("Wed 25 Nov 11:00", None)
        assert found.state == "open"

    def test_it_is_owed_without_any_interval_too(self) -> None:
        agreed = {"contact_at": "2026-11-25T11:00:00+00:00"}
        history = case(RECEIVED, ("Tue 24 Nov 2026 09:00", "contact_time_agreed", agreed))
        found = standing("opus", history, "Wed 25 Nov 2026 11:00", "progress_update")
        assert found == [("Wed 25 Nov 2026 11:00", "broken")]


class TestAgreed:
    @pytest.mark.parametrize("key", ["8x8", "opus"])
    def test_without_an_agreement_nothing_is_promised(self, key: str) -> None:
        history = case(RECEIVED, ("Mon 23 Nov 2026 09:00", "acknowledged"))
        assert standing(key, history, "Mon 04 Jan 2027 09:00", "progress_update") == []

    @pytest.mark.parametrize("key", ["8x8", "opus"])
    def test_an_interval_counts_business_days_from_the_agreement_then_from_each_update(
        self, key: str
    ) -> None:
        history = case(
            RECEIVED,
            ("Mon 23 Nov 2026 09:00", "interval_agreed", {"days": 3}),
            ("Wed 25 Nov 2026 09:00", "progress_given"),
        )
        found = promises(key, history, "Mon 30 Nov 2026 09:00", "progress_update")
        assert [(f"{one.due_at:%a %d %b}", one.state) for one in found] == [
            ("Fri 27 Nov", "kept"),
            ("Tue 01 Dec", "open"),
        ]
        assert f"{found[0].starts_at:%a %d %b %H:%M}" == "Mon 23 Nov 09:00"
        assert found[0].explain[0] == "Mon 23 Nov: day the interval was agreed, not counted"
        assert {one.severity for one in found} == {"commitment"}

    def test_a_new_agreement_counts_from_itself(self) -> None:
        history = case(
            RECEIVED,
            ("Mon 23 Nov 2026 09:00", "interval_agreed", {"days": 3}),
            ("Tue 24 Nov 2026 09:00", "interval_agreed", {"days": 10}),
        )
        found = standing("8x8", history, "Wed 02 Dec 2026 09:00", "progress_update")
        assert found == [("Wed 09 Dec 2026 00:00", "open")]

    def test_an_agreement_mends_no_missed_update(self) -> None:
        history = case(
            RECEIVED,
            ("Mon 23 Nov 2026 09:00", "interval_agreed", {"days": 1}),
            ("Thu 26 Nov 2026 09:00", "interval_agreed", {"days": 10}),
            ("Fri 27 Nov 2026 09:00", "progress_given"),
        )
        found = standing("8x8", history, "Mon 30 Nov 2026 09:00", "progress_update")
        assert found == [("Wed 25 Nov 2026 00:00", "broken"), ("Sat 12 Dec 2026 00:00", "open")]

    def test_where_the_code_has_an_interval_the_sooner_counts(self) -> None:
        sooner: Happened = ("Mon 23 Nov 2026 09:00", "interval_agreed", {"days": 2})
        later: Happened = ("Mon 23 Nov 2026 09:00", "interval_agreed", {"days": 20})
        as_of = "Tue 24 Nov 2026 09:00"
        assert ooma(ACKNOWLEDGED, sooner, as_of=as_of) == [("Thu 26 Nov 2026 00:00", "open")]
        assert ooma(ACKNOWLEDGED, later, as_of=as_of) == [("Sat 28 Nov 2026 00:00", "open")]

    def test_what_was_agreed_while_nothing_ran_counts_after_the_objection(self) -> None:
        history = case(
            RECEIVED,
            ("Mon 23 Nov 2026 09:00", "outcome_advised"),
            ("Tue 24 Nov 2026 09:00", "interval_agreed", {"days": 2}),
            ("Wed 25 Nov 2026 09:00", "customer_objected"),
        )
        found = standing("8x8", history, "Thu 26 Nov 2026 09:00", "progress_update")
        assert found == [("Sat 28 Nov 2026 00:00", "open")]


class TestHowItReaches:
    """Opus updates by telephone and in writing; in writing alone where a call is not possible."""

    @pytest.mark.parametrize(
        ("facts", "state"),
        [
            pytest.param({}, "kept", id="nothing says how"),
            pytest.param({"by": ["phone", "email"]}, "kept", id="call and mail"),
            pytest.param({"by": ["phone", "letter"]}, "kept", id="call and letter"),
            pytest.param({"by": ["phone"]}, "open", id="call alone"),
            pytest.param({"by": ["email"]}, "open", id="mail alone"),
            pytest.param({"by": []}, "open", id="in no way"),
            pytest.param(
                {"by": ["email"], "phone_not_possible": "deaf"}, "kept", id="mail, and why"
            ),
            pytest.param(
                {"by": ["letter"], "phone_not_possible": True, "reason": "asked for letters"},
                "kept",
                id="letter, and why",
            ),
            pytest.param({"by": ["email"], "phone_not_possible": True}, "open", id="mail, not why"),
            pytest.param({"by": ["email"], "phone_not_possible": " "}, "open", id="blank why"),
            pytest.param(
                {"by": ["phone"], "phone_not_possible": "deaf"}, "open", id="nothing written"
            ),
        ],
    )
    def test_opus(self, facts: Mapping[str, Any], state: str) -> None:
        history = case(
            RECEIVED,
            ("Mon 23 Nov 2026 09:00", "interval_agreed", {"days": 3}),
            ("Tue 24 Nov 2026 09:00", "progress_given", facts),
        )
        found = promises("opus", history, "Tue 24 Nov 2026 10:00", "progress_update")
        assert found[0].state == state

    def test_an_agreed_update_of_opus_is_to_be_given_before_the_office_closes(self) -> None:
        history = case(RECEIVED, ("Mon 23 Nov 2026 09:00", "interval_agreed", {"days": 4}))
        found = only("opus", history, "Tue 24 Nov 2026 10:00", "progress_update")
        assert f"{found.act_by:%a %d %b %H:%M}" == "Fri 27 Nov 17:30"
