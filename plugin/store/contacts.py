"""Contacts and the narrow table of message keys that makes each of them one.

A contact is unique by (provider, Message-ID or derived id, content digest): one mail to two of our
mailboxes is one contact; the same id with other content is two, the second flagged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select, update

from plugin.contacts import Contact
from plugin.store.rows import insert_once, inserting, key_of
from plugin.store.schema import contact as table
from plugin.store.schema import letter, message_key

LETTER = "letter"
"""Stands for the digest in the message key of a letter of ours."""

MAX_IDS = 50
"""How many of the ids a mail answers are looked up, the newest first."""


_KNOWN = select(
    message_key.c.message_id,
    message_key.c.digest,
    message_key.c.contact_id,
    message_key.c.case_id,
).where(
    message_key.c.provider == bindparam("provider"),
    message_key.c.message_id.in_(bindparam("ids", expanding=True)),
)

_SET_CASE = update(message_key).where(
    message_key.c.provider == bindparam("of"),
    message_key.c.message_id == bindparam("id"),
    message_key.c.digest == bindparam("content"),
)


_SAME_WORDS = (
    select(func.count())
    .select_from(table)
    .where(
        table.c.provider == bindparam("of"),
        table.c.sender == bindparam("who"),
        table.c.received_at.between(bindparam("since"), bindparam("until")),
        table.c.words_digest == bindparam("words"),
    )
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the message keys say of a mail.

    `duplicate`: the contact that is this very mail, already kept, `its_case` where that belongs to
    one. `same_id`: another mail bears its id. `cases`: those of the mails it answers, newest first.
    """

    duplicate: int | None
    its_case: int | None
    same_id: bool
    cases: tuple[int, ...]
    answers_waiting: bool
    """Does it answer a contact that belongs to no case (yet)?"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What triage made of a contact, as it is kept: evidence is JSON-ready."""

    language: str
    label: str
    possible: bool
    evidence: Sequence[dict[str, object]]


def known(connection: Connection, contact: Contact, message_id: str) -> Known:
    """Look up a contact's own id and those it answers, in one query."""
    own = key_of(message_id)
    answered = [key_of(id_) for id_ in contact.ids[:MAX_IDS]]
    ids = list(dict.fromkeys((own, *answered)))
    rows = connection.execute(_KNOWN, {"provider": contact.provider, "ids": ids}).all()
    mine = [row for row in rows if row.message_id == own]
    same = next((row for row in mine if row.digest == contact.digest), None)
    cases = {row.message_id: row.case_id for row in rows if row.case_id is not None}
    return Known(
        duplicate=same.contact_id if same else None,
        its_case=same.case_id if same else None,
        same_id=any(row.digest != contact.digest for row in mine),
        cases=tuple(dict.fromkeys(cases[id_] for id_ in answered if id_ in cases)),
        answers_waiting=any(row.message_id in answered and row.case_id is None for row in rows),
    )


def claim_key(connection: Connection, contact: Contact, message_id: str, *, id: int) -> bool:
    """Reserve a contact's place in the record; False where the very same mail has it already."""
    return insert_once(
        connection,
        message_key,
        provider=contact.provider,
        message_id=key_of(message_id),
        digest=contact.digest,
        contact_id=id,
    )


def set_case(connection: Connection, contact: Contact, message_id: str, case: int) -> None:
    """Let whoever answers this contact be led to its case."""
    connection.execute(
        _SET_CASE,
        {
            "of": contact.provider,
            "id": key_of(message_id),
            "content": contact.digest,
            "case_id": case,
        },
    )


