"""Calls: what a phone system tells is kept once, and where a call should go is answered.

The rule: a webhook is believed before it is read, and its call is on record before it is answered.
What a repeat or a late event tells changes nothing that was said before; a call keeps its route.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from plugin.desk import listening
from plugin.desk.phones import Phone
from plugin.desk.ports import Desk
from plugin.desk.switchboard import Board, board_of
from plugin.store import calls, inbound, refusals
from plugin.store.blobs import Blobs
from plugin.store.inbound import Arrival
from voice.call import ABOUT_A_CALL, Event, call_of
from voice.numbers import read
from voice.record import route_of, route_text
from voice.routing import Route, fit
from voice.systems import Links
from voice.webhook import Answer, Refused, Request, Unreadable, as_bytes

SOURCE = "phone"
"""The source of what waits in quarantine because a phone system's webhook could not be read."""


def believe(phones: Sequence[Phone], request: Request) -> Phone:
    """Which of several phone systems sent it. Raises Refused where none did."""
    refused: list[Refused] = []
    for phone in phones:
        try:
            phone.system.verify(request, phone.secrets, phone.options)
        except Refused as why:
            refused.append(why)
        else:
            return phone
    # A mistaken secret says more than one that is missing.
    raise min(refused, key=lambda one: one.status == 401, default=Refused("it is not set up"))


def refuse(desk: Desk, phone: str, why: Refused, now: datetime) -> None:
    """Count a request that is not believed; nothing else follows from it."""
    desk.database.try_write(lambda c: refusals.count(c, phone, why.reason, now=now))
    desk.tell("webhook_refused", phone=phone, why=why.reason)


def get_ready(desk: Desk, now: datetime) -> None:
    """Load what the first caller would otherwise wait for: providers, rules, numbering plans."""
    board = board_of(desk, now)
    for provider, plan in board.plans.items():
        board.office(provider)
        for line in plan.lines:
            read(line.number, plan.region)


def take(desk: Desk, phone: Phone, request: Request, links: Links, now: datetime) -> Answer:
    """Keep what a believed request tells, and answer it.

    What cannot be read waits in quarantine, and is answered with 400.
    """
    board, system = board_of(desk, now), phone.system
    try:
        events = system.read(request, board.regions(phone.provider))
        step = system.asks(request)
    except Unreadable as why:
        _quarantine(desk, phone, request, str(why), now)
        return Answer(f"it could not be read: {why}", status=400)
    if step is None and not any(event.kind in ABOUT_A_CALL for event in events):
        return system.acknowledge(request)

    def keep(connection: Connection) -> Route | None:
        kept = [
            _keep(connection, board, phone, event, request.body, asks=step is not None)
            for event in events
        ]
        return kept[0]

    found = desk.database.quick_write(keep)
    if step is None or found is None:
        return system.acknowledge(request)
    return system.answer(fit(found, system.rings), step, links)


def _keep(
    connection: Connection, board: Board, phone: Phone, event: Event, body: bytes, *, asks: bool
) -> Route | None:
    """Everything one event causes, in the transaction of its caller; its call's route."""
    providers = tuple(board.providers)
    known = calls.find(connection, providers, phone.name, event)
    if known is None and calls.take_turns(connection, phone.name, event):
        known = calls.find(connection, providers, phone.name, event)
    owner = board.owner(event)
    # What was told before of another call begins none.
    known = known or calls.told(connection, providers, phone.name, event)
    if known is None and event.kind not in ABOUT_A_CALL:
        asked = call_of([(event, board.now)])
        return board.route(connection, owner or phone.provider, asked)
    if known is None:
        id, provider = board.desk.draw.id(), owner or phone.provider
        known = calls.begin(connection, provider, phone.name, event, id=id, now=board.now)
    was = known.provider
    if owner is not None and owner != was:
        known = calls.move(connection, known, owner)
    new = event.kind in ABOUT_A_CALL and calls.add(
        connection, known, phone.name, event, body, at=board.now
    )
    kept = route_of(known.route) if known.route else None
    if not new and (kept is not None or not asks):
        return kept
    call = calls.of(connection, known.provider, known.id)
    if call.began_at is None:
        # It asks for a call of which nothing was told: answered, and nothing is written.
        return board.route(connection, known.provider, call_of([(event, board.now)]))
    if kept is None and asks:
        kept = board.route(connection, known.provider, call)
    calls.write(connection, known, call, route=route_text(kept) if kept else None)
    if new:
        moved = known.provider != was
        listening.await_words(connection, board.desk, known, call, event, board.now, moved=moved)
    return kept


def tidy(desk: Desk, now: datetime) -> None:
    """Forget old numbers of refused webhooks."""
    desk.database.write(lambda c: refusals.forget(c, now))


def _quarantine(desk: Desk, phone: Phone, request: Request, why: str, now: datetime) -> None:
    """It is believed and cannot be read: its bytes wait for a person."""
    raw = request.body or as_bytes(request.url)
    arrival = Arrival(
        id=desk.draw.id(),
        provider=phone.provider,
        source=SOURCE,
        mailbox=None,
        raw=raw,
        lane="",
        received_at=now,
        received_source="fetch",
        fetched_at=now,
        problem=f"the webhook of the phone system {phone.name} could not be read: {why}",
    )

    def keep(connection: Connection) -> None:
        # The same bytes once more tell a person nothing more.
        if not Blobs(connection).holds(phone.provider, raw):
            inbound.add(connection, [arrival])

    desk.database.quick_write(keep)
