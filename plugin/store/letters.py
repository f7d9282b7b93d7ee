"""Letters (what is said, immutable) and deliveries (how each reaches one recipient).

Both are written in the transaction of the event that caused them; `letter_key` makes a letter
unique per promise occurrence, whatever runs twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, select, update
from sqlalchemy.sql.elements import ColumnElement

from plugin.store.claims import Claim, ClaimLost, claim, holds, next_claimable, retry, settle
from plugin.store.contacts import LETTER
from plugin.store.engine import Database
from plugin.store.rows import insert_once, inserting, key_of
from plugin.store.schema import delivery, letter, letter_key, message_key


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it was rendered and frozen.

    `elements` are those its code promises and it really has: element -> what it says. `author` is
    on whose account it goes; `told` are the facts of the events that sending it implies.
    """

    provider: str
    id: int
    case: int | None
    kind: str
    language: str
    rules_version: int
    template: str
    message_id: str
    subject: str
    text: str
    html: str
    elements: Mapping[str, str]
    author: str = "system"
    told: Mapping[str, Any] = field(default_factory=dict)
    contact: int | None = None
    """The contact it answers, where that has no case."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A claimed delivery with the letter it carries."""

    id: int
    letter: Letter
    recipient: str
    in_reply_to: str | None
    attempts: int
    tried_at: datetime | None
    repeats: int
    held: Claim


def queue(
    connection: Connection,
    made: Letter,
    *,
    key: str,
    delivery_id: int,
    channel: str,
    recipient: str,
    in_reply_to: str | None,
    now: datetime,
) -> bool:
    """Queue a letter and its delivery; False where `key` says the case has it already.

    One without a case is unique by the contact it answers.
    """
    if made.case is None:
        if answering(connection, made.provider, made.contact or 0) is not None:
            return False
    elif not insert_once(
        connection,
        letter_key,
        provider=made.provider,
        case_id=made.case,
        key=key,
        letter_id=made.id,
    ):
        return False
    connection.execute(
        inserting(letter),
        {
            "provider": made.provider,
            "id": made.id,
            "case_id": made.case,
            "contact_id": made.contact,
            "kind": made.kind,
            "language": made.language,
            "format": "standard",
            "rules_version": made.rules_version,
            "template": made.template,
            "message_id": made.message_id,
            "subject": made.subject,
            "text": made.text,
            "html": made.html,
            "elements": json.dumps(dict(made.elements), ensure_ascii=False),
            "created_at": now,
            "shadow": False,
            "author": made.author,
            "told": json.dumps(dict(made.told), ensure_ascii=False),
        },
    )
    connection.execute(
        inserting(message_key),
        {
            "provider": made.provider,
            "message_id": key_of(made.message_id),
            "digest": LETTER,
            "letter_id": made.id,
            "case_id": made.case,
        },
    )
    connection.execute(
        inserting(delivery),
        {
            "provider": made.provider,
            "id": delivery_id,
            "letter_id": made.id,
            "case_id": made.case,
            "channel": channel,
            "recipient": recipient,
            "in_reply_to": in_reply_to,
            "state": "queued",
            "next_at": now,
        },
    )
    return True


def take(
    database: Database,
    connection: Connection,
    provider: str,
    *,
    worker: str,
    now: datetime,
    limit: int,
    hold: timedelta,
) -> list[Posting]:
    """Claim deliveries by mail that are due, the longest due first."""
    ready = and_(_by_mail(provider), delivery.c.next_at <= now)
    rows = claim(
        database,
        connection,
        delivery,
        worker=worker,
        ready=ready,
        order_by=[delivery.c.next_at, delivery.c.id],
        limit=limit,
        hold=hold,
    )
    letters = _letters(connection, provider, [row.letter_id for row in rows])
    return [
        Posting(
            id=row.id,
            letter=letters[row.letter_id],
            recipient=row.recipient,
            in_reply_to=row.in_reply_to,
            attempts=row.attempts,
            tried_at=row.tried_at,
            repeats=row.repeats,
            held=Claim((row.provider, row.id), row.fence),
        )
        for row in rows
    ]


