"""Setting up: the providers' folders become stored versions, settings are held against them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from plugin.codes.load import keys, load, read_folder
from plugin.codes.provider import Provider
from plugin.codes.readings import ReadingError
from plugin.codes.rules import RuleBook
from plugin.desk.ports import Desk
from plugin.desk.providers import installation
from plugin.desk.values import timeframe
from plugin.letters.render import check, source_name
from plugin.published import check as published
from plugin.settings import Settings, SettingsError
from plugin.store import providers as rows
from plugin.store.alerts import raise_


def store_providers(
    desk: Desk,
    templates: Path,
    now: datetime,
    only: Sequence[str] | None = None,
    *,
    every_reading: bool = True,
) -> None:
    """Store each provider folder's content as a version where it is new; `only`: those named.

    `every_reading`: look at the readings not chosen too (a scratch office need not).
    A folder that changed after an admin's edit changes nothing and raises an alert. Raises
    ProviderError where a folder is wrong, SettingsError where the settings name a reading it does
    not have: the service must not start on half of its promises.
    """
    read = {key: read_folder(templates, key) for key in only or keys(templates)}
    loaded = [load(key, files, every_reading=every_reading) for key, files in read.items()]
    check_readings(loaded, desk.settings)
    for key, files in read.items():
        stored = desk.database.write(
            lambda c, key=key, files=files: rows.store_folder(c, key, files, now=now)  # type: ignore[misc]
        )
        if stored == "conflict":
            said = (
                f"The folder templates/{key} changed after an edit in the panel; nothing changed."
            )
            digest = rows.digest_of(files)
            desk.database.write(
                lambda c, key=key, said=said, digest=digest: raise_(  # type: ignore[misc]
                    c, key, key=f"folder:{digest}", about="provider_conflict", text=said, at=now
                )
            )


def check_settings(settings: Settings, known: tuple[str, ...]) -> None:
    """Hold provider names in the settings against the folders there are. Raises SettingsError."""
    choices = ", ".join(known)
    named = {f"provider.{key}": key for key in settings.provider}
    named |= {f"mailbox.{name}.provider": box.provider for name, box in settings.mailbox.items()}
    named |= {f"phone.{name}.provider": one.provider for name, one in settings.phone.items()}
    if settings.default_provider:
        named["default_provider"] = settings.default_provider
    wrong = [
        f"{place}: there is no provider {key!r}; there are: {choices}"
        for place, key in named.items()
        if key not in known
    ]
    if wrong:
        raise SettingsError("settings", wrong)


def check_readings(providers: Sequence[Provider], settings: Settings) -> None:
    """Hold the readings that the settings choose against those there are.

    Raises SettingsError naming what is possible, also for a value that no rule can use.
    """
    wrong = []
    for provider in providers:
        try:
            RuleBook(provider, installation(settings, provider.key))
        except ReadingError as error:
            wrong += [f"provider.{provider.key}.{problem}" for problem in error.problems]
    if wrong:
        raise SettingsError("settings", wrong)


def missing_settings(provider: Provider, settings: Settings) -> list[str]:
    """What this installation must still supply for a provider, a line each."""
    given = settings.for_provider(provider.key).values
    return [
        f"provider.{provider.key}.{name}: not set; it is {meaning}"
        for name, meaning in provider.file.settings.items()
        if not given.get(name, "").strip()
    ]


def problems_of(provider: Provider) -> list[str]:
    """What is wrong with a provider beyond its file: its letter sources, those it lacks,
    the texts of its published code."""
    found = [*check(provider), *published.problems(provider)]
    for kind in provider.file.letters.kinds:
        for language in provider.file.languages:
            if source_name(provider, kind, language) is None:
                found.append(
                    f"letters/{kind}.{language}.md.j2: missing; the desk writes this letter"
                )
    return [f"templates/{provider.key}/{problem}" for problem in found]


def bad_values(desk: Desk, provider: Provider) -> list[str]:
    """Values this installation supplies that cannot be used, a line each."""
    try:
        timeframe(desk, provider)
    except ValueError as error:
        return [f"provider.{provider.key}.acknowledgement_timeframe: {error}"]
    return []
