"""Composes a published document from a provider's data, the rules in force and what is set here.

Every time it names comes out of the same rules as the deadlines of a case, and every promise of
those rules is said. Nothing uncertain is: the scheme is what `signpost` allows, contacts are what
`showable` allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from plugin.codes.model import Within
from plugin.codes.provider import Provider
from plugin.codes.published_file import SectionRule, Statement
from plugin.codes.rules import RuleBook
from plugin.published import promises
from plugin.published.contacts import href
from plugin.published.document import Document, Point, Section
from plugin.published.fill import PublishError, fill
from plugin.published.shows import Shown, shown
from plugin.published.wording import Here, Wording

__all__ = ["Here", "PublishError", "compose", "documents"]


def documents(provider: Provider) -> tuple[str, ...]:
    """The documents a provider publishes: "complaints", and "information" where it has one."""
    known = {section.document for section in provider.published.sections}
    return tuple(one.key for one in provider.file.documents if one.key in known)


def compose(
    provider: Provider, book: RuleBook, here: Here, document: str, language: str, on: date
) -> Document:
    """A document ("complaints", "information") as it holds for a complaint first received `on`.

    `on` is a date of the provider's. Raises PublishError where the provider has no such document,
    does not write the language, or lacks words for a promise.
    """
    there = documents(provider)
    if document not in there:
        known = ", ".join(there) or "none; see templates/base/published.toml"
        raise PublishError(f"{provider.key} has no {document} code; there are: {known}")
    if language not in book.file.languages:
        known = ", ".join(book.file.languages)
        raise PublishError(f"{provider.key} does not write {language}; its languages: {known}")
    wording = Wording(provider, book, here, language, on)
    title = wording.text(provider.published.titles.get(document, {}))  # type: ignore[call-overload]
    found = [
        _section(wording, rule) for rule in provider.published.sections if rule.document == document
    ]
    return Document(
        key=document,
        provider=provider.key,
        provider_name=book.file.name,
        language=language,
        title=fill(title, provider=book.file.name),
        edition=wording.rules.edition,
        on=on,
        sections=tuple(section for section in found if section),
        words={name: wording.text(said) for name, said in provider.published.words.items()},
        left_out=wording.shown.left_out,
    )


def _section(wording: Wording, rule: SectionRule) -> Section:
    data = shown(wording, rule.shows, rule.document) if rule.shows else Shown()
    # In the order of reading, so that "how we count" knows every unit said before it.
    return Section(
        rule.key,
        wording.text(rule.title),
        rule.numbered,
        before=(*_statements(wording, rule, last=False), *data.before),
        reaches=tuple(data.reaches),
        steps=tuple(promises.said(wording, rule.key)),
        after=(
            *data.after,
            *_duties(wording, rule),
            *_statements(wording, rule, last=True),
        ),
    )


def _statements(wording: Wording, rule: SectionRule, *, last: bool) -> Iterator[Point]:
    for statement in wording.texts.statements:
        if statement.section == rule.key and statement.last is last:
            yield _statement(wording, statement)


def _statement(wording: Wording, statement: Statement) -> Point:
    within = _within_of(wording, statement.about)
    slots = {}
    if within:
        slots = {
            "within": wording.lengths.within(within),
            "length": wording.lengths.length(within),
        }
    pages = wording.shown.of("web")
    page = next((one for one in pages if one.purpose == statement.link), None)
    leads = href("web", page.normalised, page.printed or "") if page else ""
    key = f"{statement.about}:{statement.section}"
    return Point(key, fill(wording.text(statement.text), **slots), href=leads)


def _within_of(wording: Wording, about: str) -> Within | None:
    topic = about.partition(":")[2]
    terms = wording.file.terms
    return next((one.within for one in terms if one.topic == topic and one.within), None)


def _duties(wording: Wording, rule: SectionRule) -> Iterator[Point]:
    for law in wording.law:
        for duty in law.duties:
            words = wording.texts.duties.get(duty.name)
            if words and words.section == rule.key and duty.in_force(wording.on):
                text = wording.text(words.text)
                title = wording.law_title(law.title) if words.marked else ""
                yield Point(f"duty:{duty.name}", text, title)
