"""Telling in good time what ends by itself: an application's secret, a consent.

A secret that has run out shuts the mailbox between two polls, and only an admin at the other
service can make a new one. So a person is told a month before, and more often as the day nears.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from plugin.desk.ports import Desk
from plugin.desk.tokens import Keeper
from plugin.store.alerts import clear_like, raise_

DAYS_BEFORE = (30, 14, 7, 3, 1, 0)
"""So many days before the end somebody is told."""

SOON = (3, 1, 0)
"""The same for a consent, which most uses prolong: only one that is not used nears its end."""

CONSENT = "the consent"


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends on `day`: `what` in words, `name` the sign-in it is for."""

    name: str
    what: str
    day: date

    def days(self, today: date) -> int:
        """Days left; below zero once it has ended."""
        return (self.day - today).days

    def says(self, today: date) -> str:
        """In words, e.g. "the consent of mailbox.care ends in 7 days, on 2027-05-01"."""
        left = self.days(today)
        when = {0: "ends today", 1: "ends tomorrow"}.get(left, f"ends in {left} days")
        when = "has ended" if left < 0 else when
        return f"{self.what} of {self.name} {when}, on {self.day}"


def endings(desk: Desk, keepers: Mapping[str, Keeper]) -> Iterator[Ending]:
    """Everything whose end is known."""
    sections = desk.settings.sign_ins()
    for name, keeper in keepers.items():
        secret_expires = sections[name].secret_expires
        if secret_expires is not None:
            yield Ending(name, "the application's secret", secret_expires)
        ends = keeper.kept().refresh_expires_at
        if ends is not None:
            yield Ending(name, CONSENT, ends.date())


def remind(desk: Desk, keepers: Mapping[str, Keeper], now: datetime) -> None:
    """Raise an alert for what ends soon: each time one of DAYS_BEFORE has come."""
    today = now.date()
    for ending in endings(desk, keepers):
        left, monday = ending.days(today), today - timedelta(days=today.weekday())
        before = SOON if ending.what == CONSENT else DAYS_BEFORE
        passed = [days for days in before if left <= days]
        prefix = f"expires:{ending.name}:{ending.what[:15]}:"
        if not passed:
            _over(desk, keepers[ending.name].providers, prefix, now)
            continue
        # A consent that each use prolongs has another day every time: told once a week at most.
        when = monday if ending.what == CONSENT or left < 0 else ending.day
        key = f"{prefix}{when}:{min(passed) if left >= 0 else 'past'}"
        said = f"{ending.says(today)}: make a new one before mail stops."
        said = said[:1].upper() + said[1:]
        for provider in keepers[ending.name].providers:
            told = partial(raise_, key=key, about="token_expires", text=said, at=now)
            desk.database.write(partial(told, provider=provider))


def _over(desk: Desk, providers: Sequence[str], prefix: str, now: datetime) -> None:
    """It has been made anew: what was told of it is done."""

    def write(connection: Connection) -> None:
        for provider in providers:
            clear_like(connection, provider, "token_expires", prefix, now=now)

    desk.database.write(write)
