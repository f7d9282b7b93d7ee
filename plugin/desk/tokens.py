"""Keeping access tokens: got once, used until shortly before they end, and got anew in good time.

A service that is asked at every poll ends up revoking what it gave, and one that is asked too late
leaves the mailbox shut. So a token is kept, sealed, for every worker and every start; one worker at
a time renews it, while it is still good; and what fails is told to a person before mail stops.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mail.login import MailRefused, MailUnavailable
from mail.oauth import Grant, Granted
from plugin.desk.ports import Desk
from plugin.store import tokens
from plugin.store.alerts import clear_like, raise_
from plugin.store.claims import drop_lease, take_lease
from plugin.store.tokens import Kept

EARLY = 0.25
"""The last part of its life in which a token is renewed while it can still be used."""

SOONEST = timedelta(minutes=1)
LATEST = timedelta(minutes=15)
"""How soon a service that refused is asked again: a minute, doubling, at most a quarter hour."""

LEASE = timedelta(minutes=2)

BY_REFUSAL = 3
"""From so many failures in a row on, a person is told although the token is still good."""


class Keeper:
    """The tokens of one sign-in (a `mail.login.Tokens`); asked from several threads.

    `name`: "mailbox.<name>" or "smtp". `providers`: whom it concerns, for alerts. `refresh`: the
    refresh token of the settings, "" where the grant takes none. `settings`: everything the grant
    depends on; what was granted under other settings is not used.
    """

    def __init__(
        self,
        desk: Desk,
        name: str,
        providers: Sequence[str],
        grant: Grant,
        refresh: str,
        settings: Sequence[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._name = name
        self.providers = tuple(providers)
        self._grant = grant
        self._refresh = refresh
        # Under a key, since secrets are among them.
        self._made_for = desk.ring.sign("access-token", name, *settings, refresh)
        self._clock = clock
        # One for all keepers of this sign-in in the process: the lease is between processes.
        self._lock = _lock_of(desk, name)
        self._kept: Kept | None = None

    def access(self) -> str:
        """A token that should be good now.

        Raises MailUnavailable, or MailRefused where the service refuses us for good.
        """
        with self._lock:
            now = self._clock()
            if self._kept is None or not _good(self._kept, now) or _ageing(self._kept, now):
                self._kept = self._newest(now)
            return self._kept.access

    def refused(self, token: str) -> None:
        """A server did not take it: nobody uses it again."""

        def write(connection: Connection) -> None:
            kept = self._read(connection)
            if kept.access == token:
                self._put(connection, replace(kept, access=""))

        with self._lock:
            self._kept = None
            self._desk.database.write(write)

    def kept(self) -> Kept:
        """What is kept at the moment; asks nobody for more."""
        with self._desk.database.read() as connection:
            return self._read(connection)

    def _newest(self, now: datetime) -> Kept:
        """The token as kept by whichever worker, renewed by us where it is time and our turn."""
        kept = self.kept()
        good = _good(kept, now)
        if good and not _ageing(kept, now):
            return kept
        # Further off than the longest wait is no plan of ours: the clock was ahead.
        if kept.next_at is not None and now < kept.next_at <= now + LATEST:
            if good:
                return kept
            raise MailUnavailable(f"{kept.error}; asked again {_utc(kept.next_at)}")
        lease = f"token:{self._name}"
        database = self._desk.database
        if not database.write(lambda c: take_lease(database, c, lease, self._desk.worker, LEASE)):
            if good:
                return kept
            raise MailUnavailable("another worker is just getting a new token")
        try:
            return self._renew(now)
        finally:
            database.write(lambda c: drop_lease(c, lease, self._desk.worker))

    def _renew(self, now: datetime) -> Kept:
        kept = self.kept()
        if _good(kept, now) and not _ageing(kept, now):
            return kept
        try:
            granted = self._grant(kept.refresh or self._refresh)
        except (MailUnavailable, MailRefused) as error:
            failed = self._failed(kept, error, now)
            if _good(failed, now):
                return failed
            raise
        return self._granted(kept, granted, now)

    def _granted(self, before: Kept, granted: Granted, now: datetime) -> Kept:
        ends = before.refresh_expires_at
        if granted.refresh_lasts is not None:
            ends = now + timedelta(seconds=granted.refresh_lasts)
        kept = Kept(
            access=granted.access,
            refresh=granted.refresh or before.refresh,
            granted_at=now,
            expires_at=now + timedelta(seconds=granted.lasts),
            refresh_expires_at=ends,
        )

        def write(connection: Connection) -> None:
            self._put(connection, kept)
            for provider in self.providers:
                told = f"token:{self._name}:"
                clear_like(connection, provider, "token_refused", told, now=now)

        self._desk.database.write(write)
        return kept

    def _failed(self, before: Kept, error: Exception, now: datetime) -> Kept:
        """Put the failure where people see it; where it will not mend itself, tell them."""
        failures = before.failures + 1
        wait = min(SOONEST * 2 ** min(failures - 1, 10), LATEST)
        kept = replace(before, failures=failures, next_at=now + wait, error=str(error))
        lost = not _good(kept, now)
        tell = lost or failures >= BY_REFUSAL or isinstance(error, MailRefused)
        until = "mail stands still" if lost else f"the old one ends {_utc(kept.expires_at)}"
        said = f"{self._name}: no new sign-in token, {until}. {error}"

        def write(connection: Connection) -> Kept:
            present = self._read(connection)
            if present.granted_at != before.granted_at:
                return present  # somebody was granted one meanwhile
            self._put(connection, kept)
            for provider in self.providers if tell else ():
                raise_(
                    connection,
                    provider,
                    key=self._alert_key(before),
                    about="token_refused",
                    text=said,
                    at=now,
                )
            return kept

        return self._desk.database.write(write)

    def _alert_key(self, kept: Kept) -> str:
        """One alert for one stretch of failure."""
        since = kept.granted_at.isoformat() if kept.granted_at else self._made_for[-12:]
        return f"token:{self._name}:{since}"

    def _read(self, connection: Connection) -> Kept:
        return tokens.get(connection, self._desk.ring, self._name, self._made_for)

    def _put(self, connection: Connection, kept: Kept) -> None:
        tokens.put(connection, self._desk.ring, self._name, self._made_for, kept)


_LOCKS: dict[tuple[str, str, str], threading.Lock] = {}


def _lock_of(desk: Desk, name: str) -> threading.Lock:
    """The lock of a sign-in in this worker, by the database that its token lies in."""
    place = str(desk.database.engine.url)
    return _LOCKS.setdefault((place, desk.worker, name), threading.Lock())


def _good(kept: Kept, now: datetime) -> bool:
    return bool(kept.access) and kept.expires_at is not None and now < kept.expires_at


def _ageing(kept: Kept, now: datetime) -> bool:
    """Is it time to renew it?"""
    if kept.granted_at is None or kept.expires_at is None:
        return True
    return now >= kept.expires_at - (kept.expires_at - kept.granted_at) * EARLY


def _utc(moment: datetime | None) -> str:
    return f"{moment:%d %b %H:%M} UTC" if moment else "soon"
