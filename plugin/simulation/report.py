"""Everything that happened, as one JSON document; every time in the provider's own offset.

The document is read from the same rows that the panel shows, and says cases by the number they have
in the scenario.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, literal_column, select

from plugin.cases.events import Event
from plugin.desk import viewing
from plugin.desk.ports import Desk
from plugin.desk.viewing import CaseView
from plugin.simulation import counted
from plugin.store.schema import alert

_TASKS = ("phone", "post")
_CASE_FACTS = ("case", "into")
_OWN = ("at", "kind", "actor")


def document(desk: Desk, provider: str, until: datetime) -> dict[str, Any]:
    """Cases, letters, what became no case, and alerts, as things stand at `until`."""
    with desk.database.read() as connection:
        zone = ZoneInfo(desk.providers.newest(connection)[provider].file.calendar.zone)
        rows = counted.cases(connection, provider)
        numbers = {row.id: number for number, row in enumerate(rows, start=1)}
        said = _Said(zone, numbers, counted.names_of_letters(connection, provider))
        letters = _letters(connection, provider, said)
        not_cases = _not_cases(connection, provider, said)
        alerts = _alerts(connection, provider, said)
    views = [view for row in rows for view in viewing.show_cases(desk, [provider], row.reference)]
    return {
        "provider": provider,
        "until": said.plain(until),
        "cases": [said.case(view, viewing.explained(desk, view, until)) for view in views],
        "letters": letters,
        "not_cases": not_cases,
        "alerts": alerts,
    }


class _Said:
    """How rows are said: local times, cases by their number."""

    def __init__(
        self, zone: ZoneInfo, numbers: Mapping[int, int], letters: Mapping[int, str]
    ) -> None:
        self._zone = zone
        self._numbers = numbers
        self._letters = letters

    def plain(self, value: Any) -> Any:
        """A value as JSON has it."""
        if isinstance(value, datetime):
            return value.astimezone(self._zone).isoformat()
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Mapping):
            return {key: self.plain(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(one) for one in value]
        return value

    def number(self, case: int | None) -> int | None:
        """A case's number in the scenario."""
        return None if case is None else self._numbers.get(case)

    def case(self, view: CaseView, promises: Sequence[Any]) -> dict[str, Any]:
        """A case with all that is on its record."""
        row = view.row
        timeline = view.union
        return {
            "case": self.number(row.id),
            "reference": row.reference,
            "provider": row.provider,
            "state": row.state,
            "level": row.level,
            "handler": row.handler,
            "language": row.language,
            "received_at": self.plain(row.first_received_at),
            "opened_at": self.plain(row.opened_at),
            "merged_into": self.number(row.merged_into),
            "record": view.chain or "complete and unaltered",
            "timeline": [self.event(event) for event in timeline],
            "promises": [self.plain(promise.document()) for promise in promises],
        }

    def event(self, event: Event) -> dict[str, Any]:
        """An event with its facts beside it.

        A letter is said by its name, its number as `letter_id`; a fact whose name is taken by the
        event's own is said as `fact_<name>`.
        """
        said = {"at": self.plain(event.at), "kind": event.kind, "actor": event.actor}
        facts = dict(event.facts or {})
        letter = facts.pop("letter", None)
        if letter is not None:
            name = self._letters.get(int(letter)) if str(letter).isdigit() else None
            said["letter"] = name or facts.get("kind") or str(letter)
            said["letter_id"] = letter
            if facts.get("kind") == said["letter"]:
                del facts["kind"]
        for name, value in facts.items():
            if name in _CASE_FACTS and isinstance(value, int):
                value = self.number(value) or value
            said[f"fact_{name}" if name in _OWN else name] = self.plain(value)
        return said


def _letters(connection: Connection, provider: str, said: _Said) -> list[dict[str, Any]]:
    def moment(row: Row[Any]) -> datetime:
        when: datetime = row.created_at if row.channel in _TASKS else row.sent_at
        return when

    rows = sorted(
        counted.reached(connection, provider), key=lambda row: (moment(row), row.delivery)
    )
    return [
        {
            "at": said.plain(moment(row)),
            "case": said.number(row.case_id),
            "letter": row.kind,
            "to": row.recipient,
            "channel": row.channel,
            "language": row.language,
            "subject": row.subject,
            "text": row.text,
            "format": row.format,
            "state": row.state,
            "message_id": row.message_id,
        }
        for row in rows
    ]


def _not_cases(connection: Connection, provider: str, said: _Said) -> list[dict[str, Any]]:
    return [
        {"at": said.plain(one.at), "why": one.why, "case": said.number(one.case)}
        for one in counted.not_cases(connection, provider)
    ]


def _alerts(connection: Connection, provider: str, said: _Said) -> list[dict[str, Any]]:
    # Alerts have no number of their own; SQLite's rowid is the order in which they were raised.
    rows = connection.execute(
        select(alert)
        .where(alert.c.provider == provider)
        .order_by(alert.c.at, literal_column("alert.rowid"))
    )
    return [
        {
            "at": said.plain(row.at),
            "case": said.number(row.case_id),
            "about": row.about,
            "text": row.text,
        }
        for row in rows
    ]
