"""A promise of one case as it stands, and the moments at which somebody must look at it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from plugin.codes.calendar import Calendar

State = Literal["open", "kept", "broken", "waived", "stopped"]


class Promise(NamedTuple):
    """One promise of one case; times carry the provider's offset, `due_at` is half-open.

    `act_by` is the last working moment before `due_at`, None where `due_at` ends working time. An
    open promise with a `reason` waits for an event and no longer for time. `until` is the moment at
    which an open promise stops by itself.
    """

    promise: str
    occurrence: int
    severity: str
    starts_at: datetime
    alert_at: datetime | None
    act_by: datetime | None
    due_at: datetime
    last_day: date | None
    state: State
    kept_at: datetime | None
    reason: str | None
    letter: str | None
    clause: str
    source: str
    reading: str | None
    edition: str
    explain: tuple[str, ...]
    until: datetime | None = None

    def document(self) -> dict[str, Any]:
        """The promise as `code promises --json` says it, every key there."""
        return {name: value for name, value in self._asdict().items() if name != "until"}


def near_from(promise: Promise, calendar: Calendar) -> datetime:
    """The moment from which an open promise is near: `alert_at`, else a business day before due.

    Of a promise in hours that ends outside working time, a business day before the last moment to
    work on it. Never before the promise starts.
    """
    if promise.alert_at is not None:
        return promise.alert_at
    due = promise.due_at if promise.last_day is not None else promise.act_by or promise.due_at
    day = calendar.business_day_before(calendar.local_date(due))
    same_time = calendar.start_of(day) + (due - calendar.start_of(calendar.local_date(due)))
    return max(same_time, promise.starts_at)


def wakes_at(promise: Promise, calendar: Calendar, as_of: datetime) -> datetime | None:
    """The next moment after `as_of` at which somebody must look at the promise; None if never.

    The due moment itself is looked at even when it has passed, until the promise is broken.
    """
    if promise.state != "open" or promise.reason is not None:
        return None
    near = near_from(promise, calendar)
    moment = near if as_of < near else promise.due_at
    return min(moment, promise.until) if promise.until else moment
