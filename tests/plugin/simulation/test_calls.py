"""A step `call` goes the way of a call: judged by the caller's own words, dated by its start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugin.simulation.scenes import at, mail, run

pytestmark = pytest.mark.slow

NUMBER = "020 7946 0123"
MENU = (
    "ivr: To make a complaint press 1, to escalate press 2.\n"
    "caller: {said}\n"
    "agent: I understand that you want to make a complaint."
)


def call(moment: str, transcript: str | None, **more: Any) -> dict[str, Any]:
    told = {"from": NUMBER, "to": "800 4433 1345", **more}
    return {
        "at": moment,
        "call": told if transcript is None else {**told, "transcript": transcript},
    }


def test_a_complaint_by_telephone_is_dated_by_the_call_and_told_by_telephone() -> None:
    told = run(call(at("24", "16:45"), MENU.format(said="I want to make a complaint.")))
    (case,) = told["cases"]
    received = case["timeline"][0]
    assert (received["kind"], received["at"]) == ("received", at("24", "16:45"))
    (letter, *_) = told["letters"]
    assert (letter["letter"], letter["channel"], letter["to"]) == (
        "acknowledgement",
        "phone",
        "+442079460123",
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("When does the office open?", "no_statement"),
        ("Complaint.", "no_statement"),
        ("I am fed up with this line.", "possible_complaint"),
        ("How do I make a complaint?", "information_request"),
    ],
)
def test_only_the_callers_own_statement_counts(said: str, why: str) -> None:
    told = run(call(at("24", "16:45"), MENU.format(said=said)))
    assert told["cases"] == []
    assert [one["why"] for one in told["not_cases"]] == [why]


def test_a_call_of_which_nothing_is_written_down_opens_nothing() -> None:
    told = run(call(at("24", "16:45"), None))
    assert (told["cases"], [one["why"] for one in told["not_cases"]]) == ([], ["no_statement"])


def test_a_message_that_nobody_wrote_down_waits_for_a_person() -> None:
    told = run(call(at("24", "16:45"), None, voicemail=True))
    assert [one["why"] for one in told["not_cases"]] == ["possible_complaint"]
    assert "waiting_contact" in {one["about"] for one in told["alerts"]}


def test_who_withholds_a_number_gets_a_case_and_somebody_finds_a_way() -> None:
    step = call(at("24", "16:45"), "caller: I want to make a complaint.", **{"from": "anonymous"})
    told = run(step)
    assert len(told["cases"]) == 1
    assert "contact_route_missing" in {one["about"] for one in told["alerts"]}


def test_a_reference_that_is_spoken_joins_nobody_but_its_party() -> None:
    told = run(
        mail(at("24", "16:45")),
        call(at("29", "10:00"), "caller: About {{reference:1}}, I want to make a complaint."),
    )
    assert len(told["cases"]) == 2
    assert "stranger_quoted_reference" in {one["about"] for one in told["alerts"]}


def test_a_party_escalates_by_telephone() -> None:
    number = {"case": 1, "action": "address_added", "kind": "phone", "address": NUMBER}
    told = run(
        mail(at("24", "16:45")),
        {"at": at("28", "10:00"), "agent": number},
        call(at("29", "10:00"), "caller: Please escalate my complaint."),
    )
    (case,) = told["cases"]
    assert case["level"] == "supervisor"
