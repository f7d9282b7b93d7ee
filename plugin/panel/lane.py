"""What waits, as the lane shows it: enough of the words to decide by, and why it waits.

The words shown begin near those that were heard, so that nobody has to open a mail to see them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plugin.desk.judging import seen_as
from plugin.triage import hears
from plugin.triage.verdict import DISSATISFIED
from plugin.web import words
from plugin.web.i18n import N_, gettext, language

MAX_EXCERPT = 400
"""How many characters of a contact's words the lane shows."""

BEFORE = 120
"""How many characters of it stand before the words that were heard."""

Spans = list[tuple[int, int]]

_KEYS = {"complaint": "c", "escalation": "e", "neither": "n", "joined": "j"}
_CHOICES = {
    "complaint": N_("Complaint"),
    "escalation": N_("Escalation"),
    "neither": N_("No complaint"),
    "joined": N_("Belongs to its case"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact that waits. `next` is the one below it, "" where it is the last."""

    row: Any
    words: str
    spans: Spans
    heard: list[tuple[str, str]]
    choices: list[tuple[str, str, str]]
    next: str
    seen: str
    """What it is taken for now, so that nobody decides of what has changed meanwhile."""


def entries(rows: Sequence[Any]) -> list[Entry]:
    """The entries of the lane, in the order of the rows."""
    following = [*(str(row.id) for row in rows[1:]), ""][: len(rows)]
    return [
        Entry(
            row,
            *excerpt(row.own_words, own_spans(row)),
            heard(row.evidence),
            [(said, _KEYS[said], label) for said, label in choices(row)],
            after,
            seen_as(row),
        )
        for row, after in zip(rows, following, strict=True)
    ]


def excerpt(text: str, found: Spans) -> tuple[str, Spans]:
    """The part of the text around what was heard, with where that stands in it."""
    first = min((start for start, _ in found), default=0)
    begins = max(0, first - BEFORE) if first + BEFORE > MAX_EXCERPT else 0
    shown = text[begins : begins + MAX_EXCERPT]
    lead = "… " if begins else ""
    tail = " …" if begins + MAX_EXCERPT < len(text) else ""
    by = len(lead) - begins
    inside = [(s + by, e + by) for s, e in found if s >= begins and e <= begins + MAX_EXCERPT]
    return f"{lead}{shown}{tail}", inside


def choices(row: Any) -> list[tuple[str, str]]:
    """What a person may say of a contact: (word, label). Belonging needs a case to belong to."""
    near = row.waits is not None and (row.proposed_case_id or row.case_id)
    settled = row.case_id is not None and row.waits is None
    alone = row.case_id is None and row.waits is None
    return [
        (said, gettext(label))
        for said, label in _CHOICES.items()
        if (said != "joined" or near)
        and not (settled and said == row.label)
        and not (alone and said == "neither")
    ]


def heard(evidence: str) -> list[tuple[str, str]]:
    """(language, what it hears) of each rule that decided, once."""
    names = dict.fromkeys(str(one.get("rule", "")) for one in json.loads(evidence))
    found = []
    for name in names:
        known = hears(name)
        if name == DISSATISFIED:
            found.append((language(), gettext("words that sound dissatisfied")))
        elif known:
            found.append(known)
    return found


def decided(decision: Any) -> str:
    """A decision as one line."""
    label = words.word("label", decision.label)
    return gettext(words.DECISIONS[decision.kind]) % {"label": label}


def own_spans(row: Any) -> Spans:
    """Where in a contact's own words the deciding words stand."""
    return spans(row.evidence, "text")


def spans(evidence: str, where: str) -> Spans:
    """Where the deciding words stand: in the own words ("text") or the subject."""
    key = ("own_start", "own_end") if where == "text" else ("start", "end")
    found = [one for one in json.loads(evidence) if one.get("where") == where]
    return [(one[key[0]], one[key[1]]) for one in found if one.get(key[0]) is not None]
