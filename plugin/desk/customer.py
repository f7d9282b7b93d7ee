"""What a customer sees of a case by the link in a letter, and what they may say there.

The page is for whoever holds the link, and mail is passed on: it tells where the case stands, what
is owed to the customer and by when, and nothing that anybody wrote. What may be said is the table
of actions' answer (`by_customer`, `fits`); saying it goes through `act` like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from plugin.cases.actions import ACTIONS
from plugin.cases.case import next_level
from plugin.cases.events import Event
from plugin.codes.promise import Promise
from plugin.codes.provider import Provider
from plugin.desk import links, promises
from plugin.desk.act import Acted, ActionRefused, Doer
from plugin.desk.links import Link
from plugin.desk.ports import Desk
from plugin.desk.publish import here
from plugin.published.contacts import showable
from plugin.store import cases, merges

WISHES: dict[str, tuple[str, ...]] = {
    "confirm": ("customer_confirmed",),
    "not_resolved": ("customer_objected", "reopened"),
    "escalate": ("escalated",),
}
"""What a customer may ask for on the page -> the kinds of action it can be, the first that fits."""

INTERNAL = frozenset({"triage_review", "technical_resolution"})
"""Promises about our own work, which the customer does not see kept."""


class Acting(Protocol):
    """Does something to a case: `act.act`."""

    def __call__(
        self,
        desk: Desk,
        provider: str,
        case: int,
        kind: str,
        facts: Mapping[str, object],
        doer: Doer,
        now: datetime,
        /,
    ) -> Acted: ...


class DeadLink(LookupError):
    """The link opens nothing; why is not said."""


class NotNow(ValueError):
    """What the customer asks for does not fit the case as it stands; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Owed:
    """Something the customer is owed. `late`: it should have been there by now."""

    name: str
    due_at: datetime
    last_day: date | None
    late: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The last thing this party told us about how the case should go on."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """A case as its customer sees it.

    `level` and `above` are titles: who has the case (None: the first level), and who would have it
    after an escalation (None: nobody). `objected` is the level that an objection takes it to, if it
    takes it to any. `earlier` is the reference the link was given for, where that case has been
    merged into this one. `closes`: does a confirmation on this page close the case? `may` says
    which of WISHES fit, each with the kind of action it is. `standing` names state, level and when
    this party last told us something, for a form to say what its sender saw.
    """

    link: Link
    provider: Provider
    reference: str
    earlier: str | None
    state: str
    language: str
    received_at: datetime
    level: str | None
    above: str | None
    objected: str | None
    closes: bool
    phone: str | None
    owed: tuple[Owed, ...]
    may: Mapping[str, str]
    told: Told | None
    standing: str
    next_level: str | None

    @property
    def live(self) -> bool:
        """Is anybody still at work on it?"""
        return not self.state.startswith("closed")


def look(desk: Desk, token: str, now: datetime) -> Look:
    """The case that a token opens. Raises DeadLink."""
    if not links.is_ours(desk, token):
        raise DeadLink
    with desk.database.read() as connection:
        link = links.open_(connection, desk, token, now)
        row = cases.get(connection, link.provider, link.case) if link else None
        if link is None or row is None:
            raise DeadLink
        provider = desk.providers.at(connection, row.provider, row.rules_version)
        timeline = merges.whole_timeline(connection, row.provider, row.id)
        earlier = None
        if link.given_for != row.id:
            earlier = cases.reference_of(connection, row.provider, link.given_for)
    file = provider.file
    ladder = [rung.level for rung in file.ladder]
    above = next_level(row.level, ladder)
    objected = file.escalation.on_objection
    if objected is not None and row.level in ladder[ladder.index(objected) :]:
        objected = None
    found = promises.find(desk, provider, row.first_received_at, timeline, now)
    told = _told(timeline, link.party)
    return Look(
        link=link,
        provider=provider,
        reference=row.reference,
        earlier=earlier,
        state=row.state,
        language=row.language,
        received_at=row.first_received_at,
        level=_title(provider, row.level, row.language),
        above=_title(provider, above, row.language),
        objected=_title(provider, objected, row.language),
        closes=not file.closure.confirmed_by or "link" in file.closure.confirmed_by,
        phone=_phone(desk, provider),
        owed=tuple(_owed(found, now, live=not row.state.startswith("closed"))),
        may=_may(row.state, above),
        told=told,
        standing=f"{row.state} {row.level} {_mark(told)}",
        next_level=above,
    )


def say(
    desk: Desk, token: str, wish: str, seen: str | None, now: datetime, *, acting: Acting
) -> None:
    """Do what a customer asks for on the page; said twice, it is done once.

    `seen` is the standing that the form was made for (None: it does not say): a form that is sent
    late must not do to the case as it is what was meant for the case as it was. Raises DeadLink,
    NotNow.
    """
    shown = look(desk, token, now)
    kind = shown.may.get(wish)
    if kind is None or (seen is not None and seen != shown.standing):
        if seen is not None and _said_since(shown, wish, seen):
            return
        raise NotNow
    facts: dict[str, object] = {"channel": "link"}
    if kind == "escalated":
        # Named, so that two clicks at once do not climb two rungs.
        facts["level"] = shown.next_level
    link = shown.link
    doer = Doer(f"customer:{link.party}")
    try:
        acting(desk, link.provider, link.case, kind, facts, doer, now)
    except ActionRefused as why:
        raise NotNow from why


def _said_since(shown: Look, wish: str, seen: str) -> bool:
    """Has this party said just this since the form was made? Then it is a second click."""
    if shown.told is None or shown.told.kind not in WISHES.get(wish, ()):
        return False
    return seen.rpartition(" ")[2] != _mark(shown.told)


def _mark(told: Told | None) -> str:
    return f"{told.at.astimezone(UTC):%Y%m%d%H%M%S%f}" if told else "-"


def _may(state: str, above: str | None) -> dict[str, str]:
    """Which wishes fit a case in this state, as the table of actions has it."""
    found = {}
    for wish, kinds in WISHES.items():
        for kind in kinds:
            action = ACTIONS[kind]
            if action.by_customer and state in action.fits and (kind != "escalated" or above):
                found[wish] = kind
                break
    return found


def _owed(found: Iterable[Promise], now: datetime, *, live: bool) -> Iterable[Owed]:
    """What the customer is still owed, the nearest first; of a closed case, what outlives it."""
    for one in sorted(found, key=lambda promise: promise.due_at):
        missed = live and one.state == "broken" and one.kept_at is None
        waiting = one.state == "open" and one.reason is None
        late = one.due_at <= now
        if one.promise in INTERNAL or (late and one.promise == "assumed_closure"):
            continue
        if missed or waiting:
            yield Owed(one.promise, one.due_at, one.last_day, late)


def _told(timeline: Iterable[Event], party: int) -> Told | None:
    """This party's last word on how the case should go on, unless it has been taken back."""
    kinds = {kind for wish in WISHES.values() for kind in wish}
    said = [
        event for event in timeline if event.kind in kinds and event.actor == f"customer:{party}"
    ]
    if not said:
        return None
    # An objection may escalate at the same instant: it is what was said.
    last = max(said, key=lambda event: (event.at, event.kind != "escalated", event.seq))
    return Told(last.kind, last.at)


def _title(provider: Provider, level: str | None, language: str) -> str | None:
    """A rung's name in the language of the case; None for the front line and for none."""
    for rung in provider.file.ladder:
        if rung.level == level:
            return rung.titles.get(language, rung.title)
    return None


def _phone(desk: Desk, provider: Provider) -> str | None:
    """The number to call, where a person has confirmed one, as it is dialled."""
    confirmed = here(desk.settings, provider.key).confirmed
    for point in showable(provider.file, confirmed, strict=True).of("phone"):
        words = provider.published.contacts.get(point.printed or "")
        return (words and words.shown) or point.printed
    return None
