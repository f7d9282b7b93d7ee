"""A case is its timeline: state and level are functions of the events and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from plugin.cases.events import Event

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


def standing(events: Iterable[Event]) -> Standing:
    """Fold a timeline into where the case stands now."""
    now = Standing()
    for event in events:
        now = advance(now, event.kind, event.facts or {})
    return now


def advance(now: Standing, kind: str, facts: object) -> Standing:
    """Where a case stands after one more event."""
    told = facts if isinstance(facts, dict) else {}
    if kind == "escalated":
        return replace(now, level=str(told.get("level", now.level)))
    if kind == "closed":
        return replace(now, state=_CLOSED_AS[str(told["as"])])
    if kind == "withdrawn":
        return replace(now, state="closed_withdrawn")
    if kind == "reopened":
        return replace(now, state="reopened")
    return now


def next_level(level: str, ladder: Iterable[str]) -> str | None:
    """The rung above `level`, or None at the top."""
    rungs = [FRONT_LINE, *ladder]
    if level not in rungs or rungs.index(level) + 1 == len(rungs):
        return None
    return rungs[rungs.index(level) + 1]
