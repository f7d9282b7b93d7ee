"""What we know of each mailbox: how far we have read, and the ledger of every mail in it.

The ledger (mailbox, UIDVALIDITY, UID) alone says what has been fetched; the server's read state is
never consulted, so whoever opens a mail in a mail program hides nothing from us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, and_, case, func, select, update

from plugin.store.rows import insert_once, inserting
from plugin.store.schema import inbound, mailbox, mailbox_uid


@dataclass(frozen=True, slots=True)
class BoxState:
    """A mailbox row; `seen_uid` is the highest UID in the ledger for `uidvalidity`."""

    uidvalidity: int | None
    seen_uid: int
    seen_at: datetime | None
    failures: int
    next_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """The last account of a mailbox as JSON, when it was taken; is another asked for?"""

    text: str | None
    taken_at: datetime | None
    asked: bool


NEVER_SEEN = BoxState(None, 0, None, 0, None, None)

_FETCHED = (inbound.c.provider == mailbox_uid.c.provider) & (
    inbound.c.id == mailbox_uid.c.inbound_id
)

_FILED_AS = case(
    (and_(inbound.c.outcome == "duplicate", inbound.c.case_id.is_(None)), "not_case"),
    else_=inbound.c.outcome,
)
"""The outcome by which a mail is filed: the same mail once more goes where the first one went."""


def state(connection: Connection, provider: str, name: str) -> BoxState:
    """Where a mailbox stands; NEVER_SEEN before its first visit."""
    row = connection.execute(
        select(mailbox).where(mailbox.c.provider == provider, mailbox.c.name == name)
    ).one_or_none()
    if row is None:
        return NEVER_SEEN
    return BoxState(
        row.uidvalidity, row.seen_uid, row.seen_at, row.failures, row.next_at, row.error
    )


def put_state(connection: Connection, provider: str, name: str, now: BoxState) -> None:
    """Write where a mailbox stands."""
    values = {
        "uidvalidity": now.uidvalidity,
        "seen_uid": now.seen_uid,
        "seen_at": now.seen_at,
        "failures": now.failures,
        "next_at": now.next_at,
        "error": now.error,
    }
    if not insert_once(connection, mailbox, provider=provider, name=name, **values):
        connection.execute(
            update(mailbox)
            .where(mailbox.c.provider == provider, mailbox.c.name == name)
            .values(**values)
        )


def visit_at(connection: Connection, provider: str, name: str, at: datetime) -> None:
    """When a mailbox is to be visited next; one never visited is due anyway."""
    connection.execute(
        update(mailbox)
        .where(mailbox.c.provider == provider, mailbox.c.name == name)
        .values(next_at=at)
    )


def account(connection: Connection, provider: str, name: str) -> Account:
    """The last account of a mailbox."""
    row = connection.execute(
        select(mailbox.c.account, mailbox.c.account_at, mailbox.c.account_asked_at).where(
            mailbox.c.provider == provider, mailbox.c.name == name
        )
    ).one_or_none()
    if row is None:
        return Account(None, None, asked=False)
    asked, taken = row.account_asked_at, row.account_at
    return Account(row.account, taken, asked=asked is not None and (not taken or asked > taken))


def put_account(connection: Connection, provider: str, name: str, text: str, now: datetime) -> None:
    """Keep the account of a mailbox that was just taken."""
    connection.execute(
        update(mailbox)
        .where(mailbox.c.provider == provider, mailbox.c.name == name)
        .values(account=text, account_at=now)
    )


def ask_account(connection: Connection, provider: str, name: str, now: datetime) -> None:
    """Another account is wanted, and a visit for it."""
    connection.execute(
        update(mailbox)
        .where(mailbox.c.provider == provider, mailbox.c.name == name)
        .values(account_asked_at=now, next_at=now)
    )


def in_ledger(
    connection: Connection, provider: str, name: str, uidvalidity: int, uids: Sequence[int]
) -> set[int]:
    """Which of these UIDs have been fetched already."""
    rows = connection.execute(
        select(mailbox_uid.c.uid).where(
            mailbox_uid.c.provider == provider,
            mailbox_uid.c.mailbox == name,
            mailbox_uid.c.uidvalidity == uidvalidity,
            mailbox_uid.c.uid.in_(uids),
        )
    )
    return set(rows.scalars())


def note(
    connection: Connection, provider: str, name: str, uidvalidity: int, entries: Mapping[int, int]
) -> None:
    """Enter mails in the ledger, UID -> inbound id.

    Raises IntegrityError where one stands there already: another worker was quicker.
    """
    rows = [
        {
            "provider": provider,
            "mailbox": name,
            "uidvalidity": uidvalidity,
            "uid": uid,
            "inbound_id": inbound_id,
        }
        for uid, inbound_id in entries.items()
    ]
    if rows:
        connection.execute(inserting(mailbox_uid), rows)


def to_file(
    connection: Connection, provider: str, name: str, uidvalidity: int, *, after: int, limit: int
) -> Sequence[Row[int, str | None]]:
    """Mails above the UID `after` that are finished here and not yet filed: uid, outcome."""
    return connection.execute(
        select(mailbox_uid.c.uid, _FILED_AS)
        .join(inbound, _FETCHED)
        .where(
            mailbox_uid.c.provider == provider,
            mailbox_uid.c.mailbox == name,
            # Not as a plain column: by it SQLite would go through the whole ledger at every visit,
            # and not through the index of what is not filed yet.
            mailbox_uid.c.uidvalidity + 0 == uidvalidity,
            mailbox_uid.c.uid > after,
            mailbox_uid.c.filed_at.is_(None),
            inbound.c.state != "waiting",
        )
        .order_by(mailbox_uid.c.uid)
        .limit(limit)
    ).all()


def filed(
    connection: Connection,
    provider: str,
    name: str,
    uidvalidity: int,
    uids: Sequence[int],
    *,
    now: datetime,
) -> None:
    """Note that the server's copies of these are where they belong."""
    connection.execute(
        update(mailbox_uid)
        .where(
            mailbox_uid.c.provider == provider,
            mailbox_uid.c.mailbox == name,
            mailbox_uid.c.uidvalidity == uidvalidity,
            mailbox_uid.c.uid.in_(uids),
        )
        .values(filed_at=now)
    )


