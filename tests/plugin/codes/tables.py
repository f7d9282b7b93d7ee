"""What the tables of promises share: moments that name their weekday, and cases in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from plugin.bundle import folder
from plugin.codes.derive import derive
from plugin.codes.history import Customer, Fact, History
from plugin.codes.load import load, read_folder
from plugin.codes.promise import Promise
from plugin.codes.provider import Provider
from plugin.codes.rules import Installation, Rules, rules_for

LONDON = ZoneInfo("Europe/London")
TORONTO = ZoneInfo("America/Toronto")

UPDATE = {"progress": "traced", "proposed_actions": "new cable", "timeframe": "a week"}
"""An update with everything any code asks for."""

Happened = tuple[str, str] | tuple[str, str, Mapping[str, Any]]


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """The moment "Fri 20 Nov 2026 16:00" in a zone, provided that day is a Friday."""
    moment = datetime.strptime(text, "%a %d %b %Y %H:%M").replace(tzinfo=zone)
    assert moment.strftime("%a") == text[:3], f"{text} is a {moment:%A}"
    return moment


def on(text: str) -> date:
    """The day "Fri 20 Nov 2026", provided it is a Friday."""
    return at(f"{text} 00:00").date()


@cache
def shipped(key: str) -> Provider:
    """A shipped provider."""
    return load(key, read_folder(folder("templates"), key))


def zone_of(key: str) -> ZoneInfo:
    """A shipped provider's zone."""
    return ZoneInfo(shipped(key).file.calendar.zone)


@cache
def rules_on(key: str, day: date) -> Rules:
    """A shipped provider's rules for a complaint received on a day."""
    return rules_for(shipped(key), day)


def case(
    received: str, *events: Happened, zone: ZoneInfo = LONDON, customer: Customer | None = None
) -> History:
    """A history: when it was received, then what happened, e.g. ("Mon ...", "closed", {...})."""
    facts = [
        Fact(event[1], at(event[0], zone), event[2] if len(event) > 2 else {}) for event in events
    ]
    return History(at(received, zone), facts, customer or Customer())


def promises(
    key: str,
    history: History,
    as_of: str,
    name: str | None = None,
    settings: Installation | None = None,
) -> list[Promise]:
    """The promises of a case, those of one name or all, in the order of their occurrence."""
    day = history.first_received.astimezone(zone_of(key)).date()
    rules = rules_for(shipped(key), day, settings) if settings else rules_on(key, day)
    found = derive(rules, history, at(as_of, zone_of(key)))
    named = [one for one in found if name is None or one.promise == name]
    return sorted(named, key=lambda one: (one.promise, one.occurrence))


def only(
    key: str, history: History, as_of: str, name: str, settings: Installation | None = None
) -> Promise:
    """The one promise of that name."""
    (found,) = promises(key, history, as_of, name, settings)
    return found


def standing(
    key: str,
    history: History,
    as_of: str,
    name: str,
    settings: Installation | None = None,
) -> list[tuple[str, str]]:
    """Each occurrence as (first moment too late, state)."""
    return [
        (f"{one.due_at:%a %d %b %Y %H:%M}", one.state)
        for one in promises(key, history, as_of, name, settings)
    ]
