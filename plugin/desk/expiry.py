"""Telling in good time what ends by itself: an application's secret, a consent.

A secret that has run out shuts the mailbox between two polls, and only an admin at the other
service can make a new one. So a person is told a month before, and more often as the day nears.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from plugin.desk.ports import Desk
from plugin.desk.tokens import Keeper
from plugin.store.alerts import raise_

DAYS_BEFORE = (30, 14, 7, 3, 1, 0)
"""So many days before the end somebody is told."""


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
    settings = desk.settings
    sections = {f"mailbox.{name}": box.oauth for name, box in settings.mailbox.items()}
    sections["smtp"] = settings.smtp.oauth if settings.smtp else None
    for name, keeper in keepers.items():
        section = sections.get(name)
        if section is not None and section.secret_expires is not None:
            yield Ending(name, "the application's secret", section.secret_expires)
        ends = keeper.kept().refresh_expires_at
        if ends is not None:
            yield Ending(name, "the consent", ends.date())


def remind(desk: Desk, keepers: Mapping[str, Keeper], now: datetime) -> None:
    """Raise an alert for what ends soon: each time one of DAYS_BEFORE has come."""
    today = now.date()
    for ending in endings(desk, keepers):
        left = ending.days(today)
        passed = [days for days in DAYS_BEFORE if left <= days]
        if not passed:
            continue
        stage = min(passed) if left >= 0 else f"past:{(today - timedelta(days=today.weekday()))}"
        key = f"expires:{ending.name}:{ending.what[:15]}:{ending.day}:{stage}"
        said = f"{ending.says(today)}: make a new one before mail stops."
        for provider in keepers[ending.name].providers:
            told = partial(raise_, key=key, about="token_expires", text=said, at=now)
            desk.database.write(partial(told, provider=provider))
