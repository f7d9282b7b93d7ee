"""What people do in a scenario, through the same door as in the service.

An action that does not fit the case, its facts or the person becomes an alert and ends nothing: a
scenario may well ask what happens then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugin.cases.actions import WAITING
from plugin.desk import customer
from plugin.desk.act import Acted, ActionRefused, Doer, act, act_on_contact
from plugin.desk.ports import Desk
from plugin.keys import customer_token
from plugin.simulation import counted
from plugin.simulation.scenario import Scenario
from plugin.simulation.steps import Agent, Link
from plugin.store.alerts import raise_

PERSON = "user:simulated"
"""The actor of every agent step."""


class Acting(Protocol):
    """`plugin.desk.act.act`, or its `act_on_contact`."""

    def __call__(
        self,
        desk: Desk,
        provider: str,
        about: int,
        kind: str,
        facts: Mapping[str, object],
        doer: Doer,
        now: datetime,
        /,
    ) -> Acted:
        """Do `kind` to the case or contact `about`."""


@dataclass(frozen=True, slots=True)
class Hands:
    """How people act: as the desk lets them, unless a test wants to see what is asked of it."""

    on_case: Acting = act
    on_contact: Acting = act_on_contact


class People:
    """The people of a scenario at the desk."""

    def __init__(self, desk: Desk, scenario: Scenario, hands: Hands) -> None:
        self._desk = desk
        self._provider = scenario.provider
        self._hands = hands
        self._introduced = 0
        self._opening: list[tuple[str, dict[str, Any]]] = []
        if scenario.customer:
            self._opening.append(("customer_described", dict(scenario.customer)))
        self._opening += [("flagged", {"flag": flag}) for flag in scenario.flags]

    def introduce(self, now: datetime) -> None:
        """Say of every new case what the scenario says of each: who the customer is, its flags."""
        if not self._opening:
            return
        with self._desk.database.read() as connection:
            known = counted.case_ids(connection, self._provider)
        fresh, self._introduced = known[self._introduced :], len(known)
        for case in fresh:
            for number, (kind, facts) in enumerate(self._opening):
                self._do(kind, case, facts, Doer("system"), f"opening:{case}:{number}", now)

    def agent(self, does: Agent, facts: dict[str, Any], key: str, now: datetime) -> None:
        """A person acts. `key` tells this step from every other."""
        doer = Doer(PERSON, does.role)
        if does.not_case is not None:
            self._on_contact(does.action, does.not_case, facts, doer, key, now)
        else:
            self._on_case(does, facts, doer, key, now)

    def link(self, press: Link, key: str, now: datetime) -> None:
        """The customer presses a button on the page that the newest link of the case opens."""
        what = f"{press.button} by link"
        with self._desk.database.read() as connection:
            rows = counted.cases(connection, self._provider)
            row = rows[press.case - 1] if press.case <= len(rows) else None
            id = counted.newest_link(connection, self._provider, row.id) if row else None
        if row is None or id is None:
            self._refused(what, f"case {press.case} has no link by then", key, now)
            return
        token = customer_token(self._desk.ring, self._provider, id)
        try:
            customer.say(self._desk, token, press.button, None, now, acting=self._hands.on_case)
        except customer.DeadLink:
            self._refused(what, "the link opens nothing any more", key, now, row.id)
        except customer.NotNow as why:
            said = str(why.__cause__ or "the page does not offer it")
            self._refused(what, said, key, now, row.id)

    def _on_contact(
        self, kind: str, number: int, facts: dict[str, Any], doer: Doer, key: str, now: datetime
    ) -> None:
        with self._desk.database.read() as connection:
            found = counted.not_cases(connection, self._provider)
        contact = found[number - 1].contact if number <= len(found) else None
        if contact is None:
            self._refused(kind, f"contact {number} that opened no case is not there", key, now)
            return
        self._with_contact(kind, contact, facts, doer, key, now)

    def _with_contact(
        self, kind: str, contact: int, facts: dict[str, Any], doer: Doer, key: str, now: datetime
    ) -> None:
        try:
            self._hands.on_contact(self._desk, self._provider, contact, kind, facts, doer, now)
        except ActionRefused as why:
            self._refused(kind, str(why), key, now)

    def _on_case(
        self, does: Agent, facts: dict[str, Any], doer: Doer, key: str, now: datetime
    ) -> None:
        with self._desk.database.read() as connection:
            rows = counted.cases(connection, self._provider)
        if does.case > len(rows):
            self._refused(does.action, f"case {does.case} is not open by then", key, now)
            return
        case = rows[does.case - 1].id
        try:
            meant = self._meant(case, facts, [row.reference for row in rows])
        except _NotThere as why:
            self._refused(does.action, str(why), key, now, case)
            return
        if does.action in WAITING and "contact" in meant:
            contact = meant.pop("contact")
            self._with_contact(does.action, contact, meant, doer, key, now)
            return
        self._do(does.action, case, meant, doer, key, now)

    def _meant(self, case: int, facts: dict[str, Any], references: list[str]) -> dict[str, Any]:
        """The facts, what the scenario counts replaced by what the desk knows it as."""
        meant = dict(facts)
        with self._desk.database.read() as connection:
            of = (connection, self._provider, case)
            if _counts(facts, "into"):
                meant["into"] = _nth(references, facts["into"], "case")
            if _counts(facts, "contact"):
                meant["contact"] = _nth(counted.contacts_of(*of), facts["contact"], "contact")
            if _counts(facts, "party"):
                meant["party"] = _nth(counted.parties_of(*of), facts["party"], "party")
            if isinstance(name := facts.get("letter"), str):
                named = [row.id for row in counted.letters_of(*of) if row.kind == name]
                if not named:
                    raise _NotThere(f"there is no letter {name} by then")
                meant["letter"] = named[-1]
        return meant

    def _do(
        self,
        kind: str,
        case: int,
        facts: Mapping[str, Any],
        doer: Doer,
        key: str,
        now: datetime,
    ) -> None:
        try:
            self._hands.on_case(self._desk, self._provider, case, kind, facts, doer, now)
        except ActionRefused as why:
            self._refused(kind, str(why), key, now, case)

    def _refused(
        self, action: str, why: str, key: str, now: datetime, case: int | None = None
    ) -> None:
        text = f"The action {action} could not be done: {why.rstrip('.')}."
        self._desk.database.write(
            lambda c: raise_(
                c,
                self._provider,
                key=f"action_refused:{key}",
                about="action_refused",
                text=text,
                at=now,
                case=case,
            )
        )


class _NotThere(LookupError):
    """A scenario counts further than there is anything."""


def _counts(facts: Mapping[str, Any], name: str) -> bool:
    value = facts.get(name)
    return isinstance(value, int) and not isinstance(value, bool)


def _nth(found: Sequence[Any], number: int, what: str) -> Any:
    """The n-th of what was found, counted from 1."""
    if not 1 <= number <= len(found):
        raise _NotThere(f"there is no {what} {number} by then")
    return found[number - 1]
