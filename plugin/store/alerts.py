"""Alerts: what a person should know, each once, until it is cleared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from plugin.store.rows import insert_once
from plugin.store.schema import alert as table

OPERATIONAL = frozenset(
    {
        *("mailbox_unavailable", "mailbox_not_filed", "mailbox_account"),
        *("mail_server", "token_refused", "token_expires"),
    }
)
"""Alerts about the service itself, which are also told by the second route."""

ROUTE_FAILED = "second_route_failed"
"""What an alert is about that the second route did not take: shown, since no other way is left."""

_SHOWN = OPERATIONAL | {ROUTE_FAILED}


def raise_(
    connection: Connection,
    provider: str,
    *,
    key: str,
    about: str,
    text: str,
    at: datetime,
    case: int | None = None,
) -> bool:
    """Raise an alert unless `key` has been raised already; says whether it was new.

    `text` names no customer and quotes nothing: it may be mailed and logged.
    """
    return insert_once(
        connection,
        table,
        provider=provider,
        key=key,
        about=about,
        text=text,
        at=at,
        case_id=case,
        ops_at=at if about in OPERATIONAL else None,
    )


def untold(connection: Connection, provider: str, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Alerts that are now to be told by the second route, the first due first."""
    return connection.execute(
        select(table)
        .where(table.c.provider == provider, table.c.ops_at <= now)
        .order_by(table.c.ops_at, table.c.key)
        .limit(limit)
    ).all()


def next_untold(connection: Connection, provider: str) -> datetime | None:
    """When the next alert is to be told by the second route; None where none is."""
    return connection.execute(
        select(table.c.ops_at)
        .where(table.c.provider == provider, table.c.ops_at.is_not(None))
        .order_by(table.c.ops_at)
        .limit(1)
    ).scalar_one_or_none()


def clear_like(
    connection: Connection, provider: str, about: str, prefix: str, *, now: datetime
) -> None:
    """What alerts of this kind whose key begins so were about is done; they stay on record."""
    connection.execute(
        update(table)
        .where(
            table.c.provider == provider,
            table.c.about == about,
            table.c.key.startswith(prefix, autoescape=True),
            table.c.cleared_at.is_(None),
        )
        .values(cleared_at=now)
    )


def of_service(
    connection: Connection, providers: Sequence[str], since: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Alerts about the service itself that have not cleared, the newest first."""
    return connection.execute(
        select(table)
        .where(
            table.c.provider.in_(providers),
            table.c.at >= since,
            table.c.case_id.is_(None),
            table.c.cleared_at.is_(None),
            table.c.about.in_(_SHOWN),
        )
        .order_by(table.c.at.desc(), table.c.key)
        .limit(limit)
    ).all()


def tell_at(connection: Connection, provider: str, key: str, at: datetime | None) -> None:
    """When this alert is to be told by the second route; None: never again."""
    connection.execute(
        update(table).where(table.c.provider == provider, table.c.key == key).values(ops_at=at)
    )


def was_raised(connection: Connection, provider: str, key: str) -> bool:
    """Has an alert of this key been raised already, cleared or not?"""
    found = select(table.c.key).where(table.c.provider == provider, table.c.key == key)
    return connection.execute(found).first() is not None


def of_case(connection: Connection, provider: str, case: int) -> Sequence[Row[Any]]:
    """The alerts of a case, oldest first."""
    return connection.execute(
        select(table)
        .where(table.c.provider == provider, table.c.case_id == case)
        .order_by(table.c.at, table.c.key)
    ).all()


def clear_key(connection: Connection, provider: str, key: str, *, now: datetime) -> None:
    """What this alert was about is done; it stays on record."""
    connection.execute(
        update(table)
        .where(table.c.provider == provider, table.c.key == key, table.c.cleared_at.is_(None))
        .values(cleared_at=now)
    )


def clear(
    connection: Connection, provider: str, case: int | None, about: str, *, now: datetime
) -> None:
    """What these alerts of a case (None: of no case) were about is done; they stay on record."""
    connection.execute(
        update(table)
        .where(
            table.c.provider == provider,
            table.c.case_id == case,
            table.c.about == about,
            table.c.cleared_at.is_(None),
        )
        .values(cleared_at=now)
    )
