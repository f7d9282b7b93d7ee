"""Makes a letter from its source and the facts of a case, or says exactly why it cannot.

A name the letter uses and nobody supplied stops the letter; it never goes out with a gap. Values
are shown character by character: nothing a customer wrote can become a link or a heading.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from jinja2 import BaseLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.environment import Environment
from jinja2.sandbox import ImmutableSandboxedEnvironment

from plugin.codes.provider import Provider
from plugin.letters import markdown
from plugin.letters.subset import problems

MAX_SOURCE = 64 * 1024
"""The longest letter source, in characters."""

MAX_RENDERED = 64 * 1024
"""The longest rendered letter, in characters of Markdown."""

SEPARATOR = "\n---\n"
"""Stands between a letter's subject and its body."""

_URL = re.compile(r"https?://[!#-;=?-\[\]-_a-~]+")
"""An address that may stand in a letter as a link: ASCII, without what would end the link."""


class LetterError(ValueError):
    """A letter cannot be made. `problems` has a line each: source, line, what and remedy."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter ready to be frozen: `template` is the digest of the sources it was made from."""

    language: str
    subject: str
    text: str
    html: str
    template: str


def render(provider: Provider, kind: str, language: str, values: Mapping[str, Any]) -> Rendered:
    """Make the letter `kind` in `language` ("en", "fr-CA", ...).

    Raises LetterError naming the source where there is none for the language, a value is missing,
    or the source is not a letter.
    """
    name = source_name(provider, kind, language)
    if name is None:
        raise LetterError([f"{provider.key}: there is no letter {kind!r} in {language!r}"])
    environment = _environment(_Sources(provider))
    try:
        written = environment.get_template(name).render(values, language=language)
    except TemplateError as error:
        raise LetterError([f"{name}: {error.message or error}"]) from error
    if len(written) > MAX_RENDERED:
        raise LetterError([f"{name}: the letter is longer than {MAX_RENDERED} characters"])
    subject, separator, body = written.partition(SEPARATOR)
    if not separator:
        raise LetterError([f"{name}: no line '---' stands between the subject and the letter"])
    title = markdown.one_line(subject.strip())
    if not title:
        raise LetterError([f"{name}: the subject is empty"])
    tokens = markdown.parse(body)
    return Rendered(
        language=language,
        subject=title,
        text=markdown.to_text(tokens),
        html=markdown.to_html(tokens, language=language, title=title),
        template=_digest(provider, name),
    )


def source_name(provider: Provider, kind: str, language: str) -> str | None:
    """The source for a letter: the provider's own before base's, "fr-CA" before "fr"."""
    spoken = dict.fromkeys((language, language.partition("-")[0]))
    names = [f"{place}{kind}.{code}.md.j2" for place in ("", "base/") for code in spoken]
    return next((name for name in names if name in provider.letters), None)


def check(provider: Provider) -> list[str]:
    """Everything wrong with a provider's letter sources: source, line, what and remedy."""
    environment = _environment(_Sources(provider))
    found = []
    for name, source in sorted(provider.letters.items()):
        if len(source) > MAX_SOURCE:
            found.append(f"{name}: it is longer than {MAX_SOURCE} characters; shorten it")
            continue
        try:
            tree = environment.parse(source, name)
        except TemplateSyntaxError as error:
            found.append(f"{name}: line {error.lineno}: {error.message}")
            continue
        found += [f"{name}: line {line}: {what}" for line, what in problems(tree)]
    return found


class _Sources(BaseLoader):
    """A provider's sources; equal for the same version, so that compiled letters are kept."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def __hash__(self) -> int:
        return hash((self.provider.key, self.provider.version))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sources) and (
            self.provider is other.provider or self.provider.letters == other.provider.letters
        )

    def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
        source = self.provider.letters.get(template)
        if source is None:
            raise TemplateNotFound(template)
        if len(source) > MAX_SOURCE:
            raise TemplateSyntaxError(f"it is longer than {MAX_SOURCE} characters", 1, template)
        for line, what in problems(environment.parse(source, template)):
            raise TemplateSyntaxError(what, line, template)
        return source, None, None


class _Sandbox(ImmutableSandboxedEnvironment):
    """In a letter `due.update` is the value of that name, never what a dictionary can do."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


@lru_cache(maxsize=64)
def _environment(sources: _Sources) -> Environment:
    environment = _Sandbox(
        loader=sources,
        undefined=StrictUndefined,
        finalize=_literal,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.clear()
    environment.filters.clear()
    environment.filters.update(day=_day, moment=_moment, link=_link, default=_default)
    return environment


class _Link(str):
    """Markdown that a filter made; it is not escaped again."""

    __slots__ = ()


def _literal(value: object) -> object:
    if isinstance(value, _Link):
        return value
    if value is None:
        raise TemplateError("a value is empty; the letter must not ask for it without an 'if'")
    return markdown.literal(str(value)) if not isinstance(value, StrictUndefined) else value


def _day(value: date, language: str) -> str:
    """A date in words: "24 November 2026", "24 novembre 2026", "1er décembre 2026"."""
    locale = _locale(language)
    return format_date(value, f"{_first(value, locale)} MMMM y", locale=locale)


def _moment(value: datetime, language: str) -> str:
    """A moment in words, on its own clock: "Monday 30 November 2026 at 14:30"."""
    locale = _locale(language)
    # Between an hour and its "h" French never breaks the line.
    clock = "'à' H\u00a0'h'\u00a0mm" if locale.language == "fr" else "'at' HH:mm"
    pattern = f"EEEE {_first(value, locale)} MMMM y {clock}"
    return format_datetime(value, pattern, tzinfo=value.tzinfo, locale=locale)


def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


def _first(value: date, locale: Locale) -> str:
    """The pattern of the day: in French the first of a month is an ordinal."""
    return "d'er'" if locale.language == "fr" and value.day == 1 else "d"


def _link(value: object) -> _Link:
    """A web address as a link that shows itself; in plain text it is the bare address."""
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise TemplateError("only an http or https address can be a link")
    return _Link(f"<{value}>")


def _default(value: object, otherwise: str) -> object:
    return otherwise if isinstance(value, StrictUndefined) or not value else value


@lru_cache(maxsize=1024)
def _sources_digest(sources: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()


def _digest(provider: Provider, name: str) -> str:
    """Over the source and every base source it may extend."""
    base = [text for key, text in sorted(provider.letters.items()) if key.startswith("base/")]
    return _sources_digest((provider.letters[name], *base))
