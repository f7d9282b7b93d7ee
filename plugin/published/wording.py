"""What the parts of a document are composed with: one provider, one language, one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from babel import Locale
from babel.dates import format_date

from plugin.codes.compensation import Entitlements, entitlements
from plugin.codes.history import Customer
from plugin.codes.law import LawFile
from plugin.codes.provider import Provider, spoken
from plugin.codes.provider_file import ProviderFile
from plugin.codes.rules import RuleBook, Rules
from plugin.codes.signpost import Signpost, signpost
from plugin.published.contacts import Shown, showable
from plugin.published.fill import PublishError, fill
from plugin.published.lengths import Lengths


@dataclass(frozen=True, slots=True)
class Here:
    """What this installation adds: values of its settings, contacts a person has confirmed, the
    mailbox that complaints are collected from, and whether it takes part in automatic
    compensation."""

    values: Mapping[str, str] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    mailbox: str = ""
    automatic: bool = False
    strict: bool = False
    """Show only contacts that a person has confirmed: a letter's rule, stricter than the code's."""


class Wording:
    """The texts of a provider in one language, and the rules and facts that fill them."""

    def __init__(
        self, provider: Provider, book: RuleBook, here: Here, language: str, on: date
    ) -> None:
        self.provider, self.here, self.language, self.on = provider, here, language, on
        self.file: ProviderFile = book.file
        self.rules: Rules = book.on(on)
        self.texts = provider.published
        self.lengths = Lengths(self.texts, language)
        self.locale = Locale.parse(_locale(language, self.file.jurisdiction))

    @cached_property
    def shown(self) -> Shown:
        """The contact points that may be shown."""
        return showable(self.file, self.here.confirmed, strict=self.here.strict)

    @cached_property
    def post(self) -> Signpost:
        """What may be said of the dispute resolution scheme."""
        found = signpost(self.provider, self.rules, self.here.values, Customer())
        assert found is not None  # nobody is refused of whom nothing is recorded
        return found

    @cached_property
    def owed(self) -> Entitlements:
        """What money the provider may owe."""
        return entitlements(self.provider, self.file, automatic=self.here.automatic)

    @property
    def law(self) -> list[LawFile]:
        """The instruments that bind the provider whether it likes it or not."""
        return [
            law
            for law in self.provider.law.values()
            if law.jurisdiction == self.file.jurisdiction and not law.voluntary
        ]

    def law_title(self, title: str) -> str:
        """An instrument's title in this language."""
        for law in self.provider.law.values():
            if law.title == title:
                return self.spoken(law.title_in) or title
        return title

    def text(self, said: Mapping[str, str]) -> str:
        """A text in this language, else in English, else ""."""
        return self.texts.text(said, self.language)

    def spoken(self, said: Mapping[str, str]) -> str:
        """A text in this language and no other, "fr" standing for "fr-CA"."""
        return spoken(said, self.language)

    def word(self, name: str, /, **slots: str) -> str:
        """One of the words used in several places, its slots filled. Raises PublishError."""
        said = self.texts.words.get(name)
        if said is None:
            raise PublishError(f"{self.provider.key}: published.toml lacks words.{name}")
        return fill(self.text(said), **slots)

    def channel(self, kind: str) -> str:
        """The name of a channel. Raises PublishError."""
        if kind not in self.texts.channels:
            raise PublishError(f"{self.provider.key}: published.toml lacks channels.{kind}")
        return self.text(self.texts.channels[kind])

    def way(self, channel: str) -> str:
        """How a customer may confirm by a channel. Raises PublishError."""
        if channel not in self.texts.ways:
            raise PublishError(f"{self.provider.key}: published.toml lacks ways.{channel}")
        return self.text(self.texts.ways[channel])

    def maybe(self, name: str) -> str:
        """What is said of a channel beside its addresses, "" for nothing."""
        return self.text(self.texts.channels.get(name, {}))

    def holidays(self) -> str:
        """Whose public holidays are meant."""
        calendar = self.file.calendar
        names = (f"{calendar.country}-{calendar.subdivision}", calendar.country)
        known = self.texts.holidays
        return next((self.text(known[one]) for one in names if one in known), calendar.country)

    def day(self, day: date) -> str:
        """A date in words."""
        first = "d'er'" if self.locale.language == "fr" and day.day == 1 else "d"
        return format_date(day, f"{first} MMMM y", locale=self.locale)

    def level(self, level: str) -> str:
        """A level by its title, as it stands within a sentence of this language."""
        rung = next(one for one in self.file.ladder if one.level == level)
        said = self.texts.level_titles.get(level, {})
        return self.spoken(said) or self.spoken(rung.titles) or rung.title


def _locale(language: str, jurisdiction: str) -> str:
    if "-" in language:
        return language.replace("-", "_")
    return f"{language}_{'CA' if jurisdiction == 'CA' else 'GB'}"
