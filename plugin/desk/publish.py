"""The published documents as this installation keeps them, and what is owed in money.

Which contacts a person has confirmed, which scheme was named, how clauses are read: all of it comes
from the settings that cases run on, so that no document can promise what no case is held to.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from plugin.codes.compensation import Entitlements, entitlements
from plugin.codes.provider import Provider
from plugin.desk.providers import book_of
from plugin.published.compose import Here, compose
from plugin.published.document import Document
from plugin.settings import Settings

PATH = "/code"
"""Where the published codes are; the provider follows."""

STEPS = ("steps", "escalate", "closing")
"""The sections of the complaints code that say how a complaint goes on."""

NOTICES = frozenset({"promise:adr_notice", "promise:ccts_notice"})
"""What is said of the notice of the scheme."""


def here(settings: Settings, provider: str) -> Here:
    """What the settings add to a provider's documents."""
    section = settings.for_provider(provider)
    boxes = (box.address for box in settings.mailbox.values() if box.provider == provider)
    return Here(
        values=section.values,
        confirmed=frozenset(section.confirmed_contacts),
        mailbox=next(boxes, ""),
        automatic=section.automatic_compensation,
    )


def publish(
    settings: Settings, provider: Provider, document: str, language: str, on: date
) -> Document:
    """A document as it holds for a complaint first received `on`. Raises PublishError."""
    book = book_of(settings, provider)
    return compose(provider, book, here(settings, provider.key), document, language, on)


def explained(
    settings: Settings, provider: Provider, language: str, on: date, *, scheme: bool
) -> dict[str, object]:
    """What the complaints code says, for a letter: the ways to complain, the steps, the formats.

    `scheme`: the customer is one whom the dispute resolution scheme could take. `link`: where the
    whole code stands, "" where nobody could open it. Raises PublishError.
    """
    said = replace(here(settings, provider.key), strict=True)
    made = compose(provider, book_of(settings, provider), said, "complaints", language, on)
    told = [section for key in STEPS if (section := made.section(key))]
    steps = [point.text for section in told for point in section.points]
    adr = made.section("adr")
    if scheme and adr:
        steps += [point.text for point in adr.steps if point.key in NOTICES]
    contact, formats = made.section("contact"), made.section("formats")
    url = settings.web.url
    return {
        "ways": [reach.said(language) for reach in (contact.reaches if contact else ())],
        "asks": [point.text for point in (contact.points if contact else ())],
        "steps": steps,
        "formats": [point.text for point in (formats.points if formats else ())],
        "link": f"{url}{PATH}/{provider.key}" if url else "",
    }


def paper(provider: Provider) -> str:
    """The paper people print on where the provider is: "a4" or "letter"."""
    return "letter" if provider.file.jurisdiction == "CA" else "a4"


def owed(settings: Settings, provider: Provider) -> Entitlements:
    """What the provider may owe in money, as this installation reads its code."""
    book = book_of(settings, provider)
    automatic = settings.for_provider(provider.key).automatic_compensation
    return entitlements(provider, book.file, automatic=automatic)


def local_date(provider: Provider, now: datetime) -> date:
    """The provider's date at a moment."""
    return now.astimezone(ZoneInfo(provider.file.calendar.zone)).date()
