"""Calls: what a phone system tells is kept once, and where a call should go is answered.

The rule: a webhook is believed before it is read, and its call is on record before it is answered.
What a repeat or a late event tells changes nothing that was said before; a call keeps its route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from plugin.codes.provider import Provider
from plugin.desk.ports import Desk
from plugin.desk.switchboard import office_of, plan_for
from plugin.store import calls, inbound, parties
from plugin.store.inbound import Arrival
from voice.call import ABOUT_A_CALL, Call, Event, call_of
from voice.plan import Plan
from voice.record import route_of, route_text
from voice.routing import LiveCase, Office, Route, Standing, plan_of, route
from voice.systems import REGIONS, Links, System
from voice.webhook import Answer, Refused, Request, Unreadable

FRONT_LINE = "frontline"

SOURCE = "phone"
"""The source of what waits in quarantine because a phone system's webhook could not be read."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone system of the settings. `provider`: whose call it is where no plan says."""

    name: str
    system: System
    provider: str
    secrets: tuple[str, ...] = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


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
    desk.tell("webhook refused", phone=phone, why=why.reason)


def take(desk: Desk, phone: Phone, request: Request, links: Links, now: datetime) -> Answer:
    """Keep what a believed request tells, and answer it.

    What cannot be read waits in quarantine, and is answered with 400.
    """
    with desk.database.read() as connection:
        newest = desk.providers.newest(connection)
    plans = {key: plan for key, one in newest.items() if (plan := plan_for(desk, one))}
    regions = _regions(phone, plans)
    system = phone.system
    try:
        event = system.read(request, regions)[0]
        step = system.asks(request)
    except Unreadable as why:
        _quarantine(desk, phone, request, str(why), now)
        return Answer(f"it could not be read: {why}", status=400)
    if event.kind not in ABOUT_A_CALL and step is None:
        return system.acknowledge(request)
    found = desk.database.write(
        lambda c: _keep(c, desk, phone, request, event, newest, plans, step is not None, now)
    )
    if step is None or found is None:
        return system.acknowledge(request)
    return system.answer(found, step, links)


def _regions(phone: Phone, plans: Mapping[str, Plan]) -> tuple[str, ...]:
    """Default regions, that of its own provider first."""
    own = plans.get(phone.provider)
    regions = [own.region] if own else []
    regions += [plan.region for plan in plans.values()]
    return tuple(dict.fromkeys((*regions, *REGIONS)))


def _keep(
    connection: Connection,
    desk: Desk,
    phone: Phone,
    request: Request,
    event: Event,
    newest: Mapping[str, Provider],
    plans: Mapping[str, Plan],
    asked: bool,
    now: datetime,
) -> Route | None:
    """Everything one request causes, in the transaction of its caller."""
    if event.kind not in ABOUT_A_CALL and not (event.call_id or event.conversation_id):
        return _routed(
            connection, desk, newest, plans, phone.provider, call_of([(event, now)]), now
        )
    known = calls.find(connection, tuple(newest), phone.name, event)
    owner = _owner(event, plans)
    if known is None:
        provider = owner or phone.provider
        known = calls.begin(connection, provider, phone.name, event, id=desk.draw.id(), now=now)
    elif owner is not None and owner != known.provider:
        known = calls.move(connection, known, owner)
    told = event.kind in ABOUT_A_CALL
    new = told and calls.add(connection, known, phone.name, event, request.body, at=now)
    kept = route_of(known.route) if known.route else None
    if not new and (kept is not None or not asked):
        return kept
    call = calls.of(connection, known.provider, known.id)
    if kept is None and asked:
        kept = _routed(connection, desk, newest, plans, known.provider, call, now)
    if call.began_at is not None:
        calls.write(
            connection,
            known,
            call,
            events=len(call.seen),
            route=route_text(kept) if kept else None,
        )
    return kept


def _owner(event: Event, plans: Mapping[str, Plan]) -> str | None:
    """The provider whose line was dialled; None where the event does not say."""
    found = plan_of(event.dialled.e164 if event.dialled else None, plans.values())
    return found[0].provider if found else None


def _routed(
    connection: Connection,
    desk: Desk,
    newest: Mapping[str, Provider],
    plans: Mapping[str, Plan],
    provider: str,
    call: Call,
    now: datetime,
) -> Route:
    plan = plans.get(provider)
    office = office_of(desk, newest[provider], plan, now) if plan else Office(open=True)
    return route(call, plan, standing_of(connection, provider, call), office)


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


def _quarantine(desk: Desk, phone: Phone, request: Request, why: str, now: datetime) -> None:
    """It is believed and cannot be read: its bytes wait for a person."""
    arrival = Arrival(
        id=desk.draw.id(),
        provider=phone.provider,
        source=SOURCE,
        mailbox=None,
        raw=request.body or request.url.encode("utf-8", "surrogatepass"),
        lane="",
        received_at=now,
        received_source="fetch",
        fetched_at=now,
        problem=f"the webhook of the phone system {phone.name} could not be read: {why}",
    )
    desk.database.write(lambda c: inbound.add(c, [arrival]))
