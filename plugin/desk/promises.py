"""Keeps the projection of a case's promises in step with its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from plugin.cases.events import Draft, Event
from plugin.cases.picture import Picture, picture
from plugin.codes.calendar import Calendar
from plugin.codes.derive import derive
from plugin.codes.history import Customer, Fact, History
from plugin.codes.moments import acts_at, looks_at, warns_at
from plugin.codes.promise import Promise
from plugin.codes.provider import Provider
from plugin.desk.ports import Desk
from plugin.store import promises as rows
from plugin.store.cases import Attention, OpenCase
from plugin.store.promises import PromiseRow

LETTER_FOR = {
    "progress_update": "holding_update",
    "adr_notice": "adr_notice",
    "ccts_notice": "ccts_notice",
    "data_protection_acknowledgement": "data_protection_acknowledgement",
}
"""What the desk sends by itself for a promise that nobody has kept when its last hours come."""


def find(
    desk: Desk,
    provider: Provider,
    received_at: datetime,
    events: Sequence[Draft | Event],
    now: datetime,
    *,
    explained: bool = False,
) -> tuple[Promise, ...]:
    """The promises of a case first received then, as its effective events and the moment have them.

    `explained`: with the counting of each date in words.
    """
    seen = picture(events)
    history = History(
        received_at,
        [Fact(event.kind, event.at, event.facts or {}) for event in events],
        customer=customer_of(seen),
        flags=seen.flags,
    )
    rules = desk.providers.rules(provider, desk.settings, received_at)
    return derive(rules, history, now, explained=explained)


def customer_of(seen: Picture) -> Customer:
    """What is recorded of the customer, as the rules take it."""
    told = seen.described
    return Customer(told.get("kind"), told.get("headcount"), told.get("monthly_bill"))


def letter_key(promise: Promise) -> str:
    """The key under which the desk's own letter for a promise goes at most once."""
    return f"{LETTER_FOR[promise.promise]}:{promise.promise}#{promise.occurrence}"


def attention(case: OpenCase, found: Sequence[Promise]) -> Attention:
    """What the list of cases says of this one.

    A missed promise stays the most urgent thing of a live case until it is kept after all; an ended
    case is only looked at for what it is still owed; one that only waits for its judgement is not
    late.
    """
    live = case.standing.live
    owed = [
        one
        for one in found
        if (one.state == "open" and one.reason is None)
        or (live and one.state == "broken" and one.kept_at is None)
    ]
    if not owed:
        return Attention(active=live)
    nearest = min(owed, key=lambda one: one.due_at)
    return Attention(True, nearest.due_at, nearest.promise, nearest.last_day)


def write(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    case: OpenCase,
    found: Sequence[Promise],
    *,
    now: datetime,
    new: bool = False,
    looked: bool = False,
    closes_at: datetime | None = None,
) -> None:
    """Write the promises of a case down, each with the moment the desk looks at it again.

    `new`: it has none written yet. `looked`: what was to be done by now is done. `closes_at`:
    from when on a silence that is complete closes the case, None where it may not.
    """
    calendar = desk.providers.rules(provider, desk.settings, case.first_received_at).calendar
    rows.project(
        connection,
        case.provider,
        case.id,
        [
            PromiseRow(
                name=promise.promise,
                occurrence=promise.occurrence,
                severity=promise.severity,
                starts_at=promise.starts_at,
                alert_at=promise.alert_at,
                act_by=promise.act_by,
                due_at=promise.due_at,
                last_day=promise.last_day,
                state=promise.state,
                kept_at=promise.kept_at,
                wake_at=_wake(
                    promise,
                    calendar,
                    now,
                    # The letters of the opening are on their way: nobody need be told to hurry.
                    looked=looked or (new and promise.letter in provider.file.letters.on_opening),
                    closes_at=closes_at,
                ),
            )
            for promise in found
        ],
        new=new,
    )


def _wake(
    promise: Promise,
    calendar: Calendar,
    now: datetime,
    *,
    looked: bool,
    closes_at: datetime | None,
) -> datetime | None:
    acts = None
    missed = promise.state == "broken" and promise.kept_at is None and promise.due_at <= now
    if missed and not looked:
        return now  # it may have been missed before the case opened, and nobody was told
    if promise.promise == "assumed_closure" and promise.state == "open":
        if promise.reason is not None:  # the silence is complete
            if closes_at is None or (looked and closes_at <= now):
                return None
            return max(closes_at, now)
        acts = warns_at(promise, calendar)
    elif promise.promise in LETTER_FOR:
        acts = acts_at(promise, calendar)
    return looks_at(promise, calendar, now, acts=acts, looked=looked)
