"""A provider as a value: the parsed file, its letter sources, and the version they came from.

Rules and rendering get a `Provider`; they never read a disk. The same value comes from a folder
(`code check`) and from a stored version (the running service). The law travels with it, so that
what applied to a case can always be shown as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugin.codes.law import LawFile
from plugin.codes.provider_file import ProviderFile
from plugin.codes.published_file import PublishedFile
from voice.plan import Plan

REGULATOR_NOTICE = "regulator_notice"
"""The name of the regulator's fixed text, where an installation has supplied it."""


def spoken(said: Mapping[str, str], language: str) -> str:
    """What is said in a language, "fr" standing for "fr-CA"; "" where nothing is."""
    return said.get(language) or said.get(language.partition("-")[0], "")


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider at one version.

    `letters` maps a path such as "acknowledgement.en.md.j2" or "base/acknowledgement.en.md.j2" to
    its source. `version` counts from 1 in the database; 0 where it was read from a folder. `law` is
    every instrument of the provider's jurisdiction. `data` is the file as written, on which
    readings are applied.
    """

    key: str
    version: int
    file: ProviderFile
    letters: Mapping[str, str]
    law: Mapping[str, LawFile] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    """Texts supplied as they are, by name and language, e.g. "regulator_notice.fr"."""

    published: PublishedFile = field(default_factory=lambda: PublishedFile(format=1))
    """What its published code says to customers; without texts in versions of before."""

    phone: Plan | None = None
    """How its calls are routed; without a plan in versions of before."""

    def text(self, name: str, language: str) -> str:
        """A supplied text, "fr" standing for "fr-CA"; "" where there is none."""
        spoken = (language, language.partition("-")[0])
        return next(
            (self.texts[f"{name}.{one}"] for one in spoken if f"{name}.{one}" in self.texts), ""
        )
