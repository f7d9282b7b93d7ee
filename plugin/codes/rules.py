"""The rules of one case: an edition of the code, the law in force, readings, calendar, settings.

They are fixed by the date the complaint was first received. Where code and law name the same
promise, it is one promise with two spans, of which the earlier end counts; what keeps and ends it
is then the law's to say.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from plugin.codes.calendar import Calendar, calendar_for
from plugin.codes.law import LawFile, LawPromise, Takes
from plugin.codes.model import Clause, Document, PromiseRule, Within
from plugin.codes.provider import Provider
from plugin.codes.provider_file import Edition, ProviderFile
from plugin.codes.readings import apply, choices, choose, replace
from plugin.codes.spans import parse_within

ANY_DAY = date(2026, 1, 1)
"""A day, where nothing in the rules names one."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What an installation adds for one provider: its choice of readings, and asked-for values."""

    readings: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """How long a promise has by one text, and where that text stands.

    `within` None: it is agreed, or given in a letter (`rule.given_by`), in a case.
    """

    rule: PromiseRule
    within: Within | None
    legal: bool
    clause: str
    source: str
    edition: str
    law: str = ""
    """The title of the instrument, where it is law."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A promise by everything that names it. `rule` says what starts, keeps and ends it."""

    rule: PromiseRule
    spans: tuple[Span, ...]
    letter: str | None
    clause: str
    source: str
    reading: str | None
    kept_by: frozenset[str]
    """The kinds of event that may keep it."""
    takes: Takes | None = None
    after_silence: Within | None = None
    starts_from: date | None = None
    starts_to: date | None = None
    """Only starts on these days, where the law goes by the date of the event."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything `derive` needs beside the history."""

    provider: str
    edition: str
    calendar: Calendar
    promises: tuple[Ruled, ...]
    ladder: tuple[str, ...]
    confirmed_by: frozenset[str]
    """Channels by which a confirmation closes a case; empty: any."""
    words: frozenset[str]
    """The events that break a silence; none where the code lets no silence close a case."""
    implied: Mapping[str, frozenset[str]]
    """The events that sending a letter of a kind implies."""
    readings: Mapping[str, str]
    """The choice of every reading."""


class RuleBook:
    """A provider's rules for every date, worked out once for each span of dates."""

    def __init__(self, provider: Provider, settings: Installation | None = None) -> None:
        """Raises ReadingError for a reading or choice the provider does not have."""
        self._provider = provider
        self._settings = settings or Installation()
        self._chosen = choose(provider.file, self._settings.readings)
        self.file = _as_read(provider, self._chosen)
        self._law = list(_law_as_read(provider, self._chosen))
        self._boundaries = _boundaries(self.file, [rule for _, rule in self._law])
        self.zone = ZoneInfo(self.file.calendar.zone)
        self._made: dict[int, Rules] = {}

    @property
    def days(self) -> tuple[date, ...]:
        """A day of each span of dates with rules of its own, the oldest first."""
        if not self._boundaries:
            return (ANY_DAY,)
        return (self._boundaries[0] - timedelta(days=1), *self._boundaries)

    def on(self, received_on: date) -> Rules:
        """The rules of a complaint first received on that day (the provider's date)."""
        epoch = bisect_right(self._boundaries, received_on)
        rules = self._made.get(epoch)
        if rules is None:
            rules = self._made[epoch] = self._make(received_on)
        return rules

    def _make(self, received_on: date) -> Rules:
        file = self.file
        edition = edition_on(file.editions, received_on)
        own: dict[str, PromiseRule] = {
            rule.name: rule
            for rule in file.promises
            if not rule.off and (not rule.editions or edition.name in rule.editions)
        }
        laws: dict[str, list[tuple[LawFile, LawPromise]]] = {}
        for instrument, rule in self._law:
            if not rule.off and (rule.dated_by == "event" or rule.in_force(received_on)):
                laws.setdefault(rule.name, []).append((instrument, rule))
        names = [*own, *(name for name in laws if name not in own)]
        made = [self._ruled(own.get(name), laws.get(name, []), edition) for name in names]
        return Rules(
            provider=self._provider.key,
            edition=edition.name,
            calendar=calendar_for(file.calendar),
            promises=tuple(one for many in made for one in many),
            ladder=tuple(rung.level for rung in file.ladder),
            confirmed_by=frozenset(file.closure.confirmed_by),
            words=frozenset(
                kind for rule in own.values() if rule.shape == "silence" for kind in rule.stopped_by
            ),
            implied={kind: frozenset(rule.implies) for kind, rule in file.letters.kinds.items()},
            readings=self._chosen,
        )

    def _ruled(
        self,
        own: PromiseRule | None,
        laws: list[tuple[LawFile, LawPromise]],
        edition: Edition,
    ) -> Iterator[Ruled]:
        code = self._code_span(own, edition) if own else None
        if own and code and not laws:
            yield _named(own, (code,), own.letter)
        for instrument, rule in laws:
            since = rule.effective_from.isoformat() if rule.effective_from else instrument.title
            source = f"{_source(rule.clause, instrument.documents)} ({rule.status})"
            span = Span(
                rule, rule.within, True, _cite(rule.clause), source, since, instrument.title
            )
            by_event = rule.dated_by == "event"
            named = _named(
                rule,
                (span, code) if code else (span,),
                rule.letter or (own.letter if own else None),
            )
            yield dataclasses.replace(
                named,
                takes=rule.takes,
                after_silence=rule.after_silence,
                starts_from=rule.effective_from if by_event else None,
                starts_to=rule.effective_to if by_event else None,
            )

    def _code_span(self, own: PromiseRule, edition: Edition) -> Span:
        within = own.within
        if within is None and own.given_by:
            within = _readable(self._settings.values.get(own.given_by.setting, ""))
        source = _source(own.clause, self.file.documents)
        return Span(own, within, False, _cite(own.clause), source, edition.name)


