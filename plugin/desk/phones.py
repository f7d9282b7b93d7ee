"""The phone systems of the settings, with what their webhooks prove themselves by.

The rule: a secret that could be guessed, or is none for its system, stops the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from plugin.desk.ports import Desk
from plugin.keys import SealBroken
from plugin.settings import SettingsError
from plugin.store.secrets import SecretMissing, Secrets
from voice.systems import System, systems


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone system of the settings. `provider`: whose call it is where no plan says."""

    name: str
    system: System
    provider: str
    secrets: tuple[str, ...] = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


def phones(desk: Desk) -> list[Phone]:
    """Every enabled phone system of an enabled provider.

    Raises SettingsError naming every secret that is missing or cannot be one.
    """
    found: list[Phone] = []
    wrong: list[str] = []
    for name, section in desk.settings.phone.items():
        if not (section.enabled and desk.settings.for_provider(section.provider).enabled):
            continue
        system = systems()[section.system]
        given: dict[str, str] = {}
        for which, typed, stored in (
            ("secret", section.secret, section.secret_secret),
            ("other_secret", section.other_secret, section.other_secret_secret),
        ):
            try:
                given[which] = _secret(desk, typed, stored)
            except (SecretMissing, SealBroken) as error:
                wrong.append(f"phone.{name}.{which}_secret: {error}")
        problems = {which: system.problem(secret) for which, secret in given.items() if secret}
        wrong += [f"phone.{name}.{which}: {said}" for which, said in problems.items() if said]
        secrets = tuple(secret for secret in given.values() if secret)
        twin = next(
            (
                one.name
                for one in found
                if one.system.path == system.path and set(one.secrets) & set(secrets)
            ),
            None,
        )
        if twin is not None:
            wrong.append(f"phone.{name}.secret: phone.{twin} has the same; give each its own")
        found.append(Phone(name, system, section.provider, secrets, section.options))
    if wrong:
        raise SettingsError("settings", wrong)
    return found


def _secret(desk: Desk, given: SecretStr | None, stored: str | None) -> str:
    if stored:
        with desk.database.read() as connection:
            return Secrets(desk.ring).get(connection, stored)
    return given.get_secret_value() if given else ""
