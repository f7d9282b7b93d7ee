"""An action being done: what it is, with which facts, by whom, when; and how it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.cases.actions import Action
from plugin.cases.roles import Role
from plugin.desk.casework import CaseWork


class ActionRefused(ValueError):
    """The action does not fit; the message says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts: `actor` as it stands on the record ("user:12", "customer:99", "system").

    `role`: the person's role at the provider; None for a customer or the desk itself.
    """

    actor: str
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Doing:
    """One action on its way. `at` is when it happened; it may lie before now."""

    action: Action
    told: Mapping[str, Any]
    doer: Doer
    at: datetime

    @property
    def actor(self) -> str:
        return self.doer.actor

    def refused(self, why: str) -> ActionRefused:
        """The error that refuses it, naming it."""
        return ActionRefused(f"{self.action.kind}: {why}")

    def only_now(self, work: CaseWork) -> None:
        """A letter goes now, whatever `at` says. Raises ActionRefused."""
        if self.at != work.now:
            raise self.refused("at: its letter goes now; leave it out")

    def must_write(self, queued: bool, work: CaseWork) -> None:
        """Refuse what could not be written to anybody. Raises ActionRefused."""
        if queued:
            return
        told = any(one.name == "by" for one in self.action.takes)
        remedy = "; say in `by` how they were told" if told else ""
        raise self.refused(f"its letter cannot go: {work.unwritten}{remedy}")
