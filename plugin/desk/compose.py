"""Composes a letter from its values: renders it, looks whether it says what it must, names it.

The elements its code promises are counted only where the finished letter really says them, and so
is the sentence that silence will close a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from plugin.codes.provider import Provider
from plugin.desk.ports import Desk
from plugin.keys import letter_message_id
from plugin.letters.render import render
from plugin.store.letters import Letter


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter, and which of the elements it must have it lacks."""

    letter: Letter
    lacking: tuple[str, ...]


def compose(
    desk: Desk,
    provider: Provider,
    kind: str,
    values: Mapping[str, Any],
    *,
    language: str,
    case: int | None,
    contact: int | None = None,
    sender: str,
    id: int,
    author: str = "system",
) -> Composed:
    """Make the letter `kind` in a language of the provider; `id` is its number, drawn before.

    `case`: whose it is; None where it only answers `contact`. `sender` is the address it will come
    from. Raises LetterError where it cannot be made.
    """
    rendered = render(provider, kind, language, values)
    rule = provider.file.letters.kinds.get(kind)
    wanted = {name: at(values, path) for name, path in rule.elements.items()} if rule else {}
    if values.get("representative"):
        wanted["standing"] = str(values["representative"]["standing"])
    adr = values.get("adr")
    if rule and rule.signposts and adr and adr["form"] != "missing":
        wanted["scheme"] = str(adr["scheme"])
    has = {name: said for name, said in wanted.items() if says(rendered, said)}
    domain = sender.rpartition("@")[2]
    letter = Letter(
        provider=provider.key,
        id=id,
        case=case,
        kind=kind,
        language=rendered.language,
        rules_version=provider.version,
        template=rendered.template,
        message_id=letter_message_id(desk.ring, provider.key, case or 0, id, domain),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        elements=has,
        author=author,
        contact=contact,
    )
    return Composed(letter, tuple(name for name in wanted if name not in has))


class Worded(Protocol):
    """What has a subject and a text."""

    @property
    def subject(self) -> str: ...

    @property
    def text(self) -> str: ...


def says(letter: Worded, said: str) -> bool:
    """Does the letter say this, in its subject or its text, however its lines are broken?"""
    words = " ".join(said.split())
    whole = " ".join(f"{letter.subject} {letter.text}".split())
    return bool(words) and words in whole


def language_for(provider: Provider, spoken: str) -> str:
    """The provider's language for one that triage heard ("fr" -> "fr-CA"), else its first."""
    languages = provider.file.languages
    return next((one for one in languages if one.partition("-")[0] == spoken), languages[0])


def at(values: Mapping[str, Any], path: str) -> str:
    """The value at a dotted path, "" where there is none."""
    found: Any = values
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return "" if found is None else str(found)
