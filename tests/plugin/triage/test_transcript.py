"""Of a call only what the caller says counts, and a menu's choice is not said."""

from __future__ import annotations

import pytest

from plugin.triage import judge
from plugin.triage.transcript import callers_words, turns


@pytest.mark.parametrize(
    ("text", "label", "possible"),
    [
        ("agent: is this a complaint\ncaller: no just a question", "neither", False),
        ("agent: shall i log a complaint\ncaller: yes please do", "neither", True),
        ("agent: shall i log a complaint\ncaller: no its okay", "neither", False),
        ("agent: is it feedback\ncaller: a complaint", "complaint", False),
        ("agent: so its feedback\ncaller: no a complaint", "complaint", False),
        ("ivr: say bill fault or complaint\ncaller: complaint", "neither", False),
        ("ivr: say bill fault or complaint\ncaller: um complaint please", "neither", False),
        ("ivr: say bill or complaint\ncaller: i want to make a complaint", "complaint", False),
        (
            "ivr: to escalate say escalate\ncaller: escalate\nagent: hi\ncaller: my bill",
            "neither",
            False,
        ),
        ("agent: theres no complaint on file\ncaller: well im making one", "complaint", False),
        ("agent: hello\ncaller: im making one", "neither", False),
        ("AGENT: complaint?\nCALLER: I want to complain.", "complaint", False),
        ("i want to make a complaint", "complaint", False),
    ],
)
def test_what_a_caller_says(text: str, label: str, possible: bool) -> None:
    verdict = judge(text, channel="phone")
    assert (verdict.label, verdict.possible) == (label, possible)


def test_everything_but_the_callers_words_is_blanked_and_nothing_moves() -> None:
    text = "hello\nagent: a complaint\ncaller: my own\nivr: x"
    told = turns(text)
    assert [turn.speaker for turn in told] == ["agent", "caller", "ivr"]
    kept = callers_words(text, told)
    assert len(kept) == len(text)
    assert kept.replace("\0", " ").split() == ["my", "own"]
    assert kept.index("my own") == text.index("my own")
    assert callers_words(text, []) == text


def test_a_statement_does_not_go_on_past_a_turn() -> None:
    text = "agent: hello\ncaller: I want to make a complaint about\ncaller: the bill\n"
    (found,) = judge(text, channel="phone").evidence
    assert text[found.start : found.end] == found.text == "I want to make a complaint"


def test_the_line_that_a_telephone_system_made_counts_for_nothing() -> None:
    assert judge("hello", subject="Complaint (0:12)", channel="voicemail").label == "neither"
