"""The shape of `published.toml`: what the published code says to customers, text by text.

The words stand here, the times do not: a text has slots, and what fills them is reckoned from the
rules that the deadlines run on. A text that names a length of time by itself is a problem that
`plugin/published/check.py` tells, so that what is promised and what is run cannot come apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from plugin.codes.model import Key, Line, PromiseName, Shape

Said = dict[Line, Line]
"""A text by language, "fr" standing for "fr-CA"."""

FILE = "published.toml"

Shows = Literal[
    "channels",
    "questions",
    "levels",
    "closing",
    "scheme",
    "compensation",
    "formats",
    "counting",
    "edition",
    "company",
    "regulator",
]
"""What a section shows of the provider's data, beside the texts and promises that name it."""

DocumentKey = Literal["complaints", "information"]


class UnitWords(Shape):
    """A unit of time in words; `within_one` where "within 1 …" does not do."""

    one: Said
    many: Said
    within_one: Said = Field(default_factory=dict)
    means: Said = Field(default_factory=dict)
    """How it is counted."""


class PromiseWords(Shape):
    """What is said of a promise, for each way it can stand in a code, and in which section."""

    section: Key | None = None
    commitment: Said = Field(default_factory=dict)
    target: Said = Field(default_factory=dict)
    legal: Said = Field(default_factory=dict)
    agreed: Said = Field(default_factory=dict)
    given: Said = Field(default_factory=dict)
    given_later: Said = Field(default_factory=dict)


class DutyWords(Shape):
    """What is said of a duty of the law, and in which section."""

    section: Key
    text: Said
    marked: bool = True
    """Say that it is by law; not where that is contested."""


class SectionRule(Shape):
    """A section of a document; `numbered`: its sentences are steps, in order."""

    key: Key
    document: DocumentKey
    title: Said
    numbered: bool = False
    shows: Shows | None = None


class Statement(Shape):
    """A text of the provider's own. It stands only as long as what it is `about` does.

    `about`: a carrier as in sentences.toml, e.g. "terms:billing"; a `{within}` in it is that
    term's. `link`: the purpose of a web page, which follows the text once a person confirmed it.
    `last`: it stands after what the section shows.
    """

    section: Key
    about: Line
    text: Said
    link: Line | None = None
    last: bool = False


class ContactWords(Shape):
    """How one way of reaching the provider is shown: what it is for, and how it is dialled."""

    label: Said = Field(default_factory=dict)
    shown: Line | None = None


class PublishedFile(Shape):
    """The whole of `published.toml`, of a provider or of base."""

    format: Literal[1]
    titles: dict[DocumentKey, Said] = Field(default_factory=dict)
    sections: tuple[SectionRule, ...] = ()
    units: dict[Key, UnitWords] = Field(default_factory=dict)
    holidays: dict[str, Said] = Field(default_factory=dict)
    promises: dict[PromiseName, PromiseWords] = Field(default_factory=dict)
    duties: dict[Key, DutyWords] = Field(default_factory=dict)
    levels: dict[Key, Said] = Field(default_factory=dict)
    """"asked" and "unasked" for any level, else by the level's name."""
    level_titles: dict[Key, Said] = Field(default_factory=dict)
    """A level as it stands within a sentence, where its title alone does not do."""
    channels: dict[Key, Said] = Field(default_factory=dict)
    ways: dict[Key, Said] = Field(default_factory=dict)
    words: dict[Key, Said] = Field(default_factory=dict)
    schemes: dict[Line, Said] = Field(default_factory=dict)
    """How a dispute resolution scheme is named within a sentence."""
    contacts: dict[Line, ContactWords] = Field(default_factory=dict)
    """By the contact as printed."""
    statements: tuple[Statement, ...] = ()

    def text(self, said: Mapping[str, str], language: str) -> str:
        """A text in a language, else in English; "" where there is none."""
        spoken = (language, language.partition("-")[0], "en")
        return next((said[one] for one in spoken if one in said), "")


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's file over that of base: tables entered, anything else replaced."""
    found: dict[str, Any] = dict(base)
    for key, value in own.items():
        below = found.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        found[key] = merged(below, value) if both else value  # type: ignore[arg-type]
    return found
