"""How well the rules hear: the development set, contacts of our own, and plain sentences.

`dev` came with the labelling rule; `contacts` were written while the rules grew, and `fresh` after
they were finished. What each reached is in benchmarks/README.md; here stands what must not be lost.
"""

from __future__ import annotations

import pytest

from plugin.triage.report import Report
from tests.plugin.triage.samples import FOLDER, plain, samples


def measured(name: str) -> Report:
    made = Report()
    for one in samples(name):
        made.add(one.id, one.label, one.lang, one.judged())  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    ("name", "number", "least", "least_of_a_language"),
    [("dev", 140, 0.97, 0.93), ("contacts", 100, 0.94, 0.9), ("fresh", 50, 0.88, 0.8)],
)
def test_contacts_are_judged_as_a_reader_would(
    name: str, number: int, least: float, least_of_a_language: float
) -> None:
    made = measured(name)
    assert made.total == number
    assert made.right / made.total >= least, made.wrong
    for lang, (right, all_) in made.languages.items():
        assert right / all_ >= least_of_a_language, (lang, made.wrong)


@pytest.mark.parametrize(
    "lang", sorted(path.suffixes[0][1:] for path in FOLDER.glob("plain.*.txt"))
)
def test_plain_sentences_are_all_judged_rightly(lang: str) -> None:
    from plugin.triage import judge

    said = [(label, judge(text, lang=lang).label, text) for label, text in plain(lang)]
    assert [one for one in said if one[0] != one[1]] == []


def test_what_a_person_should_see_is_possible() -> None:
    """Dissatisfaction, threats and requests for a manager wait for a person; the rest does not."""
    found = {one.id: one.judged() for one in samples("dev") if one.label == "neither"}
    possible = {id for id, verdict in found.items() if verdict.possible}
    assert {"dev-038", "dev-053", "dev-069", "dev-139", "dev-052", "dev-107"} <= possible
    plainly_not = {"dev-008", "dev-010", "dev-025", "dev-072", "dev-077", "dev-116", "dev-135"}
    machines = {"dev-042", "dev-054", "dev-055", "dev-074"}
    assert not possible & (plainly_not | machines)
    assert found["dev-138"].asks_how
