"""How well the rules hear: the development set, contacts of our own, and plain sentences.

`dev` came with the labelling rule; `contacts` were written while the rules grew, and `fresh` after
they were finished. What each reached is in benchmarks/README.md; here stands what must not be lost.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from plugin.triage import hearing, judge
from plugin.triage.report import Report
from plugin.triage.table import Rule, Search, tables
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
    said = [(label, judge(text, lang=lang).label, text) for label, text in plain(lang)]
    assert [one for one in said if one[0] != one[1]] == []


def test_every_pattern_of_every_rule_decides_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no sentence here needs is not in the tables."""
    decided: set[tuple[str, int]] = set()

    def seen(rule: Rule, search: Search) -> Search:
        def looked(window: str) -> re.Match[str] | None:
            match = search(window)
            if match:
                decided.update(
                    (rule.name, at) for at, one in enumerate(rule.patterns) if one.search(window)
                )
            return match

        return looked

    watched = {
        lang: replace(
            table,
            rules={
                form: tuple(one._replace(search=seen(one.rule, one.search)) for one in tried)
                for form, tried in table.rules.items()
            },
        )
        for lang, table in tables().items()
    }
    monkeypatch.setattr(hearing, "tables", lambda: watched)
    for lang, table in tables().items():
        for _, text in plain(lang):
            judge(text, lang=lang)
        for rule in table.all_rules:
            for said in rule.examples:
                judge(said, lang=lang)
    for name in ("dev", "contacts", "fresh"):
        for one in samples(name):
            one.judged()
    every = [
        (rule.name, at)
        for table in tables().values()
        for rule in table.all_rules
        for at in range(len(rule.patterns))
    ]
    assert [one for one in every if one not in decided] == []


def test_what_a_person_should_see_is_possible() -> None:
    """Dissatisfaction, threats and requests for a manager wait for a person; the rest does not."""
    found = {one.id: one.judged() for one in samples("dev") if one.label == "neither"}
    possible = {id for id, verdict in found.items() if verdict.possible}
    assert {"dev-038", "dev-053", "dev-069", "dev-139", "dev-052", "dev-107"} <= possible
    plainly_not = {"dev-008", "dev-010", "dev-025", "dev-072", "dev-077", "dev-116", "dev-135"}
    machines = {"dev-042", "dev-054", "dev-055", "dev-074"}
    assert not possible & (plainly_not | machines)
    assert found["dev-138"].asks_how
