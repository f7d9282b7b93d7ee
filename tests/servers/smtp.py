"""A real SMTP server inside the tests, which keeps what it accepts and refuses as it is told."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.wait import HOST

DROP = "drop"
"""An answer that is none: the line is cut after DATA."""


@dataclass(frozen=True)
class Caught:
    """A letter as it was accepted."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)


class SmtpCatcher:
    """Accepts every letter, unless `answers` holds something else to say at the end of DATA."""

    def __init__(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self.letters: list[Caught] = []
        self.answers: deque[str] = deque()
        self._arrived = threading.Condition()
        self._running = False
        self._controller = _FreePort(self, hostname=HOST, port=0)

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def start(self) -> None:
        self._controller.start()
        self._running = True

    def stop(self) -> None:
        if self._running:
            self._controller.stop()
        self._running = False

    def wait_for(self, number: int, seconds: float = 20) -> list[Caught]:
        """Wait until so many letters have been accepted."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.letters) >= number, seconds):
                raise TimeoutError(f"{len(self.letters)} of {number} letters came")
        return list(self.letters)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answers.popleft() if self.answers else "250 2.0.0 accepted"
        if answer == DROP:
            transport: Any = server.transport
            transport.abort()
            return "421 gone"
        if answer.startswith("2"):
            content = envelope.content or b""
            raw = content.encode() if isinstance(content, str) else content
            caught = Caught(str(envelope.mail_from), tuple(envelope.rcpt_tos), raw)
            with self._arrived:
                self.letters.append(caught)
                self._arrived.notify_all()
        return answer


class _FreePort(Controller):
    """A controller on a port of the system's choice, which it then knows."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> Any:
        return SMTP(self.handler, enable_SMTPUTF8=True, ident="tests")
