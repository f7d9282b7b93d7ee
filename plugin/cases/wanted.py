"""Is a letter that was written still true and useful when it is about to go? Pure.

Between writing and sending the customer may have answered, the case ended, or an agent done what
the letter excuses. What would then be untrue or pointless is not sent, and the record says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plugin.cases.events import Draft, Event
from plugin.cases.picture import Picture

_OPEN_ENDED = frozenset(
    {
        "information",
        "authority_request",
        "undeliverable_followup",
        "data_protection_acknowledgement",
    }
)
"""Letters that hold whatever became of the case."""

_SETTLED = ("closed_confirmed", "closed_withdrawn")


def still_wanted(
    kind: str, events: Sequence[Event | Draft], seen: Picture, queued_at: datetime
) -> str | None:
    """Why a letter queued then should not go any more, or None.

    `events` are the case's effective ones, `seen` the picture they give.
    """
    state = seen.standing.state
    if kind in _OPEN_ENDED:
        return None
    if kind == "acknowledgement":
        ended = state in ("closed_withdrawn", "closed_out_of_scope")
        return "the case was closed before the letter went" if ended else None
    if kind in ("adr_notice", "ccts_notice"):
        return _notice(kind, events, state)
    if kind == "deadlock_letter":
        return None if state == "closed_deadlock" else "the case is no longer at deadlock"
    if kind == "closed":
        again = _recorded_since(events, queued_at, ("reopened", "deadlocked"))
        gone_on = again or not state.startswith("closed") or state == "closed_deadlock"
        return "the case was taken up again" if gone_on else None
    if not seen.standing.live:
        return "the case was closed before the letter went"
    if kind in ("outcome", "determination") and _recorded_since(events, queued_at, ("escalated",)):
        return "the customer went to a higher level before it went"
    if kind == "holding_update":
        done = _since(events, queued_at, ("progress_given", "outcome_advised"))
        return "the update was given after all" if done else None
    if kind == "closure_warning":
        spoke = seen.spoke_at is not None and seen.outcome_at is not None
        if state != "outcome_proposed" or (spoke and seen.spoke_at > seen.outcome_at):  # type: ignore[operator]
            return "the customer has said something"
    return None


def _notice(kind: str, events: Sequence[Event | Draft], state: str) -> str | None:
    if state in _SETTLED:
        return "the case was settled before the letter went"
    excepted = any(
        event.kind == "adr_excepted" and str((event.facts or {}).get("by", "")).strip()
        for event in events
    )
    if kind == "adr_notice" and excepted:
        return "a named person excepted the case"
    return None


def _recorded_since(
    events: Sequence[Event | Draft], moment: datetime, kinds: tuple[str, ...]
) -> bool:
    return any(
        event.kind in kinds and isinstance(event, Event) and event.recorded_at > moment
        for event in events
    )


def _since(events: Sequence[Event | Draft], moment: datetime, kinds: tuple[str, ...]) -> bool:
    return any(event.kind in kinds and event.at >= moment for event in events)
