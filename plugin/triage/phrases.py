"""Fixed phrases: what a machine writes, what sounds dissatisfied, how people take all of it back.

They are looked for by their words before they are looked for by their order, so that a text without
them costs next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

_MARKS = r".,:;!?\n\x00()\"-"
"""What ends a clause, also that of a speaker."""

_SPACE = r"[^\S\n]"


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
    """How people take back all that they said: "forget it", as a clause of its own."""

    phrases: Phrases
    standing: re.Pattern[str]

    @classmethod
    def read(cls, phrases: str, openers: str, closers: str) -> Retractions:
        """Of a table's section: the phrases, the words that may stand before one of them in its
        clause, and those that may follow where nothing marks its end."""
        said, begins, goes_on = (
            "|".join(rf"{_SPACE}+".join(one.split("_")) for one in given.split())
            for given in (phrases, openers, closers)
        )
        return cls(
            phrases=Phrases.read(phrases),
            standing=re.compile(
                rf"(?:^|[{_MARKS}]|(?<![^\W_])(?:{begins})(?![^\W_])){_SPACE}*"
                rf"(?P<said>(?<![^\W_])(?:{said})(?![^\W_]))"
                rf"(?={_SPACE}*(?:[{_MARKS}]|$)|{_SPACE}+(?:{goes_on})(?![^\W_]))"
            ),
        )

    def stand_in(self, text: str, spoken: Set[str]) -> Iterator[tuple[int, int]]:
        """Where a folded text takes back what it said; `spoken`: its words."""
        if self.phrases.near(spoken):
            yield from (match.span("said") for match in self.standing.finditer(text))
