"""Tells on the terminal what the demo desk does, as it happens.

Customers' words and addresses stay out, as they do in every log; the sample people are made up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from mail.parse import parse
from plugin.desk.ports import Desk
from plugin.store import cases

_INTRO = """\
This is the demo desk: a mailbox with {count} letters to four telecom providers, and Answerable at
work on it. Nothing is configured and nothing leaves this machine.
"""

_AT_WORK = """
Answerable now collects the mail, decides what is a complaint and writes the letters.
In a second terminal:   .venv/bin/answerable case list
Stop it with Ctrl-C.
"""

_OUTCOMES = {
    "case_opened": "a complaint: case {case} opened",
    "joined": "belongs to case {case}: joined",
    "proposed": "may belong to a live case: a person decides",
    "duplicate": "the same letter again: nothing doubled",
    "quarantined": "cannot be read: quarantined, {why}",
    "waiting": "will be tried again: {why}",
}

_REASONS = {
    "no_statement": "no complaint: kept, nothing opened",
    "information_request": "asks how one complains: answered with the code, nothing opened",
    "possible_complaint": "sounds unhappy but does not say so: waits for a person",
    "stranger": "quotes a case it has no part in: waits for a person",
    "auto_reply": "sent by a machine: kept, never answered",
    "bounce": "a report of non-delivery: kept, never answered",
    "list": "a newsletter: kept, never answered",
    "own_address": "a letter of our own: kept, never answered",
    "proposed": "may belong to one of several cases: a person decides",
}


class Story:
    """Prints a line for everything that happens; safe from any thread."""

    def __init__(self, echo: Callable[[str], None], clock: Callable[[], datetime]) -> None:
        self._echo = echo
        self._clock = clock
        self._lock = threading.Lock()
        self.desk: Desk | None = None

    def begin(self, count: int) -> None:
        """Introduce the demo."""
        self._echo(_INTRO.format(count=count))

    def at_work(self) -> None:
        """Say what comes next."""
        self._echo(_AT_WORK)

    def end(self) -> None:
        """Take leave."""
        self._echo("The demo desk is closed.")

    def say(self, about: str, text: str) -> None:
        """One line with the time."""
        with self._lock:
            self._echo(f"{self._clock():%H:%M:%S}  {about:10} {text}")

    def tell(self, kind: str, **facts: object) -> None:
        """The desk's `Teller`."""
        provider = str(facts.get("provider", ""))
        if kind == "collected":
            new = facts["new"]
            self.say(provider, f"{new} new {'letter' if new == 1 else 'letters'} collected")
        elif kind == "received":
            self.say(provider, self._outcome(provider, facts))
        elif kind == "sent":
            case = facts.get("case")
            of = f" of case {self._reference(provider, case)}" if case is not None else ""
            self.say(provider, f"{facts['letter']}{of} accepted by the mail server")
        elif kind == "mailbox_failed":
            self.say(provider, f"the mailbox cannot be read, tried again later: {facts['reason']}")

    def letter(self, raw: bytes, recipients: list[str]) -> None:
        """The demo's mail server has accepted a letter."""
        self.say("mail out", f"to {', '.join(recipients)}: {parse(raw).subject}")

    def _outcome(self, provider: str, facts: dict[str, object]) -> str:
        outcome, why = str(facts["outcome"]), str(facts.get("why") or "")
        said = _OUTCOMES.get(outcome) or _REASONS.get(why, "kept")
        return said.format(case=self._reference(provider, facts.get("case")), why=why)

    def _reference(self, provider: str, case: object) -> str:
        if self.desk is None or not isinstance(case, int):
            return "?"
        with self.desk.database.read() as connection:
            return cases.reference_of(connection, provider, case) or "?"
