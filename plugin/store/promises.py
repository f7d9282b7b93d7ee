"""The promise projection: what `derive` says of each case, with the next moment to look.

Always rewritten from the timeline, never reasoned from. `wake_at` is indexed, so that finding what
is due costs the same with a thousand cases and a million.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, delete, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from plugin.store.rows import inserting
from plugin.store.schema import case as cases
from plugin.store.schema import promise as table


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One promise of a case as projected; times in UTC or any zone, all aware."""

    name: str
    occurrence: int
    severity: str
    starts_at: datetime
    alert_at: datetime | None
    act_by: datetime | None
    due_at: datetime
    last_day: date | None
    state: str
    kept_at: datetime | None
    wake_at: datetime | None


def project(
    connection: Connection, provider: str, case: int, rows: Iterable[PromiseRow], *, new: bool
) -> None:
    """Put the promises of a case as `derive` now says. `new`: the case has none yet."""
    if not new:
        connection.execute(
            delete(table).where(table.c.provider == provider, table.c.case_id == case)
        )
    values = [
        {
            "provider": provider,
            "case_id": case,
            "name": row.name,
            "occurrence": row.occurrence,
            "severity": row.severity,
            "starts_at": row.starts_at,
            "alert_at": row.alert_at,
            "act_by": row.act_by,
            "due_at": row.due_at,
            "last_day": row.last_day,
            "state": row.state,
            "kept_at": row.kept_at,
            "wake_at": row.wake_at,
        }
        for row in rows
    ]
    if values:
        connection.execute(inserting(table), values)


def cases_waking(connection: Connection, provider: str, *, now: datetime, limit: int) -> list[int]:
    """Cases with a promise whose moment has come, the longest overdue first."""
    rows = connection.execute(
        select(table.c.case_id)
        .where(_wakes(provider), table.c.wake_at <= now)
        .order_by(table.c.wake_at)
        .limit(limit)
    )
    return list(dict.fromkeys(rows.scalars()))


def next_wake(connection: Connection, provider: str) -> datetime | None:
    """The next moment any promise of this provider must be looked at."""
    moment: datetime | None = connection.execute(
        select(func.min(table.c.wake_at)).where(_wakes(provider))
    ).scalar_one()
    return moment


def put_off(connection: Connection, provider: str, case: int, *, until: datetime) -> None:
    """Look at a case whose moment has come only then: it could not be looked at now."""
    of_case = and_(table.c.provider == provider, table.c.case_id == case)
    connection.execute(update(table).where(of_case, table.c.wake_at < until).values(wake_at=until))
    connection.execute(
        update(cases)
        .where(cases.c.provider == provider, cases.c.id == case, cases.c.wake_at < until)
        .values(wake_at=until)
    )


def _wakes(provider: str) -> ColumnElement[bool]:
    return and_(table.c.provider == provider, table.c.wake_at.is_not(None))
