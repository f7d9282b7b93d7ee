"""The aims of reading, held against every manifest of the mail corpora, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import reading

AIMS = {
    "own words, exact": 0.85,
    "own words, similar": 0.95,
    "bounce recall": 0.98,
    "automatic recall": 0.98,
}
WHOLE = ("read", "no false bounce", "whole body", "starts", "excludes")
"""What must hold for every file."""


@pytest.mark.parametrize("corpus", reading.REPLIES)
def test_the_senders_own_words(corpora: Path, corpus: str) -> None:
    found = reading.score(corpora / "mail", corpus)
    for what in found.of:
        share = found.right[what] / found.of[what]
        assert share >= (1 if what in WHOLE else AIMS.get(what, 0.9)), (what, found.wrong)


@pytest.mark.parametrize(
    "corpus", ["bounce_email", "sisimai_auto_replies", "spamassassin_samples", "ruby_mail"]
)
def test_what_machines_send(corpora: Path, corpus: str) -> None:
    found = reading.score(corpora / "mail", corpus)
    for what in found.of:
        share = found.right[what] / found.of[what]
        assert share >= (1 if what in WHOLE else AIMS.get(what, 0.97)), (what, found.wrong)


def test_people_are_hardly_ever_taken_for_machines(corpora: Path) -> None:
    found = reading.score(corpora / "mail", "spamassassin_ham")
    what = "ham not called a machine's answer"
    assert found.right[what] / found.of[what] > 0.995
    assert found.right["read"] == found.of["read"]
