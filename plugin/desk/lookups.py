"""Reading for people: lists and single cases, without changing anything.

Names are masked unless asked for: lists are read over shoulders and pasted into chats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, tuple_

from plugin.cases.events import Event, verify
from plugin.desk.ports import Desk
from plugin.store import alerts, cases, inbound
from plugin.store.schema import case, contact, delivery, letter, party, promise

MAX_LISTED = 500
"""How many cases one list shows; the most urgent ones."""


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a list. `due_at` is its next open promise's, in UTC: the first moment too late.

    `last_day` is the last day it can be kept on, None where it is measured in hours; `zone` the
    provider's.
    """

    provider: str
    reference: str
    state: str
    level: str
    customer: str
    received_at: datetime
    next_promise: str | None
    due_at: datetime | None
    last_day: date | None
    zone: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a person reads it. `chain` says what is wrong with its record, None if nothing."""

    row: Row[Any]
    parties: list[Row[Any]]
    contacts: list[Row[Any]]
    promises: list[Row[Any]]
    letters: list[Row[Any]]
    alerts: list[Row[Any]]
    timeline: list[Event]
    chain: str | None


def list_cases(
    desk: Desk, provider: str | None, *, names: bool, limit: int = MAX_LISTED
) -> list[Line]:
    """Cases, what is due next first."""
    open_promises = (
        select(
            promise.c.provider,
            promise.c.case_id,
            func.min(promise.c.due_at).label("due_at"),
        )
        .where(promise.c.state == "open")
        .group_by(promise.c.provider, promise.c.case_id)
        .subquery()
    )
    same = and_(open_promises.c.provider == case.c.provider, open_promises.c.case_id == case.c.id)
    query = select(case, open_promises.c.due_at).outerjoin(open_promises, same)
    if provider:
        query = query.where(case.c.provider == provider)
    query = query.order_by(
        open_promises.c.due_at.is_(None), open_promises.c.due_at, case.c.first_received_at
    ).limit(limit)
    with desk.database.read() as connection:
        rows = connection.execute(query).all()
        ids = [(row.provider, row.id) for row in rows]
        customers = _customers(connection, ids)
        due = _next_promises(connection, ids)
        newest = desk.providers.newest(connection)
    zones = {key: found.file.calendar.zone for key, found in newest.items()}
    return [
        Line(
            provider=row.provider,
            reference=row.reference,
            state=row.state,
            level=row.level,
            customer=_shown(customers.get((row.provider, row.id), ""), names),
            received_at=row.first_received_at,
            next_promise=due[row.provider, row.id].name if row.due_at else None,
            due_at=row.due_at,
            last_day=due[row.provider, row.id].last_day if row.due_at else None,
            zone=zones.get(row.provider, "UTC"),
        )
        for row in rows
    ]


def show_case(desk: Desk, reference: str) -> list[CaseView]:
    """Every case with that reference: at most one a provider."""
    with desk.database.read() as connection:
        return [_view(connection, row) for row in cases.find(connection, reference)]


def list_quarantine(desk: Desk, provider: str | None) -> list[Row[*tuple[Any, ...]]]:
    """What could not be read, with the reason."""
    with desk.database.read() as connection:
        return list(inbound.quarantined(connection, provider))


def mask(name: str) -> str:
    """A name's initials, enough to tell two cases apart: "Jo Marsh" -> "J. M."."""
    return " ".join(f"{word[0]}." for word in name.split()[:4] if word[0].isalnum())


def _view(connection: Connection, row: Row[Any]) -> CaseView:
    def of_case(table: Any, *order: Any) -> list[Row[Any]]:
        query = select(table).where(table.c.provider == row.provider, table.c.case_id == row.id)
        return list(connection.execute(query.order_by(*order)))

    timeline = cases.timeline(connection, row.provider, row.id)
    same = and_(letter.c.provider == delivery.c.provider, letter.c.id == delivery.c.letter_id)
    sent = connection.execute(
        select(
            letter,
            delivery.c.recipient,
            delivery.c.channel,
            delivery.c.state,
            delivery.c.sent_at,
            delivery.c.attempts,
            delivery.c.reason,
        )
        .join(delivery, same)
        .where(letter.c.provider == row.provider, letter.c.case_id == row.id)
        .order_by(letter.c.created_at)
    )
    return CaseView(
        row=row,
        parties=of_case(party, party.c.id),
        contacts=of_case(contact, contact.c.received_at),
        promises=of_case(promise, promise.c.due_at),
        letters=list(sent),
        alerts=list(alerts.of_case(connection, row.provider, row.id)),
        timeline=timeline,
        chain=verify(timeline, head=row.head, count=row.events),
    )


def _shown(name: str, names: bool) -> str:
    return name if names else mask(name)


def _customers(connection: Connection, ids: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
    rows = connection.execute(
        select(party.c.provider, party.c.case_id, party.c.name)
        .where(tuple_(party.c.provider, party.c.case_id).in_(ids), party.c.confirmed)
        .order_by(party.c.id.desc())
    )
    return {(row.provider, row.case_id): row.name for row in rows}


def _next_promises(
    connection: Connection, ids: list[tuple[str, int]]
) -> dict[tuple[str, int], Row[Any, Any, Any, Any]]:
    rows = connection.execute(
        select(promise.c.provider, promise.c.case_id, promise.c.name, promise.c.last_day)
        .where(tuple_(promise.c.provider, promise.c.case_id).in_(ids), promise.c.state == "open")
        .order_by(promise.c.due_at.desc())
    )
    return {(row.provider, row.case_id): row for row in rows}
