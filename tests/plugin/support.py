"""A desk for tests: the real one, with settings, a clock and randomness that the test chooses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from mail.login import Login
from mail.smtp import Sender
from plugin import runtime
from plugin.bundle import folder
from plugin.codes.load import keys
from plugin.desk import setup, switchboard
from plugin.desk.ports import Desk
from plugin.desk.providers import Providers
from plugin.keys import Key, KeyRing
from plugin.sections import MailboxSettings
from plugin.settings import Settings, load
from plugin.store import migrate
from plugin.store.engine import Database

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday morning."""


class SeededDraw:
    """Ids and randomness that are the same in every run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = Random(seed)
        self._last = seed * 1_000_000

    def id(self) -> int:
        self._last += 1
        return self._last

    def salt(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **length: float) -> datetime:
        self.now += timedelta(**length)
        return self.now


RING = KeyRing([Key("k1", b"1" * 32)])


def settings(tmp_path: Path, **sections: object) -> Settings:
    """Settings with senders for every provider and Jive's required value."""
    loaded = load(None, {})
    provider = {key: {"sender": f"complaints@{key}.example"} for key in keys(folder("templates"))}
    provider["jive"]["acknowledgement_timeframe"] = "10 business days"
    values = {"base": tmp_path, "provider": provider, **sections}
    return Settings.model_validate({**loaded.model_dump(exclude={"base", "provider"}), **values})


def desk(
    url: str,
    with_settings: Settings,
    *,
    worker: str = "test-worker",
    seed: int = 1,
    draw: SeededDraw | runtime.SystemDraw | None = None,
) -> Desk:
    """A desk on a migrated database with the shipped providers stored."""
    _begin_from_template(url)
    database = Database(url)
    migrate.upgrade(database)
    built = Desk(
        database=database,
        ring=RING,
        settings=with_settings,
        providers=Providers(),
        draw=draw or SeededDraw(seed),
        worker=worker,
        plans=switchboard.texts_of(with_settings),
    )
    setup.store_providers(built, folder("templates"), NOW)
    return built


def _begin_from_template(url: str) -> None:
    """Where a new SQLite file is asked for, begin with one that was migrated before."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as place:
        path = Path(place) / "template.db"
        database = Database(f"sqlite:///{path}")
        migrate.upgrade(database)
        database.close()
        return path.read_bytes()


@dataclass
class Post:
    """A mail server that is a list: for tests that are not about SMTP."""

    letters: list[bytes] = field(default_factory=list)

    def send(self, raw: bytes, *, sender: str, recipient: str) -> str:
        self.letters.append(raw)
        return "250 accepted"


def letter(
    text: str,
    *,
    sender: str = "Jo Marsh <jo@example.com>",
    to: str = "complaints@ooma.example",
    subject: str = "My line",
    message_id: str | None = "<first@example.com>",
    in_reply_to: str | None = None,
    when: datetime = NOW,
) -> bytes:
    """A mail as a customer's program would write it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(when)
    if message_id:
        message["Message-ID"] = message_id
    if in_reply_to:
        message["In-Reply-To"] = in_reply_to
        message["References"] = in_reply_to
    message.set_content(text)
    return message.as_bytes()


def box_settings(port: int, user: str, password: str, **more: object) -> dict[str, object]:
    """A `[mailbox.<name>]` section for a server on loopback."""
    section = {
        "provider": "ooma",
        "address": "complaints@ooma.example",
        "host": "127.0.0.1",
        "port": port,
        "security": "plain",
        "username": user,
        "password": password,
        "poll_seconds": 1,
    }
    return MailboxSettings.model_validate({**section, **more}).model_dump()


def sender_for(port: int) -> Sender:
    """The real SMTP side, towards a server on loopback."""
    return Sender(Login("127.0.0.1", port, "plain", "", "", timeout=5))
