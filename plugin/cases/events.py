"""The events a case is made of: append-only facts, from which everything else follows.

An event is never changed. `at` is when it happened and what `derive` uses, `recorded_at` when we
learnt it. Facts are canonical JSON, so that the hash chain means the same on every machine; old
versions of a kind are read through the upcasters here and never rewritten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Facts = Mapping[str, Any]

GENESIS = "0" * 64
"""What the first event of a case chains to."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(kind, version) -> how its facts read in the next version. Empty while every kind is at 1."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event about to be recorded; the store gives it its number and its hash.

    `kind` is an event kind, e.g. "received"; facts are JSON values.
    """

    kind: str
    at: datetime
    actor: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded event. `facts` is None once erased; the chain still verifies."""

    seq: int
    kind: str
    v: int
    at: datetime
    recorded_at: datetime
    actor: str
    facts: Facts | None
    facts_digest: str
    hash: str


def canonical(facts: Facts) -> str:
    """Facts as JSON text that is the same whoever writes it: sorted keys, no spaces, UTF-8."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(salt: str, facts_json: str) -> str:
    """The digest that stands for (salt, facts) in the chain; both may later be erased."""
    return hashlib.sha256(f"{salt}\n{facts_json}".encode()).hexdigest()


def chain(
    previous: str,
    *,
    seq: int,
    kind: str,
    v: int,
    at: datetime,
    recorded_at: datetime,
    actor: str,
    facts_digest: str,
) -> str:
    """The hash of an event over its predecessor's (architecture, decision 4).

    Only the actor's role enters, never who it was, so that erasing a person breaks nothing.
    """
    role = actor.partition(":")[0]
    fields = [previous, str(seq), kind, str(v), _iso(at), _iso(recorded_at), role, facts_digest]
    return hashlib.sha256("\n".join(fields).encode()).hexdigest()


def verify(events: list[Event], *, head: str, count: int) -> str | None:
    """Why the chain of a case does not hold, or None where it does."""
    previous = GENESIS
    for number, event in enumerate(events, start=1):
        if event.seq != number:
            return f"event {number} is missing"
        expected = chain(
            previous,
            seq=event.seq,
            kind=event.kind,
            v=event.v,
            at=event.at,
            recorded_at=event.recorded_at,
            actor=event.actor,
            facts_digest=event.facts_digest,
        )
        if expected != event.hash:
            return f"event {number} does not match its hash"
        previous = event.hash
    if (previous, len(events)) != (head, count):
        return f"the case names {count} events and another head than event {len(events)}"
    return None


def read_facts(kind: str, v: int, text: str) -> dict[str, Any]:
    """Facts as the newest version of their kind says them."""
    facts: dict[str, Any] = json.loads(text)
    while upcast := UPCASTERS.get((kind, v)):
        facts, v = upcast(facts), v + 1
    return facts


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
