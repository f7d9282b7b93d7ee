"""What letters and alerts say must hold in the case they are about, at the moment they go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.plugin.simulation.scenes import at, mail, run

ELEMENTS = {"progress": "Found.", "proposed_actions": "We mend it.", "timeframe": "A week."}
LATER = "2027-02-01T00:00:00+00:00"


def agent(when: str, action: str, **facts: Any) -> dict[str, Any]:
    return {"at": when, "agent": {"case": 1, **facts, "action": action}}


def text(told: Mapping[str, Any], letter: str) -> str:
    found = [one["text"] for one in told["letters"] if one["letter"] == letter]
    return " ".join(found[-1].split())


def alerts(told: Mapping[str, Any], about: str) -> list[tuple[str, str]]:
    return [(one["at"][:16], one["text"]) for one in told["alerts"] if one["about"] == about]


def test_an_update_says_the_day_of_the_next_one() -> None:
    told = run(mail(at("24")), agent(at("26"), "progress_given", elements=ELEMENTS))
    # Five business days after Thursday 26 November.
    assert "our next update by 3 December 2026 at the latest" in text(told, "progress_update")


def test_the_warning_says_on_which_day_silence_closes_the_case() -> None:
    told = run(mail(at("24")), agent(at("24", "11:00"), "outcome_advised", text="Mended."))
    assert "nothing from you by the end of 1 December 2026" in text(told, "closure_warning")


def test_a_second_warning_says_its_own_day() -> None:
    told = run(
        mail(at("24")),
        agent(at("24", "11:00"), "outcome_advised", text="Mended."),
        {"at": at("25"), "link": "not_resolved", "case": 1},
        agent(at("26"), "determined", by_level="director", text="Mended indeed."),
        until="2026-12-04T00:00:00+00:00",
    )
    assert "nothing from you by the end of 3 December 2026" in text(told, "closure_warning")


def test_a_holding_update_names_nobody_where_nobody_handles_the_case() -> None:
    told = run(mail(at("24")), until="2026-12-02T00:00:00+00:00")
    assert "handling your complaint" not in text(told, "holding_update")
    assert "We still owe it to you." in text(told, "holding_update")


def test_an_answer_to_an_outcome_waits_for_a_person() -> None:
    told = run(
        mail(at("24")),
        agent(at("24", "11:00"), "outcome_advised", text="Mended."),
        {"at": at("25"), "reply_to": "outcome", "text": "It is settled, thank you."},
    )
    ((when, said),) = alerts(told, "waiting_contact")
    assert when == "2026-11-25T10:00"
    assert "record whether they confirm or object" in said


def test_what_was_missed_before_a_case_opened_is_said_when_it_opens() -> None:
    told = run(
        mail(at("24"), "I am very disappointed. I have written twice and nobody helps me."),
        {"at": at("27"), "agent": {"action": "promoted", "not_case": 1}},
        agent(at("27", "10:05"), "assigned", handler="Sam"),
    )
    ((when, said),) = alerts(told, "triage_review")
    assert when == "2026-11-27T10:00"
    assert said.startswith("Promise broken")


def test_a_deadlock_letter_that_goes_at_once_is_not_due_soon() -> None:
    told = run(
        mail(at("24")),
        agent(at("24", "11:00"), "assigned", handler="Sam"),
        agent("2026-12-03T10:00:00+00:00", "deadlocked", text="We cannot do more."),
        until=LATER,
    )
    assert alerts(told, "deadlock_letter") == []
    assert [text for _, text in alerts(told, "resolution_target")] == []


def test_a_merged_case_owes_nothing_of_its_own() -> None:
    told = run(
        mail(at("24")), mail(at("25")), agent(at("26"), "merged", case=2, into=1), until=LATER
    )
    assert told["cases"][1]["merged_into"] == 1
    assert told["cases"][1]["promises"] == []


def test_the_target_of_a_case_taken_up_again_is_judged_when_it_ends_for_good() -> None:
    told = run(
        mail(at("24")),
        agent(at("25"), "withdrawn", channel="email"),
        agent(at("26"), "reopened", channel="email"),
        until=LATER,
    )
    (target,) = (
        one for one in told["cases"][0]["promises"] if one["promise"] == "resolution_target"
    )
    assert (target["state"], target["last_day"]) == ("broken", "2027-01-19")
