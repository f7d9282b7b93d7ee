"""Telling those who keep the service running, by another way than the one that may have failed.

An alert about the service itself (a mailbox that cannot be read, a token that ends, letters that
do not go) also goes out by the second route: a webhook, a mail. It is told once; where that fails
it is tried again, and an alert that has cleared meanwhile or has grown old is told to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from plugin.desk.faults import ANY_FAULT, place_of
from plugin.desk.ports import Desk
from plugin.store import alerts

AGAIN = timedelta(minutes=5)
"""How long until a route that failed is tried again."""

STALE = timedelta(days=1)
"""An alert older than this is news to nobody, e.g. where the route was set up only now."""

BATCH = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert on its way out. `id` is the same however often it is tried."""

    id: str
    provider: str
    about: str
    text: str
    at: datetime


class RouteFailed(Exception):
    """The route did not take it; the message says why and holds no secret."""


class Route(Protocol):
    """A way to those who keep the service running."""

    def tell(self, notice: Notice, now: datetime) -> None:
        """Tell one alert. Raises RouteFailed."""


def tell(desk: Desk, routes: Sequence[Route], now: datetime) -> int:
    """Tell what is due by every route; how many were told.

    One that no route took is tried again; one that some route took counts as told.
    """
    told = 0
    with desk.database.read() as connection:
        providers = list(desk.providers.newest(connection))
        due = [row for key in providers for row in alerts.untold(connection, key, now, BATCH)]
    for row in due:
        notice = Notice(f"{row.provider}:{row.key}", row.provider, row.about, row.text, row.at)
        worth = row.cleared_at is None and now - row.at < STALE
        taken = worth and _by_any(desk, routes, notice, now)
        later = None if taken or not worth else now + AGAIN
        desk.database.write(partial(alerts.tell_at, provider=row.provider, key=row.key, at=later))
        told += taken
    return told


def next_at(desk: Desk) -> datetime | None:
    """When the next alert is to be told."""
    with desk.database.read() as connection:
        moments = [alerts.next_untold(connection, key) for key in desk.providers.newest(connection)]
    return min((moment for moment in moments if moment), default=None)


def _by_any(desk: Desk, routes: Sequence[Route], notice: Notice, now: datetime) -> bool:
    taken = False
    for route in routes:
        try:
            route.tell(notice, now)
            taken = True
        except RouteFailed as error:
            _say(desk, route, notice, str(error))
        except ANY_FAULT as fault:
            _say(desk, route, notice, place_of(fault))
    return taken


def _say(desk: Desk, route: Route, notice: Notice, reason: str) -> None:
    name, about = type(route).__name__, alerts.ROUTE_FAILED
    desk.tell(about, route=name, about=notice.about, reason=reason)
    text = f"The second route ({name}) did not take an alert: {reason}"
    key = f"{about}:{name}:{notice.at:%Y-%m-%d}"
    desk.database.write(
        lambda c: alerts.raise_(c, notice.provider, key=key, about=about, text=text, at=notice.at)
    )
