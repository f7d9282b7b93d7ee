"""What came in: raw bytes committed before anything looks at them, then processed exactly once.

Rows of one lane (a sender) are worked in the order they came, so that a reply never overtakes what
it answers. Every row ends as `done` or `quarantined`, with an outcome that is counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, literal, select

from plugin.store.blobs import Blobs
from plugin.store.claims import Claim, claim, next_claimable, retry, settle
from plugin.store.engine import Database
from plugin.store.rows import inserting
from plugin.store.schema import inbound

MAX_LISTED = 500
"""How many quarantined arrivals of a provider one list shows, the oldest first."""

MAX_ATTEMPTS = 5
"""How often a contact is tried before it is quarantined."""

SENT = "sent"
"""The source of what was found in a folder of sent mail."""

CALL = "call"
"""The source of a call that is to be listened to; its bytes name it."""

_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Arrival:
    """One raw mail as it arrived.

    `received_source` says where `received_at` is from: "internaldate", "header" or "fetch".
    `lane` is the sender as far as a glance could tell, "" where it could not. `problem` says why
    `raw` is not the whole mail.
    """

    id: int
    provider: str
    source: str
    mailbox: str | None
    raw: bytes
    lane: str
    received_at: datetime
    received_source: str
    fetched_at: datetime
    problem: str | None = None
    due_at: datetime | None = None
    """When it is to be looked at; None: at once."""


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed arrival."""

    id: int
    provider: str
    source: str
    mailbox: str | None
    blob: str
    received_at: datetime
    attempts: int
    problem: str | None
    held: Claim


@dataclass(frozen=True, slots=True)
class Done:
    """How an arrival ended: the words of `ingest --json`, and a reason where it is no case."""

    outcome: str
    why: str | None = None
    contact: int | None = None
    case: int | None = None


def add(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Keep raw mails, waiting to be processed; several providers' at once if need be."""
    by_provider: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        by_provider.setdefault(arrival.provider, []).append(arrival)
    for provider, theirs in by_provider.items():
        digests = Blobs(connection).put_all(provider, [arrival.raw for arrival in theirs])
        rows = [_row(arrival, digest) for arrival, digest in zip(theirs, digests, strict=True)]
        connection.execute(inserting(inbound), rows)


def _row(arrival: Arrival, digest: str) -> dict[str, Any]:
    return {
        "provider": arrival.provider,
        "id": arrival.id,
        "source": arrival.source,
        "mailbox": arrival.mailbox,
        "blob": digest,
        "lane": arrival.lane or f"#{arrival.id}",
        "received_at": arrival.received_at,
        "received_source": arrival.received_source,
        "fetched_at": arrival.fetched_at,
        "state": "waiting",
        "problem": arrival.problem,
        "next_at": arrival.due_at or arrival.fetched_at,
    }


def take(
    database: Database,
    connection: Connection,
    provider: str,
    *,
    worker: str,
    now: datetime,
    limit: int,
) -> list[Work]:
    """Claim waiting arrivals, oldest first, never past an unfinished one of the same lane."""
    older = inbound.alias("older")
    in_turn = ~exists(
        select(literal(1)).where(
            older.c.provider == inbound.c.provider,
            older.c.lane == inbound.c.lane,
            older.c.state == "waiting",
            older.c.id < inbound.c.id,
        )
    )
    ready = and_(
        inbound.c.provider == provider,
        inbound.c.state == "waiting",
        inbound.c.next_at <= now,
        in_turn,
    )
    rows = claim(
        database,
        connection,
        inbound,
        worker=worker,
        ready=ready,
        order_by=[inbound.c.next_at, inbound.c.id],
        limit=limit,
    )
    return [
        Work(
            id=row.id,
            provider=row.provider,
            source=row.source,
            mailbox=row.mailbox,
            blob=row.blob,
            received_at=row.received_at,
            attempts=row.attempts,
            problem=row.problem,
            held=Claim((row.provider, row.id), row.fence),
        )
        for row in rows
    ]


def finish(connection: Connection, work: Work, done: Done) -> None:
    """Record how an arrival ended, in the transaction of its effects. Raises ClaimLost."""
    settle(
        connection,
        inbound,
        work.held,
        state="quarantined" if done.outcome == "quarantined" else "done",
        outcome=done.outcome,
        why=done.why if done.outcome != "quarantined" else None,
        reason=done.why if done.outcome == "quarantined" else None,
        contact_id=done.contact,
        case_id=done.case,
    )


def is_quarantined(connection: Connection, work: Work) -> bool:
    """Does another arrival with the same bytes wait in quarantine already?

    Mails of which there are no bytes are not the same for that.
    """
    if work.blob == _NOTHING:
        return False
    other = select(literal(1)).where(
        inbound.c.provider == work.provider,
        inbound.c.state == "quarantined",
        inbound.c.blob == work.blob,
        inbound.c.id != work.id,
    )
    return connection.execute(other.limit(1)).first() is not None


def any_waiting(connection: Connection, provider: str, mailbox: str) -> bool:
    """Does something of this mailbox wait to be processed?"""
    found = select(literal(1)).where(
        inbound.c.provider == provider,
        inbound.c.state == "waiting",
        inbound.c.mailbox == mailbox,
    )
    return connection.execute(found.limit(1)).first() is not None


def next_at(database: Database, connection: Connection, provider: str) -> datetime | None:
    """When the next arrival can be worked; None if none waits."""
    waiting = and_(inbound.c.provider == provider, inbound.c.state == "waiting")
    return next_claimable(database, connection, inbound, waiting=waiting)


def retry_at(connection: Connection, work: Work, *, at: datetime, reason: str) -> None:
    """Put an arrival back, to be tried again at `at`. Raises ClaimLost."""
    retry(connection, inbound, work.held, attempts=work.attempts + 1, at=at, reason=reason)


def outcomes(connection: Connection, provider: str, ids: Sequence[int]) -> dict[str | None, int]:
    """How many of these arrivals ended in which way; None counts those still waiting."""
    rows = connection.execute(
        select(inbound.c.outcome, func.count().label("number"))
        .where(inbound.c.provider == provider, inbound.c.id.in_(ids))
        .group_by(inbound.c.outcome)
    )
    return {row.outcome: row.number for row in rows}


def quarantined(connection: Connection, provider: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """A provider's quarantined arrivals with their reasons, oldest first, at most MAX_LISTED."""
    query = select(
        inbound.c.provider,
        inbound.c.id,
        inbound.c.received_at,
        inbound.c.source,
        inbound.c.mailbox,
        inbound.c.reason,
    ).where(inbound.c.provider == provider, inbound.c.state == "quarantined")
    return connection.execute(query.order_by(inbound.c.id).limit(MAX_LISTED)).all()
