"""Where a code is laxer than the law, or wants counsel: found by comparing data with data.

A code is compared on many days, since weeks, business days and hours cannot be compared by number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from plugin.codes.calendar import Calendar, calendar_for
from plugin.codes.explain import say_within
from plugin.codes.law import LawFile, LawPromise
from plugin.codes.model import PromiseRule, Within
from plugin.codes.provider import Provider

COMPARED_DAYS = 400
"""How many days of receipt are compared: every weekday beside every holiday of a year."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know of a code beside the law, and where in the file it stands."""

    kind: Literal["laxer", "counsel"]
    place: str
    text: str


def compare(provider: Provider, on: date) -> list[Finding]:
    """A provider's code beside the law in force for complaints first received on that day."""
    calendar = calendar_for(provider.file.calendar)
    found: list[Finding] = []
    for law in provider.law.values():
        if law.jurisdiction == provider.file.jurisdiction:
            found += _times(provider, law, calendar, on)
            found += _silence(provider, law, calendar, on)
            found += _regulator(provider, law)
    return [*found, *_schemes(provider)]


def _times(provider: Provider, law: LawFile, calendar: Calendar, on: date) -> Iterator[Finding]:
    own = provider.file.promises
    for rule in law.promises:
        if not rule.in_force(on) or rule.within is None:
            continue
        for number, promise in enumerate(own):
            within = promise.within if promise.name in rule.bounds else None
            if within and gives_more(within, rule.within, calendar, on):
                text = (
                    f"{_plain(promise)}: it says {say_within(within)}, {law.title} {_since(rule)}"
                )
                yield Finding("laxer", f"promises[{number}].within", text)


def _silence(provider: Provider, law: LawFile, calendar: Calendar, on: date) -> Iterator[Finding]:
    if law.silence is None or not law.silence.in_force(on):
        return
    for number, promise in enumerate(provider.file.promises):
        if promise.shape != "silence" or promise.within is None or promise.off:
            continue
        if gives_more(law.silence.within, promise.within, calendar, on):
            text = (
                f"it closes cases on silence after {say_within(promise.within)}; {law.title} is "
                f"read as {say_within(law.silence.within)} ({law.silence.status}); ask counsel"
            )
            yield Finding("counsel", f"promises[{number}].within", text)


def _regulator(provider: Provider, law: LawFile) -> Iterator[Finding]:
    printed = provider.file.adr.printed
    if not (law.regulator and law.schemes and printed):
        return  # an instrument that knows the schemes speaks for its regulator
    if re.search(rf"\b{re.escape(law.regulator)}\b", printed):
        text = f"it names {law.regulator} as if it decided complaints; a letter must name a scheme"
        yield Finding("laxer", "adr.printed", text)


def _schemes(provider: Provider) -> Iterator[Finding]:
    """A scheme that nobody of the jurisdiction knows is a slip or an old name."""
    known = [
        scheme.name
        for law in provider.law.values()
        if law.jurisdiction == provider.file.jurisdiction
        for scheme in law.schemes
    ]
    scheme = provider.file.adr.scheme
    if known and scheme and scheme not in known:
        text = f"there is no scheme {scheme!r}; there are: {', '.join(known)}"
        yield Finding("laxer", "adr.scheme", text)


def gives_more(one: Within, other: Within, calendar: Calendar, on: date) -> bool:
    """Does `one` end later than `other` for a complaint of some day?"""
    noon = datetime.combine(on, time(12), calendar.zone)
    return any(
        calendar.ends(start, one)[0] > calendar.ends(start, other)[0]
        for start in (noon + timedelta(days=days) for days in range(COMPARED_DAYS))
    )


def _since(rule: LawPromise) -> str:
    since = f" for complaints from {rule.effective_from}" if rule.effective_from else ""
    return f"{say_within(rule.within)}{since}" if rule.within else since


def _plain(rule: PromiseRule) -> str:
    return rule.name.replace("_", " ")
