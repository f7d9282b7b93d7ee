"""Three of the four shapes of a promise: once, each, silence. (`series` has the fourth.)

Each is a function of the rule and the timeline. Whichever came first decides: what keeps the
promise, what stops or waives it, or the moment at which it is too late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from plugin.codes.due import Ending, Making, Verdict
from plugin.codes.history import Fact
from plugin.codes.model import KeptBy, PromiseRule
from plugin.codes.promise import Promise
from plugin.codes.rules import Ruled
from plugin.codes.timeline import End, Timeline

_WRITTEN = ("email", "letter")


@dataclass(frozen=True, slots=True)
class Off:
    """A promise was stopped or waived: when, and why."""

    at: datetime
    verdict: Verdict


def once(making: Making, ruled: Ruled) -> Iterator[Promise]:
    """From the first start, within a time, kept by something."""
    start = next(starts(making.timeline, ruled), None)
    if start is not None:
        yield from _one(making, ruled, 1, start)


def each(making: Making, ruled: Ruled) -> Iterator[Promise]:
    """Again for every start."""
    for number, start in enumerate(starts(making.timeline, ruled), start=1):
        yield from _one(making, ruled, number, start)


def silence(making: Making, ruled: Ruled) -> Iterator[Promise]:
    """Something happens because nobody spoke: from each answer, until a word or the next answer."""
    told = list(starts(making.timeline, ruled))
    number = 0
    for answer, following in pairwise([*told, None]):
        if answer is None or answer.facts.get("silence_closes") is False:
            continue
        number += 1
        endings = making.endings(ruled, answer.at, answer.kind)
        verdict = _silence(making, ruled.rule, answer, following, endings[0].too_late)
        yield making.promise(ruled, number, endings, verdict)


def starts(timeline: Timeline, ruled: Ruled) -> Iterator[Fact]:
    """The events a promise starts from, earliest first."""
    rule = ruled.rule
    if rule.starts == "received":
        yield Fact("received", timeline.received)
        return
    local_date = timeline.rules.calendar.local_date
    for event in timeline.of(rule.starts):
        if rule.at_levels and event.facts.get("level") not in rule.at_levels:
            continue
        if rule.from_level is not None and timeline.level_of(event) < rule.from_level:
            continue
        if ruled.starts_from and local_date(event.at) < ruled.starts_from:
            continue
        if ruled.starts_to and local_date(event.at) > ruled.starts_to:
            continue
        yield event


def keeps(rule: PromiseRule, event: Fact, start: Fact | None = None) -> bool:
    """Does this event keep the promise, with everything it must carry?"""
    for kept_by in rule.kept_by:
        if kept_by.event == event.kind and _complete(kept_by, event, start):
            return True
    return False


def _complete(kept_by: KeptBy, event: Fact, start: Fact | None) -> bool:
    facts = event.facts
    for element in kept_by.elements:
        if not _has(facts.get("elements"), element):
            return False
    for key in kept_by.not_blank:
        if key in facts and not str(facts[key] or "").strip():
            return False
    if kept_by.at_level and start is not None:
        said = facts.get("by_level")
        if said is not None and said != start.facts.get("level"):
            return False
    return _reaches(kept_by, facts)


def _has(elements: object, name: str) -> bool:
    return isinstance(elements, Mapping) and bool(str(elements.get(name) or "").strip())


def _reaches(kept_by: KeptBy, facts: Mapping[str, object]) -> bool:
    """Did it reach the customer in every way the code asks for? Where nothing says how, it did."""
    by = facts.get("by")
    if not kept_by.by or by is None:
        return True
    ways = set(by) if isinstance(by, list | tuple) else {by}
    missing = {
        way for way in kept_by.by if not (ways & set(_WRITTEN) if way == "written" else way in ways)
    }
    excused = kept_by.phone_may_be_excused and _excuse(facts)
    return not missing or (missing == {"phone"} and excused)


def _excuse(facts: Mapping[str, object]) -> bool:
    """Is it on record why a call was not possible?"""
    said = facts.get("phone_not_possible")
    reason = facts.get("reason") if said is True else said
    return isinstance(reason, str) and bool(reason.strip())


def _one(making: Making, ruled: Ruled, number: int, start: Fact) -> Iterator[Promise]:
    endings = making.endings(ruled, start.at, start.kind)
    if not endings:
        return
    if ruled.rule.judged_at_end:
        verdict = _judged_at_end(making, start.at, endings[0].too_late)
    else:
        verdict = _judged(making, ruled, start, endings[0])
    yield making.promise(ruled, number, endings, verdict)


def _judged(making: Making, ruled: Ruled, start: Fact, ending: Ending) -> Verdict:
    """Whichever came first: kept, stopped or waived, or the due moment."""
    refused = _refused(making.timeline, ruled)
    if refused:
        return Verdict("waived", refused)
    due_at = ending.too_late
    kept = _kept(making.timeline, ruled, start)
    off, until = _off(making, ruled, start)
    if kept is not None and kept < due_at and (off is None or kept <= off.at):
        return Verdict("kept", None, kept)
    if off is not None and off.at < due_at:
        return off.verdict
    if making.as_of >= due_at:
        reason = "not kept in time" if kept is None else "kept too late"
        return Verdict("broken", reason, kept)
    return Verdict("open", until=until)


def _kept(timeline: Timeline, ruled: Ruled, start: Fact) -> datetime | None:
    rule, first = ruled.rule, None
    for kind in ruled.kept_by:
        for event in timeline.of(kind):
            if (rule.kept_before or event.at >= start.at) and keeps(rule, event, start):
                first = min(first, event.at) if first else event.at
                break
    return first


def _off(making: Making, ruled: Ruled, start: Fact) -> tuple[Off | None, datetime | None]:
    """What stopped or waived the promise first; else when it will stop by itself, if it will."""
    rule, timeline = ruled.rule, making.timeline
    found = [
        Off(stop.at, Verdict("stopped", _say(stop)))
        for stop in (timeline.first_since((kind,), start.at) for kind in rule.stopped_by)
        if stop
    ]
    for waived_by in rule.waived_by:
        for event in timeline.of(waived_by.event):
            by, reason = str(event.facts.get("by") or "").strip(), event.facts.get("reason")
            if by and reason in waived_by.reasons:
                said = f"excepted by {by}: {str(reason).replace('_', ' ')}"
                found.append(Off(event.at, Verdict("waived", said)))
    until = None
    for end in timeline.ends:
        if end.at < start.at or end.how not in rule.ends_with or (rule.resumes and end.reopened_at):
            continue
        at = _runs_until(making, ruled, end)
        if at <= making.as_of:
            found.append(Off(at, Verdict("stopped", end.reason)))
        else:
            until = min(at, until) if until else at
    return min(found, key=lambda off: off.at, default=None), until


def _runs_until(making: Making, ruled: Ruled, end: End) -> datetime:
    """When an end of the case ends the promise: at once, or after silence some days later."""
    if end.how != "assumed" or ruled.after_silence is None:
        return end.at
    outcome = making.timeline.last_before("outcome_advised", end.at)
    counted_from = outcome.at if outcome else end.at
    return max(end.at, making.calendar.ends(counted_from, ruled.after_silence)[0])


def _refused(timeline: Timeline, ruled: Ruled) -> str | None:
    """Why the scheme would not take this customer, by what is recorded; unknown is no reason."""
    takes, customer = ruled.takes, timeline.customer
    if takes is None or customer.kind == "consumer":
        return None
    recorded: float | None = getattr(customer, takes.number)
    if recorded is None or takes.takes(recorded):
        return None
    return f"{takes.says}; {recorded:,.10g} is recorded"


def _say(stop: Fact) -> str:
    return f"stopped: {stop.kind.replace('_', ' ')}"


def _judged_at_end(making: Making, start: datetime, due_at: datetime) -> Verdict:
    """Kept by the answer that still stands when the case ends for good; judged then."""
    timeline = making.timeline
    ended = (end for end in timeline.ends if end.at >= start and end.reopened_at is None)
    end = next(ended, None)
    moment = end.at if end else making.as_of
    in_time = _standing_from(timeline, due_at, moment)
    if in_time is None and due_at <= moment:
        late = _resolved(timeline, end) if end else None
        return Verdict("broken", "kept too late" if late else "not kept in time", late)
    if end is None:
        waits = "an outcome was advised in time; judged when the case ends"
        return Verdict("open", waits if in_time is not None else None)
    if end.how in ("withdrawn", "out_of_scope"):
        return Verdict("stopped", end.reason)
    resolved = _resolved(timeline, end)
    if in_time is not None and resolved is not None:
        resolved = in_time
    if resolved is None:
        unanswered = "" if end.how == "deadlock" else ", without an outcome"
        return Verdict("broken", end.reason + unanswered)
    return Verdict("kept", None, resolved)


def _standing_from(timeline: Timeline, due_at: datetime, moment: datetime) -> datetime | None:
    """When the answer was given before the due moment that still stands at `moment`."""
    outcome = timeline.standing_outcome(min(moment, due_at - timedelta(microseconds=1)))
    undone = timeline.first_undoing(outcome) if outcome else None
    return outcome.at if outcome and (undone is None or undone.at > moment) else None


def _resolved(timeline: Timeline, end: End | None) -> datetime | None:
    """When the case was resolved, by the way it ended; None where it was not."""
    if end is None or end.how in ("deadlock", "withdrawn", "out_of_scope"):
        return None
    outcome = timeline.standing_outcome(end.at)
    if outcome is not None:
        return outcome.at
    return end.at if end.how == "confirmed" else None


def _silence(
    making: Making, rule: PromiseRule, answer: Fact, following: Fact | None, due_at: datetime
) -> Verdict:
    timeline = making.timeline
    word = timeline.first_since(rule.stopped_by, answer.at)
    end = next((end for end in timeline.ends if end.at >= answer.at), None)
    stops = [(word.at, _say(word))] if word else []
    stops += [(following.at, "stopped: a further outcome was advised")] if following else []
    if end is not None and end.how not in ("assumed", "unconfirmed"):
        stops.append((end.at, end.reason))
        end = None
    stop = min(stops, default=None)
    if stop is not None and (end is None or stop[0] <= end.at):
        return Verdict("stopped", stop[1])
    if end is None:
        complete = "the silence is complete; the case may be closed"
        return Verdict("open", complete if making.as_of >= due_at else None)
    if end.at < due_at:
        return Verdict("broken", "closed before the silence was complete")
    return Verdict("kept", None, end.at)
