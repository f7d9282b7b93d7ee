"""Keeps the projection of a case's promises in step with its timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from plugin.cases.events import Draft, Event
from plugin.codes.derive import derive
from plugin.codes.history import Fact, History
from plugin.codes.promise import Promise, wakes_at
from plugin.codes.provider import Provider
from plugin.desk.ports import Desk
from plugin.store import cases
from plugin.store import promises as rows
from plugin.store.cases import Attention, OpenCase
from plugin.store.promises import PromiseRow


def project(
    connection: Connection, desk: Desk, provider: Provider, case: OpenCase, *, now: datetime
) -> tuple[Promise, ...]:
    """Derive the promises of a case anew from its stored timeline and write them down."""
    timeline = cases.timeline(connection, case.provider, case.id)
    found = find(desk, provider, case.first_received_at, timeline, now)
    write(connection, desk, provider, case, found, now=now)
    cases.set_attention(connection, case.provider, case.id, attention(case, found))
    return found


def find(
    desk: Desk,
    provider: Provider,
    received_at: datetime,
    timeline: Iterable[Draft | Event],
    now: datetime,
    *,
    explained: bool = False,
) -> tuple[Promise, ...]:
    """The promises of a case first received then, as its timeline and the moment have them.

    `explained`: with the counting of each date in words.
    """
    history = History(
        received_at,
        [Fact(event.kind, event.at, event.facts or {}) for event in timeline],
    )
    rules = desk.providers.rules(provider, desk.settings, received_at)
    return derive(rules, history, now, explained=explained)


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
) -> None:
    """Write the promises of a case down. `new`: it has none written yet."""
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
                wake_at=wakes_at(promise, calendar, now),
            )
            for promise in found
        ],
        new=new,
    )
