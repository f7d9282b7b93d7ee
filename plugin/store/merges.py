"""Which case speaks for which: cases that were merged, and their timelines taken together.

A merge moves no event: the case that was merged points to the one that goes on, and may be followed
from there. Nothing is ever merged in a circle; were it so, reading it would still come to an end.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from plugin.cases.case import effective
from plugin.cases.events import Event
from plugin.store.cases import timeline
from plugin.store.schema import case


def speaks_for(connection: Connection, provider: str, id: int) -> int:
    """The case that speaks for this one: itself, where it was not merged."""
    return survivors(connection, provider, [id]).get(id, id)


def survivors(connection: Connection, provider: str, ids: Iterable[int]) -> dict[int, int]:
    """Of these cases, those that were merged, each with the case that speaks for it now."""
    found: dict[int, int] = {}
    asked = set(ids)
    while asked:
        rows = connection.execute(
            select(case.c.id, case.c.merged_into).where(
                case.c.provider == provider,
                case.c.id.in_(asked),
                case.c.merged_into.is_not(None),
            )
        )
        step = {row.id: row.merged_into for row in rows if row.id not in found}
        found |= step
        asked = set(step.values())
    return {id: _last(id, found) for id in found}


def all_merged(connection: Connection, provider: str, id: int) -> list[int]:
    """The cases for which this one speaks, the nearest first, and those before them."""
    found = [id]
    newest = [id]
    while newest:
        merged = (
            select(case.c.id)
            .where(case.c.provider == provider, case.c.merged_into.in_(newest))
            .order_by(case.c.id)
        )
        newest = [one for one in connection.execute(merged).scalars() if one not in found]
        found += newest
    return found[1:]


def whole_timeline(connection: Connection, provider: str, id: int) -> list[Event]:
    """What stands of a case, with the cases merged into it, in order of time."""
    own = effective(timeline(connection, provider, id))
    others = standing_of_merged(connection, provider, id)
    return sorted(own + others, key=lambda event: event.at)


def standing_of_merged(connection: Connection, provider: str, id: int) -> list[Event]:
    """What stands of the cases for which this one speaks, in order of time."""
    standing = [
        event
        for one in all_merged(connection, provider, id)
        for event in effective(timeline(connection, provider, one))
    ]
    return sorted(standing, key=lambda event: event.at)


def merged_timelines(connection: Connection, provider: str, id: int) -> list[Event]:
    """Every event of the cases for which this one speaks, and of those merged into them."""
    return [
        event
        for one in all_merged(connection, provider, id)
        for event in timeline(connection, provider, one)
    ]


def _last(id: int, into: dict[int, int]) -> int:
    seen: set[int] = set()
    while id in into and id not in seen:
        seen.add(id)
        id = into[id]
    return id
