"""The promises as sentences: every one the rules know, with the time they reckon with."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.codes.law import LawPromise
from plugin.codes.laxer import gives_more
from plugin.codes.model import PromiseRule, Within
from plugin.codes.rules import Ruled, Span
from plugin.published.document import Point
from plugin.published.fill import PublishError, fill
from plugin.published.wording import Wording


def said(wording: Wording, section: str) -> Iterator[Point]:
    """The promises of a section, in the order of the rules.

    Raises PublishError for a promise without words: the published code cannot leave one out.
    """
    for ruled in wording.rules.promises:
        words = wording.texts.promises.get(ruled.rule.name)
        if words is None or words.section is None:
            lacks = f"published.toml lacks promises.{ruled.rule.name}"
            raise PublishError(f"{wording.provider.key}: {lacks}; the code cannot leave it out")
        if words.section == section and _applies(wording, ruled):
            yield _promise(wording, ruled)


def _applies(wording: Wording, ruled: Ruled) -> bool:
    """Is a promise that goes by the date of its event in force on the day?"""
    since, until = ruled.starts_from, ruled.starts_to
    return (since is None or since <= wording.on) and (until is None or wording.on <= until)


def _promise(wording: Wording, ruled: Ruled) -> Point:
    span, longer = tightest(wording, ruled)
    variant, within = _variant(span)
    text = wording.text(getattr(wording.texts.promises[ruled.rule.name], variant))
    if not text:
        place = f"promises.{ruled.rule.name}.{variant}.{wording.language}"
        raise PublishError(f"{wording.provider.key}: published.toml lacks {place}")
    slots = {"level": _level(wording, span.rule)}
    if within:
        lengths = wording.lengths
        slots |= {
            "within": lengths.within(within),
            "length": lengths.length(within),
            "usually": lengths.usually(within, span.rule.alert),
        }
    told = fill(text, **slots)
    if within and isinstance(span.rule, LawPromise) and span.rule.own_time:
        told = f"{told} {wording.word('own_time', within=slots['within'])}"
    sooner = _bounded(wording, span)
    if sooner:
        told = f"{told} {wording.word('bounded', length=wording.lengths.length(sooner))}"
    if longer and longer.within:
        note = "shorter_law" if span.legal else "shorter_code"
        told = f"{told} {wording.word(note, length=wording.lengths.length(longer.within))}"
    return Point(f"promise:{ruled.rule.name}", told, wording.law_title(span.law))


def _bounded(wording: Wording, span: Span) -> Within | None:
    """The law's time where it gives less than this promise of the code, under another name."""
    for ruled in wording.rules.promises:
        rule = ruled.rule
        if not isinstance(rule, LawPromise) or rule.name == span.rule.name or span.legal:
            continue
        if span.rule.name in rule.bounds and rule.within and span.within:
            calendar = wording.rules.calendar
            if gives_more(span.within, rule.within, calendar, wording.on):
                return rule.within
    return None


def tightest(wording: Wording, ruled: Ruled) -> tuple[Span, Span | None]:
    """The span that never ends later than the other, and the other where that ever gives more."""
    law, *rest = ruled.spans
    if not rest or rest[0].within is None:
        return law, None
    code = rest[0]
    if law.within is None:
        return code, None
    calendar = wording.rules.calendar
    if gives_more(code.within, law.within, calendar, wording.on):  # type: ignore[arg-type]
        return law, code
    if gives_more(law.within, code.within, calendar, wording.on):  # type: ignore[arg-type]
        return code, law
    return law, None


def _variant(span: Span) -> tuple[str, Within | None]:
    """Which of the texts fits a promise as it stands, and the time that it says."""
    rule = span.rule
    if rule.given_by:
        return ("given" if span.within else "given_later"), span.within
    if rule.shape == "repeat" and span.within is None:
        return "agreed", None
    return ("legal" if span.legal else rule.severity.value), span.within


def _level(wording: Wording, rule: PromiseRule) -> str:
    """The level a promise is about: the first it names, or that of its number."""
    ladder = wording.rules.ladder
    if rule.at_levels:
        return wording.level(rule.at_levels[0])
    if rule.from_level and 0 < rule.from_level - 1 <= len(ladder):
        return wording.level(ladder[rule.from_level - 2])
    return ""
