"""The installation a scenario runs in: made-up addresses, and the provider as the scenario sets it.

The settings of the machine it runs on play no part, so that a scenario says the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from plugin.bundle import folder
from plugin.codes.load import load, read_folder
from plugin.codes.provider import Provider
from plugin.codes.readings import ReadingError
from plugin.codes.rules import RuleBook
from plugin.desk.providers import installation
from plugin.sections import ProviderSettings
from plugin.settings import Settings
from plugin.simulation.fields import ScenarioError, meant, shown
from plugin.simulation.scenario import Scenario

MAILBOX = "simulated"
"""The name of the provider's own mailbox; further ones are numbered."""

SUPPLIED = {"acknowledgement_timeframe": "10 business days"}
"""What a provider must set and a scenario may leave out, as the demo desk has it."""

KNOWN = ("acknowledgement_timeframe", "adr_scheme")
"""Settings of a provider that the desk knows whether or not its folder asks for them."""

_NOT_SETTABLE = ("enabled", "readings", "sender")


def address_of(provider: str) -> str:
    """The address of the provider's own mailbox."""
    return f"complaints@{provider}.example"


def tenant(scenario: Scenario, base: Path) -> Settings:
    """The settings of the simulated installation, its files below `base`.

    Raises ScenarioError for a setting, reading or address that cannot be meant, and ProviderError
    where the provider's folder is wrong.
    """
    key = scenario.provider
    provider = load(key, read_folder(folder("templates"), key), every_reading=False)
    readings, values = _parted(scenario.settings, provider)
    asked = {name: said for name, said in SUPPLIED.items() if name in provider.file.settings}
    section = {
        "sender": address_of(key),
        "readings": readings,
        # A scenario is about customers: its office has just done the review its code asks for.
        "reviewed_on": scenario.start.date(),
        **asked,
        **values,
    }
    boxes = {
        name: {"provider": key, "address": address, "host": "simulation.invalid"}
        for name, address in _addresses(scenario).items()
    }
    try:
        settings = Settings.model_validate(
            {
                "base": base,
                "default_provider": key,
                "web": {"url": f"https://complaints.{key}.example"},
                "mailbox": boxes,
                "provider": {key: section},
            }
        )
        RuleBook(provider, installation(settings, key))
    except ValidationError as error:
        raise _refused(error) from None
    except ReadingError as error:
        problem = error.problems[0].removeprefix("readings.")
        raise ScenarioError(f"settings.{problem}") from None
    return settings


def _addresses(scenario: Scenario) -> dict[str, str]:
    own = {MAILBOX: address_of(scenario.provider)}
    return own | {f"{MAILBOX}-{n}": one for n, one in enumerate(scenario.mailboxes, start=1)}


def _parted(given: Mapping[str, Any], provider: Provider) -> tuple[dict[str, str], dict[str, str]]:
    """(readings, other settings). Raises ScenarioError for what is neither."""
    readings = {name.lower(): name for name in provider.file.readings}
    own = [name for name in ProviderSettings.model_fields if name not in _NOT_SETTABLE]
    others = [*dict.fromkeys((*provider.file.settings, *KNOWN, *own))]
    chosen: dict[str, str] = {}
    values: dict[str, str] = {}
    for name, said in given.items():
        if not isinstance(said, str | int | float):
            raise ScenarioError(f"settings.{name}: {shown(said)} is not a text or a number")
        plain = str(said).lower() if isinstance(said, bool) else str(said)
        if name.lower() in readings:
            chosen[readings[name.lower()]] = plain
        elif name in others:
            values[name] = plain
        else:
            there = meant(name, [*provider.file.readings, *others])
            raise ScenarioError(f"settings.{name}: {provider.key} has no such setting{there}")
    return chosen, values


def _refused(error: ValidationError) -> ScenarioError:
    """The first thing that the settings do not take, as the scenario says it."""
    entry = error.errors()[0]
    section, _, *place = (str(part) for part in (*entry["loc"], "", ""))
    said = entry["msg"][:1].lower() + entry["msg"][1:]
    if section == "mailbox":
        return ScenarioError(f"mailboxes: {shown(entry['input'])} is no address")
    name = next((part for part in place if part), section)
    return ScenarioError(f"settings.{name}: {said}")
