"""Plans that would only have gone wrong while somebody called."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.voice.support import LONDON, NORTHLINE
from voice.plan import plan_from, shared_lines


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"closed": {"xx-yy": "x"}}, "words.closed.xx-yy: it is no language"),
        ({"closed": {"en": "We are {company}."}}, "nothing fills {company}"),
        ({"closed": {"en": "{provider.key}"}}, "nothing fills {provider.key}"),
        ({"closed": {"en": "{day:%d}"}}, "nothing fills {day}"),
        ({"closed": {"en": "{"}}, "its braces are wrong"),
        ({"closed": {"en": "a\x0bb"}}, "control character"),
        ({"shut": {"en": "a"}}, "there are no words 'shut'"),
    ],
)
def test_words_that_could_not_be_said_are_refused(words: object, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        plan_from({**NORTHLINE, "words": words}, "northline")
    assert said in str(refused.value)


@pytest.mark.parametrize("language", ["en", "en-GB", "fr-CA", "nl"])
def test_a_language_may_have_its_country(language: str) -> None:
    assert plan_from({**NORTHLINE, "words": {"closed": {language: "x {day}"}}}, "northline")


@pytest.mark.parametrize(
    "change",
    [
        {"queues": {**NORTHLINE["queues"], "complaints": {"targets": [LONDON]}}},
        {"handlers": {"kim@example.com": LONDON}},
        {"voicemail": LONDON},
    ],
)
def test_no_call_is_sent_to_a_line_it_came_in_by(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="would ring for ever"):
        plan_from({**NORTHLINE, **change}, "northline")


def test_nobody_rings_anothers_line() -> None:
    other = {
        "format": 1,
        "region": "GB",
        "queue": "complaints",
        "queues": {"complaints": {"targets": [LONDON]}},
    }
    plans = [plan_from(NORTHLINE, "northline"), plan_from(other, "southline")]
    assert shared_lines(plans) == [f"southline rings {LONDON}, which is a line of northline"]


def test_handlers_that_differ_in_capitals_alone_are_told() -> None:
    twice = {"Kim@example.com": "1015", "kim@example.com": "1016"}
    with pytest.raises(ValidationError, match="differ in capitals alone"):
        plan_from({**NORTHLINE, "handlers": twice}, "northline")


def test_a_target_is_rung_once() -> None:
    queues = {**NORTHLINE["queues"], "complaints": {"targets": ["1015", "1015"]}}
    with pytest.raises(ValidationError, match="rings a target twice"):
        plan_from({**NORTHLINE, "queues": queues}, "northline")