def count(connection: Connection, provider: str, name: str) -> int:
    """How many mails of this mailbox the ledger holds."""
    return connection.execute(
        select(func.count())
        .select_from(mailbox_uid)
        .where(mailbox_uid.c.provider == provider, mailbox_uid.c.mailbox == name)
    ).scalar_one()


def ledger(
    connection: Connection, provider: str, name: str, uidvalidity: int
) -> dict[int, str | None]:
    """Every UID in the ledger of a mailbox under one UIDVALIDITY.

    With it the outcome by which its server's copy was filed, None where it was not filed yet.
    """
    rows = connection.execute(
        select(mailbox_uid.c.uid, mailbox_uid.c.filed_at, _FILED_AS)
        .join(inbound, _FETCHED)
        .where(
            mailbox_uid.c.provider == provider,
            mailbox_uid.c.mailbox == name,
            mailbox_uid.c.uidvalidity == uidvalidity,
        )
    )
    return {uid: (outcome or "quarantined") if at else None for uid, at, outcome in rows}


def outcomes(connection: Connection, provider: str, name: str) -> dict[str, int]:
    """What became of everything ever fetched from a mailbox, counted."""
    became = case(
        (inbound.c.state == "waiting", "waiting"),
        (inbound.c.state == "quarantined", "quarantined"),
        else_=inbound.c.outcome,
    )
    rows = connection.execute(
        select(became, func.count())
        .select_from(mailbox_uid)
        .join(inbound, _FETCHED)
        .where(mailbox_uid.c.provider == provider, mailbox_uid.c.mailbox == name)
        .group_by(became)
    )
    return {str(outcome): number for outcome, number in rows}
