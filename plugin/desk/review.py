"""The provider's own review of its code: when it is due, and what has changed since the last one.

What counts as a change is what customers read: the published documents by the code and the law at
the last review, and by those of today, both as today's settings read them. So a new law is found as
surely as an edited folder; a changed setting is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from plugin.codes.provider import Provider
from plugin.codes.review import last_review, next_review, overdue, soon
from plugin.desk.ports import Desk
from plugin.desk.publish import local_date, publish
from plugin.published.changes import Change, changes
from plugin.published.compose import documents
from plugin.published.fill import PublishError
from plugin.settings import Settings
from plugin.store import alerts
from plugin.store import providers as rows


@dataclass(frozen=True, slots=True)
class Review:
    """How a provider's review stands. `since`: the day that `changes` are counted from."""

    says: str
    due: date | None
    since: date | None
    overdue: bool
    changes: tuple[Change, ...]

    def document(self) -> dict[str, object]:
        """As JSON, without the changes."""
        return {"says": self.says, "due": self.due, "since": self.since, "overdue": self.overdue}


def review_of(
    desk: Desk | None,
    key: str,
    today: date,
    *,
    since: date | None = None,
    provider: Provider | None = None,
    settings: Settings | None = None,
) -> Review:
    """How the review of a provider's code stands on a day (the provider's date).

    `since`: count changes from that day. `desk` None: there is no database; `provider` and
    `settings` then say what is compared, and only law and editions can have changed.
    """
    if desk is not None:
        settings = desk.settings
        with desk.database.read() as connection:
            provider = desk.providers.newest(connection)[key]
    assert provider is not None
    assert settings is not None
    rule, reviewed_on = provider.file.review, settings.for_provider(key).reviewed_on
    start = since or last_review(rule, reviewed_on)
    due = next_review(rule, reviewed_on) if rule else None
    late = overdue(rule, reviewed_on, today)
    says = late or soon(rule, reviewed_on, today)
    if says is None:
        says = f"its next review is due on {due}" if due else "its code does not say how often"
    before = _at(desk, provider, start) if start else provider
    found = _changes(settings, before, provider, start, today) if start else ()
    return Review(f"{provider.file.name}: {says}.", due, start, late is not None, tuple(found))


def _at(desk: Desk | None, provider: Provider, day: date) -> Provider:
    """The version in force at the end of a day; the first one where none was stored yet."""
    if desk is None:
        return provider
    zone = ZoneInfo(provider.file.calendar.zone)
    with desk.database.read() as connection:
        moment = datetime.combine(day, time.max, zone)
        version = rows.version_at(connection, provider.key, moment)
        return desk.providers.at(connection, provider.key, version) if version else provider


def _changes(
    settings: Settings, before: Provider, after: Provider, since: date, today: date
) -> Iterator[Change]:
    for document in documents(after):
        language = after.file.languages[0]
        try:
            new = publish(settings, after, document, language, today)
            old = publish(settings, before, document, language, since)
        except PublishError:
            continue  # a version from before there were texts says nothing that could be compared
        yield from changes(old, new)


def remind(desk: Desk, now: datetime) -> None:
    """Raise an alert, once each, for every code whose own review is near and then overdue."""
    with desk.database.read() as connection:
        providers = desk.providers.newest(connection)
    for key, provider in providers.items():
        section, today = desk.settings.for_provider(key), local_date(provider, now)
        rule, reviewed_on = provider.file.review, section.reviewed_on
        late = overdue(rule, reviewed_on, today)
        if not section.enabled or not (late or soon(rule, reviewed_on, today)):
            continue
        about = "review_overdue" if late else "review_due"
        due = next_review(rule, reviewed_on) if rule else None
        _remind(desk, key, about, f"{about}:{due}", today, now)


def _remind(desk: Desk, key: str, about: str, once: str, today: date, now: datetime) -> None:
    """Say it, if it was not said yet: what has changed takes a moment to work out."""
    with desk.database.read() as connection:
        if alerts.was_raised(connection, key, once):
            return
    found = review_of(desk, key, today)
    said = f"The code of {found.says}"
    if found.changes:
        count = len(found.changes)
        things = "1 thing that customers are told has changed"
        if count > 1:
            things = f"{count} things that customers are told have changed"
        said = f"{said} Since then {things}; `answerable code review {key}` shows them."
    said = f"{said} Review it and set reviewed_on."
    desk.database.write(lambda c: alerts.raise_(c, key, key=once, about=about, text=said, at=now))
