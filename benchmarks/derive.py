"""CPU of `derive` for a case with 50 events, beside a floor measured in the same run.

The floor is what any answer must do: sort the events by time and make as many promise values with
due times as came out, each by one addition to a date. Histories differ in every round; what is
remembered from one to the next is what days are, as in the running service.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from plugin.bundle import folder
from plugin.codes.derive import derive
from plugin.codes.history import Fact, History
from plugin.codes.load import keys, load, read_folder
from plugin.codes.promise import Promise
from plugin.codes.rules import RuleBook

EVENTS = 50
ROUNDS = 400
AIM = 1.0
START = datetime(2026, 4, 9, 9, 0, tzinfo=UTC)
ELEMENTS = {"progress": "traced", "proposed_actions": "cable", "timeframe": "2 weeks"}


def main() -> None:
    """Measure every shipped provider and print a line each."""
    templates = folder("templates")
    print(f"derive for a case with {EVENTS} events, {ROUNDS} cases each")
    for key in keys(templates):
        book = RuleBook(load(key, read_folder(templates, key)))
        cases = [history(book, n) for n in range(ROUNDS)]
        as_of = START + timedelta(days=400)
        found = _derive(book, cases[0], as_of, explained=True)
        told = _cpu(partial(_derive, book, as_of=as_of, explained=True), cases)
        plain = _cpu(partial(_derive, book, as_of=as_of, explained=False), cases)
        floor = _cpu(partial(_floor, found=found), cases)
        print(
            f"  {key:6} {len(found):3} promises {told:6.3f} ms with the counting in words, "
            f"{plain:6.3f} ms without (aim: under {AIM:.0f} ms); floor {floor:6.3f} ms, "
            f"ratio {plain / floor:4.1f}"
        )


def history(book: RuleBook, number: int) -> History:
    """A busy case: updates, hand-overs, escalations, objections, an ending; 50 events."""
    start = START + timedelta(minutes=37 * number)
    ladder = [rung.level for rung in book.file.ladder]
    events = [
        Fact("acknowledged", start + timedelta(minutes=1), {"elements": ELEMENTS}),
        Fact("reviewed", start + timedelta(hours=5)),
        Fact("interval_agreed", start + timedelta(hours=6), {"days": 4}),
        Fact("handler_introduced", start + timedelta(hours=7)),
        Fact("contact_time_agreed", start + timedelta(hours=8)),
    ]
    turns: list[tuple[str, dict[str, object]]] = [
        ("progress_given", {"elements": ELEMENTS}),
        ("handed_to_engineering", {}),
        ("engineering_answered", {}),
        ("escalated", {"level": ladder[-1]}),
        ("determined", {}),
        ("outcome_advised", {"by_level": ladder[-1]}),
        ("customer_wrote", {"channel": "email"}),
        ("customer_objected", {}),
        ("progress_given", {"elements": ELEMENTS}),
    ]
    while len(events) < EVENTS - 1:
        kind, facts = turns[len(events) % len(turns)]
        events.append(Fact(kind, start + timedelta(days=len(events), minutes=number), facts))
    events.append(Fact("closed", start + timedelta(days=EVENTS + 1), {"as": "confirmed"}))
    return History(start, events)


def _derive(book: RuleBook, case: History, as_of: datetime, explained: bool) -> tuple[Promise, ...]:
    rules = book.on(case.received_at.astimezone(book.zone).date())
    return derive(rules, case, as_of, explained=explained)


def _floor(case: History, found: tuple[Promise, ...]) -> list[tuple[object, ...]]:
    events = sorted(case.events, key=lambda event: event.at)
    made: list[tuple[object, ...]] = []
    for one in found:
        due = one.starts_at + timedelta(days=5)
        made.append((one.promise, one.occurrence, one.starts_at, due, events[0].at < due))
    return made


def _cpu(work: Callable[[History], object], cases: list[History]) -> float:
    """CPU milliseconds a case, the best of five; what is made is let go of, as in the service."""
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        for case in cases:
            work(case)
        best = min(best, time.process_time() - started)
    return best * 1000 / len(cases)


if __name__ == "__main__":
    main()