def trying(connection: Connection, posting: Posting, *, now: datetime) -> None:
    """Note that an attempt begins, before a byte leaves.

    A row found with `tried_at` set was cut off between acceptance and note: sending it again may be
    a repeat, under the same Message-ID, and is counted. Raises ClaimLost.
    """
    done = connection.execute(
        update(delivery)
        .where(holds(delivery, posting.held), delivery.c.state == "queued")
        .values(tried_at=now, repeats=posting.repeats + (posting.tried_at is not None))
    )
    if done.rowcount != 1:
        raise ClaimLost(f"delivery {posting.id} is no longer ours")


def sent(connection: Connection, posting: Posting, *, now: datetime, reply: str) -> None:
    """The server accepted it. Raises ClaimLost."""
    settle(
        connection,
        delivery,
        posting.held,
        state="sent",
        sent_at=now,
        attempts=posting.attempts + 1,
        reason=reply,
        next_at=None,
    )


def again(
    connection: Connection,
    posting: Posting,
    *,
    attempts: int,
    at: datetime,
    reason: str,
    uncertain: bool,
) -> None:
    """The server could not take it now; try again at `at`. Raises ClaimLost.

    `uncertain`: it may have taken it all the same, so the next attempt counts as a repeat.
    """
    if not uncertain:
        connection.execute(
            update(delivery).where(holds(delivery, posting.held)).values(tried_at=None)
        )
    retry(connection, delivery, posting.held, attempts=attempts, at=at, reason=reason)


def wait(connection: Connection, posting: Posting, *, at: datetime, reason: str) -> None:
    """It may not go yet; no attempt was made. Raises ClaimLost."""
    retry(connection, delivery, posting.held, attempts=posting.attempts, at=at, reason=reason)


def cancel(connection: Connection, posting: Posting, *, reason: str) -> None:
    """The letter is not wanted any more. Raises ClaimLost."""
    settle(connection, delivery, posting.held, state="cancelled", reason=reason, next_at=None)
    _forget_key(connection, posting.letter.provider, posting.letter.case, posting.letter.id)


def failed(connection: Connection, posting: Posting, *, reason: str) -> None:
    """The server will never take it: a visible failure, for a person. Raises ClaimLost."""
    settle(
        connection,
        delivery,
        posting.held,
        state="failed",
        attempts=posting.attempts + 1,
        reason=reason,
        next_at=None,
    )


def next_at(database: Database, connection: Connection, provider: str) -> datetime | None:
    """When the next delivery by mail is due; None if none is queued."""
    return next_claimable(database, connection, delivery, waiting=_by_mail(provider))


def case_of(connection: Connection, provider: str, id: int) -> int | None:
    """The case of a letter; None where there is no such letter."""
    found: int | None = connection.execute(
        select(letter.c.case_id).where(letter.c.provider == provider, letter.c.id == id)
    ).scalar_one_or_none()
    return found


def has(connection: Connection, provider: str, case: int, key: str) -> bool:
    """Does the case have the letter of that key already?"""
    found = connection.execute(
        select(letter_key.c.letter_id).where(
            letter_key.c.provider == provider,
            letter_key.c.case_id == case,
            letter_key.c.key == key,
        )
    )
    return found.first() is not None


def answering(connection: Connection, provider: str, contact: int) -> Row[Any] | None:
    """The letter that answers a contact without a case, with its delivery; None where none does."""
    same = and_(delivery.c.provider == letter.c.provider, delivery.c.letter_id == letter.c.id)
    return connection.execute(
        select(letter, delivery.c.state, delivery.c.sent_at, delivery.c.recipient)
        .join(delivery, same)
        .where(letter.c.provider == provider, letter.c.contact_id == contact)
    ).first()


def answers(connection: Connection, provider: str, id: int) -> int | None:
    """The contact that a letter without a case answers; None where it is no such letter."""
    found: int | None = connection.execute(
        select(letter.c.contact_id).where(letter.c.provider == provider, letter.c.id == id)
    ).scalar_one_or_none()
    return found


def newest_answers(connection: Connection, provider: str, most: int) -> list[datetime]:
    """When the newest letters without a case were made, the newest first."""
    return list(
        connection.execute(
            select(letter.c.created_at)
            .where(letter.c.provider == provider, letter.c.contact_id.is_not(None))
            .order_by(letter.c.contact_id.desc())
            .limit(most)
        ).scalars()
    )


