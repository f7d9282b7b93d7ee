"""A case is its timeline: state and level are functions of the events and of nothing else.

What a letter said that never arrived, and what a person took back, has not happened: `standing`
is always folded over `effective` events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from plugin.cases.events import Draft, Event

State = Literal[
    "open",
    "outcome_proposed",
    "closed_confirmed",
    "closed_assumed",
    "closed_deadlock",
    "closed_withdrawn",
    "closed_out_of_scope",
    "reopened",
]

FRONT_LINE = "frontline"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands: its state and its level on the provider's ladder."""

    state: State = "open"
    level: str = FRONT_LINE

    @property
    def live(self) -> bool:
        """Is anybody still owed anything at the desk?"""
        return not self.state.startswith("closed")


_CLOSED_AS: dict[str, State] = {
    "confirmed": "closed_confirmed",
    "assumed": "closed_assumed",
    "deadlock": "closed_deadlock",
    "withdrawn": "closed_withdrawn",
    "out_of_scope": "closed_out_of_scope",
}


Happened = TypeVar("Happened", Event, Draft, Event | Draft)

_ABOUT_LETTERS = frozenset(
    {"letter_queued", "letter_sent", "letter_undelivered", "letter_cancelled"}
)


def effective(events: Sequence[Happened]) -> list[Happened]:
    """The events that stand: without what was taken back, and what a lost letter had said.

    `events` are one case's own, numbered from 1 in this order; with them the numbers in `undone`.
    """
    gone: set[int] = set()
    for place, event in enumerate(events):
        facts = event.facts or {}
        if event.kind == "undone":
            gone.add(int(facts["event"]) - 1)
        elif event.kind == "letter_undelivered":
            lost = str(facts.get("letter"))
            gone.update(
                before
                for before, said in enumerate(events[:place])
                if said.kind not in _ABOUT_LETTERS and str((said.facts or {}).get("letter")) == lost
            )
    return [event for place, event in enumerate(events) if place not in gone]


def standing(events: Iterable[Event | Draft], ladder: Sequence[str] = ()) -> Standing:
    """Fold effective events into where the case stands now.

    `ladder`: the provider's levels, lowest first; given, no later event leads down again, which
    the events of two merged cases could.
    """
    now = Standing()
    for event in events:
        now = advance(now, event.kind, event.facts or {}, ladder)
    return now


def advance(
    now: Standing, kind: str, facts: Mapping[str, Any], ladder: Sequence[str] = ()
) -> Standing:
    """Where a case stands after one more event."""
    match kind:
        case "escalated":
            state: State = "open" if now.state == "outcome_proposed" else now.state
            level = str(facts.get("level", now.level))
            if rank(level, ladder) < rank(now.level, ladder):
                level = now.level
            return replace(now, state=state, level=level)
        case "outcome_advised" if now.live:
            return replace(now, state="outcome_proposed")
        case "customer_objected" if now.state == "outcome_proposed":
            return replace(now, state="open")
        case "closed":
            return replace(now, state=_CLOSED_AS[str(facts["as"])])
        case "deadlocked":
            return replace(now, state="closed_deadlock")
        case "withdrawn":
            return replace(now, state="closed_withdrawn")
        case "reopened":
            return replace(now, state="reopened")
    return now


def next_level(level: str, ladder: Iterable[str]) -> str | None:
    """The rung above `level`, or None at the top."""
    rungs = [FRONT_LINE, *ladder]
    if level not in rungs or rungs.index(level) + 1 == len(rungs):
        return None
    return rungs[rungs.index(level) + 1]


def rank(level: str, ladder: Sequence[str]) -> int:
    """How high a level stands, the front line being 0; a level the ladder lacks counts as that."""
    return ladder.index(level) + 1 if level in ladder else 0
