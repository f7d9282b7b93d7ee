"""Of a call's transcript, what the caller said.

A menu's voice, the agent and the greeting are not the customer; what a caller merely repeats from a
menu is a choice of a key, not a statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugin.triage.fold import read
from plugin.triage.table import tables

_SPEAKER = re.compile(r"(?im)^[ \t]*(caller|agent|ivr)[ \t]*:")
_LETTERS = re.compile(r"[^\n]")
_WORDS = re.compile(r"[^\s\0](?:[^\n\0]*[^\s\0])?")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says: at `start`..`end` of the transcript, the speaker's name before it."""

    speaker: str
    start: int
    end: int


def turns(text: str) -> list[Turn]:
    """The turns of a transcript in order; none where no speaker is named."""
    marks = list(_SPEAKER.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)][: len(marks)]
    return [Turn(m[1].lower(), m.end(), end) for m, end in zip(marks, ends, strict=True)]


def callers_words(text: str, told: list[Turn]) -> str:
    """A transcript with everything but the caller's own words blanked out, positions kept."""
    if not told:
        return text
    kept: list[str] = []
    done = 0
    before: Turn | None = None
    for turn in told:
        # A turn ends a sentence, whoever speaks next.
        between = _LETTERS.sub(" ", text[done : turn.start])
        kept.append(f"\0{between[1:]}" if between else between)
        said = text[turn.start : turn.end]
        own = turn.speaker == "caller" and not _picks(text, before, said)
        kept.append(said if own else _LETTERS.sub(" ", said))
        done, before = turn.end, turn
    return "".join(kept)


def own_spans(words: str) -> list[tuple[int, int]]:
    """Where the words stand in what `callers_words` left of a transcript, a span a line."""
    return [(one.start(), one.end()) for one in _WORDS.finditer(words)]


def _picks(text: str, before: Turn | None, said: str) -> bool:
    """Does the caller only repeat what the menu offered?"""
    if before is None or before.speaker != "ivr":
        return False
    fillers = frozenset().union(*(table.fillers for table in tables().values()))
    offered = read(text[before.start : before.end])[1]
    return set(read(said)[1]) - fillers <= set(offered)
