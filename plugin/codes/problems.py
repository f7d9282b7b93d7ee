"""How a wrong file is told: file, key, what is wrong, what would be right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ProviderError(ValueError):
    """A provider's folder is wrong. `problems`: file, key, what is wrong, what would be right."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def problem(entry: Mapping[str, Any], within: str = "") -> str:
    """One validation error of pydantic's as key, what is wrong, and what would be right.

    `within` is the key of the table that was validated, "" for a whole file.
    """
    key = within
    for part in entry["loc"]:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
    if entry["type"] == "extra_forbidden":
        return f"{key}: there is no such key; remove it or correct its name"
    if entry["type"] == "missing":
        return f"{key}: it is missing; add it"
    said = str(entry["msg"]).removeprefix("Value error, ")
    if entry["type"] == "value_error":
        return f"{key}: {said}" if key else said
    return f"{key}: {said[:1].lower()}{said[1:]}, not {entry['input']!r:.60}"
