"""Composes a letter for a case: gathers what it may say, renders it, gives it its Message-ID.

A letter says only what is certain: a number or address that no person has confirmed is left out,
and the elements its code promises are counted only where the letter really has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from plugin.codes.model import Within
from plugin.codes.provider import Provider
from plugin.codes.spans import parse_within, say
from plugin.desk.ports import Desk
from plugin.keys import letter_message_id
from plugin.letters.names import greeting_name
from plugin.letters.render import render
from plugin.store.cases import OpenCase
from plugin.store.letters import Letter

_NOTHING_MORE: Mapping[str, Any] = {
    "representative": None,
    "text": [],
    "elements": {"progress": "", "proposed_actions": "", "timeframe": ""},
    "handler": {"name": "", "contact": ""},
    "contact_at": None,
    "link": "",
    "adr": None,
    "notice": [],
    "silence": None,
    "due": {"decision": None, "update": None},
    "outcome_on": None,
    "original": None,
    "procedure": "",
    "late": False,
}
"""What a letter that has no more than its case says of the rest: every value is always there."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter, and which of the elements its code promises it lacks."""

    letter: Letter
    lacking: tuple[str, ...]


def compose(
    desk: Desk, provider: Provider, case: OpenCase, kind: str, *, customer: str, sender: str
) -> Composed:
    """Make the letter `kind` to `customer` (a name as they wrote it) in the case's language.

    `sender` is the address it will come from. Raises LetterError where it cannot be made.
    """
    values = _values(desk, provider, case, customer)
    rendered = render(provider, kind, case.language, values)
    rule = provider.file.letters.kinds.get(kind)
    wanted = rule.elements if rule else {}
    found = {element: _at(values, path) for element, path in wanted.items()}
    id = desk.draw.id()
    domain = sender.rpartition("@")[2]
    has = {element: value for element, value in found.items() if value.strip()}
    letter = Letter(
        provider=provider.key,
        id=id,
        case=case.id,
        kind=kind,
        language=rendered.language,
        rules_version=provider.version,
        template=rendered.template,
        message_id=letter_message_id(desk.ring, provider.key, case.id, id, domain),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        elements=has,
    )
    return Composed(letter, tuple(element for element in found if element not in has))


def language_for(provider: Provider, spoken: str) -> str:
    """The provider's language for one that triage heard ("fr" -> "fr-CA"), else its first."""
    languages = provider.file.languages
    return next((one for one in languages if one.partition("-")[0] == spoken), languages[0])


def timeframe(desk: Desk, provider: Provider) -> Within | None:
    """The time frame this installation gives in its acknowledgements, where it gives one.

    Raises ValueError where the setting is not a length of time.
    """
    text = desk.settings.for_provider(provider.key).values.get("acknowledgement_timeframe", "")
    return parse_within(text) if text.strip() else None


def _values(desk: Desk, provider: Provider, case: OpenCase, customer: str) -> dict[str, Any]:
    file = provider.file
    zone = ZoneInfo(file.calendar.zone)
    within = timeframe(desk, provider)
    texts = {name: _spoken(said, case.language) for name, said in file.letters.texts.items()}
    return {
        **_NOTHING_MORE,
        **texts,
        "case": {
            "reference": case.reference,
            "received_on": case.first_received_at.astimezone(zone).date(),
            "level": "",
            "was_closed": False,
            "closed_as": "",
        },
        "customer": {"name": greeting_name(customer)},
        "provider": {"name": file.name, "signs_as": file.signs_as},
        "timeframe": say(within, case.language) if within else "",
    }


def _spoken(said: Mapping[str, str], language: str) -> str:
    return said.get(language) or said.get(language.partition("-")[0], "")


def _at(values: Mapping[str, Any], path: str) -> str:
    """The value at a dotted path, "" where there is none."""
    found: Any = values
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return "" if found is None else str(found)
