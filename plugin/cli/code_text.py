"""A code of practice and its promises as lines for a person to read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from plugin.codes.explain import say_day, say_within
from plugin.codes.model import Clause
from plugin.codes.promise import Promise
from plugin.codes.provider_file import ProviderFile
from plugin.codes.rules import Ruled, Rules, Span


def code_lines(file: ProviderFile, rules: Rules) -> Iterator[str]:
    """Everything a provider's file says that a person should see, the law in force beside it."""
    yield f"{file.name} ({file.jurisdiction}), edition {rules.edition}"
    yield from ("", "How to reach it")
    yield from _contacts(file)
    yield from ("", "Levels")
    yield from (f"  {rung.level}: {rung.title}" for rung in file.ladder)
    yield from ("", "Promises, for a complaint received today")
    for ruled in rules.promises:
        yield from _promise(ruled)
    yield from ("", "Readings")
    for name, reading in file.readings.items():
        chosen = rules.readings.get(name, reading.chosen)
        yield f"  {name}: {reading.asks}"
        for option, choice in reading.choices.items():
            yield f"    {'*' if option == chosen else ' '} {option}: {choice.says}"
    yield from _beside(file)


def promise_lines(promise: Promise) -> Iterator[str]:
    """One promise of a case with its counting."""
    due = promise.due_at
    until = (
        f"by the end of {say_day(promise.last_day)} {promise.last_day.year}"
        if promise.last_day
        else f"before {_moment(due)}"
    )
    name = promise.promise.replace("_", " ")
    reason = f" ({promise.reason})" if promise.reason else ""
    yield f"{name} {promise.occurrence} ({promise.severity}): {promise.state}{reason}, due {until}"
    if promise.kept_at:
        yield f"  kept at {_moment(promise.kept_at)}"
    if promise.act_by:
        yield f"  act before {_moment(promise.act_by)}"
    yield f"  {promise.clause} [{promise.source}]"
    yield from (f"    {line}" for line in promise.explain)


def _moment(moment: datetime) -> str:
    return f"{say_day(moment.date())} {moment.year} {moment:%H:%M}"


def _contacts(file: ProviderFile) -> Iterator[str]:
    for contact in file.contacts:
        printed = contact.printed or "(lost in the document as supplied)"
        confirmed = "confirmed" if contact.confirmed else "not confirmed by a person"
        standing = "out of date, never said" if contact.stale else confirmed
        whose = "" if contact.whose == "provider" else f"{contact.whose}: "
        number = f" = {contact.normalised}" if contact.normalised else ""
        yield f"  {contact.kind:7} {printed}{number}  [{whose}{contact.purpose}; {standing}]"


def _promise(ruled: Ruled) -> Iterator[str]:
    rule = ruled.rule
    severity, how = ruled.spans[0].rule.severity.value, _shape(ruled)
    yield f"  {rule.name}: {severity}, {'; '.join(_span(span) for span in ruled.spans)}{how}"
    for span in ruled.spans:
        reading = f" ({span.rule.reading})" if span.rule.reading else ""
        yield f"    {span.clause}{reading} [{span.source}]"


def _span(span: Span) -> str:
    whose = "by law " if span.legal else ""
    if span.within is None:
        given = span.rule.given_by
        return f"{whose}as said in the {given.element} of {given.event}" if given else "as agreed"
    near = f", alert at {say_within(span.rule.alert)}" if span.rule.alert else ""
    return f"{whose}within {say_within(span.within)}{near}"


def _shape(ruled: Ruled) -> str:
    starts = ruled.rule.starts.replace("_", " ")
    if ruled.rule.shape == "repeat":
        return ", again and again"
    if ruled.rule.shape == "each":
        return f", from each: {starts}"
    return "" if ruled.rule.starts == "received" else f", from: {starts}"


def _beside(file: ProviderFile) -> Iterator[str]:
    clauses: list[tuple[str, Clause]] = [(term.topic, term.clause) for term in file.terms]
    clauses += [(f"compensation, {key}", one.clause) for key, one in file.compensation.items()]
    clauses += [("review", file.review.clause)] if file.review else []
    if clauses:
        yield from ("", "Beside the complaint")
        yield from (f"  {topic}: {clause.says}" for topic, clause in clauses)
