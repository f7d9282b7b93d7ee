"""The shape `repeat`: updates for as long as a case runs, each counted from the one before.

    (receipt) --> running --update in time--> kept, running again from the update
                     |-----due, no update---> broken, until an update is given; then running again
                     |-----the answer, or the end of the case---> stopped --objection--> running

The interval is the code's, or agreed with the customer, or both, when the earlier end counts; a
day or time named to the customer counts where it is earlier still.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from plugin.codes.due import Ending, Making, Verdict
from plugin.codes.explain import say_day, say_moment
from plugin.codes.history import Fact
from plugin.codes.model import Unit, Within
from plugin.codes.promise import Promise
from plugin.codes.rules import Ruled
from plugin.codes.shapes import keeps


@dataclass(slots=True)
class _Run:
    """One stretch of waiting for an update."""

    since: Fact
    agreed_since: Fact | None
    named: Ending | None = None
    endings: list[Ending] | None = None
    """Reckoned once; None when something of the above changed."""


def repeat(making: Making, ruled: Ruled) -> Iterator[Promise]:
    """From receipt, then from each update, at a fixed or agreed interval."""
    yield from _Series(making, ruled).promises()


@lru_cache(maxsize=64)
def _business_days(days: int) -> Within:
    return Within(amount=days, unit=Unit.BUSINESS_DAY)


class _Series:
    def __init__(self, making: Making, ruled: Ruled) -> None:
        self._making = making
        self._ruled = ruled
        self._days: int | None = None
        self._run: _Run | None = None
        self._number = 0
        self._updated = False
        self._stopped = False
        self._ended = False

    def promises(self) -> Iterator[Promise]:
        """Every occurrence in order; the last may be open."""
        timeline, rule = self._making.timeline, self._ruled.rule
        ends = {end.at: end for end in timeline.ends if end.how in rule.ends_with}
        if any(span.within for span in self._ruled.spans):
            self._run = _Run(Fact("received", timeline.received), None)
        for event in timeline.events:
            end = ends.get(event.at)
            if end and event.kind in ("closed", "withdrawn", "deadlocked"):
                yield from self._stop(event.at, end.reason)
                self._ended = True
            elif event.kind in rule.stopped_by:
                what = event.kind.replace("_", " ")
                yield from self._stop(event.at, f"stopped: {what}")
            elif event.kind in rule.restarted_by:
                self._restart(event)
            elif self._stopped:
                self._remember(event)
            else:
                yield from self._running(event)
        yield from self._open()

    def _running(self, event: Fact) -> Iterator[Promise]:
        rule = self._ruled.rule
        if event.kind == "interval_agreed":
            self._agree(event)
        elif event.kind == "contact_time_agreed":
            self._name(event)
        elif event.kind in rule.counts_as_update and not self._updated:
            self._updated = True
            yield from self._first(event)
        elif event.kind in self._ruled.kept_by and keeps(rule, event):
            self._updated = True
            yield from self._update(event)

    def _agree(self, event: Fact) -> None:
        """An interval counts from its agreement, unless an update is overdue already."""
        overdue = self._overdue(event.at)
        if not self._remember(event) or overdue:
            return
        if self._run is None:
            self._run = _Run(event, event)
        self._run.agreed_since, self._run.endings = event, None
        if not self._counts_by_code():
            self._run.since = event

    def _remember(self, event: Fact) -> bool:
        """Note the interval of an agreement, also while nothing runs."""
        days = event.facts.get("days")
        agreed = event.kind == "interval_agreed" and type(days) is int and days >= 1
        self._days = days if agreed else self._days
        return agreed

    def _name(self, event: Fact) -> None:
        """A time of contact agreed with the customer is owed, with an interval or without."""
        named = self._named_moment(event)
        if named is None:
            return
        if self._run is None:
            self._run = _Run(event, None)
        if not self._overdue(event.at):
            self._run.named = min(
                (one for one in (self._run.named, named) if one), key=lambda one: one.too_late
            )
            self._run.endings = None

    def _first(self, event: Fact) -> Iterator[Promise]:
        """What counts as the first update: what runs is counted from it, what is broken ends."""
        if self._run is None:
            return
        if self._overdue(event.at):
            yield from self._update(event)
        else:
            self._run.since, self._run.endings = event, None

    def _update(self, event: Fact) -> Iterator[Promise]:
        if self._run is not None:
            endings = self._endings()
            if endings and event.at < endings[0].too_late:
                yield self._made(endings, Verdict("kept", None, event.at))
            elif endings:
                yield self._made(endings, Verdict("broken", "kept too late", event.at))
        named = self._named_day(event)
        goes_on = self._counts_by_code() or self._days is not None or named
        self._run = self._from(event) if goes_on else None
        if self._run:
            self._run.named = named

    def _stop(self, at: datetime, reason: str) -> Iterator[Promise]:
        endings = self._endings()
        if endings and at >= endings[0].too_late:
            yield self._made(endings, Verdict("broken", "not kept in time"))
        elif endings:
            yield self._made(endings, Verdict("stopped", reason))
        self._run, self._stopped = None, True

    def _restart(self, event: Fact) -> None:
        """Only a re-opening starts anew what the end of the case stopped."""
        if not self._stopped or (self._ended and event.kind != "reopened"):
            return
        self._stopped = self._ended = False
        if self._counts_by_code() or self._days is not None:
            self._run = self._from(event)

    def _open(self) -> Iterator[Promise]:
        endings = self._endings()
        if not endings:
            return
        late = self._making.as_of >= endings[0].too_late
        verdict = Verdict("broken", "not kept in time") if late else Verdict("open")
        yield self._made(endings, verdict)

    def _from(self, event: Fact) -> _Run:
        return _Run(event, event if self._days is not None else None)

    def _counts_by_code(self) -> bool:
        return any(span.within for span in self._ruled.spans)

    def _overdue(self, moment: datetime) -> bool:
        endings = self._endings()
        return bool(endings) and moment >= endings[0].too_late

    def _endings(self) -> list[Ending]:
        """Every end of what runs, the earliest first; none where nothing is owed."""
        run = self._run
        if run is None:
            return []
        if run.endings is None:
            run.endings = self._reckoned(run)
        return run.endings

    def _reckoned(self, run: _Run) -> list[Ending]:
        found = self._making.endings(self._ruled, run.since.at, run.since.kind)
        if run.agreed_since is not None and self._days is not None:
            within = _business_days(self._days)
            since, span = run.agreed_since, self._ruled.spans[0]
            agreed = self._making.counted(span, since.at, since.kind, within)
            found += [agreed] if agreed else []
        found += [run.named] if run.named else []
        return sorted(found, key=lambda ending: ending.too_late) if len(found) > 1 else found

    def _named_moment(self, event: Fact) -> Ending | None:
        try:
            moment = datetime.fromisoformat(str(event.facts.get("contact_at")))
        except ValueError:
            return None
        if moment.tzinfo is None or moment <= event.at:
            return None
        due_at = self._making.calendar.local(moment)
        said = f"{say_moment(due_at)}: the contact agreed with the customer"
        return self._named(event, due_at, None, said)

    def _named_day(self, event: Fact) -> Ending | None:
        """The end of a day that an update named as its time frame."""
        elements = event.facts.get("elements")
        said = elements.get("timeframe_date") if isinstance(elements, Mapping) else None
        if said is None:
            return None
        try:
            day = date.fromisoformat(str(said))
        except ValueError:
            return None
        calendar = self._making.calendar
        if day < calendar.local_date(event.at):
            return None
        due_at = calendar.start_of(day + timedelta(days=1))
        text = f"{say_day(day)}: the day named to the customer as the time frame"
        return self._named(event, due_at, day, text)

    def _named(self, event: Fact, due_at: datetime, day: date | None, said: str) -> Ending:
        start, too_late = self._making.calendar.local(event.at), due_at.astimezone(UTC)
        return Ending(
            self._ruled.spans[0], due_at, day, start, start, None, event.kind, too_late, said
        )

    def _made(self, endings: list[Ending], verdict: Verdict) -> Promise:
        self._number += 1
        return self._making.promise(self._ruled, self._number, endings, verdict)