def add(
    connection: Connection,
    contact: Contact,
    judged: Judged,
    *,
    id: int,
    own_words: str,
    blob: str | None,
    case: int | None,
    proposed: int | None = None,
    waits: str | None = None,
    flagged: str | None = None,
    alert_at: datetime | None = None,
    ours: bool = False,
) -> None:
    """Keep a contact. `alert_at`: when somebody is told that it waits still.

    `ours`: an answer of ours, sent from a mail program.
    """
    connection.execute(
        inserting(table),
        {
            "provider": contact.provider,
            "id": id,
            "channel": contact.channel,
            "received_at": contact.received_at,
            "sender": contact.sender,
            "sender_name": contact.sender_name,
            "subject": contact.subject,
            "own_words": own_words,
            "message_id": contact.message_id,
            "digest": contact.digest,
            "blob": blob,
            "automatic": contact.automatic.value,
            "language": judged.language,
            "label": judged.label,
            "possible": judged.possible,
            "evidence": json.dumps(judged.evidence, ensure_ascii=False),
            "case_id": case,
            "proposed_case_id": proposed,
            "waits": waits,
            "flagged": flagged,
            "alert_at": alert_at,
            # What a forger says in somebody's name does not count as theirs.
            "words_digest": None if contact.forged else words_digest(own_words),
            "ours": ours,
        },
    )


def words_digest(own_words: str) -> str | None:
    """By what the same words are known again, however they are set; None where there are none."""
    plain = " ".join(own_words.casefold().split())
    return hashlib.sha256(plain.encode()).hexdigest() if plain else None


def count_same(
    connection: Connection, provider: str, sender: str, words: str, since: datetime, until: datetime
) -> int:
    """How many contacts of this sender say the same, received from `since` to `until`.

    `words`: their digest.
    """
    return connection.execute(
        _SAME_WORDS,
        {"of": provider, "who": sender, "since": since, "until": until, "words": words},
    ).scalar_one()


def get(connection: Connection, provider: str, id: int) -> Row[Any] | None:
    """A contact's row, locked until the transaction ends."""
    return connection.execute(
        select(table).where(table.c.provider == provider, table.c.id == id).with_for_update()
    ).one_or_none()


def look(connection: Connection, provider: str, id: int) -> Row[Any] | None:
    """A contact's row as it is now, for a question that changes nothing."""
    return connection.execute(
        select(table).where(table.c.provider == provider, table.c.id == id)
    ).one_or_none()


def of_case(connection: Connection, provider: str, case: int) -> Sequence[Row[Any]]:
    """The contacts of a case, the first to arrive first."""
    return connection.execute(
        select(table)
        .where(table.c.provider == provider, table.c.case_id == case)
        .order_by(table.c.received_at, table.c.id)
    ).all()


def let_go(connection: Connection, provider: str, message_id: str, waits: str) -> None:
    """A contact with this id that waits for a person for this reason need not wait for it more."""
    named = select(message_key.c.contact_id).where(
        message_key.c.provider == provider, message_key.c.message_id == key_of(message_id)
    )
    connection.execute(
        update(table)
        .where(table.c.provider == provider, table.c.id.in_(named), table.c.waits == waits)
        .values(waits=None, alert_at=None)
    )


def decide(connection: Connection, provider: str, id: int, *, case: int | None) -> None:
    """A person decided of a contact that waited: it belongs to `case`, or to none.

    Whoever answers it, or the letter that answered it, is then of that case too.
    """
    values: dict[str, Any] = {"waits": None, "alert_at": None, "proposed_case_id": None}
    if case is not None:
        values["case_id"] = case
        connection.execute(
            update(message_key)
            .where(message_key.c.provider == provider, message_key.c.contact_id == id)
            .values(case_id=case)
        )
        answered = select(letter.c.id).where(
            letter.c.provider == provider, letter.c.contact_id == id
        )
        connection.execute(
            update(message_key)
            .where(message_key.c.provider == provider, message_key.c.letter_id.in_(answered))
            .values(case_id=case)
        )
    connection.execute(
        update(table).where(table.c.provider == provider, table.c.id == id).values(values)
    )


def is_copy_of_ours(
    connection: Connection, provider: str, id: int, addresses: Collection[str]
) -> bool:
    """Was this contact kept as a mail from an address of ours, and not yet as an answer?"""
    found = select(table.c.id).where(
        table.c.provider == provider,
        table.c.id == id,
        table.c.ours.is_(False),
        table.c.sender.in_(addresses),
    )
    return connection.execute(found).first() is not None


