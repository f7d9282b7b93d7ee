"""A scenario as values: what happens, in which order, in a scratch office of one provider.

Everything is read before anything runs. A key that nobody knows is an error wherever it stands, so
that a slip of the pen never passes for a scenario that shows something else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from plugin.bundle import folder
from plugin.cases.actions import ACTIONS, FLAGS
from plugin.cases.facts import FIRST_YEAR, LAST_YEAR, FactError, read_facts
from plugin.codes.load import keys
from plugin.simulation.fields import (
    ScenarioError,
    Table,
    lines,
    list_of,
    moment,
    one_of,
    seed,
    shown,
    text,
)
from plugin.simulation.steps import Step, read_step

MAX_BYTES = 20 * 1024 * 1024
"""The largest scenario file."""

MAX_STEPS = 10_000
MAX_YEARS = 20
"""The longest time a scenario may take."""

_KEYS = (
    "provider",
    "start",
    "until",
    "steps",
    "seed",
    "customer",
    "flags",
    "settings",
    "mailboxes",
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is to happen, steps in order of time; all times are in UTC.

    `customer` and `flags` hold for each case as it opens. `settings` are as written, not yet held
    against the provider. `mailboxes` are addresses of ours beside the provider's own.
    """

    provider: str
    start: datetime
    until: datetime
    steps: tuple[Step, ...]
    seed: str = "1"
    customer: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    mailboxes: tuple[str, ...] = ()


def read_file(path: Path) -> Scenario:
    """The scenario in a file. Raises ScenarioError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ScenarioError(f"{path}: it is larger than {MAX_BYTES // 1024**2} MiB")
        document = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: it is not UTF-8; save it as UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ScenarioError(f"{path}: it is not JSON: {error.msg}, {place}") from None
    except ScenarioError:
        raise
    except ValueError:
        raise ScenarioError(f"{path}: it is not JSON: a number in it is too long") from None
    except RecursionError:
        raise ScenarioError(f"{path}: it is nested too deeply to be read") from None
    return read(document, path.parent)


def read(document: object, base: Path) -> Scenario:
    """The scenario that a JSON document says; relative paths start from `base`.

    Raises ScenarioError naming the first place that is wrong.
    """
    table = Table(document, "", _KEYS)
    provider = table.need("provider", one_of(keys(folder("templates"))))
    start, until = table.need("start", _day), table.need("until", _day)
    if until < start:
        raise ScenarioError("until: it is before start")
    if (until - start).days > MAX_YEARS * 366:
        raise ScenarioError(f"until: it is more than {MAX_YEARS} years after start")
    nothing: list[object] = []
    given = table.get("steps", list_of(_as_is, MAX_STEPS), nothing)
    steps = [read_step(one, f"steps[{number}]", base) for number, one in enumerate(given)]
    for step in steps:
        if not start <= step.at <= until:
            raise ScenarioError(f"{step.place}.at: it is not between start and until")
    return Scenario(
        provider=provider,
        start=start,
        until=until,
        steps=tuple(sorted(steps, key=lambda step: step.at)),
        seed=table.get("seed", seed, "1"),
        customer=table.get("customer", _customer, {}),
        flags=tuple(table.get("flags", list_of(one_of(FLAGS), len(FLAGS)), [])),
        settings=table.get("settings", _settings, {}),
        mailboxes=table.get("mailboxes", _mailboxes, ()),
    )


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which no key is given twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ScenarioError(f"{twice}: the key is given twice in one object")
    return found


def _as_is(value: object, place: str) -> object:
    del place
    return value


def _day(value: object, place: str) -> datetime:
    found = moment(value, place)
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        raise ScenarioError(f"{place}: it is not between {FIRST_YEAR} and {LAST_YEAR}")
    return found


def _customer(value: object, place: str) -> dict[str, Any]:
    action = ACTIONS["customer_described"]
    given = Table(value, place, [fact.name for fact in action.takes]).values
    told = {name: said for name, said in given.items() if said is not None}
    try:
        return read_facts(action.needs, action.takes, told)
    except FactError as error:
        raise ScenarioError(f"{place}.{error}") from None


def _settings(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ScenarioError(f"{place}: {shown(value)} is not an object")
    return {text(name, place): said for name, said in value.items()}


def _mailboxes(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ScenarioError(f"{place}: {shown(value)} is not a list")
    return lines(value, place)
