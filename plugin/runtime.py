"""The one place with a clock, randomness, the network and the disk's keys.

It builds the desk and what the desk is handed. Everything below takes time and chance as values;
ruff bans the clock and the random functions anywhere else.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from mail import dkim
from mail.dkim import Signer
from mail.imap import Mailbox
from mail.login import Login
from mail.smtp import Sender
from plugin import settings as settings_module
from plugin.bundle import folder
from plugin.codes.load import keys
from plugin.desk import setup
from plugin.desk.collect import Box
from plugin.desk.ports import Desk, Teller, silent
from plugin.desk.providers import Providers
from plugin.keys import KEY_BYTES, Key, KeyRing, KeyRingError, parse_keys, write_keys
from plugin.settings import MailboxSettings, Settings, SettingsError, SmtpSettings
from plugin.store import migrate
from plugin.store.claims import drop_leases, holders, lease_holders, release
from plugin.store.engine import Database
from plugin.store.schema import delivery, inbound
from plugin.store.secrets import Secrets

EPOCH_MS = 1_577_836_800_000  # 2020-01-01: ids count milliseconds from here
CHANCE_BITS = 20

_PORTS = {
    ("imap", "tls"): 993,
    ("imap", "starttls"): 143,
    ("imap", "plain"): 143,
    ("smtp", "tls"): 465,
    ("smtp", "starttls"): 587,
    ("smtp", "plain"): 25,
}


class NotReady(RuntimeError):
    """The service cannot start as things stand; the message says why and what to do."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class SystemDraw:
    """Ids and randomness from the system. Ids are ordered by time and unique in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def id(self) -> int:
        milliseconds = int(utc_now().timestamp() * 1000) - EPOCH_MS
        candidate = milliseconds << CHANCE_BITS | secrets.randbits(CHANCE_BITS)
        with self._lock:
            self._last = max(candidate, self._last + 1)
            return self._last

    def salt(self) -> str:
        return secrets.token_hex(16)

    def below(self, limit: int) -> int:
        return secrets.randbelow(limit)


def token() -> str:
    """A short random token for things that must differ between two starts."""
    return secrets.token_hex(16)


def load_settings(environ: Mapping[str, str], fallbacks: tuple[str, ...] = ()) -> Settings:
    """The settings of this start, held against the provider folders. Raises SettingsError."""
    path = settings_module.find(environ, Path.cwd(), fallbacks)
    loaded = settings_module.load(path, environ)
    setup.check_settings(loaded, keys(folder("templates")))
    return loaded


def make_keys(path: Path) -> bool:
    """Make the first key file, readable by its owner alone, unless there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = write_keys([Key(f"k{secrets.token_hex(3)}", secrets.token_bytes(KEY_BYTES))])
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def load_keys(path: Path) -> KeyRing:
    """The key ring. Raises SettingsError naming the file and the remedy."""
    try:
        if path.stat().st_mode & 0o077:
            problem = f"{path} can be read by others; run: chmod 600 {path}"
            raise SettingsError("keys.file", [problem])
        return parse_keys(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"{path} cannot be read ({error.strerror}); run: answerable db upgrade"
        raise SettingsError("keys.file", [problem]) from None
    except KeyRingError as error:
        raise SettingsError("keys.file", [f"{path}: {error}"]) from None


def prepare(settings: Settings) -> None:
    """Make the key file and bring the database to the newest migration."""
    make_keys(settings.keys_file)
    database = Database(settings.database_url)
    try:
        migrate.upgrade(database)
    finally:
        database.close()


def build_desk(settings: Settings, tell: Teller = silent) -> Desk:
    """The desk on a current database, its providers stored.

    Raises NotReady where the database is not current, SettingsError, ProviderError.
    """
    ring = load_keys(settings.keys_file)
    signers(settings)
    database = Database(settings.database_url)
    problem = migrate.problem(database)
    if problem:
        database.close()
        raise NotReady(problem)
    desk = Desk(
        database=database,
        ring=ring,
        settings=settings,
        providers=Providers(),
        draw=SystemDraw(),
        worker=worker_name(),
        tell=tell,
    )
    setup.store_providers(desk, folder("templates"), utc_now())
    return desk


def boxes(desk: Desk) -> list[Box]:
    """Every configured mailbox of an enabled provider, not yet connected."""
    return [
        Box(name, box, mailbox(desk, box))
        for name, box in desk.settings.mailbox.items()
        if desk.settings.for_provider(box.provider).enabled
    ]


def mailbox(desk: Desk, box: MailboxSettings) -> Mailbox:
    """One mailbox, not yet connected. Raises SecretMissing or SealBroken."""
    return Mailbox(login(desk, "imap", box), box.folder)


def sender(desk: Desk) -> Sender | None:
    """The configured mail server, not yet connected; None where none is."""
    smtp = desk.settings.smtp
    return Sender(login(desk, "smtp", smtp), signers(desk.settings)) if smtp else None


def signers(settings: Settings) -> dict[str, Signer]:
    """Who signs letters, by the domain of their sender. Raises SettingsError."""
    made: dict[str, Signer] = {}
    problems: list[str] = []
    for domain, section in settings.dkim.items():
        try:
            made[domain] = dkim.load(domain, section.selector, settings.base / section.key_file)
        except dkim.NoSigning as error:
            problems.append(f"dkim.{domain}.key_file: {error}")
    if problems:
        raise SettingsError("settings", problems)
    return made


def login(desk: Desk, kind: str, server: MailboxSettings | SmtpSettings) -> Login:
    """Where and how to sign in, the password taken from where the settings say it is.

    Raises SecretMissing or SealBroken.
    """
    password = server.password.get_secret_value() if server.password else ""
    if server.password_secret:
        with desk.database.read() as connection:
            password = Secrets(desk.ring).get(connection, server.password_secret)
    ca_file = desk.settings.base / server.ca_file if server.ca_file else None
    return Login(
        host=server.host,
        port=server.port or _PORTS[kind, server.security],
        security=server.security,
        username=server.username,
        password=password,
        ca_file=ca_file,
        timeout=server.timeout_seconds,
    )


def worker_name() -> str:
    """This process, told apart from every other that was or will be on any machine."""
    return f"{_machine()}:{os.getpid()}:{_started(os.getpid()) or secrets.token_hex(4)}"


def release_the_dead(desk: Desk) -> int:
    """Give back what workers of this machine held when they were killed; returns how many rows.

    Only where it is certain: same machine, same boot, and no such process any more. All other
    claims end by themselves.
    """

    def write(connection: Connection) -> int:
        freed = 0
        for table in (inbound, delivery):
            dead = [worker for worker in holders(connection, table) if _is_dead(worker)]
            freed += sum(release(connection, table, worker) for worker in dead)
        dead = [worker for worker in lease_holders(connection) if _is_dead(worker)]
        return freed + sum(drop_leases(connection, worker) for worker in dead)

    return desk.database.write(write)


def _is_dead(worker: str) -> bool:
    machine, _, process = worker.rpartition(":")[0].rpartition(":")
    if machine != _machine() or not process.isdigit():
        return False
    return _started(int(process)) != worker.rpartition(":")[2]


def _machine() -> str:
    """Host, boot and process-id namespace: two containers never take each other for dead."""
    boot = namespace = "-"
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]
        namespace = str(os.stat("/proc/self/ns/pid").st_ino)
    return f"{socket.gethostname()[:30]}:{boot}:{namespace}"


def _started(process: int) -> str | None:
    """When a process started, in clock ticks since boot; None where there is no such process."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]
