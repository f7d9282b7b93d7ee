"""Acting on a case: one way for pages, commands, the simulator and customers.

An action that does not fit the case, the facts or the person is refused with the reason and the
remedy, and nothing changes. What it causes is written in one transaction with it: the events, the
letter that follows from it, the promises derived anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from plugin.cases.roles import Role
from plugin.desk.ports import Desk


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
class Acted:
    """What an action did: the case it is about now, the events it recorded, the letters queued."""

    case: int
    events: tuple[str, ...]
    letters: tuple[str, ...]


def act(
    desk: Desk,
    provider: str,
    case: int,
    kind: str,
    facts: Mapping[str, object],
    doer: Doer,
    now: datetime,
) -> Acted:
    """Do `kind` (cases/actions.py) to a case. Raises ActionRefused, LookupError for no such case.

    `facts` as people give them: text or JSON values; `at` may say when it happened.
    """
    raise NotImplementedError


def act_on_contact(
    desk: Desk,
    provider: str,
    contact: int,
    kind: str,
    facts: Mapping[str, object],
    doer: Doer,
    now: datetime,
) -> Acted:
    """Do `kind` (promoted, joined, dismissed) to a contact that waits for a person.

    Raises ActionRefused, LookupError for no such contact.
    """
    raise NotImplementedError
