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
from plugin.store.cases import OpenCase
from plugin.store.promises import PromiseRow


def project(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    case: OpenCase,
    drafts: Sequence[Draft] | None,
    *,
    now: datetime,
    new: bool = False,
) -> tuple[Promise, ...]:
    """Derive the promises of a case anew and write them down.

    `drafts`: its whole timeline where the caller has it at hand; None reads it from the store.
    `new`: the case has no promises written yet.
    """
    if drafts is None:
        timeline: Iterable[Draft | Event] = cases.timeline(connection, case.provider, case.id)
    else:
        timeline = drafts
    history = History(
        case.first_received_at,
        [Fact(event.kind, event.at, event.facts or {}) for event in timeline],
    )
    rules = desk.providers.rules(provider, desk.settings, case.first_received_at)
    found = derive(rules, history, now, explained=False)
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
                wake_at=wakes_at(promise, rules.calendar, now),
            )
            for promise in found
        ],
        new=new,
    )
    return found
