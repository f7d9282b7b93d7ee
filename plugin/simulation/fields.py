"""Reads the tables of a scenario strictly: what is not understood is an error, not ignored.

Every error is one line that names the place as one would write it (`steps[3].mail.from`), says what
is wrong there and what would be right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

Read = TypeVar("Read")

MAX_SHOWN = 60
"""How much of a wrong value an error shows, in characters."""


class ScenarioError(ValueError):
    """The scenario cannot be run; the message is one line naming the place and the remedy."""


class Table:
    """A JSON object at a place in the scenario; each key is asked for by its name.

    Raises ScenarioError where `value` is no object, or has a key that is not `known`.
    """

    def __init__(self, value: object, place: str, known: Collection[str]) -> None:
        self.place = place
        if not isinstance(value, Mapping):
            raise ScenarioError(f"{place or 'the scenario'}: {shown(value)} is not an object")
        self.values: Mapping[str, Any] = value
        for key in value:
            if key not in known:
                raise ScenarioError(f"{self.at(key)}: there is no such key{meant(key, known)}")

    def at(self, key: str) -> str:
        """Where a key of this table stands."""
        return f"{self.place}.{key}" if self.place else key

    def has(self, key: str) -> bool:
        """Is the key given? `null` counts as left out."""
        return self.values.get(key) is not None

    def get(self, key: str, read: Callable[[object, str], Read], default: Read) -> Read:
        """The key's value as `read` reads it, or the default where it is left out."""
        return read(self.values[key], self.at(key)) if self.has(key) else default

    def need(self, key: str, read: Callable[[object, str], Read]) -> Read:
        """The key's value. Raises ScenarioError where it is missing."""
        if not self.has(key):
            raise ScenarioError(f"{self.at(key)}: it is missing")
        return read(self.values[key], self.at(key))


def shown(value: object) -> str:
    """A value for an error message, shortened."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def meant(word: str, known: Collection[str]) -> str:
    """What the writer may have meant, as the end of an error message."""
    near = get_close_matches(word, known, 1)
    if near:
        return f"; is {near[0]!r} meant?"
    return f"; there are: {', '.join(sorted(known))}" if known else ""


def text(value: object, place: str) -> str:
    """A text, possibly empty, that can be encoded."""
    if not isinstance(value, str):
        raise ScenarioError(f"{place}: {shown(value)} is not a text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ScenarioError(f"{place}: it has half a character, which no mail can carry") from None
    return value


def line(value: object, place: str) -> str:
    """A text without line breaks or NUL: it may stand in a header."""
    found = text(value, place)
    if any(c in found for c in "\r\n\x00"):
        raise ScenarioError(f"{place}: it has a line break; a header cannot")
    return found


def lines(value: object, place: str) -> tuple[str, ...]:
    """One line, or a list of them."""
    if isinstance(value, list):
        return tuple(line(one, f"{place}[{number}]") for number, one in enumerate(value))
    return (line(value, place),)


def truth(value: object, place: str) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ScenarioError(f"{place}: {shown(value)} is not true or false")
    return value


def counted(value: object, place: str) -> int:
    """A whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ScenarioError(f"{place}: {shown(value)} is not a whole number from 1")
    return value


def whole(value: object, place: str) -> int:
    """A whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ScenarioError(f"{place}: {shown(value)} is not a whole number from 0")
    return value


def seed(value: object, place: str) -> str:
    """A whole number or a text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ScenarioError(f"{place}: {shown(value)} is not a whole number or a text")
    return text(str(value), place)


def moment(value: object, place: str) -> datetime:
    """A time with its offset, in UTC."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        right = "a time, e.g. 2026-12-23T16:45:00+00:00"
        raise ScenarioError(f"{place}: {shown(value)} is not {right}")
    if found.tzinfo is None:
        raise ScenarioError(f"{place}: {shown(value)} has no offset; add one, e.g. +00:00")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ScenarioError(f"{place}: {shown(value)} is outside of all calendars") from None


def one_of(choices: Collection[str]) -> Callable[[object, str], str]:
    """A reader for one of a few words."""

    def read(value: object, place: str) -> str:
        if not isinstance(value, str) or value not in choices:
            there = ", ".join(choices)
            raise ScenarioError(f"{place}: {shown(value)} is not one of {there}")
        return value

    return read


def list_of(read: Callable[[object, str], Read], most: int) -> Callable[[object, str], list[Read]]:
    """A reader for a list of at most `most` such values."""

    def read_all(value: object, place: str) -> list[Read]:
        if not isinstance(value, list):
            raise ScenarioError(f"{place}: {shown(value)} is not a list")
        if len(value) > most:
            raise ScenarioError(f"{place}: it has more than {most:,} entries")
        return [read(one, f"{place}[{number}]") for number, one in enumerate(value)]

    return read_all
