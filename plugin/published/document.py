"""A published document as a value: sections of sentences, ways of reaching people, facts.

Every form it takes (page, PDF, large print, Braille, the information letter, a comparison) is made
from this one value, so that no two forms can say different things.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence or two. `key` says what it comes from, e.g. "promise:acknowledge".

    `law`: the instrument that makes it so, "" where it is the code's own. `href`: a web page that
    it points to.
    """

    key: str
    text: str
    law: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """A fact with its name: a number, an address, opening hours. `lines` are shown as they are."""

    key: str
    label: str
    lines: tuple[str, ...]
    href: str = ""

    def said(self, language: str) -> str:
        """The whole as one line; in French a colon has its no-break space."""
        lines = ", ".join(self.lines)
        return f"{self.label}{colon(language)} {lines}" if lines else self.label


@dataclass(frozen=True, slots=True)
class Section:
    """A section: what is said first, ways and facts, the promises, what is said last.

    `numbered`: the promises are steps, one after the other.
    """

    key: str
    title: str
    numbered: bool = False
    before: tuple[Point, ...] = ()
    reaches: tuple[Reach, ...] = ()
    steps: tuple[Point, ...] = ()
    after: tuple[Point, ...] = ()

    @property
    def points(self) -> tuple[Point, ...]:
        """Every sentence of it, in order."""
        return self.before + self.steps + self.after

    def __bool__(self) -> bool:
        return bool(self.points or self.reaches)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document in one language ("en", "fr-CA"), as it holds for a complaint received `on`.

    `words`: what a form needs beside it, e.g. "by_law". `left_out`: what the provider's data has
    and a customer is not told, each with the reason; for whoever publishes it.
    """

    key: str
    provider: str
    provider_name: str
    language: str
    title: str
    edition: str
    on: date
    sections: tuple[Section, ...]
    words: dict[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def section(self, key: str) -> Section | None:
        """The section of that name, None where it has nothing to say."""
        return next((one for one in self.sections if one.key == key), None)

    def statements(self) -> Iterator[tuple[str, str, str]]:
        """Everything it says, in order: (title of the section, key, text)."""
        for section in self.sections:
            for point in section.before:
                yield section.title, point.key, _marked(point)
            for reach in section.reaches:
                yield section.title, reach.key, reach.said(self.language)
            for point in (*section.steps, *section.after):
                yield section.title, point.key, _marked(point)


def colon(language: str) -> str:
    """A colon as the language sets it."""
    return "\N{NO-BREAK SPACE}:" if language.startswith("fr") else ":"


def _marked(point: Point) -> str:
    return f"{point.text} [{point.law}]" if point.law else point.text
