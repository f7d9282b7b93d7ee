"""Connections as both databases need them, and the one way to run a transaction.

SQLite: WAL, synchronous FULL, foreign keys, `BEGIN IMMEDIATE` so that two writers queue up rather
than deadlock. PostgreSQL: READ COMMITTED with row locks. Either: one retry on busy, serialisation
and key collisions, after which the error is the caller's (architecture, decision 9).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

Result = TypeVar("Result")

BUSY_SECONDS = 15
"""How long SQLite waits for another writer before it says busy."""

READ_ONLY = "answerable_read_only"
HASTY = "answerable_hasty"

PATIENCE_MS = 1000
"""How long a caller on the telephone waits for another writer before their fallback is used."""


_PATIENTLY = text(
    f"SELECT set_config('lock_timeout', '{PATIENCE_MS}', true), "
    f"set_config('statement_timeout', '{2 * PATIENCE_MS}', true)"
)

ROW_REFUSED = (IntegrityError, DataError)
"""What the database raises where it will not take one row; the rest of the work can go on."""


class Database:
    """An engine and the transactions on it. Create one a process."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._reader = self.engine.execution_options(**{READ_ONLY: True})
        self._hasty = self.engine.execution_options(**{HASTY: 0})
        self._quick = self.engine.execution_options(**{HASTY: PATIENCE_MS})

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one transaction that may write; commit, or roll back and raise.

        `work` may run twice, so it must have no effect but through its connection.
        """
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except (OperationalError, IntegrityError):
            with self.engine.begin() as connection:
                return work(connection)

    def try_write(self, work: Callable[[Connection], object]) -> bool:
        """Run `work` if nobody has to be waited for; says whether it was done.

        For what is nice to know and nobody misses.
        """
        with suppress(OperationalError), self._hasty.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            work(connection)
            return True
        return False

    def quick_write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` as `write` does, for somebody who cannot wait: PATIENCE_MS a lock, no longer.

        A key that was taken meanwhile is tried once more; being busy is not.
        """
        try:
            return self._quickly(work)
        except IntegrityError:
            return self._quickly(work)

    def _quickly(self, work: Callable[[Connection], Result]) -> Result:
        with self._quick.begin() as connection:
            if not self.is_sqlite:
                connection.execute(_PATIENTLY)
            return work(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads: it waits for no writer and none waits for it."""
        self._wake()
        with self._reader.begin() as connection:
            yield connection

    def _wake(self) -> None:
        """Let go of pooled connections whose server has gone; `write` finds that out by itself."""
        if self.is_sqlite:
            return
        with suppress(OperationalError), self._reader.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def now(self, connection: Connection) -> datetime:
        """The database's own clock, by which leases and claims are held."""
        if self.is_sqlite:
            value = connection.exec_driver_sql("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")
            return datetime.fromisoformat(str(value.scalar_one())).replace(tzinfo=UTC)
        moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, isolation_level="READ COMMITTED", hide_parameters=True)
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Customers' mail: for the service alone. SQLite gives its other files the same rights.
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions of its own accord: _begin_sqlite does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(READ_ONLY):
        connection.exec_driver_sql("BEGIN")
    elif HASTY in options:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(options[HASTY])}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
