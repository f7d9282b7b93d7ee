"""Calls: what a phone system tells is kept once, and where a call should go is answered.

The rule: a webhook is believed before it is read, and its call is on record before it is answered.
What a repeat or a late event tells changes nothing that was said before; a call keeps its route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from plugin.codes.provider import Provider
from plugin.desk import listening
from plugin.desk.phones import Phone
from plugin.desk.ports import Desk
from plugin.desk.switchboard import office_of, plan_for
from plugin.store import calls, inbound, parties
from plugin.store.blobs import Blobs
from plugin.store.inbound import Arrival
from voice.call import ABOUT_A_CALL, Call, Event, call_of
from voice.numbers import read
from voice.plan import Plan
from voice.record import route_of, route_text
from voice.routing import LiveCase, Office, Route, Standing, fit, plan_of, route
from voice.systems import REGIONS, Links
from voice.webhook import Answer, Refused, Request, Unreadable, as_bytes

FRONT_LINE = "frontline"

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
    desk.database.try_write(lambda c: calls.count_refusal(c, phone, why.reason, now=now))
    desk.tell("webhook_refused", phone=phone, why=why.reason)


@dataclass(frozen=True, slots=True)
class _Board:
    """The switchboard at one moment: the providers there are, and how their calls are routed."""

    desk: Desk
    providers: Mapping[str, Provider]
    plans: Mapping[str, Plan]
    now: datetime

    def owner(self, event: Event) -> str | None:
        """The provider whose line was dialled; None where the event does not say."""
        found = plan_of(event.dialled.e164 if event.dialled else None, self.plans.values())
        return found[0].provider if found else None

    def regions(self, provider: str) -> tuple[str, ...]:
        """Default regions, that of a phone system's own provider first."""
        own = self.plans.get(provider)
        plans = [*([own] if own else []), *self.plans.values()]
        return tuple(dict.fromkeys((*(plan.region for plan in plans), *REGIONS)))

    def route(self, connection: Connection, provider: str, call: Call) -> Route:
        """Where a call of this provider's goes now."""
        plan, office = self.plans.get(provider), Office(open=True)
        if plan is not None:
            office = office_of(self.desk, self.providers[provider], plan, self.now)
        return route(call, plan, standing_of(connection, provider, call), office)


def get_ready(desk: Desk, now: datetime) -> None:
    """Load what the first caller would otherwise wait for: providers, rules, numbering plans."""
    with desk.database.read() as connection:
        newest = desk.providers.newest(connection)
    for provider in newest.values():
        plan = plan_for(desk, provider)
        if plan is not None:
            office_of(desk, provider, plan, now)
            for line in plan.lines:
                read(line.number, plan.region)


def _board(desk: Desk, now: datetime) -> _Board:
    newest = desk.providers.lately(desk.database, now)
    plans = {key: plan for key, one in newest.items() if (plan := plan_for(desk, one))}
    return _Board(desk, newest, plans, now)


def take(desk: Desk, phone: Phone, request: Request, links: Links, now: datetime) -> Answer:
    """Keep what a believed request tells, and answer it.

    What cannot be read waits in quarantine, and is answered with 400.
    """
    board, system = _board(desk, now), phone.system
    try:
        event = system.read(request, board.regions(phone.provider))[0]
        step = system.asks(request)
    except Unreadable as why:
        _quarantine(desk, phone, request, str(why), now)
        return Answer(f"it could not be read: {why}", status=400)
    if event.kind not in ABOUT_A_CALL and step is None:
        return system.acknowledge(request)
    asks = step is not None
    found = desk.database.quick_write(lambda c: _keep(c, board, phone, event, request.body, asks))
    if step is None or found is None:
        return system.acknowledge(request)
    return system.answer(fit(found, system.rings), step, links)


def _keep(
    connection: Connection, board: _Board, phone: Phone, event: Event, body: bytes, asks: bool
) -> Route | None:
    """Everything one request causes, in the transaction of its caller; its call's route."""
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


def standing_of(connection: Connection, provider: str, call: Call) -> Standing:
    """The live cases of who calls, by a number that is surely theirs."""
    caller = call.caller
    if caller is None or caller.e164 is None or caller.withheld:
        return Standing()
    rows = parties.live_cases_of(connection, provider, "phone", caller.e164)
    return Standing(
        tuple(
            LiveCase(row.reference, "" if row.level == FRONT_LINE else row.level, row.handler)
            for row in rows
        )
    )


def tidy(desk: Desk, now: datetime) -> None:
    """Forget old numbers of refused webhooks."""
    desk.database.write(lambda c: calls.forget_refusals(c, now))


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
