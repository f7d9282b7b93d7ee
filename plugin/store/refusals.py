"""Webhooks that were not believed: a number a day, and nothing of what they said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from plugin.store.schema import webhook_refusal as table

KEPT = timedelta(days=90)
"""How long the numbers of refused webhooks are kept."""


def count(connection: Connection, phone: str, reason: str, *, now: datetime) -> None:
    """One more webhook that was not believed."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {
        "day": now.date(),
        "phone": phone[:64],
        "reason": reason[:120],
        "count": 1,
        "last_at": now,
    }
    connection.execute(
        insert(table)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["day", "phone", "reason"],
            set_={"count": table.c.count + 1, "last_at": now},
        )
    )


def since(connection: Connection, moment: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Webhooks that were not believed since a day: phone, reason, number, last_at."""
    return connection.execute(
        select(
            table.c.phone,
            table.c.reason,
            func.sum(table.c.count).label("number"),
            func.max(table.c.last_at).label("last_at"),
        )
        .where(table.c.day >= moment.date())
        .group_by(table.c.phone, table.c.reason)
        .order_by(table.c.phone, table.c.reason)
    ).all()


def forget(connection: Connection, now: datetime) -> int:
    """Drop numbers older than KEPT; says how many rows."""
    old = table.c.day < (now - KEPT).date()
    return connection.execute(delete(table).where(old)).rowcount
