"""The demo desk's own mail servers: real ones, on loopback, new and empty at each start.

The IMAP side is pymap with its in-memory backend, the SMTP side aiosmtpd. The service reaches both
over sockets as it would any provider's.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from argparse import Namespace
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from imapclient import IMAPClient
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Identity
from pymap.imap import IMAPServer
from pymap.user import Passwords, UserMetadata

HOST = "127.0.0.1"
START_SECONDS = 10
KEPT_LETTERS = 1000
"""How many letters the demo's mail server keeps; the oldest go first."""


class DemoMailbox:
    """An IMAP server with one empty mailbox a user, all with the same password."""

    def __init__(self, users: Iterable[str], password: str) -> None:
        self._users = tuple(users)
        self._password = password
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="demo-imap", daemon=True)
        self._failure: BaseException | None = None
        self.port = 0

    def start(self) -> None:
        """Start serving; `port` is known then."""
        self._thread.start()
        if not self._ready.wait(START_SECONDS) or self._failure:
            raise RuntimeError("the demo's mailbox did not start") from self._failure

    def stop(self) -> None:
        """Stop serving and forget every mail."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(START_SECONDS)

    def deliver(self, user: str, raw: bytes, when: datetime) -> None:
        """Put a mail into a user's inbox, as arrived at `when`."""
        client = IMAPClient(HOST, port=self.port, ssl=False, timeout=START_SECONDS)
        try:
            client.login(user, self._password)
            client.append("INBOX", raw, msg_time=when)
        finally:
            with suppress(OSError):
                client.logout()

    def _run(self) -> None:
        logging.getLogger("pymap").setLevel(logging.WARNING)
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failure = error
            self._ready.set()
        finally:
            with suppress(RuntimeError):
                self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _serve(self) -> None:
        backend, config = await DictBackend.init(_arguments(self._password))
        config.apply_context()
        await self._add_users(backend, config)
        answer = ProxyProtocolReader(config.proxy_protocol).get_callback(
            IMAPServer(backend.login, config)
        )
        async with AsyncExitStack() as stack:
            await backend.start(stack)
            server = await asyncio.start_server(answer, host=HOST, port=0)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._over.wait()
            server.close()
            await self._cancel_connections()

    async def _add_users(self, backend: DictBackend, config: Config) -> None:
        hashed = await Passwords(config).hash_password(self._password)
        for name in self._users:
            user = UserMetadata(config, name, password=hashed)
            await Identity(name, backend.login, None, frozenset()).set(user)

    async def _cancel_connections(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _arguments(password: str) -> Namespace:
    """What pymap's own command line would say."""
    return Namespace(
        host=HOST,
        port=0,
        debug=False,
        cert=None,
        key=None,
        tls=False,
        proxy_protocol=None,
        inherited_sockets=None,
        passlib_cfg=None,
        demo_data=False,
        demo_user="demo",
        demo_password=password,
    )


class DemoPost:
    """An SMTP server that keeps the letters it accepts; `on_letter(raw, recipients)` hears each."""

    def __init__(self, on_letter: Callable[[bytes, list[str]], None] | None = None) -> None:
        self.letters: deque[bytes] = deque(maxlen=KEPT_LETTERS)
        self._on_letter = on_letter
        self._controller = _FreePort(self, hostname=HOST, port=0)

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def start(self) -> None:
        """Start serving; `port` is known then."""
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self._controller.start()

    def stop(self) -> None:
        """Stop serving."""
        self._controller.stop()

    async def handle_DATA(
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        self.letters.append(raw)
        if self._on_letter:
            self._on_letter(raw, list(envelope.rcpt_tos))
        return "250 2.0.0 accepted"


class _FreePort(Controller):
    """A controller on a port of the system's choice, which it then knows."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> Any:
        return SMTP(self.handler, enable_SMTPUTF8=True, ident="demo desk")
