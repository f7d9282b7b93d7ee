"""Where the caller's own words stand in a transcript: shown to a person, nothing beside them."""

from __future__ import annotations

import pytest

from plugin.triage.transcript import callers_words, own_spans, turns


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I complain.", ["I complain."]),
        (
            "caller: Hello.\nagent: Hello, how can I help?\ncaller: I complain.",
            ["Hello.", "I complain."],
        ),
        ("ivr: Press 1 to complain.\nagent: Hello.", []),
        ("caller:  two\n  lines here \nagent: yes", ["two", "lines here"]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_only_the_callers_words_are_theirs(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in own_spans(callers_words(text, turns(text)))] == words
