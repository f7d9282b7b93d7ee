"""Runs a scenario: the clock goes from moment to moment, and the steps happen in between.

At each step's moment the desk first does what is due by then: what arrives on the stroke of a
deadline arrives too late, as deadlines are half-open.
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mail.message import Unreadable
from mail.parse import parse
from plugin.desk.faults import FAULTS
from plugin.desk.listening import overheard
from plugin.simulation.chance import digest
from plugin.simulation.fields import ScenarioError
from plugin.simulation.lookup import Lookup
from plugin.simulation.mails import as_reply, report, write
from plugin.simulation.office import Office, office
from plugin.simulation.people import Hands, People
from plugin.simulation.report import document
from plugin.simulation.scenario import Scenario
from plugin.simulation.steps import Agent, Bounce, Call, Eml, Link, Mail, Reply, Step, Written
from plugin.simulation.tenant import address_of, tenant


def simulate(scenario: Scenario, hands: Hands | None = None) -> dict[str, Any]:
    """Everything that happened, as `answerable simulate --json` prints it.

    Raises ScenarioError, ProviderError where the provider's folder is wrong, and Runaway.
    """
    with office(lambda base: tenant(scenario, base), scenario) as made:
        run = _Run(scenario, made, hands or Hands())
        for number, step in enumerate(scenario.steps, start=1):
            made.advance(step.at)
            run.take(step, number)
        made.advance(scenario.until)
        return document(made.desk, scenario.provider, scenario.until)


class _Run:
    """A scenario under way in its office."""

    def __init__(self, scenario: Scenario, made: Office, hands: Hands) -> None:
        self._scenario = scenario
        self._office = made
        self._lookup = Lookup(made.desk, scenario.provider, made.post)
        self._people = People(made.desk, scenario, hands)
        made.after_receiving = self._people.introduce

    def take(self, step: Step, number: int) -> None:
        """Let a step happen now; it is the n-th in order of time. Raises ScenarioError."""
        unique = digest(self._scenario.seed, "mail", number)[:20]
        now, key = self._office.clock.now, f"step:{number}"
        match step.what:
            case Mail(says):
                self._arrives(step, self._filled(says, step), unique)
            case Eml(path):
                self._deliver(self._lookup.fill_raw(_bytes(path, step), step.place))
            case Reply() as reply:
                answered = parse(self._letter(reply, "reply_to", step))
                filled = replace(reply, says=self._filled(reply.says, step))
                self._arrives(step, as_reply(filled, answered, self._zone()), unique)
            case Bounce() as bounce:
                raw = self._letter(bounce, "bounce", step)
                self._deliver(report(bounce, raw, at=step.at, unique=unique))
            case Agent() as agent:
                facts = self._lookup.fill(agent.facts, f"{step.place}.agent")
                self._people.agent(agent, facts, key, now)
                self._people.introduce(now)
            case Link() as link:
                self._people.link(link, key, now)
            case Call() as call:
                said = self._lookup.fill({"transcript": call.transcript}, step.place)
                overheard(
                    self._office.desk,
                    self._scenario.provider,
                    f"call-{number}",
                    caller=call.caller,
                    transcript=said["transcript"],
                    is_message=call.voicemail,
                    now=now,
                )
        self._office.work()

    def _arrives(self, step: Step, says: Written, unique: str) -> None:
        to = (address_of(self._scenario.provider),)
        self._deliver(write(says, to=to, at=step.at, unique=unique, place=step.place))

    def _deliver(self, raw: bytes) -> None:
        self._office.deliver(raw, _addresses(raw))

    def _letter(self, about: Reply | Bounce, key: str, step: Step) -> bytes:
        return self._lookup.letter(about.letter, about.case, f"{step.place}.{key}")

    def _filled(self, says: Written, step: Step) -> Written:
        """The same words, the placeholders in them filled."""
        values = {one.name: getattr(says, one.name) for one in fields(says)}
        return Written(**self._lookup.fill(values, step.place))

    def _zone(self) -> ZoneInfo:
        with self._office.desk.database.read() as connection:
            newest = self._office.desk.providers.newest(connection)
        return ZoneInfo(newest[self._scenario.provider].file.calendar.zone)


def _addresses(raw: bytes) -> tuple[str, ...]:
    """Whom a mail is sent to, as far as it can be read."""
    try:
        message = parse(raw)
    except (Unreadable, *FAULTS):
        # It is delivered all the same; receiving says what is wrong with it.
        return ()
    to = (one.address for one in (*message.to, *message.cc))
    return (*message.delivered_to, *to)


def _bytes(path: Path, step: Step) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        said = f"{path} cannot be read: {error.strerror}"
        raise ScenarioError(f"{step.place}.eml: {said}") from None
