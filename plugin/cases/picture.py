"""What else a timeline says of a case: flags, customer, handler, what was told and is awaited.

Folded from the same effective events as its standing, so that no second record can contradict the
first. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.cases.case import Standing, standing
from plugin.cases.events import Draft, Event

Happened = Event | Draft

_WORDS = frozenset(
    {
        "customer_wrote",
        "customer_confirmed",
        "customer_objected",
        "withdrawn",
        "escalated",
        "reopened",
        "data_protection_raised",
        "interval_agreed",
        "contact_time_agreed",
    }
)
"""Events by which it is plain that the customer said something."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A case as its effective events have it. Moments are None where it has not happened."""

    standing: Standing
    flags: frozenset[str] = frozenset()
    customer: tuple[tuple[str, Any], ...] = ()
    handler: str | None = None
    introduced: tuple[str, str] = ("", "")
    """The handler's name and direct contact as the customer was told them."""
    interval: int | None = None
    outcome_at: datetime | None = None
    warned_at: datetime | None = None
    spoke_at: datetime | None = None
    decided_by: str | None = None
    """A level that decided and has not told the customer yet."""

    @property
    def described(self) -> dict[str, Any]:
        """What is recorded of the customer, by fact."""
        return dict(self.customer)


def picture(events: Sequence[Happened], ladder: Sequence[str] = ()) -> Picture:
    """The picture of a case from its effective events, in order of time, and its ladder."""
    flags: set[str] = set()
    customer: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for event in events:
        facts = event.facts or {}
        match event.kind:
            case "flagged":
                (flags.add if facts.get("on", True) else flags.discard)(str(facts.get("flag")))
            case "customer_described":
                customer.update(facts)
            case "assigned":
                found |= {"handler": facts.get("handler"), "introduced": ("", "")}
            case "handler_introduced":
                name = str(facts.get("name", ""))
                found["introduced"] = (name, str(facts.get("direct_contact", "")))
                found["handler"] = found.get("handler") or name or None
            case "interval_agreed":
                found["interval"] = facts.get("days")
            case "determined":
                found["decided_by"] = facts.get("by_level")
            case "outcome_advised":
                found |= {"outcome_at": event.at, "warned_at": None, "decided_by": None}
            case "letter_sent" if facts.get("kind") == "closure_warning":
                found["warned_at"] = event.at
            case "letter_undelivered" if facts.get("kind") == "closure_warning":
                found["warned_at"] = None
        if event.kind in _WORDS:
            found["spoke_at"] = event.at
    return Picture(
        standing=standing(events, ladder),
        flags=frozenset(flags),
        customer=tuple(sorted(customer.items())),
        **found,
    )


def last(events: Iterable[Happened], *kinds: str) -> Happened | None:
    """The last event of these kinds."""
    found = None
    for event in events:
        if event.kind in kinds:
            found = event
    return found
