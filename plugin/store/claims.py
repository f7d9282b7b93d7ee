"""Claims: how one worker at a time does a row's work, whoever crashes.

A claim names its worker, ends by itself (the database's clock), and carries a fence number that
grows with every claim, so that a worker which slept past its claim is told so when it comes back.
PostgreSQL skips rows that others hold; on SQLite the write transaction itself keeps others out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Table,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from plugin.store.engine import Database
from plugin.store.schema import lease

HOLD = timedelta(minutes=5)
"""How long a claim lasts; the longest a row waits after its worker was killed."""


class ClaimLost(RuntimeError):
    """The claim ended and somebody else has the row now; leave it to them."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one row: its primary key and the fence under which it was given."""

    key: tuple[Any, ...]
    fence: int


def claim(
    database: Database,
    connection: Connection,
    table: Table,
    *,
    worker: str,
    ready: ColumnElement[bool],
    order_by: Sequence[ColumnElement[Any]],
    limit: int,
    hold: timedelta = HOLD,
) -> list[Row[Any]]:
    """Claim up to `limit` rows of `table` that are `ready` and unclaimed, in that order.

    Returns whole rows, as they are under the claim, in that order.
    """
    now = database.now(connection)
    keys = list(table.primary_key.columns)
    free = or_(table.c.claimed_until.is_(None), table.c.claimed_until < now)
    chosen = (
        select(*keys)
        .where(ready, free)
        .order_by(*order_by)
        .limit(limit)
        .with_for_update(skip_locked=True, of=table)
    )
    found = [tuple(row) for row in connection.execute(chosen)]
    if not found:
        return []
    place = {key: number for number, key in enumerate(found)}
    taken = connection.execute(
        update(table)
        .where(tuple_(*keys).in_(found))
        .values(claimed_by=worker, claimed_until=now + hold, fence=table.c.fence + 1)
        .returning(*table.c)
    ).all()
    names = [column.name for column in keys]
    return sorted(taken, key=lambda row: place[tuple(row._mapping[name] for name in names)])


def holds(table: Table, held: Claim) -> ColumnElement[bool]:
    """The condition that a row is still ours under this claim."""
    same = [
        column == value for column, value in zip(table.primary_key.columns, held.key, strict=True)
    ]
    return and_(*same, table.c.fence == held.fence)


def settle(connection: Connection, table: Table, held: Claim, **values: Any) -> None:
    """Write `values` to the row and give the claim back.

    Raises ClaimLost where somebody else has claimed it since; then nothing is written.
    """
    key = {f"key_{number}": value for number, value in enumerate(held.key)}
    done = connection.execute(
        _settle(table),
        {**key, "held": held.fence, "claimed_by": None, "claimed_until": None} | values,
    )
    if done.rowcount != 1:
        raise ClaimLost(f"{table.name} {held.key} is no longer ours")


@lru_cache(maxsize=20)
def _settle(table: Table) -> Update:
    """The statement of `settle`; the names of its values decide which columns it sets."""
    keys = enumerate(table.primary_key.columns)
    same = [column == bindparam(f"key_{number}") for number, column in keys]
    return update(table).where(*same, table.c.fence == bindparam("held"))


def retry(
    connection: Connection, table: Table, held: Claim, *, attempts: int, at: datetime, reason: str
) -> None:
    """Put the row back to be tried again at `at`, its failure on record."""
    settle(connection, table, held, attempts=attempts, next_at=at, reason=reason)


def next_claimable(
    database: Database, connection: Connection, table: Table, *, waiting: ColumnElement[bool]
) -> datetime | None:
    """When a row that is `waiting` can next be claimed; None where none waits.

    Rows that another worker holds count from the end of its claim.
    """
    clock = database.now(connection)
    held = table.c.claimed_until >= clock
    free = or_(table.c.claimed_until.is_(None), ~held)
    first = connection.execute(
        select(table.c.next_at).where(waiting, free).order_by(table.c.next_at).limit(1)
    ).scalar_one_or_none()
    ends = connection.execute(
        select(func.min(table.c.claimed_until)).where(
            waiting, held, table.c.claimed_by.is_not(None)
        )
    ).scalar_one()
    return min((moment for moment in (first, ends) if moment is not None), default=None)


def holders(connection: Connection, table: Table) -> set[str]:
    """The workers that hold rows of `table`, whether or not their claims have ended."""
    rows = connection.execute(
        select(table.c.claimed_by).where(table.c.claimed_by.is_not(None)).distinct()
    )
    return set(rows.scalars())


def release(connection: Connection, table: Table, worker: str) -> int:
    """Give back every row that a worker known to be dead still holds."""
    done = connection.execute(
        update(table)
        .where(table.c.claimed_by == worker)
        .values(claimed_by=None, claimed_until=None)
    )
    return int(done.rowcount)


def take_lease(
    database: Database, connection: Connection, name: str, holder: str, hold: timedelta
) -> bool:
    """Take or renew the named lease; False where somebody else holds it."""
    now = database.now(connection)
    row = connection.execute(
        select(lease).where(lease.c.name == name).with_for_update()
    ).one_or_none()
    if row is None:
        connection.execute(
            lease.insert().values(name=name, holder=holder, until=now + hold, fence=1)
        )
        return True
    if row.holder != holder and row.until > now:
        return False
    connection.execute(
        update(lease)
        .where(lease.c.name == name)
        .values(holder=holder, until=now + hold, fence=row.fence + (row.holder != holder))
    )
    return True


def drop_lease(connection: Connection, name: str, holder: str) -> None:
    """Give a lease back early, where it is ours."""
    connection.execute(lease.delete().where(lease.c.name == name, lease.c.holder == holder))


def lease_holders(connection: Connection) -> set[str]:
    """Whoever holds a lease, ended or not."""
    return set(connection.execute(select(lease.c.holder).distinct()).scalars())


def drop_leases(connection: Connection, holder: str) -> int:
    """Give back every lease of a worker known to be dead."""
    return int(connection.execute(lease.delete().where(lease.c.holder == holder)).rowcount)
