"""A real SMTP server inside the tests, which keeps what it accepts and refuses as it is told."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.servers.wait import HOST, until

DROP = "drop"
"""An answer that is none: the line is cut."""

TAKE_AND_DROP = "take and drop"
"""At the end of DATA: the letter is accepted, but the line is cut before we are told."""

SILENCE = "silence"
"""An answer that never comes."""

Stage = Literal["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "middle of DATA", "end of DATA"]


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
    """Accepts every letter, unless it is told to say something else.

    `answers` holds what to say at the end of DATA, `at` the same for every stage.
    """

    def __init__(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self.letters: list[Caught] = []
        self.at: dict[Stage, deque[str]] = defaultdict(deque)
        self.answers = self.at["end of DATA"]
        self.connections = 0
        self.sign_ins: list[str] = []
        self.open: set[Any] = set()
        self._arrived = threading.Condition()
        self._running = False
        self._controller = _FreePort(self, hostname=HOST, port=0)

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def start(self) -> None:
        self._controller.start()
        self._running = True
        # The controller has called itself to see whether somebody answers.
        self.connections = 0

    def stop(self) -> None:
        if self._running:
            for transport in set(self.open):
                self._controller.loop.call_soon_threadsafe(transport.abort)
            until(lambda: not self.open, "every line to the mail server is closed")
            self._controller.stop()
        self._running = False

    def told(self, stage: Stage) -> str | None:
        """What it was told to say next at this stage."""
        return self.at[stage].popleft() if self.at[stage] else None

    def wait_for(self, number: int, seconds: float = 20) -> list[Caught]:
        """Wait until so many letters have been accepted."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.letters) >= number, seconds):
                raise TimeoutError(f"{len(self.letters)} of {number} letters came")
        return list(self.letters)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.told("end of DATA") or "250 2.0.0 accepted"
        if answer.startswith("2") or answer == TAKE_AND_DROP:
            content = envelope.content or b""
            raw = content.encode() if isinstance(content, str) else content
            caught = Caught(str(envelope.mail_from), tuple(envelope.rcpt_tos), raw)
            with self._arrived:
                self.letters.append(caught)
                self._arrived.notify_all()
        return answer


class _Told(SMTP):
    """The server, but that it says what it was told wherever it was told something."""

    event_handler: SmtpCatcher

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.event_handler.open.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.open.discard(self.transport)
        super().connection_lost(error)

    async def push(self, status: Any) -> None:
        text = str(status)
        if text.startswith("220 "):
            self.event_handler.connections += 1
            text = self.event_handler.told("greeting") or text
        transport: Any = self.transport
        if text in (DROP, TAKE_AND_DROP):
            transport.abort()
        elif text == SILENCE:
            await asyncio.Event().wait()
        else:
            await super().push(text.encode("utf-8", "surrogateescape"))
            if text.startswith("421"):
                transport.close()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._said("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if not await self._said("EHLO"):
            await super().smtp_HELO(hostname)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._said("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:
        if not await self._said("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        if not await self._said("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self._said("DATA"):
            return
        told = self.event_handler.told("middle of DATA")
        if told is None:
            await super().smtp_DATA(arg)
            return
        await super().push("354 go on")
        await self._reader.readuntil(b"\r\n\r\n")
        await self.push(told)

    async def _said(self, stage: Stage) -> bool:
        told = self.event_handler.told(stage)
        if told is not None:
            await self.push(told)
        return told is not None


class _FreePort(Controller):
    """A controller on a port of the system's choice, which it then knows."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> Any:
        return _Told(
            self.handler,
            enable_SMTPUTF8=True,
            ident="tests",
            auth_require_tls=False,
            authenticator=self._sign_in,
        )

    def _sign_in(self, _server: Any, _session: Any, _envelope: Any, _how: str, who: Any) -> Any:
        """Anybody may come in."""
        self.handler.sign_ins.append(who.login.decode())
        return AuthResult(success=True)