def rules_for(provider: Provider, received_on: date, settings: Installation | None = None) -> Rules:
    """The rules of a complaint to this provider first received on that day.

    Raises ReadingError for a reading or choice the provider does not have.
    """
    return RuleBook(provider, settings).on(received_on)


def edition_on(editions: tuple[Edition, ...], day: date) -> Edition:
    """The newest edition in force on a day; the oldest where none was yet."""
    in_force = [one for one in editions if one.effective_from is None or one.effective_from <= day]
    if in_force:
        return max(in_force, key=lambda edition: edition.effective_from or date.min)
    return min(editions, key=lambda edition: edition.effective_from or date.min)


def _as_read(provider: Provider, chosen: Mapping[str, str]) -> ProviderFile:
    file = provider.file
    if not provider.data or all(file.readings[name].chosen == one for name, one in chosen.items()):
        return file
    data = dict(provider.data)
    for _, choice in choices(file, chosen):
        data = apply(data, choice)
    return ProviderFile.model_validate(data)


def _law_as_read(
    provider: Provider, chosen: Mapping[str, str]
) -> Iterator[tuple[LawFile, LawPromise]]:
    changes = [choice.law for _, choice in choices(provider.file, chosen) if choice.law]
    for instrument in provider.law.values():
        if instrument.jurisdiction != provider.file.jurisdiction:
            continue
        for rule in instrument.promises:
            for change in changes:
                if rule.name in change:
                    rule = law_as_read(rule, change[rule.name])
            yield instrument, rule


def law_as_read(rule: LawPromise, keys: Mapping[str, object]) -> LawPromise:
    """A promise of the law with some keys read otherwise. Raises pydantic's ValidationError."""
    data = rule.model_dump(exclude_unset=True)
    replace(data, keys)
    return LawPromise.model_validate(data)


def _boundaries(file: ProviderFile, law: list[LawPromise]) -> list[date]:
    days = {edition.effective_from for edition in file.editions}
    days |= {rule.effective_from for rule in law}
    days |= {rule.effective_to + timedelta(days=1) for rule in law if rule.effective_to}
    return sorted(day for day in days if day)


def _named(rule: PromiseRule, spans: tuple[Span, ...], letter: str | None) -> Ruled:
    """A promise with everything that names it said once."""
    both = len(spans) > 1
    clauses = ((("The law: " if one.legal else "The code: ") if both else "") for one in spans)
    return Ruled(
        rule=rule,
        spans=spans,
        letter=letter,
        clause=" | ".join(who + span.clause for who, span in zip(clauses, spans, strict=True)),
        source="; ".join(span.source for span in spans),
        reading=next((span.rule.reading for span in spans if span.rule.reading), None),
        kept_by=frozenset(kept_by.event for kept_by in rule.kept_by),
    )


def _readable(text: str) -> Within | None:
    """A length of time from a setting; the doctor tells of one that nobody can read."""
    try:
        return parse_within(text)
    except ValueError:
        return None


def _cite(clause: Clause) -> str:
    sentence = f", sentence {clause.sentence}" if clause.sentence else ""
    return f"{clause.section}{sentence}: {clause.says}"


def _source(clause: Clause, documents: tuple[Document, ...]) -> str:
    document = next(one for one in documents if one.key == clause.document)
    return f"{document.title}, {document.dated or 'undated'}"
