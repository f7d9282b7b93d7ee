"""How good the rules are on labelled contacts: precision, recall and who is mistaken for whom.

An admin measures them on their own mail, with the corrections of their own agents. A report names
contacts by their id and never repeats a word of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from plugin.triage.verdict import Label, Verdict

LABELS: tuple[Label, ...] = ("complaint", "escalation", "neither")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A contact judged otherwise than its label says, and the rules that decided."""

    id: str
    label: Label
    judged: Label
    rules: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """Counts over labelled contacts; every share is None where there was nothing to divide by."""

    counts: Counter[tuple[Label, Label]] = field(default_factory=Counter)
    """(what it is, what it was judged) -> how many."""
    languages: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Language -> (judged right, all), in order of first appearance."""
    wrong: list[Wrong] = field(default_factory=list)
    possible: int = 0
    """Of the complaints and escalations missed, how many a person would have seen all the same."""

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def right(self) -> int:
        return sum(self.counts[one, one] for one in LABELS)

    def judged_as(self, label: Label) -> int:
        """How many were judged to be this."""
        return sum(self.counts[one, label] for one in LABELS)

    def really(self, label: Label) -> int:
        """How many are this."""
        return sum(self.counts[label, one] for one in LABELS)

    def precision(self, label: Label) -> float | None:
        """Of those judged to be this, the share that is."""
        return _share(self.counts[label, label], self.judged_as(label))

    def recall(self, label: Label) -> float | None:
        """Of those that are this, the share judged to be."""
        return _share(self.counts[label, label], self.really(label))

    def add(self, id: str, label: Label, lang: str, verdict: Verdict) -> None:
        """Count one contact."""
        self.counts[label, verdict.label] += 1
        right, number = self.languages.get(lang, (0, 0))
        self.languages[lang] = (right + (label == verdict.label), number + 1)
        if label == verdict.label:
            return
        rules = tuple(dict.fromkeys(one.rule for one in verdict.evidence))
        self.wrong.append(Wrong(id, label, verdict.label, rules))
        self.possible += verdict.label == "neither" and verdict.possible


def in_words(report: Report) -> Iterable[str]:
    """The report as lines for a terminal."""
    yield f"{_many(report.total, 'contact')}, {report.right} judged right ({_percent(report)})"
    yield ""
    yield f"{'':12}{'precision':>10}{'recall':>10}{'number':>10}"
    for label in LABELS:
        shares = (_said(report.precision(label)), _said(report.recall(label)))
        yield f"{label:12}{shares[0]:>10}{shares[1]:>10}{report.really(label):>10}"
    yield ""
    yield "what they are, and what they were judged to be"
    yield f"{'':12}" + "".join(f"{label:>12}" for label in LABELS)
    for label in LABELS:
        yield f"{label:12}" + "".join(f"{report.counts[label, one]:>12}" for one in LABELS)
    yield ""
    for lang, (right, number) in report.languages.items():
        yield f"{lang:12}{right} of {number} right"
    missed = [one for one in report.wrong if one.judged == "neither"]
    if missed:
        yield ""
        yield f"Of {len(missed)} missed, {report.possible} would have waited for a person."
    for one in report.wrong:
        why = f" ({', '.join(one.rules)})" if one.rules else ""
        yield f"{one.id}: is {one.label}, judged {one.judged}{why}"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _said(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _percent(report: Report) -> str:
    return _said(_share(report.right, report.total))


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
