"""Lengths of time as a customer reads them, and which units a document has used."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.codes.model import Unit, Within
from plugin.codes.published_file import PublishedFile, UnitWords
from plugin.published.fill import PublishError, fill

_SAME = {Unit.BUSINESS_DAY_INCLUSIVE: Unit.BUSINESS_DAY}
"""Units of which one explanation is enough."""


class Lengths:
    """Says lengths of time in one language; `used` are the units said so far, in order."""

    def __init__(self, texts: PublishedFile, language: str) -> None:
        self._texts, self._language = texts, language
        self.used: list[Unit] = []

    def length(self, within: Within) -> str:
        """ "5 business days". Raises PublishError for a unit without words."""
        words = self._unit(within.unit)
        self._note(within.unit)
        said = words.one if within.amount == 1 else words.many
        return fill(self._text(said), amount=str(within.amount))

    def within(self, within: Within) -> str:
        """ "within 5 business days", or what the unit has instead."""
        words = self._unit(within.unit)
        if within.amount == 1 and words.within_one:
            self._note(within.unit)
            return self._text(words.within_one)
        return self._word("within", length=self.length(within))

    def usually(self, within: Within, alert: Within | None) -> str:
        """ "within 3 to 5 business days", where the nearer end counts the same unit."""
        length = self.length(within)
        if alert is not None and alert.unit == within.unit and alert.amount < within.amount:
            length = self._word("range", **{"from": str(alert.amount), "length": length})
        return self._word("within", length=length)

    def meanings(self, holidays: str) -> list[tuple[Unit, str]]:
        """How each unit used is counted; `holidays`: whose public holidays."""
        found: list[tuple[Unit, str]] = []
        for unit in self.used:
            means = self._text(self._texts.units[unit].means)
            also = _SAME.get(unit)
            if means and not (also and also in self.used):
                found.append((unit, fill(means, holidays=holidays)))
        return found

    def _unit(self, unit: Unit) -> UnitWords:
        if unit not in self._texts.units:
            raise PublishError(f"published.toml lacks units.{unit}")
        return self._texts.units[unit]

    def _note(self, unit: Unit) -> None:
        if unit not in self.used:
            self.used.append(unit)

    def _word(self, name: str, **slots: str) -> str:
        return fill(self._text(self._texts.words.get(name, {})), **slots)

    def _text(self, said: Mapping[str, str]) -> str:
        return self._texts.text(said, self._language)
