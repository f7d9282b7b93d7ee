"""What is wrong with the texts of a published code.

A text is missing in a language, has a slot that nothing fills, or names a time of its own that no
rule stands behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter

from plugin.codes.provider import Provider
from plugin.codes.published_file import FILE, PublishedFile
from plugin.codes.rules import RuleBook
from plugin.codes.trace import carriers_of
from plugin.published.compose import Here, compose, documents
from plugin.published.fill import PublishError

VARIANTS = ("commitment", "target", "legal", "agreed", "given", "given_later")

_SLOTS: dict[str, frozenset[str]] = {
    "commitment": frozenset({"within", "length", "usually", "level"}),
    "target": frozenset({"within", "length", "usually", "level"}),
    "legal": frozenset({"within", "length", "level"}),
    "agreed": frozenset({"level"}),
    "given": frozenset({"length"}),
    "given_later": frozenset(),
}

_TIMES = {"within", "length", "usually"}

_OWN_TIME = re.compile(
    r"(?i)\b(?:\d+|an?|half an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen"
    r"|twenty|thirty|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|vingt|trente)"
    r"(?:[\s-]+(?:more|full|whole|\w+ing|business|calendar|clock))?[\s-]*"
    r"(?:hours?|days?|weeks?|months?|fortnights?|heures?|jours?|jours? ouvrables?|semaines?|mois"
    r"|quinzaines?|demi-journées?|(?<=\d)h|(?<=\d )h)\b"
    r"|\b(?:tomorrow|overnight|(?:the )?same day|demain|le jour même)\b"
)

_FULL = Here(automatic=True)
"""Everything that an installation could have said."""


def problems(provider: Provider) -> list[str]:
    """Everything wrong with a provider's texts, a line each, beginning with the file's name."""
    file = provider.published
    if not file.sections:
        return []
    found = [f"{FILE}: {said}" for said in problems_in(file, provider.file.languages)]
    existing = carriers_of(provider)
    for number, statement in enumerate(file.statements):
        if statement.about not in existing:
            said = f"there is no {statement.about} any more; remove the text or correct its name"
            found.append(f"{FILE}: statements[{number}].about: {said}")
    return found or list(_unmade(provider))


def _unmade(provider: Provider) -> Iterator[str]:
    """Why a document cannot be made, on any day on which the rules change, in any language."""
    book = RuleBook(provider)
    seen: set[str] = set()
    for day in book.days:
        for document in documents(provider):
            for language in book.file.languages:
                try:
                    compose(provider, book, _FULL, document, language, day)
                except PublishError as error:
                    said = str(error).removeprefix(f"{provider.key}: ")
                    if said not in seen:
                        seen.add(said)
                        yield f"{FILE}: {document} in {language}: {said}"


def problems_in(file: PublishedFile, languages: tuple[str, ...]) -> Iterator[str]:
    """Texts that are missing, that name a time of their own or that no slot fills, a line each."""
    sections = {section.key for section in file.sections}
    for name, words in file.promises.items():
        if words.section not in sections:
            yield f"promises.{name}.section: {words.section!r} is none of the sections; correct it"
        for variant in VARIANTS:
            said: Mapping[str, str] = getattr(words, variant)
            yield from _said_problems(
                said, f"promises.{name}.{variant}", languages, _SLOTS[variant]
            )
    for key, duty in file.duties.items():
        if duty.section not in sections:
            yield f"duties.{key}.section: {duty.section!r} is none of the sections; correct it"
        yield from _said_problems(duty.text, f"duties.{key}.text", languages, frozenset())
    for level, said in file.levels.items():
        yield from _said_problems(said, f"levels.{level}", languages, frozenset({"level"}))
    for number, statement in enumerate(file.statements):
        place = f"statements[{number}]"
        if statement.section not in sections:
            yield f"{place}.section: {statement.section!r} is none of the sections; correct it"
        yield from _said_problems(
            statement.text, f"{place}.text", languages, frozenset({"within", "length"})
        )


def _said_problems(
    said: Mapping[str, str], place: str, languages: tuple[str, ...], slots: frozenset[str]
) -> Iterator[str]:
    if not said:
        return
    for language in languages:
        if not (said.get(language) or said.get(language.partition("-")[0])):
            yield f"{place}: it says nothing in {language}; add it"
    for language, text in said.items():
        at = f"{place}.{language}"
        try:
            pieces = [one for one in Formatter().parse(text) if one[1] is not None]
            used = {
                f"{name}{(turned and f'!{turned}') or ''}{(form and f':{form}') or ''}"
                for _, name, form, turned in pieces
            }
        except ValueError as error:
            yield f"{at}: its braces are wrong: {error}"
            continue
        for name in sorted(used - slots):
            there = ", ".join(f"{{{slot}}}" for slot in sorted(slots)) or "none"
            yield f"{at}: there is no slot {{{name}}} here; there are: {there}"
        own = _OWN_TIME.search(text)
        if own:
            yield f"{at}: it names a time of its own, {own[0]!r}; use a slot: it is filled by rule"
        if _must_say_when(place, slots) and not used & _TIMES:
            yield f"{at}: it does not say by when; use {{within}}, {{length}} or {{usually}}"


_NO_TIME_BY_LAW = ("promises.deadlock_letter.legal", "promises.ccts_notice.legal")
"""What the law asks for without a time; ours is said in a sentence of its own."""


def _must_say_when(place: str, slots: frozenset[str]) -> bool:
    return "within" in slots and place.startswith("promises.") and place not in _NO_TIME_BY_LAW