def explained(
    connection: Connection, provider: str, to: str, kind: str, *, since: datetime
) -> bool:
    """Was a letter of this kind made for this address since then, and not given up?"""
    same = and_(delivery.c.provider == letter.c.provider, delivery.c.letter_id == letter.c.id)
    found = connection.execute(
        select(letter.c.id)
        .join(delivery, same)
        .where(
            delivery.c.provider == provider,
            delivery.c.recipient == to,
            delivery.c.state.in_(("queued", "sent")),
            letter.c.kind == kind,
            letter.c.created_at > since,
        )
        .limit(1)
    )
    return found.first() is not None


def of_case(connection: Connection, provider: str, case: int) -> Sequence[Any]:
    """The letters of a case with how each reaches somebody, the first made first."""
    return connection.execute(
        select(
            letter.c.id,
            letter.c.kind,
            letter.c.created_at,
            letter.c.told,
            letter.c.elements,
            letter.c.author,
            delivery.c.id.label("delivery_id"),
            delivery.c.channel,
            delivery.c.recipient,
            delivery.c.state,
            delivery.c.sent_at,
        )
        .join(
            delivery,
            and_(delivery.c.provider == letter.c.provider, delivery.c.letter_id == letter.c.id),
        )
        .where(letter.c.provider == provider, letter.c.case_id == case)
        .order_by(letter.c.id)
    ).all()


def carried_out(connection: Connection, provider: str, delivery_id: int, *, at: datetime) -> bool:
    """A person read out or posted a letter that waited for it; False where none waited."""
    done = connection.execute(
        update(delivery)
        .where(
            delivery.c.provider == provider,
            delivery.c.id == delivery_id,
            delivery.c.state == "queued",
            delivery.c.channel != "email",
        )
        .values(state="sent", sent_at=at, next_at=None)
    )
    return done.rowcount == 1


def returned(connection: Connection, provider: str, letter_id: int, *, reason: str) -> bool:
    """A letter that was sent came back; False where none of it was out."""
    done = connection.execute(
        update(delivery)
        .where(
            delivery.c.provider == provider,
            delivery.c.letter_id == letter_id,
            delivery.c.state == "sent",
        )
        .values(state="returned", reason=reason)
    )
    return bool(done.rowcount)


def is_on_its_way(connection: Connection, provider: str, letter_id: int) -> bool:
    """Is an attempt to send it under way, so that it may be out before the record says so?"""
    found = connection.execute(
        select(delivery.c.id).where(
            delivery.c.provider == provider,
            delivery.c.letter_id == letter_id,
            delivery.c.state == "queued",
            delivery.c.tried_at.is_not(None),
        )
    )
    return found.first() is not None


def drop(connection: Connection, provider: str, case: int, letter_id: int, *, reason: str) -> bool:
    """Take back a letter that has not gone yet; False where it went, or is just going."""
    done = connection.execute(
        update(delivery)
        .where(
            delivery.c.provider == provider,
            delivery.c.letter_id == letter_id,
            delivery.c.state == "queued",
            delivery.c.tried_at.is_(None),
        )
        .values(state="cancelled", reason=reason, next_at=None)
    )
    if done.rowcount:
        _forget_key(connection, provider, case, letter_id)
    return bool(done.rowcount)


def _forget_key(connection: Connection, provider: str, case: int | None, id: int) -> None:
    """What was not sent may be owed again: its key is free for another letter."""
    connection.execute(
        delete(letter_key).where(
            letter_key.c.provider == provider,
            letter_key.c.case_id == case,
            letter_key.c.letter_id == id,
        )
    )


def _by_mail(provider: str) -> ColumnElement[bool]:
    return and_(
        delivery.c.provider == provider,
        delivery.c.state == "queued",
        delivery.c.channel == "email",
    )


def _letters(connection: Connection, provider: str, ids: list[int]) -> dict[int, Letter]:
    if not ids:
        return {}
    rows = connection.execute(
        select(letter).where(letter.c.provider == provider, letter.c.id.in_(ids))
    )
    return {
        row.id: Letter(
            provider=row.provider,
            id=row.id,
            case=row.case_id,
            contact=row.contact_id,
            kind=row.kind,
            language=row.language,
            rules_version=row.rules_version,
            template=row.template,
            message_id=row.message_id,
            subject=row.subject,
            text=row.text,
            html=row.html,
            elements=json.loads(row.elements),
            author=row.author,
            told=json.loads(row.told),
        )
        for row in rows
    }
