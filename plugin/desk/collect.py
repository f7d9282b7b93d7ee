"""Collecting: what is new in a mailbox becomes raw rows; what is finished is filed away.

The ledger of UIDs, not the server's read state, says what is new. Raw bytes and their ledger entry
are committed together before anything looks at them; the server's copy is moved only after the
commit that finished it. One worker at a time visits a mailbox (a lease); a mailbox that fails is
tried again with back-off, its error on its row, while the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from mail.imap import Fetched
from mail.login import MailRefused, MailUnavailable
from mail.parse import sender_hint
from plugin.desk.faults import ANY_FAULT, place_of
from plugin.desk.ports import Desk
from plugin.sections import MailboxSettings
from plugin.store import inbound, mailboxes
from plugin.store.alerts import clear_key, clear_like, raise_
from plugin.store.claims import drop_lease, take_lease
from plugin.store.mailboxes import BoxState

LEASE = timedelta(minutes=3)
"""How long one worker may keep a mailbox without renewing."""

FILE_BATCH = 500

SENT_BEFORE = timedelta(days=7)
"""How far back a folder of sent mail is read when it is first seen."""

MAX_REFUSALS = 3
"""So many mails refused one by one, and a folder is left alone until the next visit."""

NOT_FILED = "mailbox_not_filed"
"""What an alert about mail that stays where it is is about."""

_FOLDER_FOR = {
    "case_opened": "handled",
    "joined": "handled",
    "duplicate": "handled",
    "not_case": "not_complaint",
    "proposed": "not_complaint",
    "automatic": "automatic",
    "quarantined": "quarantine",
}


class Mailbox(Protocol):
    """What collecting asks of a mailbox (`mail.imap.Mailbox`, or the simulator's)."""

    def open(self) -> int:
        """Be ready to answer; gives the UIDVALIDITY. Raises MailUnavailable or MailRefused."""

    def uids_after(self, uid: int, since: date | None = None) -> list[int]:
        """The UIDs above `uid`, ascending; `since`: only what arrived on that day or later."""

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """The mails themselves, in batches."""

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails to another folder."""

    def close(self) -> None:
        """Hang up; never raises."""


@dataclass(slots=True)
class Box:
    """A configured mailbox with its connection, which is kept open between visits."""

    name: str
    settings: MailboxSettings
    mailbox: Mailbox
    sent: bool = False
    """Is it the folder of sent mail? Its mails are no arrivals, and stay where they are."""

    @property
    def provider(self) -> str:
        return self.settings.provider

    @property
    def lease(self) -> str:
        return f"mailbox:{self.provider}/{self.name}"


def hurry(desk: Desk, box: Box, now: datetime) -> None:
    """New mail has been noticed: visit the mailbox now, and not when it is next polled."""
    desk.database.write(lambda c: mailboxes.visit_at(c, box.provider, box.name, now))


def next_at(desk: Desk, box: Box, now: datetime) -> datetime | None:
    """When the mailbox is to be visited next; None for one never visited: at once.

    Further off than the longest wait is no plan of ours: the clock was ahead when it was made.
    """
    with desk.database.read() as connection:
        planned = mailboxes.state(connection, box.provider, box.name).next_at
    longest = backoff(100, box.settings.poll_seconds)
    return None if planned is not None and planned > now + longest else planned


def collect(desk: Desk, box: Box, now: Callable[[], datetime]) -> int:
    """Visit a mailbox; returns how many mails were new.

    `now` is asked once a batch, so that arrival times stay true on a long visit.
    """
    if not desk.database.write(
        lambda c: take_lease(desk.database, c, box.lease, desk.worker, LEASE)
    ):
        return 0
    try:
        new = _visit(desk, box, now)
    except (MailUnavailable, MailRefused) as error:
        _failed(desk, box, str(error), now())
        return 0
    except ANY_FAULT as fault:
        box.mailbox.close()
        reason = f"Answerable could not read it ({place_of(fault)}); please report it"
        _failed(desk, box, reason, now())
        return 0
    finally:
        desk.database.write(lambda c: drop_lease(c, box.lease, desk.worker))
    return new


def file_away(desk: Desk, box: Box, now: datetime) -> str | None:
    """Move what is finished to the folder its outcome names; returns why something stayed.

    What the server does not let us move (its folder is full, say) stays where it is, is told of
    once, and is tried again at every visit. It stops neither collecting nor the other folders.
    """
    refused: dict[str, str] = {}
    try:
        uidvalidity, after = box.mailbox.open(), 0
        while batch := _to_file(desk, box, uidvalidity, after):
            after = max(uid for uids in batch.values() for uid in uids)
            for folder, uids in batch.items():
                if folder in refused:
                    continue
                why = _file(desk, box, uidvalidity, uids, folder, now)
                if why is not None:
                    refused[folder] = why
    except (MailUnavailable, MailRefused) as error:
        return str(error)
    return next(iter(refused.values()), None)


def _file(
    desk: Desk, box: Box, uidvalidity: int, uids: list[int], folder: str, now: datetime
) -> str | None:
    """Move mails to a folder ("": they stay); why some could not be.

    A server refuses the whole command for one mail, or for want of room for all of them: so it is
    asked for halves of what it refused, down to the single mail.
    """
    waiting, refusals, problem = [uids], 0, None
    while waiting and refusals < MAX_REFUSALS:
        part = waiting.pop()
        try:
            if folder:
                box.mailbox.move(part, folder)
        except (MailUnavailable, MailRefused) as error:
            if box.mailbox.open() != uidvalidity:
                raise
            if len(part) > 1:
                half = len(part) // 2
                waiting += [part[half:], part[:half]]
                continue
            problem = f"handled mail cannot be moved to the folder {folder}: {error}"
            if not refusals:
                _not_filed(desk, box, f"filing:{box.name}:{uidvalidity}:{part[0]}", problem, now)
            refusals += 1
            continue
        desk.step("filed")
        _note_filed(desk, box, uidvalidity, part, now)
    return problem


def backoff(failures: int, poll_seconds: int) -> timedelta:
    """The wait after so many failed visits: the polling interval, doubling, at most 15 minutes."""
    seconds = poll_seconds * 2 ** min(failures - 1, 10)
    return timedelta(seconds=min(seconds, max(900, poll_seconds)))


def _visit(desk: Desk, box: Box, now: Callable[[], datetime]) -> int:
    uidvalidity = box.mailbox.open()
    state = desk.database.write(lambda c: _state_for(c, box, uidvalidity))
    planned, new = state.next_at, 0
    since = (now() - SENT_BEFORE).date() if box.sent and not state.seen_uid else None
    for batch in box.mailbox.fetch(box.mailbox.uids_after(state.seen_uid, since)):
        desk.step("fetched")
        new += keep(desk, box, uidvalidity, batch, now())
        desk.step("committed")
    if new:
        desk.tell("collected", provider=box.provider, mailbox=box.name, new=new)
    finished = now()
    problem = file_away(desk, box, finished)
    desk.database.write(lambda c: _visited(c, box, finished, problem, planned))
    return new


def _state_for(connection: Connection, box: Box, uidvalidity: int) -> BoxState:
    """The mailbox's state; a changed UIDVALIDITY starts the ledger anew (RFC 9051, 2.3.1.1).

    Mails fetched before under other UIDs are then known by their content, not twice a case.
    """
    state = mailboxes.state(connection, box.provider, box.name)
    if state.uidvalidity == uidvalidity:
        return state
    state = replace(state, uidvalidity=uidvalidity, seen_uid=0)
    mailboxes.put_state(connection, box.provider, box.name, state)
    return state


def keep(desk: Desk, box: Box, uidvalidity: int, batch: list[Fetched], now: datetime) -> int:
    """Commit a batch of raw mail with its ledger entries; returns how many were new."""
    arrivals = [(mail.uid, _arrival(desk, box, mail, now)) for mail in batch]

    def write(connection: Connection) -> int:
        have = mailboxes.in_ledger(
            connection, box.provider, box.name, uidvalidity, [uid for uid, _ in arrivals]
        )
        fresh = [(uid, arrival) for uid, arrival in arrivals if uid not in have]
        inbound.add(connection, [arrival for _, arrival in fresh])
        entries = {uid: arrival.id for uid, arrival in fresh}
        mailboxes.note(connection, box.provider, box.name, uidvalidity, entries)
        state = mailboxes.state(connection, box.provider, box.name)
        if state.uidvalidity == uidvalidity:
            seen = max([state.seen_uid, *(uid for uid, _ in arrivals)])
            mailboxes.put_state(connection, box.provider, box.name, replace(state, seen_uid=seen))
        take_lease(desk.database, connection, box.lease, desk.worker, LEASE)
        return len(fresh)

    return desk.database.write(write)


def _arrival(desk: Desk, box: Box, mail: Fetched, now: datetime) -> inbound.Arrival:
    received, source = now, "fetch"
    if mail.internal_date is not None and mail.internal_date <= now:
        received, source = mail.internal_date, "internaldate"
    return inbound.Arrival(
        id=desk.draw.id(),
        provider=box.provider,
        source=inbound.SENT if box.sent else "imap",
        mailbox=box.name,
        raw=mail.raw,
        lane=_lane(box, mail.raw),
        received_at=received,
        received_source=source,
        fetched_at=now,
        problem=mail.problem,
    )


def _lane(box: Box, raw: bytes) -> str:
    """Whose mails are worked in order. One form writes for many, who do not wait for each other."""
    sender = sender_hint(raw)
    return "" if sender in box.settings.form_senders else sender


def _to_file(desk: Desk, box: Box, uidvalidity: int, after: int) -> dict[str, list[int]]:
    """Finished mails by the folder they belong in; "" where they stay."""
    with desk.database.read() as connection:
        rows = mailboxes.to_file(
            connection, box.provider, box.name, uidvalidity, after=after, limit=FILE_BATCH
        )
    by_folder: dict[str, list[int]] = {}
    for uid, outcome in rows:
        by_folder.setdefault(folder_for(box.settings, outcome), []).append(uid)
    return by_folder


def folder_for(settings: MailboxSettings, outcome: str | None) -> str:
    """The folder a mail with this outcome is moved to; "" where it stays."""
    lane = _FOLDER_FOR.get(outcome or "")
    folder = settings.file_into.get(lane, "") if lane else ""  # type: ignore[call-overload]
    return "" if folder == settings.folder else folder


def _note_filed(desk: Desk, box: Box, uidvalidity: int, uids: list[int], now: datetime) -> None:
    def write(connection: Connection) -> None:
        mailboxes.filed(connection, box.provider, box.name, uidvalidity, uids, now=now)
        take_lease(desk.database, connection, box.lease, desk.worker, LEASE)

    desk.database.write(write)


def _not_filed(desk: Desk, box: Box, key: str, problem: str, now: datetime) -> None:
    """Tell that mail stays where it is, once for `key`."""
    text = f"The mailbox {box.name}: {problem}"
    desk.database.write(
        lambda c: raise_(c, box.provider, key=key, about=NOT_FILED, text=text, at=now)
    )


def _visited(
    connection: Connection,
    box: Box,
    now: datetime,
    problem: str | None,
    planned: datetime | None,
) -> None:
    """A visit that collected; `problem`: why something could not be filed.

    `planned`: when it was to begin. Where that has changed, more mail was noticed meanwhile.
    """
    state = mailboxes.state(connection, box.provider, box.name)
    if state.failures:
        clear_key(connection, box.provider, _trouble_key(box, state), now=now)
    if state.error and problem is None:
        clear_like(connection, box.provider, NOT_FILED, f"filing:{box.name}:", now=now)
    next_visit = now + timedelta(seconds=box.settings.poll_seconds)
    if state.next_at is not None and state.next_at != planned:
        next_visit = state.next_at
    mailboxes.put_state(
        connection,
        box.provider,
        box.name,
        replace(state, seen_at=now, failures=0, next_at=next_visit, error=problem),
    )


def _trouble_key(box: Box, state: BoxState) -> str:
    """One alert for one stretch without a visit that went well."""
    return f"mailbox:{box.name}:{state.seen_at.isoformat() if state.seen_at else 'never'}"


def _failed(desk: Desk, box: Box, reason: str, now: datetime) -> None:
    """Put the failure where people see it, and the next visit off."""

    def write(connection: Connection) -> None:
        state = mailboxes.state(connection, box.provider, box.name)
        failures = state.failures + 1
        wait = backoff(failures, box.settings.poll_seconds)
        mailboxes.put_state(
            connection,
            box.provider,
            box.name,
            replace(state, failures=failures, next_at=now + wait, error=reason),
        )
        raise_(
            connection,
            box.provider,
            key=_trouble_key(box, state),
            about="mailbox_unavailable",
            text=f"The mailbox {box.name} cannot be read: {reason}",
            at=now,
        )

    desk.database.write(write)
    desk.tell("mailbox_failed", provider=box.provider, mailbox=box.name, reason=reason)
