"""Published documents for tests: any provider, document, language and day, under any reading."""

from __future__ import annotations

from datetime import date

from plugin.codes.rules import Installation, RuleBook
from plugin.published.compose import Here, compose
from plugin.published.document import Document, Point
from tests.plugin.codes.tables import shipped

TODAY = date(2026, 11, 28)
VALUES = {"acknowledgement_timeframe": "10 business days"}

EVERY = [
    (key, document.key, language)
    for key in ("ooma", "8x8", "jive", "opus")
    for document in shipped(key).file.documents
    for language in shipped(key).file.languages
]
"""Every document of every provider in every language it writes."""


def book(key: str, readings: dict[str, str] | None = None) -> RuleBook:
    """A provider's rules under some readings."""
    return RuleBook(shipped(key), Installation(readings or {}, VALUES))


def made(
    key: str,
    document: str = "complaints",
    language: str | None = None,
    *,
    on: date = TODAY,
    here: Here | None = None,
    readings: dict[str, str] | None = None,
) -> Document:
    """A document as it is published."""
    spoken = language or shipped(key).file.languages[0]
    asked = here or Here(VALUES)
    return compose(shipped(key), book(key, readings), asked, document, spoken, on)


def points(document: Document) -> dict[str, Point]:
    """Every sentence of a document by its key."""
    return {point.key: point for section in document.sections for point in section.points}


def text(document: Document) -> str:
    """Everything a document says, a line each."""
    return "\n".join(said for _, _, said in document.statements())
