"""What the types of a provider's file cannot say: names that must exist, things that must agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from plugin.codes.model import CalendarRule, Clause, PromiseRule, Shape
from plugin.codes.provider_file import ProviderFile


def problems_in(file: ProviderFile) -> Iterator[str]:
    """Everything wrong with a file whose keys and types are right, a line each."""
    yield from _calendar_problems(file.calendar)
    yield from _promise_problems(file)
    yield from _contact_problems(file)
    yield from _level_problems(file)
    yield from _cited_problems(file)
    for kind in file.letters.on_opening:
        if kind not in file.letters.kinds:
            yield f"letters.on_opening: {kind!r} has no table [letters.kinds.{kind}]; add one"
    for name, said in file.letters.texts.items():
        for language in file.languages:
            if not (said.get(language) or said.get(language.partition("-")[0])):
                yield f"letters.texts.{name}: it says nothing in {language}; add it"


def _calendar_problems(rule: CalendarRule) -> Iterator[str]:
    try:
        # Asking for the one is a hundred times as fast as listing them all.
        ZoneInfo(rule.zone)
    except (LookupError, OSError, ValueError):
        yield f"calendar.zone: there is no time zone {rule.zone!r}; e.g. Europe/London"
        return
    try:
        holidays.country_holidays(rule.country, subdiv=rule.subdivision, years=2026)
    except NotImplementedError:
        where = f"{rule.country} {rule.subdivision or ''}".strip()
        yield f"calendar.subdivision: no holidays are known for {where!r}; e.g. GB with ENG"
        return
    known = holidays.country_holidays(rule.country).supported_categories
    for category in rule.categories:
        if category not in known:
            there = ", ".join(sorted(known))
            yield f"calendar.categories: {category!r} is none of: {there}"
    for number, opening in enumerate(rule.opening):
        if opening.opens.tzinfo or opening.closes.tzinfo:
            yield f"calendar.opening[{number}]: times are local ones; remove their offset"
        elif opening.closes <= opening.opens and opening.closes.isoformat() != "00:00:00":
            yield f"calendar.opening[{number}]: it closes before it opens; swap the times"


def _promise_problems(file: ProviderFile) -> Iterator[str]:
    editions = {edition.name for edition in file.editions}
    seen: list[PromiseRule] = []
    for number, promise in enumerate(file.promises):
        place = f"promises[{number}]"
        for other in seen:
            both = not promise.editions or not other.editions
            if promise.name == other.name and (both or set(promise.editions) & set(other.editions)):
                yield f"{place}.name: {promise.name!r} stands twice; keep one"
        seen.append(promise)
        for edition in promise.editions:
            if edition not in editions:
                there = ", ".join(sorted(editions))
                yield f"{place}.editions: {edition!r} is none of: {there}"
        if promise.letter and promise.letter not in file.letters.kinds:
            yield f"{place}.letter: {promise.letter!r} has no table in letters.kinds; add one"
        yield from _shape_problems(file, promise, place)


def _shape_problems(file: ProviderFile, promise: PromiseRule, place: str) -> Iterator[str]:
    if promise.shape != "repeat" and promise.within is None and promise.given_by is None:
        yield f"{place}.within: it is missing; say how long, or given_by what"
    if promise.shape != "repeat" and (promise.counts_as_update or promise.restarted_by):
        yield f"{place}: counts_as_update and restarted_by belong to the shape repeat; remove them"
    if promise.given_by and promise.given_by.setting not in file.settings:
        asked = promise.given_by.setting
        yield f"{place}.given_by.setting: {asked!r} is not among [settings]; add it there"
    if not promise.kept_by and promise.shape != "silence" and not promise.judged_at_end:
        yield f"{place}.kept_by: it is missing; name the event that keeps the promise"


def _level_problems(file: ProviderFile) -> Iterator[str]:
    levels = [rung.level for rung in file.ladder]
    there = ", ".join(levels) or "none"
    for number, promise in enumerate(file.promises):
        for level in promise.at_levels:
            if level not in levels:
                yield f"promises[{number}].at_levels: {level!r} is no level of the ladder: {there}"
    objection = file.escalation.on_objection
    if objection and objection not in levels:
        yield f"escalation.on_objection: {objection!r} is no level of the ladder: {there}"


def _contact_problems(file: ProviderFile) -> Iterator[str]:
    for number, contact in enumerate(file.contacts):
        is_number = contact.kind in ("phone", "fax") and contact.normalised is not None
        if is_number and not re.fullmatch(r"\+[1-9]\d{6,14}", contact.normalised or ""):
            said = contact.normalised
            yield f"contacts[{number}].normalised: {said!r} is not E.164; e.g. +442085458200"


def _cited_problems(file: ProviderFile) -> Iterator[str]:
    """Documents and readings that something names and nothing says."""
    documents = {document.key for document in file.documents}
    for place, name, value in _walk(file, ""):
        if isinstance(value, Clause) and value.document not in documents:
            known = ", ".join(sorted(documents))
            yield f"{place}.document: {value.document!r} is none of: {known}"
        if name == "readings" and isinstance(value, tuple):
            for one in value:
                if one not in file.readings:
                    yield f"{place}: {one} is not among [readings]; say how it is read"
        if name in ("reading", "language_reading") and value and value not in file.readings:
            yield f"{place}: {value} is not among [readings]; say how it is read"


def _walk(shape: Shape, place: str) -> Iterator[tuple[str, str, Any]]:
    """Every key of a file with its place, tables and lists entered."""
    for name in type(shape).model_fields:
        value = getattr(shape, name)
        here = f"{place}.{name}" if place else name
        yield here, name, value
        entries: list[tuple[str, Any]] = [(here, value)]
        if isinstance(value, tuple):
            entries = [(f"{here}[{number}]", one) for number, one in enumerate(value)]
        elif isinstance(value, dict):
            entries = [(f"{here}.{key}", one) for key, one in value.items()]
        for at, one in entries:
            if isinstance(one, Shape):
                if isinstance(one, Clause) and at != here:
                    yield at, "clause", one
                yield from _walk(one, at)
