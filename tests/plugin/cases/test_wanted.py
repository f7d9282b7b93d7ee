"""Is a letter still wanted when it is about to go: each kind in each state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugin.bundle import folder
from plugin.cases.case import State
from plugin.cases.events import Draft
from plugin.cases.picture import picture
from plugin.cases.wanted import still_wanted

T0 = datetime(2026, 11, 24, 10, tzinfo=UTC)

Said = tuple[str, dict[str, Any]]
RECEIVED: Said = ("received", {})
ADVISED: Said = ("outcome_advised", {"silence_closes": True})

STATES: dict[State, list[Said]] = {
    "open": [RECEIVED],
    "outcome_proposed": [RECEIVED, ADVISED],
    "reopened": [RECEIVED, ("closed", {"as": "out_of_scope"}), ("reopened", {})],
    "closed_confirmed": [
        RECEIVED,
        ADVISED,
        ("customer_confirmed", {}),
        ("closed", {"as": "confirmed"}),
    ],
    "closed_assumed": [RECEIVED, ADVISED, ("closed", {"as": "assumed"})],
    "closed_deadlock": [RECEIVED, ("deadlocked", {}), ("closed", {"as": "deadlock"})],
    "closed_withdrawn": [RECEIVED, ("withdrawn", {})],
    "closed_out_of_scope": [RECEIVED, ("closed", {"as": "out_of_scope"})],
}
EVERY: set[str] = set(STATES)
LIVE: set[str] = {"open", "outcome_proposed", "reopened"}
CLOSED = EVERY - LIVE

WANTED: dict[str, set[str]] = {
    "acknowledgement": EVERY - {"closed_withdrawn", "closed_out_of_scope"},
    "manager_response": LIVE,
    "handler_introduction": LIVE,
    "contact_time": LIVE,
    "progress_update": LIVE,
    "holding_update": LIVE,
    "technical_handover": LIVE,
    "outcome": LIVE,
    "determination": LIVE,
    "closure_warning": {"outcome_proposed"},
    "closed": CLOSED - {"closed_deadlock"},
    "reopened": LIVE,
    "escalated": LIVE,
    "deadlock_letter": {"closed_deadlock"},
    "adr_notice": EVERY - {"closed_confirmed", "closed_withdrawn"},
    "ccts_notice": EVERY - {"closed_confirmed", "closed_withdrawn"},
    "data_protection_acknowledgement": EVERY,
    "information": EVERY,
    "authority_request": EVERY,
    "undeliverable_followup": EVERY,
}


def events(said: list[Said]) -> list[Draft]:
    """These events, an hour apart."""
    return [
        Draft(kind, T0 + timedelta(hours=n), "system", facts)
        for n, (kind, facts) in enumerate(said)
    ]


def wanted(kind: str, said: list[Said], queued: int = 0) -> str | None:
    """Why the letter is not wanted; `queued`: how many of the events were there before."""
    found = events(said)
    return still_wanted(kind, found, picture(found), T0 + timedelta(hours=queued))


def test_every_letter_there_is_has_a_row() -> None:
    there = {path.name.partition(".")[0] for path in folder("templates").glob("base/*.en.md.j2")}
    assert set(WANTED) == there - {"letter", "answer", "notice", "scheme"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", WANTED)
def test_in_which_states_a_letter_is_wanted(kind: str, state: State) -> None:
    said = STATES[state]
    assert picture(events(said)).standing.state == state
    assert (wanted(kind, said, len(said)) is None) is (state in WANTED[kind])


@pytest.mark.parametrize(
    ("then", "still"),
    [
        ([], True),
        ([("progress_given", {})], False),
        ([ADVISED], False),
        ([("noted", {})], True),
        ([("reviewed", {})], True),
        ([("customer_wrote", {})], True),
    ],
)
def test_an_update_given_meanwhile_makes_a_holding_update_needless(
    then: list[Said], still: bool
) -> None:
    assert (wanted("holding_update", [RECEIVED, *then], 1) is None) is still


def test_an_update_given_before_does_not() -> None:
    assert wanted("holding_update", [RECEIVED, ("progress_given", {})], 2) is None


@pytest.mark.parametrize(
    ("then", "still"),
    [
        ([], True),
        ([("noted", {})], True),
        ([("customer_wrote", {})], False),
        ([("customer_objected", {})], False),
        ([("data_protection_raised", {})], False),
    ],
)
def test_a_word_of_the_customers_stops_the_warning(then: list[Said], still: bool) -> None:
    assert (wanted("closure_warning", [RECEIVED, ADVISED, *then], 2) is None) is still
    assert wanted("closure_warning", [RECEIVED, ("customer_wrote", {}), ADVISED], 3) is None


@pytest.mark.parametrize(
    ("kind", "facts", "still"),
    [
        ("adr_notice", {"by": "Ann Other", "reason": "vexatious"}, False),
        ("adr_notice", {"by": " ", "reason": "vexatious"}, True),
        ("adr_notice", {"reason": "vexatious"}, True),
        ("ccts_notice", {"by": "Ann Other", "reason": "vexatious"}, True),
        ("deadlock_letter", {"by": "Ann Other", "reason": "vexatious"}, False),
    ],
)
def test_only_a_named_person_excepts_the_notice(
    kind: str, facts: dict[str, Any], still: bool
) -> None:
    assert (wanted(kind, [RECEIVED, ("adr_excepted", facts)], 2) is None) is still


def test_a_flag_excepts_nothing() -> None:
    assert wanted("adr_notice", [RECEIVED, ("flagged", {"flag": "vexatious"})], 2) is None
