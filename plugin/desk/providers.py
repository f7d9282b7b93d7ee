"""The providers as the desk uses them: `Provider` values at a version, loaded once each.

A version never changes, so what is loaded stays loaded. Which version is newest is asked of the
database, since another worker or an admin may have added one.
"""

from __future__ import annotations

from sqlalchemy import Connection

from plugin.codes.load import load
from plugin.codes.provider import Provider
from plugin.store import providers as rows


class Providers:
    """Loaded provider versions."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, int], Provider] = {}

    def newest(self, connection: Connection) -> dict[str, Provider]:
        """Every provider at its newest version."""
        return {
            key: self.at(connection, key, version)
            for key, version in sorted(rows.newest(connection).items())
        }

    def at(self, connection: Connection, key: str, version: int) -> Provider:
        """One provider at one version. Raises LookupError where it is not stored."""
        found = self._loaded.get((key, version))
        if found is None:
            found = load(key, rows.files_of(connection, key, version), version=version)
            self._loaded[key, version] = found
        return found
