"""Watching mailboxes, so that new mail is noticed within seconds; polling stays as the safety net.

One thread a mailbox waits in IDLE over a connection of its own, and does no more than ask for a
visit. One worker at a time watches a mailbox (a lease). Whatever goes wrong here costs seconds of
delay, never a mail: the mailbox is polled on schedule all the same.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from mail.login import MailRefused, MailUnavailable
from plugin.desk.collect import Box, backoff, hurry
from plugin.desk.ports import Desk
from plugin.store.claims import drop_lease, take_lease

logger = logging.getLogger(__name__)

SECONDS = 60
"""How long one question waits; a dead line is found out within this and the time-out."""

LEASE = timedelta(minutes=3)

STOP_SECONDS = 3
"""How long stopping waits for a thread; nothing is lost where it is in the middle of a wait."""


class Watched(Protocol):
    """What watching asks of a mailbox (`mail.imap.Mailbox`)."""

    def open(self) -> int:
        """Be ready to answer. Raises MailUnavailable or MailRefused."""

    def watch(self, seconds: int, stop: Callable[[], bool]) -> bool | None:
        """Did new mail come? None where the server cannot tell."""

    def close(self) -> None:
        """Hang up; never raises."""


class Watchman:
    """Watches every mailbox whose settings say so, from threads of their own, until stopped."""

    def __init__(
        self,
        desk: Desk,
        boxes: Sequence[Box],
        connect: Callable[[Box], Watched],
        clock: Callable[[], datetime],
    ) -> None:
        """`connect` makes another connection to a mailbox than the one that collects."""
        self._desk = desk
        self._connect = connect
        self._clock = clock
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(box,), name=f"watch {box.name}", daemon=True)
            for box in boxes
            if box.settings.watch
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop watching; a thread that waits for a dead server is left behind."""
        self._stop.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _run(self, box: Box) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                if not self._watch(box):
                    self._desk.tell("not_watched", provider=box.provider, mailbox=box.name)
                    return
                failures = 0
                continue
            except (MailUnavailable, MailRefused, SQLAlchemyError):
                # Collecting meets the same trouble, and tells of it.
                failures += 1
            except Exception:
                logger.exception("watching the mailbox %s failed; it is tried again", box.name)
                failures += 1
            self._stop.wait(backoff(failures, box.settings.poll_seconds).total_seconds())

    def _watch(self, box: Box) -> bool:
        """Watch until told to stop or another worker does; False where the server cannot."""
        lease, worker = f"watch:{box.provider}/{box.name}", self._desk.worker
        database = self._desk.database

        def ours() -> bool:
            return database.write(lambda c: take_lease(database, c, lease, worker, LEASE))

        if not ours():
            self._stop.wait(SECONDS)
            return True
        mailbox = self._connect(box)
        try:
            mailbox.open()
            # What came before this moment, nobody was told of.
            hurry(self._desk, box, self._clock())
            while not self._stop.is_set() and ours():
                new = mailbox.watch(SECONDS, self._stop.is_set)
                if new is None:
                    return False
                if new:
                    hurry(self._desk, box, self._clock())
        finally:
            mailbox.close()
            database.write(lambda c: drop_lease(c, lease, worker))
        return True
