"""Fixed phrases: what a machine writes, what sounds dissatisfied, how people take all of it back.

They are looked for by their words before they are looked for by their order, so that a text without
them costs next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

REACH = 40
"""How many characters before a phrase that takes something back can undo it."""

_CLAUSE_END = re.compile(r"[.!?;,\n\0]")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of a table, whose words are joined by "_" there."""

    each: tuple[tuple[frozenset[str], str], ...]
    """The words of each, and how it reads, between spaces."""
    telling: frozenset[str]
    """The longest word of each: without one of them there is no phrase."""

    @classmethod
    def read(cls, given: str) -> Phrases:
        """Of a table's line."""
        spread = [phrase.split("_") for phrase in given.split()]
        return cls(
            each=tuple((frozenset(words), f" {' '.join(words)} ") for words in spread),
            telling=frozenset(max(words, key=len) for words in spread),
        )

    def near(self, spoken: Set[str]) -> list[str]:
        """The phrases all of whose words are spoken, in whatever order."""
        if self.telling.isdisjoint(spoken):
            return []
        return [phrase for words, phrase in self.each if words <= spoken]


@dataclass(frozen=True, slots=True)
class Retractions:
    """How people take back all that they said: "forget it"."""

    phrases: Phrases
    standing: re.Pattern[str]
    unless_after: frozenset[str]
    """With one of these shortly before it, a phrase takes nothing back: "they told me to"."""

    @classmethod
    def read(
        cls, phrases: str, unless_before: str, unless_after: str, unless_right_after: str
    ) -> Retractions:
        """Of a table's section: phrases, and words that must not stand after and before them."""
        said = "|".join(r"\W+".join(phrase.split("_")) for phrase in phrases.split())
        goes_on = "|".join(unless_before.split())
        return cls(
            phrases=Phrases.read(phrases),
            standing=re.compile(
                rf"\b(?<!\b{unless_right_after} )(?:{said})\b(?!\W+(?:{goes_on})\b)"
            ),
            unless_after=frozenset(unless_after.split()),
        )

    def stand_in(self, text: str, spoken: Set[str]) -> Iterator[tuple[int, int]]:
        """Where a folded text takes back what it said; `spoken`: its words."""
        if not self.phrases.near(spoken):
            return
        for match in self.standing.finditer(text):
            clause = _CLAUSE_END.split(text[max(0, match.start() - REACH) : match.start()])[-1]
            if self.unless_after.isdisjoint(_WORD.findall(clause.replace("'", ""))):
                yield match.start(), match.end()
