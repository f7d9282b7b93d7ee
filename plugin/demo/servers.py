"""The demo desk's own mail servers: a mailbox to collect from and a post office to send through.

They exist so that `answerable serve --demo` does its real work over real IMAP and SMTP with
nothing installed beside it. The rule: both listen on loopback only, keep everything in memory, and
leave no thread, task or socket behind when stopped.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from abc import ABC, abstractmethod
from argparse import Namespace
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session
from imapclient import IMAPClient
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

HOST = "127.0.0.1"

MAX_LETTERS = 1000
"""How many letters the post office remembers; the oldest are forgotten first."""

MAX_MAIL_BYTES = 50 * 1024 * 1024

START_SECONDS = 10.0
STOP_SECONDS = 2.0

_log = logging.getLogger(__name__)


class _Served(ABC):
    """A server on a free loopback port, run by an event loop in a thread of its own."""

    _noise: tuple[str, ...]

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._port: int | None = None

    @property
    def port(self) -> int:
        """The port; only while the server runs."""
        if self._port is None:
            raise RuntimeError(f"{type(self).__name__} is not running")
        return self._port

    def start(self) -> None:
        """Listen; returns when connections are accepted. Raises OSError where it cannot."""
        if self._thread is not None:
            raise RuntimeError(f"{type(self).__name__} runs already")
        for name in self._noise:
            logging.getLogger(name).setLevel(logging.WARNING)
        ready: Future[int] = Future()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(
            target=self._run, args=(ready,), name=type(self).__name__, daemon=True
        )
        self._thread.start()
        try:
            self._port = ready.result(START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Hang up on everybody and end the thread. Stopping twice is no error."""
        thread, self._thread = self._thread, None
        self._port = None
        if thread is None:
            return
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._stopping.set)
        thread.join(STOP_SECONDS)
        if thread.is_alive():
            _log.warning("%s did not stop within %s s", type(self).__name__, STOP_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    async def _listen(self) -> asyncio.Server:
        """Open the listening socket on port 0 of HOST."""

    def _run(self, ready: Future[int]) -> None:
        try:
            asyncio.run(self._serve(ready))
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    async def _serve(self, ready: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_quietly)
        server = await self._listen()
        ready.set_result(server.sockets[0].getsockname()[1])
        await self._stopping.wait()
        server.close()
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        for task in connections:
            task.cancel()
        if connections:
            # The two libraries say goodbye when cancelled; a client that reads nothing is left.
            await asyncio.wait(connections, timeout=STOP_SECONDS / 2)


def _quietly(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A client that hangs up is no news; anything else is said in one line, without a trace."""
    error = context.get("exception")
    if not isinstance(error, ConnectionError):
        _log.warning("demo mail server: %s (%r)", context.get("message"), error)


class DemoMailbox(_Served):
    """An IMAP server with one user for each mailbox, every INBOX empty at first.

    Plain IMAP without TLS: the line never leaves the machine.
    """

    _noise = ("pymap",)

    def __init__(self, users: Sequence[str], password: str) -> None:
        super().__init__()
        self._users = tuple(users)
        self._password = password

    def deliver(self, user: str, raw: bytes, when: datetime) -> None:
        """Put a mail into a user's INBOX, as having arrived at `when` (zone-aware)."""
        if when.tzinfo is None:
            raise ValueError("when must carry its zone")
        with IMAPClient(HOST, port=self.port, ssl=False, timeout=START_SECONDS) as client:
            client.login(user, self._password)
            client.append("INBOX", raw, msg_time=when)

    async def _listen(self) -> asyncio.Server:
        config = _config()
        config.apply_context()
        login = Login(config)
        for user in self._users:
            login.users_dict[user] = UserMetadata(config, user, password=self._password)
        proxy = ProxyProtocolReader(config.proxy_protocol)
        serve = proxy.get_callback(IMAPServer(login, config))
        return await asyncio.start_server(
            lambda reader, writer: serve(reader, _WholeResponses(writer)), host=HOST, port=0
        )


class _WholeResponses(asyncio.StreamWriter):
    """Sends what pymap writes a piece at a time when it is complete, at `drain`.

    IMAPClient, waiting in IDLE, takes half a line for a broken connection.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        transport = writer.transport
        loop = asyncio.get_running_loop()
        super().__init__(transport, transport.get_protocol(), None, loop)
        self._pieces = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._pieces += data

    async def drain(self) -> None:
        self._flush()
        await super().drain()

    def close(self) -> None:
        self._flush()
        super().close()

    def _flush(self) -> None:
        if self._pieces:
            super().write(bytes(self._pieces))
            self._pieces.clear()


class _Config(Config):
    """pymap's in-memory back end without its command line."""

    @property
    def greeting(self) -> bytes:
        # pymap's own asks the resolver for this machine's name at every connection.
        return b"Answerable demo mailbox ready"


def _config() -> _Config:
    return _Config(
        Namespace(passlib_cfg=None, proxy_protocol=None),
        host=HOST,
        port=0,
        demo_data=False,
        demo_user="",
        demo_password="",
        tls_enabled=False,
        # Its default would load whatever certificate the variable CERT_FILE happens to name.
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        # Passwords live as long as the process; hashing them would only slow every sign-in.
        hash_context=Cleartext(),
        # Its default is a pool of threads that nothing ever ends.
        cpu_subsystem=Subsystem.for_asyncio(),
        invalid_user_sleep=0.0,
        reject_dnsbl=False,
        max_append_len=MAX_MAIL_BYTES,
    )


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it was handed over; `mail_from` is "" for the empty return path."""

    mail_from: str
    rcpt_tos: tuple[str, ...]
    raw: bytes


OnLetter = Callable[[bytes, list[str]], None]


class DemoPost(_Served):
    """An SMTP server that delivers nothing: it keeps the last letters for whoever looks.

    `on_letter` is called in the server's thread, after the letter was kept; a fault in it is
    logged and does not refuse the letter, since the sender would only send it again.
    """

    _noise = ("mail.log",)

    def __init__(self, on_letter: OnLetter | None = None) -> None:
        super().__init__()
        self._on_letter = on_letter
        self._letters: deque[Letter] = deque(maxlen=MAX_LETTERS)
        self._lock = threading.Lock()

    @property
    def letters(self) -> tuple[Letter, ...]:
        """The last letters, oldest first; still there after `stop`."""
        with self._lock:
            return tuple(self._letters)

    # aiosmtpd's own Controller is not used: it cannot listen on port 0, and leaves the tasks of
    # open connections pending when it stops.
    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: self._connection(loop), host=HOST, port=0)

    def _connection(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            self,
            hostname="post.example",
            ident="Answerable demo post",
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            loop=loop,
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd's hook for a complete letter."""
        del server, session
        raw = envelope.content
        if not isinstance(raw, bytes):
            return "554 5.6.0 No letter"
        sender = envelope.mail_from or ""
        letter = Letter("" if sender == "<>" else sender, tuple(envelope.rcpt_tos), raw)
        with self._lock:
            self._letters.append(letter)
        if self._on_letter is not None:
            try:
                self._on_letter(letter.raw, list(letter.rcpt_tos))
            except Exception:
                _log.exception("what was to be told of a letter failed")
        return "250 2.0.0 Kept"
