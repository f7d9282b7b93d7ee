"""Calls and what phone systems told of them. An event is kept once, whoever repeats it.

The row of a call is made up from its events, so that late, doubled and disordered ones leave it as
they would have left it in order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, or_, select, update

from plugin.store.rows import insert_once, inserting
from plugin.store.schema import phone_call, phone_event
from voice.call import Call, Event, call_of
from voice.record import event_of, event_text

MAX_EVENTS = 500
"""Events of one call that are kept; a system that tells more is in a loop."""

_KNOWN = select(
    phone_call.c.provider,
    phone_call.c.id,
    phone_call.c.events,
    phone_call.c.route,
)

# Built once: building a statement anew costs more than running it.
_OF = select(phone_event.c.facts, phone_event.c.received_at).where(
    phone_event.c.provider == bindparam("provider"), phone_event.c.call == bindparam("call")
)
_WRITE = (
    update(phone_call)
    .where(phone_call.c.provider == bindparam("of"), phone_call.c.id == bindparam("number"))
    .values(
        {
            name: bindparam(name)
            for name in (
                *("conversation_id", "direction", "stage", "began_at", "ended_at", "caller"),
                *("caller_raw", "withheld", "dialled", "outcome", "agent", "events", "route"),
            )
        }
    )
)


@dataclass(frozen=True, slots=True)
class Known:
    """A call on record. `route`: JSON, None where nobody asked for one."""

    provider: str
    id: int
    events: int
    route: str | None


def take_turns(connection: Connection, phone: str, event: Event) -> bool:
    """Let events of a call of which nothing is on record wait for each other; did they have to?

    SQLite has one writer at a time anyway.
    """
    waited = connection.dialect.name == "postgresql"
    if waited:
        name = f"{phone}:{event.conversation_id or event.call_id}"
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
    return waited


def told(
    connection: Connection, providers: Sequence[str], phone: str, event: Event
) -> Known | None:
    """The call to which an event with this key belongs that was told before; None for a new one."""
    row = connection.execute(
        _KNOWN.join(
            phone_event,
            and_(
                phone_event.c.provider == phone_call.c.provider,
                phone_event.c.call == phone_call.c.id,
            ),
        )
        .where(
            phone_event.c.provider.in_(providers),
            phone_event.c.phone == phone,
            phone_event.c.key == _digest(event),
        )
        .limit(1)
    ).first()
    return Known(*row) if row else None


def _digest(event: Event) -> str:
    return hashlib.sha256(event.key.encode("utf-8", "surrogatepass")).hexdigest()


def find(
    connection: Connection, providers: Sequence[str], phone: str, event: Event
) -> Known | None:
    """The call that an event is of: by its id, else by its conversation; its row is locked."""
    ids = []
    if event.call_id:
        ids.append(phone_call.c.call_id == event.call_id)
    if event.conversation_id:
        ids.append(phone_call.c.conversation_id == event.conversation_id)
    if not ids:
        return None
    row = connection.execute(
        _KNOWN.where(phone_call.c.provider.in_(providers), phone_call.c.phone == phone, or_(*ids))
        .order_by(phone_call.c.id)
        .limit(1)
        .with_for_update()
    ).first()
    return Known(*row) if row else None


def begin(
    connection: Connection, provider: str, phone: str, event: Event, *, id: int, now: datetime
) -> Known:
    """A new call, of which nothing is known but its ids."""
    call_id = event.call_id or event.conversation_id
    connection.execute(
        inserting(phone_call),
        {
            "provider": provider,
            "id": id,
            "phone": phone,
            "call_id": call_id,
            "conversation_id": event.conversation_id,
            "direction": event.direction or "in",
            "stage": "ringing",
            "began_at": now,
            "caller": "",
            "caller_raw": "",
            "withheld": False,
            "dialled": "",
            "events": 0,
            "heard": 0,
            "contacts": 0,
        },
    )
    return Known(provider, id, 0, None)


def move(connection: Connection, known: Known, provider: str) -> Known:
    """It turned out to be another provider's call: everything of it is theirs.

    One that is a contact already stays where people have seen it.
    """
    row = get(connection, known.provider, known.id)
    assert row is not None  # its caller holds it
    there = connection.execute(
        select(phone_call.c.id).where(
            phone_call.c.provider == provider,
            phone_call.c.phone == row.phone,
            phone_call.c.call_id == row.call_id,
        )
    ).scalar()
    if there is not None or row.contacts:
        return known
    connection.execute(inserting(phone_call), {**row._mapping, "provider": provider})
    connection.execute(
        update(phone_event)
        .where(phone_event.c.provider == known.provider, phone_event.c.call == known.id)
        .values(provider=provider)
    )
    connection.execute(
        delete(phone_call).where(
            phone_call.c.provider == known.provider, phone_call.c.id == known.id
        )
    )
    return replace(known, provider=provider)


def add(
    connection: Connection, known: Known, phone: str, event: Event, body: bytes, *, at: datetime
) -> bool:
    """Keep an event unless it was told before, or its call has too many; says whether it did."""
    if known.events >= MAX_EVENTS and event.kind != "call.ended":
        return False
    return insert_once(
        connection,
        phone_event,
        provider=known.provider,
        phone=phone,
        key=_digest(event),
        call=known.id,
        kind=event.kind,
        received_at=at,
        facts=event_text(event),
        body=body,
    )


def of(connection: Connection, provider: str, id: int) -> Call:
    """A call, made up from its events."""
    rows = connection.execute(_OF, {"provider": provider, "call": id})
    return call_of((event_of(row.facts), row.received_at) for row in rows)


def write(connection: Connection, known: Known, call: Call, *, route: str | None) -> None:
    """Write down what a call adds up to, which has an event at least."""
    caller, dialled = call.caller, call.dialled
    told = {
        "of": known.provider,
        "number": known.id,
        "conversation_id": call.conversation_id,
        "direction": call.direction,
        "stage": call.stage,
        "began_at": call.began_at,
        "ended_at": call.ended_at,
        "caller": (caller.shown or "") if caller else "",
        "caller_raw": caller.raw if caller else "",
        "withheld": caller.withheld if caller else False,
        "dialled": (dialled.shown or "") if dialled else "",
        "outcome": call.outcome,
        "agent": call.agent_extension,
        "events": len(call.seen),
        "route": route,
    }
    connection.execute(_WRITE, told)


@dataclass(frozen=True, slots=True)
class Listened:
    """How much of a call has become contacts: its utterances, and how many contacts they are."""

    phone: str
    call_id: str
    heard: int
    contacts: int


def listened(connection: Connection, provider: str, id: int, *, lock: bool = False) -> Listened:
    """How far a call has been listened to. Raises LookupError where there is none."""
    query = select(
        phone_call.c.phone, phone_call.c.call_id, phone_call.c.heard, phone_call.c.contacts
    ).where(phone_call.c.provider == provider, phone_call.c.id == id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise LookupError("the call is not on record")
    return Listened(*row)


def listen(connection: Connection, provider: str, id: int, *, heard: int, contacts: int) -> None:
    """Note how far a call has been listened to."""
    connection.execute(
        update(phone_call)
        .where(phone_call.c.provider == provider, phone_call.c.id == id)
        .values(heard=heard, contacts=contacts)
    )


def contact_id(phone: str, call_id: str, number: int) -> str:
    """The id of a call's first contact (`number` 1), or of a later one.

    It names the contact and proves nothing: a mail may have the same.
    """
    first = f"call:{phone}:{call_id}"
    return first if number == 1 else f"{first}#{number}"


def get(connection: Connection, provider: str, id: int) -> Row[*tuple[Any, ...]] | None:
    """A call's row; None where the provider has no such call."""
    return connection.execute(
        select(phone_call).where(phone_call.c.provider == provider, phone_call.c.id == id)
    ).one_or_none()
