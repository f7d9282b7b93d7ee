"""What every page is handed: the desk, the clock, and in the demo the outgoing mailbox.

Views ask for `office()` and `now()`; none reads a clock or opens anything of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app, g

from plugin.desk import act
from plugin.desk.customer import Acting
from plugin.desk.ports import Desk

_KEY = "answerable"


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter as the demo's own mail server took it; `number` counts them from 1."""

    number: int
    recipients: tuple[str, ...]
    raw: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Office:
    """The desk, its clock, and the letters the demo's mail server has taken (None elsewhere).

    `act`: how something is done to a case.
    """

    desk: Desk
    clock: Callable[[], datetime]
    posted: Callable[[], Sequence[Posted]] | None = None
    act: Acting = act.act


def install(app: Flask, made: Office) -> None:
    """Give the pages of this application their office."""
    app.extensions[_KEY] = made


def office() -> Office:
    """The office of the application at hand."""
    return cast(Office, current_app.extensions[_KEY])


def now() -> datetime:
    """The moment of this request: read once, so that a page agrees with itself."""
    if "now" not in g:
        g.now = office().clock()
    return cast(datetime, g.now)
