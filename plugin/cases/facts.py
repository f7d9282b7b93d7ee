"""The facts an action carries: what each must look like, and how one is read.

They come from forms, commands and scripts, as text or as JSON. Everything that cannot be meant is
refused by its name, with what would be right, before anything is recorded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

MAX_TEXT = 20_000
"""The longest text that an action carries, in characters."""

MAX_WORD = 200
"""The longest name or short fact, in characters."""

MAX_ID = 2**63 - 1
"""The highest number of a row; no database takes a higher one."""

FIRST_YEAR, LAST_YEAR = 1990, 2200
"""Dates outside these years are slips of the pen."""

ELEMENTS = ("progress", "proposed_actions", "timeframe", "timeframe_date", "reference", "procedure")
WAYS = ("phone", "email", "letter")

_AMOUNT = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,2})?")


class FactError(ValueError):
    """A fact is missing or cannot be meant; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A fact by its name, with what it means in a few words."""

    name: str
    says: str

    def read(self, value: object) -> Any:
        """The fact as it is recorded. Raises FactError."""
        raise NotImplementedError

    def refuse(self, value: object, right: str) -> FactError:
        """The error for a value that cannot be meant."""
        shown = repr(value)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        return FactError(f"{self.name}: {shown} is not {right}; it is {self.says}")


@dataclass(frozen=True, slots=True)
class Text(FactSpec):
    """Text of one or more paragraphs."""

    def read(self, value: object) -> str:
        said = _clean(value) if isinstance(value, str) else ""
        if not said:
            raise self.refuse(value, "a text")
        if len(said) > MAX_TEXT:
            raise FactError(f"{self.name}: it is longer than {MAX_TEXT:,} characters; shorten it")
        return said


@dataclass(frozen=True, slots=True)
class Word(FactSpec):
    """A name or another fact on one line."""

    def read(self, value: object) -> str:
        said = " ".join(_clean(value).split()) if isinstance(value, str) else ""
        if not said:
            raise self.refuse(value, "a word or a name")
        if len(said) > MAX_WORD:
            raise FactError(f"{self.name}: it is longer than {MAX_WORD} characters; shorten it")
        return said


@dataclass(frozen=True, slots=True)
class Choice(FactSpec):
    """One of a few words."""

    choices: tuple[str, ...]

    def read(self, value: object) -> str:
        if value not in self.choices:
            raise self.refuse(value, f"one of {', '.join(self.choices)}")
        return str(value)


@dataclass(frozen=True, slots=True)
class Level(FactSpec):
    """A level of the provider's ladder; whether it has one of that name is the desk's question."""

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise self.refuse(value, "a level of the provider's ladder")
        return value


@dataclass(frozen=True, slots=True)
class Number(FactSpec):
    """A whole number in a range, both ends included."""

    least: int
    most: int

    def read(self, value: object) -> int:
        number = _whole(value)
        if number is None or not self.least <= number <= self.most:
            raise self.refuse(value, f"a whole number from {self.least} to {self.most}")
        return number


@dataclass(frozen=True, slots=True)
class Id(FactSpec):
    """The number of a row: a contact, a party, a letter."""

    def read(self, value: object) -> int:
        number = _whole(value)
        if number is None or not 1 <= number <= MAX_ID:
            raise self.refuse(value, "a number")
        return number


@dataclass(frozen=True, slots=True)
class Flag(FactSpec):
    """Yes or no."""

    def read(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        said = {"true": True, "yes": True, "false": False, "no": False}.get(str(value).lower())
        if said is None:
            raise self.refuse(value, "true or false")
        return said


@dataclass(frozen=True, slots=True)
class Moment(FactSpec):
    """A moment with its offset; recorded as ISO 8601 text."""

    def read(self, value: object) -> str:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            moment = None
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise self.refuse(value, "a time with an offset")
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise self.refuse(value, f"a time between {FIRST_YEAR} and {LAST_YEAR}")
        return moment.isoformat()


@dataclass(frozen=True, slots=True)
class Day(FactSpec):
    """A date; recorded as ISO 8601 text."""

    def read(self, value: object) -> str:
        return _day(self, value)


@dataclass(frozen=True, slots=True)
class Money(FactSpec):
    """An amount in the currency of the bill, to the penny; recorded as text, e.g. "25.00"."""

    def read(self, value: object) -> str:
        text = (
            str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        )
        said = text.strip().lstrip("£$").strip() if isinstance(text, str) else ""
        if not _AMOUNT.fullmatch(said):
            raise self.refuse(value, "an amount to the penny below 10,000,000")
        pounds, _, pence = said.partition(".")
        return f"{int(pounds)}.{pence:0<2}"


@dataclass(frozen=True, slots=True)
class Ways(FactSpec):
    """How something reached the customer: one way or several, as a list or with commas."""

    def read(self, value: object) -> list[str]:
        said = value.split(",") if isinstance(value, str) else value
        if not isinstance(said, list | tuple) or not said:
            raise self.refuse(value, f"one or more of {', '.join(WAYS)}")
        ways = [str(way).strip() for way in said]
        if not set(ways) <= set(WAYS):
            raise self.refuse(value, f"one or more of {', '.join(WAYS)}")
        return list(dict.fromkeys(ways))


@dataclass(frozen=True, slots=True)
class Elements(FactSpec):
    """The elements of an update or acknowledgement by name; a blank one is left out."""

    def read(self, value: object) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise self.refuse(value, f"a table of {', '.join(ELEMENTS)}")
        read: dict[str, str] = {}
        for name, said in value.items():
            if name not in ELEMENTS:
                raise FactError(f"{self.name}.{name}: there is no such element{_near(name)}")
            if said is None or not str(said).strip():
                continue
            if name == "timeframe_date":
                read[name] = _day(Day(f"{self.name}.{name}", "a date, e.g. 2026-11-30"), said)
            else:
                read[name] = Text(f"{self.name}.{name}", "what the customer is told").read(said)
        return read


def read_facts(
    needs: Iterable[FactSpec], takes: Iterable[FactSpec], given: Mapping[str, object]
) -> dict[str, Any]:
    """The facts of an action, each in the form it is recorded in.

    Keys with a dot are a table's (`elements.progress`), as commands give them. Raises FactError for
    a fact that is missing, unknown, or cannot be meant.
    """
    wanted = tuple(needs)
    specs = {spec.name: spec for spec in (*wanted, *takes)}
    told = _with_tables(given)
    for name in told:
        if name not in specs:
            raise FactError(f"{name}: there is no such fact here{_near(name, specs)}")
    for spec in wanted:
        if told.get(spec.name) is None:
            raise FactError(f"{spec.name}: it is missing; it is {spec.says}")
    return {name: specs[name].read(value) for name, value in told.items() if value is not None}


def paragraphs(text: str) -> list[str]:
    """A text in its paragraphs, each on one line."""
    pieces = (" ".join(piece.split()) for piece in text.split("\n\n"))
    return [piece for piece in pieces if piece]


def _with_tables(given: Mapping[str, object]) -> dict[str, object]:
    told: dict[str, object] = {}
    for name, value in given.items():
        value = dict(value) if isinstance(value, dict) else value
        table, dot, key = name.partition(".")
        if not dot:
            told[name] = value
            continue
        inner = told.setdefault(table, {})
        if not isinstance(inner, dict):
            raise FactError(f"{name}: {table} is given as a whole already; give one of the two")
        inner[key] = value
    return told


def _near(name: str, known: Collection[str] = ELEMENTS) -> str:
    near = get_close_matches(name, known, 1)
    if near:
        return f"; is {near[0]!r} meant?"
    return f"; there are: {', '.join(known)}" if known else "; it takes none"


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = str(value).strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _day(spec: FactSpec, value: object) -> str:
    try:
        day = datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise spec.refuse(value, "a date") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise spec.refuse(value, f"a date between {FIRST_YEAR} and {LAST_YEAR}")
    return day.isoformat()


def _clean(text: str) -> str:
    """Text that every database takes and no terminal obeys."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in lines if c in "\n\t" or (c.isprintable() or c == "\xa0"))
    return kept.encode("utf-8", "replace").decode("utf-8").strip()
