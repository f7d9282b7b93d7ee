"""Cases and their timelines: the questions the desk asks about them. (Who belongs to a case is in
parties.py, which case speaks for which in merges.py.)

A use case locks its case row first, so that two workers never append to one timeline at once. The
case row carries what its events amount to (state, level, head of the chain, how many).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from plugin.cases.case import Standing, advance
from plugin.cases.events import GENESIS, Draft, Event, canonical, chain, digest_of, read_facts
from plugin.store.rows import inserting
from plugin.store.schema import case, event

_WITH_REFERENCES = select(case.c.reference, case.c.id).where(
    case.c.provider == bindparam("provider"),
    case.c.reference.in_(bindparam("references", expanding=True)),
)
LIVE = ~case.c.state.startswith("closed")
"""The condition that a case is not closed."""

_SET_ATTENTION = update(case).where(
    case.c.provider == bindparam("of"), case.c.id == bindparam("number")
)


@dataclass(slots=True)
class OpenCase:
    """A case row under lock, or about to be inserted; `append` moves it on."""

    provider: str
    id: int
    reference: str
    language: str
    opened_at: datetime
    first_received_at: datetime
    rules_version: int
    standing: Standing
    head: str = GENESIS
    events: int = 0
    handler: str | None = None
    merged_into: int | None = None

    def extend(
        self, drafts: Iterable[Draft], *, recorded_at: datetime, salt: Callable[[], str]
    ) -> list[dict[str, Any]]:
        """Chain `drafts` on and give their rows; nothing is written here."""
        rows = []
        for draft in drafts:
            self.events += 1
            grain, facts = salt(), canonical(draft.facts)
            digest = digest_of(grain, facts)
            self.head = chain(
                self.head,
                seq=self.events,
                kind=draft.kind,
                v=1,
                at=draft.at,
                recorded_at=recorded_at,
                actor=draft.actor,
                facts_digest=digest,
            )
            self.standing = advance(self.standing, draft.kind, draft.facts)
            rows.append(
                {
                    "provider": self.provider,
                    "case_id": self.id,
                    "seq": self.events,
                    "kind": draft.kind,
                    "v": 1,
                    "at": draft.at,
                    "recorded_at": recorded_at,
                    "actor": draft.actor,
                    "salt": grain,
                    "facts": facts,
                    "facts_digest": digest,
                    "hash": self.head,
                }
            )
        return rows


NOTHING_DUE = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for "no moment" where cases are sorted by when they need attention."""


@dataclass(frozen=True, slots=True)
class Attention:
    """What the list of cases says of one: does anybody still owe it something, what next, when.

    `at` is the due moment of its nearest promise that is open or was missed and is still unkept.
    """

    active: bool
    at: datetime = NOTHING_DUE
    promise: str | None = None
    last_day: date | None = None

    @property
    def values(self) -> dict[str, Any]:
        """As columns of the case."""
        return {
            "active": self.active,
            "attention_at": self.at,
            "next_promise": self.promise,
            "next_last_day": self.last_day,
        }


def insert(
    connection: Connection,
    opened: OpenCase,
    rows: list[dict[str, Any]],
    attention: Attention,
    wake_at: datetime | None,
) -> None:
    """Insert a new case with its first events, to be looked at again at `wake_at`."""
    connection.execute(
        inserting(case),
        {
            "provider": opened.provider,
            "id": opened.id,
            "reference": opened.reference,
            "state": opened.standing.state,
            "level": opened.standing.level,
            "language": opened.language,
            "opened_at": opened.opened_at,
            "first_received_at": opened.first_received_at,
            "rules_version": opened.rules_version,
            "head": opened.head,
            "events": opened.events,
            "wake_at": wake_at,
            **attention.values,
        },
    )
    connection.execute(inserting(event), rows)


def append(connection: Connection, locked: OpenCase, rows: list[dict[str, Any]]) -> None:
    """Append events to a case that `lock` gave, and write what it now amounts to."""
    connection.execute(inserting(event), rows)
    save(connection, locked)


def save(connection: Connection, locked: OpenCase) -> None:
    """Write what a case that `lock` gave now amounts to."""
    connection.execute(
        update(case)
        .where(case.c.provider == locked.provider, case.c.id == locked.id)
        .values(
            state=locked.standing.state,
            level=locked.standing.level,
            head=locked.head,
            events=locked.events,
            language=locked.language,
            handler=locked.handler,
            merged_into=locked.merged_into,
            first_received_at=locked.first_received_at,
        )
    )


