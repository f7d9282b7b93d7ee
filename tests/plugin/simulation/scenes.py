"""Short ways to write scenarios and to look at what came out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plugin.cases.roles import Role
from plugin.desk.act import Acted, ActionRefused, Doer
from plugin.desk.ports import Desk
from plugin.simulation.people import Hands
from plugin.simulation.run import simulate
from plugin.simulation.scenario import Scenario, read

START = "2026-11-24T09:00:00+00:00"
COMPLAINT = "I would like to make a complaint about my line."


def at(day: str, hour: str = "10:00") -> str:
    """A moment in November 2026, e.g. at("25", "09:30")."""
    return f"2026-11-{day}T{hour}:00+00:00"


def mail(when: str, text: str = COMPLAINT, **more: Any) -> dict[str, Any]:
    """A step in which a customer writes."""
    return {"at": when, "mail": {"from": "Jo Marsh <jo@example.com>", "text": text, **more}}


def scenario(*steps: Mapping[str, Any], base: Path = Path(), **more: Any) -> Scenario:
    """A week at Ooma with these steps."""
    document = {
        "provider": "ooma",
        "start": START,
        "until": "2026-12-01T09:00:00+00:00",
        "steps": list(steps),
        **more,
    }
    return read(document, base)


def run(*steps: Mapping[str, Any], hands: Hands | None = None, **more: Any) -> dict[str, Any]:
    """What happens in such a week."""
    return simulate(scenario(*steps, **more), hands)


def kinds(case: Mapping[str, Any]) -> list[str]:
    """The kinds of the events of a case."""
    return [event["kind"] for event in case["timeline"]]


class Watched:
    """Hands that note what is asked of the desk, and refuse what they are told to."""

    def __init__(self, *refused: str) -> None:
        self.asked: list[tuple[int, str, dict[str, object], str, Role | None]] = []
        self._refused = refused

    def __call__(
        self,
        desk: Desk,
        provider: str,
        about: int,
        kind: str,
        facts: Mapping[str, object],
        doer: Doer,
        now: object,
        /,
    ) -> Acted:
        """Note an action."""
        if kind in self._refused:
            raise ActionRefused("it does not fit a case that is open; wait.")
        self.asked.append((about, kind, dict(facts), doer.actor, doer.role))
        return Acted(about, (kind,), ())

    @property
    def hands(self) -> Hands:
        """As the simulator takes them."""
        return Hands(self, self)
