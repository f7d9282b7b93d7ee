"""Keeping promises in view: when one wakes, its case is looked at and what is near or missed said.

A promise is derived again from the timeline before anything is said of it, so that a wake-up that
comes late, twice or for nothing does no harm.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from plugin.codes.calendar import Calendar
from plugin.codes.promise import Promise, near_from
from plugin.desk import promises
from plugin.desk.ports import Desk
from plugin.store import cases
from plugin.store.alerts import raise_
from plugin.store.promises import cases_waking, next_wake

BATCH = 200
"""How many woken promises are looked at in one go."""


def keep(desk: Desk, now: datetime) -> int:
    """Look at every case with a promise whose moment has come; returns how many."""
    with desk.database.read() as connection:
        providers = desk.providers.newest(connection)
        waking = {key: cases_waking(connection, key, now=now, limit=BATCH) for key in providers}
    for key, ids in waking.items():
        for id in ids:
            desk.database.write(lambda c, key=key, id=id: _look(c, desk, key, id, now))  # type: ignore[misc]
    return sum(len(ids) for ids in waking.values())


def next_at(desk: Desk) -> datetime | None:
    """The next moment any promise must be looked at."""
    with desk.database.read() as connection:
        moments = [next_wake(connection, key) for key in desk.providers.newest(connection)]
    return min((moment for moment in moments if moment), default=None)


def _look(connection: Connection, desk: Desk, key: str, id: int, now: datetime) -> None:
    locked = cases.lock(connection, key, id)
    if locked is None:
        return
    provider = desk.providers.at(connection, key, locked.rules_version)
    rules = desk.providers.rules(provider, desk.settings, locked.first_received_at)
    for promise in promises.project(connection, desk, provider, locked, now=now):
        said = _said(promise, locked.reference, rules.calendar, now)
        if said is None:
            continue
        stage, text = said
        raise_(
            connection,
            key,
            key=f"{stage}:{id}:{promise.promise}#{promise.occurrence}",
            about=promise.promise,
            text=text,
            at=now,
            case=id,
        )


def _said(
    promise: Promise, reference: str, calendar: Calendar, now: datetime
) -> tuple[str, str] | None:
    """("near" or "missed", the sentence) for a promise that calls for one."""
    name = promise.promise.replace("_", " ")
    until = f"{promise.due_at:%a %d %b %Y %H:%M}"
    if promise.state == "broken" and promise.kept_at is None:
        what = "Target missed" if promise.severity == "target" else "Promise broken"
        return "missed", f"{what}: {name} of case {reference} was due before {until}."
    if promise.state == "open" and near_from(promise, calendar) <= now:
        return "near", f"Due soon: {name} of case {reference}, before {until}."
    return None