def take_for_ours(
    connection: Connection, provider: str, id: int, *, case: int | None, waits: str
) -> None:
    """It turns out to be an answer of ours."""
    values: dict[str, Any] = {"ours": True, "automatic": "no", "waits": waits}
    if case is not None:
        values["case_id"] = case
    connection.execute(
        update(table).where(table.c.provider == provider, table.c.id == id).values(values)
    )


def wait(
    connection: Connection,
    provider: str,
    id: int,
    *,
    waits: str,
    alert_at: datetime | None = None,
) -> None:
    """A person must look at the contact (again); `alert_at`: when somebody is told so."""
    connection.execute(
        update(table)
        .where(table.c.provider == provider, table.c.id == id)
        .values(waits=waits, alert_at=alert_at)
    )


def relabel(connection: Connection, provider: str, id: int, *, label: str) -> None:
    """A person judged a contact otherwise than the rules did."""
    connection.execute(
        update(table).where(table.c.provider == provider, table.c.id == id).values(label=label)
    )


def any_waits(connection: Connection, provider: str, cases: Sequence[int]) -> bool:
    """Does a customer's contact of one of these cases, or proposed to one, wait for a person?"""
    found = connection.execute(
        select(table.c.id)
        .where(
            table.c.provider == provider,
            table.c.waits.is_not(None),
            table.c.ours.is_(False),
            or_(table.c.case_id.in_(cases), table.c.proposed_case_id.in_(cases)),
        )
        .limit(1)
    )
    return found.first() is not None


def waiting_of(connection: Connection, provider: str, case: int, sender: str) -> list[int]:
    """The contacts of a case that this sender wrote and that wait for a person."""
    return list(
        connection.execute(
            select(table.c.id).where(
                table.c.provider == provider,
                table.c.case_id == case,
                table.c.waits.is_not(None),
                table.c.sender == sender,
            )
        ).scalars()
    )


def unheard(connection: Connection, provider: str, *, now: datetime, limit: int) -> Sequence[Any]:
    """Contacts that wait and whose moment to be told of has come."""
    return connection.execute(
        select(table.c.id, table.c.waits, table.c.case_id, table.c.proposed_case_id)
        .where(table.c.provider == provider, table.c.alert_at <= now)
        .order_by(table.c.alert_at)
        .limit(limit)
    ).all()


def heard(connection: Connection, provider: str, id: int) -> None:
    """Somebody was told that the contact waits."""
    connection.execute(
        update(table).where(table.c.provider == provider, table.c.id == id).values(alert_at=None)
    )


def next_unheard(connection: Connection, provider: str) -> datetime | None:
    """When somebody must next be told of a contact that waits."""
    moment: datetime | None = connection.execute(
        select(func.min(table.c.alert_at)).where(
            table.c.provider == provider, table.c.alert_at.is_not(None)
        )
    ).scalar_one()
    return moment


def newest_id(connection: Connection, provider: str, case: int, sender: str) -> str | None:
    """The Message-ID of the last mail of this sender about a case: what ours answers."""
    found = connection.execute(
        select(table.c.message_id)
        .where(table.c.provider == provider, table.c.case_id == case, table.c.sender == sender)
        .order_by(table.c.received_at.desc(), table.c.id.desc())
        .limit(1)
    ).scalar()
    return found or None


def wrote_since(
    connection: Connection, provider: str, case: int, sender: str, moment: datetime
) -> bool:
    """Has this sender written about a case since that moment?"""
    found = connection.execute(
        select(table.c.id)
        .where(
            table.c.provider == provider,
            table.c.case_id == case,
            table.c.sender == sender,
            table.c.automatic == "no",
            table.c.received_at > moment,
        )
        .limit(1)
    )
    return found.first() is not None


def last_sender(
    connection: Connection, provider: str, case: int, senders: Sequence[str]
) -> str | None:
    """Which of these senders wrote last about a case; None where none has.

    What waits for a person says nothing yet: it may be somebody else's.
    """
    return connection.execute(
        select(table.c.sender)
        .where(
            table.c.provider == provider,
            table.c.case_id == case,
            table.c.sender.in_(senders),
            table.c.automatic == "no",
            table.c.waits.is_(None),
        )
        .order_by(table.c.received_at.desc(), table.c.id.desc())
        .limit(1)
    ).scalar()
