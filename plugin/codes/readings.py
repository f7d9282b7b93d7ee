"""Ambiguous clauses, each read in one named way: a reading is data and changes only data.

The provider's folder says how each is read and how else it could be; an installation whose counsel
reads it otherwise names the other choice in its settings. No code asks which reading is chosen.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from plugin.codes.provider_file import Choice, ProviderFile


class ReadingError(ValueError):
    """A reading or choice is named that the provider does not have. `problems`: a line each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def choose(file: ProviderFile, wanted: Mapping[str, str]) -> dict[str, str]:
    """Every reading's choice by name: the file's own, and over it those of `wanted`.

    Names count whatever their case, since the environment knows no small letters. Raises
    ReadingError naming what is possible.
    """
    chosen = {name: reading.chosen for name, reading in file.readings.items()}
    known = {name.lower(): name for name in file.readings}
    problems = []
    for said, option in wanted.items():
        name = known.get(said.lower())
        if name is None:
            there = ", ".join(file.readings) or "none"
            problems.append(f"readings.{said}: there is no such reading; there are: {there}")
        elif option not in file.readings[name].choices:
            there = ", ".join(file.readings[name].choices)
            problems.append(f"readings.{said}: {option!r} is no choice of it; choose from: {there}")
        else:
            chosen[name] = option
    if problems:
        raise ReadingError(problems)
    return chosen


def choices(file: ProviderFile, chosen: Mapping[str, str]) -> Iterator[tuple[str, Choice]]:
    """The chosen choice of every reading, with the reading's name."""
    for name, option in chosen.items():
        yield name, file.readings[name].choices[option]


def apply(data: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    """The file's data as this choice reads it; `data` itself is left alone.

    In `promises` a key replaces the promise's whole; an empty table takes the key away. `tables`
    are laid over the file's. Raises LookupError for a promise or table that the file has not.
    """
    changed = copy.deepcopy(dict(data))
    for name, keys in choice.promises.items():
        found = [one for one in changed.get("promises", []) if one.get("name") == name]
        if not found:
            raise LookupError(f"promises.{name}: the file makes no such promise")
        for promise in found:
            replace(promise, keys)
    for name, table in choice.tables.items():
        if not isinstance(changed.get(name), dict) or not isinstance(table, dict):
            raise LookupError(f"tables.{name}: the file has no such table")
        _lay_over(changed[name], table)
    return changed


def replace(promise: dict[str, Any], keys: Mapping[str, Any]) -> None:
    """Put `keys` in place of the promise's own; an empty table takes a key away."""
    for key, value in keys.items():
        if value == {}:
            promise.pop(key, None)
        else:
            promise[key] = copy.deepcopy(value)


def _lay_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            _lay_over(below[key], value)
        else:
            below[key] = copy.deepcopy(value)
