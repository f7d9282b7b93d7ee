"""Sealed secrets by name. What lies here is unreadable without the key ring, which is elsewhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from plugin.keys import KeyRing
from plugin.store.schema import secret as table


class SecretMissing(LookupError):
    """No secret of that name is stored."""


class Secrets:
    """Secrets that an admin typed or a server rotates, sealed under their names."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def put(self, connection: Connection, name: str, value: str, *, now: datetime) -> None:
        """Seal and keep `value` under `name`, in place of what was there."""
        values = {"sealed": self._ring.seal(name, value), "changed_at": now}
        changed = connection.execute(update(table).where(table.c.name == name).values(**values))
        if not changed.rowcount:
            connection.execute(table.insert().values(name=name, **values))

    def get(self, connection: Connection, name: str) -> str:
        """The secret of that name.

        Raises SecretMissing, or SealBroken where no live key opens it.
        """
        sealed = connection.execute(
            select(table.c.sealed).where(table.c.name == name)
        ).scalar_one_or_none()
        if sealed is None:
            raise SecretMissing(
                f"no secret {name!r} is stored; set it with: answerable secret set {name}"
            )
        return self._ring.unseal(name, sealed)