def set_attention(
    connection: Connection,
    provider: str,
    id: int,
    attention: Attention,
    wake_at: datetime | None,
) -> None:
    """Write what the list of cases shows of this one, and when the desk looks at it again."""
    key = {"of": provider, "number": id, "wake_at": wake_at}
    connection.execute(_SET_ATTENTION, key | attention.values)


def waking(connection: Connection, provider: str, *, now: datetime, limit: int) -> list[int]:
    """Cases that the desk must look at themselves, the longest overdue first."""
    return list(
        connection.execute(
            select(case.c.id)
            .where(case.c.provider == provider, case.c.wake_at <= now)
            .order_by(case.c.wake_at)
            .limit(limit)
        ).scalars()
    )


def next_wake(connection: Connection, provider: str) -> datetime | None:
    """The next moment the desk must look at any case itself."""
    moment: datetime | None = connection.execute(
        select(func.min(case.c.wake_at)).where(
            case.c.provider == provider, case.c.wake_at.is_not(None)
        )
    ).scalar_one()
    return moment


def lock(connection: Connection, provider: str, id: int) -> OpenCase | None:
    """The case, its row locked until the transaction ends; None where there is none."""
    row = connection.execute(
        select(case).where(case.c.provider == provider, case.c.id == id).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    return OpenCase(
        provider=row.provider,
        id=row.id,
        reference=row.reference,
        language=row.language,
        opened_at=row.opened_at,
        first_received_at=row.first_received_at,
        rules_version=row.rules_version,
        standing=Standing(row.state, row.level),
        head=row.head,
        events=row.events,
        handler=row.handler,
        merged_into=row.merged_into,
    )


def live_of(connection: Connection, provider: str, ids: Iterable[int]) -> dict[int, bool]:
    """Whether each of these cases is live."""
    rows = connection.execute(
        select(case.c.id, LIVE.label("live")).where(
            case.c.provider == provider, case.c.id.in_(list(ids))
        )
    )
    return {row.id: bool(row.live) for row in rows}


def timeline(connection: Connection, provider: str, id: int) -> list[Event]:
    """Every event of a case, in order, facts read in their newest version."""
    rows = connection.execute(
        select(event)
        .where(event.c.provider == provider, event.c.case_id == id)
        .order_by(event.c.seq)
    )
    return [
        Event(
            seq=row.seq,
            kind=row.kind,
            v=row.v,
            at=row.at,
            recorded_at=row.recorded_at,
            actor=row.actor,
            facts=None if row.facts is None else read_facts(row.kind, row.v, row.facts),
            facts_digest=row.facts_digest,
            hash=row.hash,
        )
        for row in rows
    ]


def erase(connection: Connection, provider: str, id: int, seq: int) -> None:
    """Erase what an event says, leaving a tombstone that the chain still verifies."""
    connection.execute(
        update(event)
        .where(event.c.provider == provider, event.c.case_id == id, event.c.seq == seq)
        .values(salt=None, facts=None)
    )


def with_references(
    connection: Connection, provider: str, references: Sequence[str]
) -> dict[str, int]:
    """Which cases these references belong to."""
    if not references:
        return {}
    asked = {"provider": provider, "references": list(references)}
    rows = connection.execute(_WITH_REFERENCES, asked)
    return {row.reference: row.id for row in rows}


def reference_taken(connection: Connection, provider: str, reference: str) -> bool:
    """Does a case of this provider bear that reference?"""
    return bool(with_references(connection, provider, [reference]))


def get(connection: Connection, provider: str, id: int) -> Row[Any] | None:
    """A case's row; None where there is none."""
    return connection.execute(
        select(case).where(case.c.provider == provider, case.c.id == id)
    ).one_or_none()


def exists(connection: Connection, provider: str, id: int) -> bool:
    """Is there such a case?"""
    found = connection.execute(
        select(case.c.id).where(case.c.provider == provider, case.c.id == id)
    )
    return found.first() is not None


def reference_of(connection: Connection, provider: str, id: int) -> str | None:
    """A case's reference."""
    return connection.execute(
        select(case.c.reference).where(case.c.provider == provider, case.c.id == id)
    ).scalar()


def find(connection: Connection, providers: Sequence[str], reference: str) -> Sequence[Row[Any]]:
    """Cases of these providers with that reference: none, one, or one at each of several."""
    return connection.execute(
        select(case)
        .where(case.c.provider.in_(providers), case.c.reference == reference)
        .order_by(case.c.provider)
    ).all()
