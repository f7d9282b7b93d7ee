"""The providers as the desk uses them: `Provider` values at a version, loaded once each.

A version never changes, so what is loaded stays loaded, and so do the rules it makes with the
settings of this installation. Which version is newest is asked of the database, since another
worker or an admin may have added one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from plugin.codes.load import load
from plugin.codes.provider import Provider
from plugin.codes.provider_file import ProviderFile
from plugin.codes.rules import Installation, RuleBook, Rules
from plugin.settings import Settings
from plugin.store import providers as rows
from plugin.store.engine import Database

LATELY = timedelta(seconds=1)
"""How old the list of providers may be by which a caller is routed."""


def installation(settings: Settings, provider: str) -> Installation:
    """What this installation's settings add to a provider's rules."""
    section = settings.for_provider(provider)
    return Installation(section.readings, section.values)


def book_of(settings: Settings, provider: Provider) -> RuleBook:
    """A provider's rules as this installation reads them, without readings the version lacks.

    A reading that no version has is refused when the settings are read (`setup.check_readings`).
    """
    wanted = installation(settings, provider.key)
    return RuleBook(provider, _known(provider.file, wanted))


class Providers:
    """Loaded provider versions."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, int], Provider] = {}
        self._books: dict[tuple[str, int], tuple[Installation, RuleBook]] = {}
        self._lately: tuple[datetime, Mapping[str, Provider]] | None = None

    def newest(self, connection: Connection) -> dict[str, Provider]:
        """Every provider at its newest version."""
        return {
            key: self.at(connection, key, version)
            for key, version in sorted(rows.newest(connection).items())
        }

    def lately(self, database: Database, now: datetime) -> Mapping[str, Provider]:
        """Every provider as it was at most LATELY ago: for who answers while somebody waits."""
        known = self._lately
        if known is None or not now - LATELY < known[0] <= now:
            with database.read() as connection:
                known = self._lately = (now, self.newest(connection))
        return known[1]

    def at(self, connection: Connection, key: str, version: int) -> Provider:
        """One provider at one version. Raises LookupError where it is not stored."""
        found = self._loaded.get((key, version))
        if found is None:
            files = rows.files_of(connection, key, version)
            found = load(key, files, version=version, every_reading=False)
            self._loaded[key, version] = found
        return found

    def rules(self, provider: Provider, settings: Settings, received_at: datetime) -> Rules:
        """The rules of a case of this provider version, by the moment it was first received."""
        wanted = installation(settings, provider.key)
        found = self._books.get((provider.key, provider.version))
        if found is None or found[0] != wanted:
            found = (wanted, book_of(settings, provider))
            self._books[provider.key, provider.version] = found
        book = found[1]
        return book.on(received_at.astimezone(book.zone).date())


def _known(file: ProviderFile, wanted: Installation) -> Installation:
    """The readings that this version knows: an old one may lack what was written since."""
    names = {name.lower(): reading for name, reading in file.readings.items()}
    readings = {
        name: option
        for name, option in wanted.readings.items()
        if name.lower() in names and option in names[name.lower()].choices
    }
    return Installation(readings, wanted.values)
