"""What a provider has promised about a case, and whether each promise is kept.

`derive` is a function of the rules, the history and a moment, and of nothing else: the same
answers come out for the scheduler, the countdown on screen, the preview and the case file. What is
kept or broken stays so at every later moment, unless a letter turns out never to have arrived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from plugin.codes.due import Making
from plugin.codes.history import History
from plugin.codes.promise import Promise
from plugin.codes.rules import Ruled, Rules
from plugin.codes.series import repeat
from plugin.codes.shapes import each, once, silence
from plugin.codes.timeline import Timeline

_SHAPES: dict[str, Callable[[Making, Ruled], Iterator[Promise]]] = {
    "once": once,
    "each": each,
    "repeat": repeat,
    "silence": silence,
}


def derive(
    rules: Rules, history: History, as_of: datetime, *, explained: bool = True
) -> tuple[Promise, ...]:
    """Every promise of the case as it stands at `as_of`, in the order they fall due.

    Events after `as_of` have not happened. `explained` False leaves the counting in words out.
    Raises HistoryError for an event before receipt, save `received` on another channel, when the
    earliest counts.
    """
    timeline = Timeline(rules, history, as_of)
    if timeline.received > as_of:
        return ()
    making = Making(timeline, rules.calendar, timeline.as_of, explained)
    found = [
        promise for ruled in rules.promises for promise in _SHAPES[ruled.rule.shape](making, ruled)
    ]
    found.sort(key=lambda one: (one.due_at, one.promise, one.occurrence))
    return tuple(_numbered(found))


def _numbered(found: list[Promise]) -> list[Promise]:
    """Occurrences counted anew where two versions of a law made promises of one name."""
    if len({(one.promise, one.occurrence) for one in found}) == len(found):
        return found
    seen: Counter[str] = Counter()
    numbered = []
    for one in sorted(found, key=lambda one: one.starts_at):
        seen[one.promise] += 1
        numbered.append(one._replace(occurrence=seen[one.promise]))
    return sorted(numbered, key=lambda one: (one.due_at, one.promise, one.occurrence))
