"""What a scenario counts from 1, and the rows it means: cases, contacts, parties, letters.

Ids are ordered by time, so the n-th row in order of its id is the n-th that came to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from plugin.store.schema import case, contact, customer_link, delivery, inbound, letter, party

_SAYS_WHY = ("not_case", "proposed", "automatic")
_ENDED = (*_SAYS_WHY, "duplicate", "quarantined")


@dataclass(frozen=True, slots=True)
class NotCase:
    """An arrival that opened and joined nothing.

    `case`: the one it is kept with, or came to belong to by a person's decision.
    """

    at: datetime
    why: str
    contact: int | None
    case: int | None


def cases(connection: Connection, provider: str) -> Sequence[Row[Any]]:
    """Every case, in order of opening."""
    return connection.execute(
        select(case).where(case.c.provider == provider).order_by(case.c.id)
    ).all()


def case_ids(connection: Connection, provider: str) -> list[int]:
    """The ids of the cases, in order of opening."""
    rows = connection.execute(
        select(case.c.id).where(case.c.provider == provider).order_by(case.c.id)
    )
    return list(rows.scalars())


def not_cases(connection: Connection, provider: str) -> list[NotCase]:
    """What opened and joined nothing when it arrived, in order of arrival."""
    same = and_(contact.c.provider == inbound.c.provider, contact.c.id == inbound.c.contact_id)
    rows = connection.execute(
        select(
            inbound.c.received_at,
            inbound.c.outcome,
            inbound.c.why,
            inbound.c.contact_id,
            contact.c.case_id,
        )
        .outerjoin(contact, same)
        .where(inbound.c.provider == provider, inbound.c.outcome.in_(_ENDED))
        .order_by(inbound.c.id)
    )
    return [
        NotCase(
            at=row.received_at,
            why=row.why if row.outcome in _SAYS_WHY else row.outcome,
            contact=row.contact_id,
            case=row.case_id,
        )
        for row in rows
    ]


def contacts_of(connection: Connection, provider: str, of: int) -> list[int]:
    """The ids of a case's contacts, in order of arrival."""
    rows = connection.execute(
        select(contact.c.id)
        .where(contact.c.provider == provider, contact.c.case_id == of)
        .order_by(contact.c.id)
    )
    return list(rows.scalars())


def parties_of(connection: Connection, provider: str, of: int) -> list[int]:
    """The ids of a case's parties, in the order they joined it."""
    rows = connection.execute(
        select(party.c.id)
        .where(party.c.provider == provider, party.c.case_id == of)
        .order_by(party.c.id)
    )
    return list(rows.scalars())


def letters_of(connection: Connection, provider: str, of: int) -> Sequence[Row[Any]]:
    """A case's letters with their deliveries, in the order they were written."""
    return connection.execute(
        _letters(provider).where(letter.c.case_id == of).order_by(letter.c.id, delivery.c.id)
    ).all()


def names_of_letters(connection: Connection, provider: str) -> dict[int, str]:
    """What each letter is called, whichever case it belongs to."""
    rows = connection.execute(
        select(letter.c.id, letter.c.kind).where(letter.c.provider == provider)
    )
    return {row.id: row.kind for row in rows}


def reached(connection: Connection, provider: str) -> Sequence[Row[Any]]:
    """The letters of every case that were sent, and those that wait for a person to carry out."""
    by_hand = and_(delivery.c.channel.in_(("phone", "post")), delivery.c.state != "cancelled")
    return connection.execute(
        _letters(provider).where(or_(delivery.c.sent_at.is_not(None), by_hand))
    ).all()


def newest_link(connection: Connection, provider: str, of: int) -> int | None:
    """The link in the newest letter of a case that has one."""
    return connection.execute(
        select(customer_link.c.id)
        .where(customer_link.c.provider == provider, customer_link.c.case_id == of)
        .order_by(customer_link.c.id.desc())
        .limit(1)
    ).scalar()


def _letters(provider: str) -> Any:
    same = and_(letter.c.provider == delivery.c.provider, letter.c.id == delivery.c.letter_id)
    return (
        select(
            letter.c.id,
            letter.c.case_id,
            letter.c.kind,
            letter.c.message_id,
            letter.c.language,
            letter.c.format,
            letter.c.subject,
            letter.c.text,
            letter.c.created_at,
            delivery.c.id.label("delivery"),
            delivery.c.channel,
            delivery.c.recipient,
            delivery.c.state,
            delivery.c.sent_at,
        )
        .join(delivery, same)
        .where(letter.c.provider == provider)
    )
