"""What a mail changed, as a value that a table can name whole: nothing else may have happened."""

from __future__ import annotations

from dataclasses import dataclass, field

from plugin.store.schema import alert
from tests.plugin.desk.counter import Counter


@dataclass(frozen=True)
class Change:
    """What a mail did. Cases by their number; events without those about letters.

    `belongs`, `proposed`, `waits` are the newest contact's; `post` is (letter, recipient).
    """

    outcome: str
    why: str | None = None
    belongs: int | None = None
    proposed: int | None = None
    waits: str | None = None
    events: dict[int, list[str]] = field(default_factory=dict)
    alerts: list[tuple[int | None, str]] = field(default_factory=list)
    post: list[tuple[str, str]] = field(default_factory=list)


class Watch:
    """What stood before; `change` says what a mail has done since."""

    def __init__(self, at: Counter) -> None:
        self._at = at
        self._events = {row.id: row.events for row in at.cases}
        self._alerts = {row.key for row in at.rows(alert)}
        self._posted = len(at.posted())

    def change(self, ended: tuple[str, str | None]) -> Change:
        numbers = {row.id: n for n, row in enumerate(self._at.cases, start=1)}
        events = {
            n: [
                one.kind
                for one in self._at.timeline(n)[self._events.get(id, 0) :]
                if not one.kind.startswith("letter_") and one.kind != "acknowledged"
            ]
            for id, n in numbers.items()
        }
        found = [row for row in self._at.rows(alert) if row.key not in self._alerts]
        newest = self._at.newest
        return Change(
            *ended,
            belongs=numbers.get(newest.case_id),
            proposed=numbers.get(newest.proposed_case_id),
            waits=newest.waits,
            events={n: kinds for n, kinds in events.items() if kinds},
            alerts=sorted((numbers.get(row.case_id), row.about) for row in found),
            post=self._at.posted()[self._posted :],
        )
