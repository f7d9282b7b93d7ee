"""Finds what a scenario names by counting, and fills in what it could not know when it was written.

`{{reference:1}}` stands for the reference of case 1, `{{message_id:acknowledgement:1}}` for the
Message-ID (without angle brackets) of the newest letter of that name in case 1. Other words in
braces are left alone: real mail has them too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from plugin.desk.ports import Desk
from plugin.simulation import counted
from plugin.simulation.fields import ScenarioError
from plugin.simulation.mailbox import MemoryPost

_PLACEHOLDER = re.compile(r"\{\{\s*(reference|message_id)\s*:\s*([^{}\n]{0,80}?)\s*\}\}")
_ABOUT = {
    "reference": re.compile(r"()([1-9][0-9]{0,5})"),
    "message_id": re.compile(r"([a-z_]+):([1-9][0-9]{0,5})"),
}


class Lookup:
    """Looks into the office as it is now; raises ScenarioError where something is not there."""

    def __init__(self, desk: Desk, provider: str, post: MemoryPost) -> None:
        self._desk = desk
        self._provider = provider
        self._post = post

    def letter(self, name: str, case: int, place: str) -> bytes:
        """The newest letter of that name that was sent by mail in the n-th case, as it was sent."""
        return self._post.letters[self._letter(name, case, place).message_id]

    def fill(self, said: Any, place: str) -> Any:
        """Every text in `said`, however deep in tables and lists, with its placeholders filled."""
        match said:
            case str():
                return _PLACEHOLDER.sub(lambda found: self._value(found, place), said)
            case Mapping():
                return {key: self.fill(value, place) for key, value in said.items()}
            case list() | tuple():
                return type(said)(self.fill(value, place) for value in said)
        return said

    def fill_raw(self, raw: bytes, place: str) -> bytes:
        """The same for bytes that may be in any charset."""
        return str(self.fill(raw.decode("latin-1"), place)).encode("latin-1")

    def _value(self, found: re.Match[str], place: str) -> str:
        about = _ABOUT[found[1]].fullmatch(found[2])
        if about is None:
            right = "{{reference:1}} or {{message_id:acknowledgement:1}}"
            raise ScenarioError(f"{place}: {found[0]} cannot be meant; write {right}")
        where = f"{place}: {found[0]}"
        if found[1] == "message_id":
            return str(self._letter(about[1], int(about[2]), where).message_id)
        return str(self._case(int(about[2]), where).reference)

    def _case(self, number: int, place: str) -> Row[Any]:
        with self._desk.database.read() as connection:
            rows = counted.cases(connection, self._provider)
        if number > len(rows):
            raise ScenarioError(
                f"{place}: case {number} is not open by then; there are {len(rows)}"
            )
        return rows[number - 1]

    def _letter(self, name: str, number: int, place: str) -> Row[Any]:
        case = self._case(number, place)
        with self._desk.database.read() as connection:
            rows = counted.letters_of(connection, self._provider, case.id)
        sent = [row for row in rows if row.sent_at and row.message_id in self._post.letters]
        found = [row for row in sent if row.kind == name]
        if not found:
            there = ", ".join(dict.fromkeys(row.kind for row in sent)) or "none"
            said = f"case {number} was sent no letter {name!r} by then; it was sent: {there}"
            raise ScenarioError(f"{place}: {said}")
        return max(found, key=lambda row: (row.sent_at, row.id))
