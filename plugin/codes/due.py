"""When a promise falls due: the earliest of what code and law give it, and how that was counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from plugin.codes.calendar import Calendar
from plugin.codes.explain import explain, say_day, say_moment, say_within
from plugin.codes.model import GivenBy, PromiseRule, Within
from plugin.codes.promise import Promise, State
from plugin.codes.rules import Ruled, Span
from plugin.codes.spans import parse_within
from plugin.codes.timeline import Timeline


class Ending(NamedTuple):
    """One end of a promise: by which span, counted from which event, or on a day named to somebody.

    `due_at` is the first moment too late. `said` replaces the counting where nothing was counted.
    """

    span: Span
    due_at: datetime
    last_day: date | None
    start: datetime
    begins: datetime
    within: Within | None
    event: str
    too_late: datetime
    """`due_at` in UTC: what events are compared with, quickly and in the hour that comes twice."""
    said: str | None = None


class Verdict(NamedTuple):
    """How a promise stands, and why where that is not plain."""

    state: State
    reason: str | None = None
    kept_at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """What every shape needs to make its promises."""

    timeline: Timeline
    calendar: Calendar
    as_of: datetime
    explained: bool

    def counted(
        self, span: Span, start: datetime, event: str, within: Within | None = None
    ) -> Ending | None:
        """The end of a span from a moment; None where nothing says how long it is."""
        within = within or span.within
        if within is None:
            return None
        start = self.calendar.local(start)
        outside = span.rule.counts_from == "next_opening"
        begins = self.calendar.next_opening(start) if outside else start
        due_at, last_day = self.calendar.ends(begins, within)
        too_late = due_at.astimezone(UTC)
        return Ending(span, due_at, last_day, start, begins, within, event, too_late)

    def endings(self, ruled: Ruled, start: datetime, event: str) -> list[Ending]:
        """The ends of a promise by everything that names it, the earliest first."""
        spans = ruled.spans
        if len(spans) == 1 and spans[0].rule.given_by is None:
            one = self.counted(spans[0], start, event)
            return [one] if one else []
        found = []
        for span in spans:
            given = span.rule.given_by
            within = given_within(given, self.timeline) if given and not span.legal else None
            found.append(self.counted(span, start, event, within))
        return sorted((one for one in found if one), key=lambda one: one.too_late)

    def promise(
        self,
        ruled: Ruled,
        occurrence: int,
        endings: list[Ending],
        verdict: Verdict,
    ) -> Promise:
        """The promise that ends with the first of `endings`; the others are told of."""
        first = endings[0]
        rule, local = first.span.rule, self.calendar.local
        alert = self.calendar.ends(first.begins, rule.alert)[0] if rule.alert else None
        return Promise(
            promise=ruled.rule.name,
            occurrence=occurrence,
            severity=rule.severity.value,
            starts_at=first.start,
            alert_at=alert if alert and alert < first.due_at else None,
            act_by=act_by(ruled.rule, first, self.calendar),
            due_at=first.due_at,
            last_day=first.last_day,
            state=verdict.state,
            kept_at=local(verdict.kept_at) if verdict.kept_at else None,
            reason=verdict.reason,
            letter=ruled.letter,
            clause=ruled.clause,
            source=ruled.source,
            reading=rule.reading or ruled.reading,
            edition=first.span.edition,
            explain=self._explain(endings, alert) if self.explained else (),
            until=verdict.until,
        )

    def _explain(self, endings: list[Ending], alert: datetime | None) -> tuple[str, ...]:
        first = endings[0]
        if first.said is not None or first.within is None:
            lines: tuple[str, ...] = (str(first.said),)
        else:
            lines = explain(
                first.start,
                first.begins,
                first.within,
                (first.due_at, first.last_day),
                self.calendar,
                event=first.event,
            )
        if len(endings) == 1 and not alert:
            return lines
        year = first.start.year
        near = first.span.rule.alert
        if alert and near and alert < first.due_at:
            lines += (f"{say_moment(alert, year)}: the nearer target ({say_within(near)})",)
        for one in endings[1:]:
            lines += (f"{_other(one, year)}; the earlier end counts",)
        return lines


def _other(ending: Ending, year: int) -> str:
    """An end that does not count, since another is earlier."""
    if ending.said is not None or ending.within is None:
        return str(ending.said)
    text = "the law" if ending.span.legal else "the code"
    text = "the agreement" if ending.event == "interval_agreed" else text
    day = ending.last_day
    until = say_day(day, year) if day else say_moment(ending.due_at, year)
    return f"{until}: the end by {text} ({say_within(ending.within)})"


def given_within(given: GivenBy, timeline: Timeline) -> Within | None:
    """The length of time a letter gave, if one did and it can be read."""
    for event in timeline.of(given.event):
        elements = event.facts.get("elements")
        said = elements.get(given.element) if isinstance(elements, Mapping) else None
        try:
            return parse_within(str(said))
        except ValueError:
            continue
    return None


def act_by(rule: PromiseRule, ending: Ending, calendar: Calendar) -> datetime | None:
    """The last working moment before the end, where that is not in working time itself."""
    business = rule.act_by == "business_day"
    if ending.last_day is not None:
        return calendar.closing_for(ending.last_day, business)
    if not calendar.rule.opening and not business:
        return None  # no hours are printed, so that nothing ends an hour's promise sooner
    if calendar.is_working(ending.due_at, business=business):
        return None
    return calendar.last_working_moment_before(ending.due_at, business=business)
