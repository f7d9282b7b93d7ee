"""Access tokens that mail servers take in place of a password, sealed under their names.

A token is good for the settings it was granted under and no others; `made_for` says which.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select, update

from plugin.keys import KeyRing, SealBroken
from plugin.store.rows import insert_once
from plugin.store.schema import access_token as table


@dataclass(frozen=True, slots=True)
class Kept:
    """A token as it is kept. `access` "" where none is good; `refresh` "" for that of the settings.

    `failures` in a row since the last grant, `error` the last one's words; the service is not asked
    again before `next_at`.
    """

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    granted_at: datetime | None = None
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    failures: int = 0
    next_at: datetime | None = None
    error: str | None = None


NOTHING = Kept()


def get(connection: Connection, ring: KeyRing, name: str, made_for: str) -> Kept:
    """The token of that name; NOTHING where there is none, or none for these settings.

    One that no live key opens counts as none: the service grants another.
    """
    row = connection.execute(
        select(table).where(table.c.name == name, table.c.made_for == made_for)
    ).one_or_none()
    if row is None:
        return NOTHING
    try:
        held = json.loads(ring.unseal(_sealed_as(name), row.sealed)) if row.sealed else {}
    except SealBroken:
        held = {}
    return Kept(
        access=held.get("access", ""),
        refresh=held.get("refresh", ""),
        granted_at=row.granted_at,
        expires_at=row.expires_at,
        refresh_expires_at=row.refresh_expires_at,
        failures=row.failures,
        next_at=row.next_at,
        error=row.error,
    )


@dataclass(frozen=True, slots=True)
class TokenState:
    """What may be shown of a token: when it ends, and why no new one was granted."""

    expires_at: datetime | None
    error: str | None


def state(connection: Connection, name: str) -> TokenState | None:
    """How it stands with a sign-in; None where no token was ever asked for."""
    row = connection.execute(
        select(table.c.expires_at, table.c.error).where(table.c.name == name)
    ).one_or_none()
    return TokenState(row.expires_at, row.error) if row else None


def put(connection: Connection, ring: KeyRing, name: str, made_for: str, kept: Kept) -> None:
    """Keep a token, or the failure to get one, in place of what was there."""
    held = json.dumps({"access": kept.access, "refresh": kept.refresh})
    values = {
        "made_for": made_for,
        "sealed": ring.seal(_sealed_as(name), held),
        "granted_at": kept.granted_at,
        "expires_at": kept.expires_at,
        "refresh_expires_at": kept.refresh_expires_at,
        "failures": kept.failures,
        "next_at": kept.next_at,
        "error": kept.error,
    }
    if not insert_once(connection, table, name=name, **values):
        connection.execute(update(table).where(table.c.name == name).values(**values))


def _sealed_as(name: str) -> str:
    """A name that no secret of an admin's can have."""
    return f"token:{name}"
