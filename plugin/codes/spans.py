"""Lengths of time in words: read from a setting, said in a letter."""

from __future__ import annotations

import re

from plugin.codes.model import Unit, Within

_OTHER_WORDS = {
    "working day": Unit.BUSINESS_DAY,
    "working days": Unit.BUSINESS_DAY,
    "calendar day": Unit.CALENDAR_DAY,
    "calendar days": Unit.CALENDAR_DAY,
}

_WORDS: dict[str, dict[Unit, tuple[str, str]]] = {
    "en": {
        Unit.BUSINESS_DAY: ("business day", "business days"),
        Unit.CALENDAR_DAY: ("day", "days"),
        Unit.WEEK: ("week", "weeks"),
    },
    "fr": {
        Unit.BUSINESS_DAY: ("jour ouvrable", "jours ouvrables"),
        Unit.CALENDAR_DAY: ("jour", "jours"),
        Unit.WEEK: ("semaine", "semaines"),
    },
}


_UNITS = {
    word: unit for spoken in _WORDS.values() for unit, words in spoken.items() for word in words
} | _OTHER_WORDS


def parse_within(text: str) -> Within:
    """Read "10 business days", "2 weeks" or "14 days", in any language that a letter speaks.

    Raises ValueError saying what would be right.
    """
    match = re.fullmatch(r"\s*(\d{1,3})\s+([a-z]+(?: [a-z]+)?)\s*", text.lower())
    unit = _UNITS.get(match[2]) if match else None
    if match is None or unit is None or int(match[1]) == 0:
        raise ValueError('give a length of time such as "10 business days", "2 weeks" or "14 days"')
    return Within(amount=int(match[1]), unit=unit)


def say(within: Within, language: str) -> str:
    """The length of time in words, e.g. "10 jours ouvrables" for "fr-CA".

    Raises KeyError for a language or unit that no letter speaks yet.
    """
    one, many = _WORDS[language.partition("-")[0]][within.unit]
    return f"{within.amount} {one if within.amount == 1 else many}"
