"""What is known of a case at a moment: its events in order, how it ended, at which level it was.

Events after that moment have not happened; a letter that never arrived takes back what it said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from plugin.codes.history import Customer, Fact, History, HistoryError
from plugin.codes.model import How
from plugin.codes.rules import Rules

_ENDS = ("closed", "withdrawn", "deadlocked")
_UNDOES_CONFIRMATION = ("customer_objected", "reopened")
_UNDOES_OUTCOME = ("customer_objected", "reopened", "escalated")


@dataclass(frozen=True, slots=True)
class End:
    """A case ended: when, how, and when it was opened again, if ever."""

    at: datetime
    how: How
    reopened_at: datetime | None

    @property
    def reason(self) -> str:
        """The end in words."""
        return f"the case ended: {_ENDED[self.how]}"


_ENDED: Mapping[How, str] = {
    "confirmed": "the customer confirmed",
    "assumed": "closed after silence",
    "deadlock": "deadlock",
    "withdrawn": "withdrawn",
    "out_of_scope": "out of scope",
    "unconfirmed": "closed without the customer's confirmation",
}


class Timeline:
    """A history as it stands at `as_of`; every time is that of an event that has happened."""

    __slots__ = ("_kinds", "as_of", "customer", "ends", "events", "received", "rules")

    def __init__(self, rules: Rules, history: History, as_of: datetime) -> None:
        """Raises HistoryError for an event before the receipt."""
        self.rules = rules
        self.as_of = as_of = as_of.astimezone(UTC)
        self.customer: Customer = history.customer
        self.received = history.first_received.astimezone(UTC)
        for event in history.events:
            if event.at < self.received:
                raise HistoryError(f"{event.kind} at {event.at.isoformat()} is before the receipt")
        known = [_in_utc(event) for event in history.events if event.at <= as_of]
        known.sort(key=lambda event: event.at)
        self.events = _standing(known, rules)
        self._kinds: dict[str, list[Fact]] = {}
        for event in self.events:
            self._kinds.setdefault(event.kind, []).append(event)
        self.ends = tuple(self._all_ends())

    def of(self, kind: str) -> list[Fact]:
        """The events of a kind, earliest first."""
        return self._kinds.get(kind, [])

    def first_since(self, kinds: Iterable[str], since: datetime) -> Fact | None:
        """The first event of these kinds at or after a moment."""
        found = [
            next((event for event in self.of(kind) if event.at >= since), None) for kind in kinds
        ]
        return min((event for event in found if event), key=lambda event: event.at, default=None)

    def last_before(self, kind: str, moment: datetime) -> Fact | None:
        """The last event of a kind at or before a moment."""
        return next((event for event in reversed(self.of(kind)) if event.at <= moment), None)

    def standing_outcome(self, moment: datetime) -> Fact | None:
        """The last outcome advised by then, unless the customer has not left it at that."""
        outcome = self.last_before("outcome_advised", moment)
        if outcome is None:
            return None
        undone = self.first_undoing(outcome)
        return outcome if undone is None or undone.at > moment else None

    def first_undoing(self, outcome: Fact) -> Fact | None:
        """The first word by which the customer did not leave it at this outcome."""
        return self.first_since(_UNDOES_OUTCOME, outcome.at)

    def level_of(self, event: Fact) -> int:
        """The level an event was at, the front line being 1: as it says, else as the case stood."""
        said = event.facts.get("by_level")
        if said is None:
            escalated = self.last_before("escalated", event.at)
            said = escalated.facts.get("level") if escalated else None
        ladder = self.rules.ladder
        return ladder.index(said) + 2 if said in ladder else 1

    def _all_ends(self) -> Iterator[End]:
        for event in self.events:
            if event.kind not in _ENDS:
                continue
            reopened = self.first_since(("reopened",), event.at)
            yield End(event.at, self._how(event), reopened.at if reopened else None)

    def _how(self, event: Fact) -> How:
        if event.kind == "withdrawn":
            return "withdrawn"
        said = event.facts.get("as")
        if event.kind == "deadlocked" or said == "deadlock":
            return "deadlock"
        if said == "withdrawn":
            return "withdrawn"
        if said == "out_of_scope":
            return "out_of_scope"
        if self._confirmed(event.at):
            return "confirmed"
        if not self.rules.words:
            return "confirmed" if said == "confirmed" else "unconfirmed"
        return "assumed" if self._silent(event.at) else "unconfirmed"

    def _silent(self, moment: datetime) -> bool:
        """Has the customer said nothing since an answer that told them silence would close it?"""
        outcome = self.last_before("outcome_advised", moment)
        if outcome is None or outcome.facts.get("silence_closes") is False:
            return False
        word = self.first_since(self.rules.words, outcome.at)
        return word is None or word.at > moment

    def _confirmed(self, moment: datetime) -> bool:
        """Had the customer confirmed, by a channel that counts, and not objected since?"""
        channels = self.rules.confirmed_by
        for event in reversed(self.events):
            if event.at > moment:
                continue
            if event.kind in _UNDOES_CONFIRMATION:
                return False
            if event.kind == "customer_confirmed":
                channel = event.facts.get("channel")
                if not channels or channel is None or channel in channels:
                    return True
        return False


def _in_utc(event: Fact) -> Fact:
    """The event on a clock that never goes back: a local hour that comes twice is two hours."""
    return (
        event if event.at.tzinfo is UTC else Fact(event.kind, event.at.astimezone(UTC), event.facts)
    )


def _standing(known: list[Fact], rules: Rules) -> list[Fact]:
    """The events without those that a letter said which never arrived."""
    if not any(event.kind == "letter_undelivered" for event in known):
        return known
    void: set[int] = set()
    for place, bounce in enumerate(known):
        letter = bounce.facts.get("letter")
        if bounce.kind == "letter_undelivered" and letter is not None:
            void.update(_said_by(str(letter), known[:place], rules))
    return [event for place, event in enumerate(known) if place not in void]


def _said_by(letter: str, before: list[Fact], rules: Rules) -> Iterator[int]:
    """The places of what a letter said: by its number, else the last that its kind implies."""
    named = [n for n, e in enumerate(before) if str(e.facts.get("letter")) == letter]
    yield from (n for n in named if before[n].kind != "letter_undelivered")
    if any(before[n].kind in rules.implied.get(letter, ()) for n in named):
        return
    for kind in rules.implied.get(letter, ()):
        places = [n for n, e in enumerate(before) if e.kind == kind and "letter" not in e.facts]
        yield from places[-1:]
