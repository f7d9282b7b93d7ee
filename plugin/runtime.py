"""The one place with a clock, randomness, the network and the disk's keys.

It builds the desk and what the desk is handed. Everything below takes time and chance as values;
ruff bans the clock and the random functions anywhere else.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection

from mail import dkim
from mail.dkim import Signer
from mail.imap import Mailbox
from mail.login import Login
from mail.oauth import Client, microsoft, refreshing
from mail.smtp import Sender
from plugin import settings as settings_module
from plugin.bundle import folder
from plugin.codes.load import keys
from plugin.desk import setup, switchboard
from plugin.desk.collect import Box
from plugin.desk.ops import Route
from plugin.desk.ports import Desk, Post, Teller, silent
from plugin.desk.providers import Providers
from plugin.desk.tokens import Keeper
from plugin.keys import KEY_BYTES, Key, KeyRing, KeyRingError, parse_keys, write_keys
from plugin.second_route import OpsMail, Webhook
from plugin.sections import MailboxSettings, OAuthSettings, SmtpSettings
from plugin.settings import Settings, SettingsError
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
        problem = (
            f"{path} cannot be read ({error.strerror}); restore it from the backup or, for a new "
            "database, run: answerable db upgrade"
        )
        raise SettingsError("keys.file", [problem]) from None
    except KeyRingError as error:
        raise SettingsError("keys.file", [f"{path}: {error}"]) from None


def prepare(settings: Settings) -> None:
    """Make the key file and bring the database to the newest migration.

    Raises SettingsError where the key file of a database in use is gone: a new one opens nothing.
    """
    database = Database(settings.database_url)
    try:
        if not settings.keys_file.exists() and migrate.is_in_use(database):
            problem = (
                f"{settings.keys_file} is gone, and the database is in use: restore it from the "
                "backup. New keys open none of its secrets and know none of its letters; to begin "
                "with new ones all the same, run: answerable db upgrade --new-keys"
            )
            raise SettingsError("keys.file", [problem])
        make_keys(settings.keys_file)
        migrate.upgrade(database)
    finally:
        database.close()


def build_desk(settings: Settings, tell: Teller = silent) -> Desk:
    """The desk on a current database, its providers stored.

    Raises NotReady where the database is not current, SettingsError, ProviderError.
    """
    ring = load_keys(settings.keys_file)
    signers(settings)
    plans = switchboard.texts_of(settings)
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
        plans=plans,
    )
    setup.store_providers(desk, folder("templates"), utc_now())
    with database.read() as connection:
        newest = desk.providers.newest(connection)
    switchboard.check_plans(desk, list(newest.values()))
    return desk


@dataclass(frozen=True, slots=True)
class Edges:
    """What a worker reaches the world by."""

    boxes: Sequence[Box] = ()
    post: Post | None = None
    keepers: Mapping[str, Keeper] = field(default_factory=dict)
    routes: Sequence[Route] = ()

    def close(self) -> None:
        """Hang up everywhere; never raises."""
        for box in self.boxes:
            box.mailbox.close()
        if isinstance(self.post, Sender):
            self.post.close()


def edges(desk: Desk) -> Edges:
    """Everything the settings name, not yet connected. Raises SecretMissing or SealBroken."""
    return Edges(boxes(desk), sender(desk), tokens(desk), routes(desk))


def routes(desk: Desk) -> list[Route]:
    """The ways to those who keep the service running. Raises SecretMissing or SealBroken."""
    ops = desk.settings.ops
    found: list[Route] = []
    if ops.webhook:
        secret = ops.webhook_secret.get_secret_value() if ops.webhook_secret else ""
        found.append(Webhook(ops.webhook, secret, _path(desk, ops.webhook_ca_file)))
    server = ops.smtp or desk.settings.smtp
    if ops.mail_to and server:
        name = "ops.smtp" if ops.smtp else "smtp"
        post = Sender(login(desk, name, server, _enabled(desk)))
        found.append(OpsMail(post, ops.mail_from or ops.mail_to[0], ops.mail_to))
    return found


def boxes(desk: Desk) -> list[Box]:
    """Every configured mailbox of an enabled provider, not yet connected."""
    made = []
    for name, box in desk.settings.mailbox.items():
        if desk.settings.for_provider(box.provider).enabled:
            made.append(Box(name, box, mailbox(desk, name, box)))
            if box.sent_folder:
                changes = {"folder": box.sent_folder, "file_into": {}, "watch": False}
                sent = box.model_copy(update=changes)
                made.append(Box(f"{name}/sent", sent, mailbox(desk, name, sent), sent=True))
    return made


def mailbox(desk: Desk, name: str, box: MailboxSettings) -> Mailbox:
    """One mailbox, not yet connected. Raises SecretMissing or SealBroken."""
    return Mailbox(login(desk, f"mailbox.{name}", box, [box.provider]), box.folder)


def watched(desk: Desk, box: Box) -> Mailbox:
    """Another connection to a mailbox, to wait for new mail on."""
    return mailbox(desk, box.name, box.settings)


def sender(desk: Desk) -> Sender | None:
    """The configured mail server, not yet connected; None where none is."""
    smtp = desk.settings.smtp
    if smtp is None:
        return None
    return Sender(login(desk, "smtp", smtp, _enabled(desk)), signers(desk.settings))


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


def login(
    desk: Desk, name: str, server: MailboxSettings | SmtpSettings, providers: Sequence[str]
) -> Login:
    """Where and how to sign in, secrets taken from where the settings say they are.

    `name`: "mailbox.<name>" or "smtp". `providers`: whose mail it is. Raises SecretMissing or
    SealBroken.
    """
    kind, username = "smtp", server.username
    if isinstance(server, MailboxSettings):
        kind = "imap"
        if server.oauth and not username:
            username = server.address
    return Login(
        host=server.host,
        port=server.port or _PORTS[kind, server.security],
        security=server.security,
        username=username,
        password=_secret(desk, server.password, server.password_secret),
        ca_file=_path(desk, server.ca_file),
        timeout=server.timeout_seconds,
        tokens=_tokens(desk, name, server.oauth, providers) if server.oauth else None,
    )


def tokens(desk: Desk) -> dict[str, Keeper]:
    """The keeper of every sign-in by OAuth2, by its name. Raises SecretMissing or SealBroken."""
    concerned = {
        f"mailbox.{name}": [box.provider]
        for name, box in desk.settings.mailbox.items()
        if desk.settings.for_provider(box.provider).enabled
    }
    concerned["smtp"] = _enabled(desk)
    return {
        name: _tokens(desk, name, oauth, concerned[name])
        for name, oauth in desk.settings.sign_ins().items()
        if name in concerned
    }


_MICROSOFT_SCOPE = "https://outlook.office365.com/.default"
_GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"


def _tokens(desk: Desk, name: str, oauth: OAuthSettings, providers: Sequence[str]) -> Keeper:
    client = Client(
        id=oauth.client_id,
        secret=_secret(desk, oauth.client_secret, oauth.client_secret_secret),
        scope=oauth.scope or (_MICROSOFT_SCOPE if oauth.service == "microsoft" else ""),
        ca_file=_path(desk, oauth.ca_file),
    )
    refresh = ""
    if oauth.service == "microsoft":
        place = f"{oauth.authority}/{oauth.tenant}"
        grant = microsoft(client, place)
    else:
        place = oauth.token_url or _GOOGLE_TOKENS
        grant = refreshing(client, place)
        refresh = _secret(desk, oauth.refresh_token, oauth.refresh_token_secret)
    granted_under = (oauth.service, place, client.id, client.secret, client.scope)
    return Keeper(desk, name, providers, grant, refresh, granted_under, utc_now)


def _secret(desk: Desk, given: SecretStr | None, stored: str | None) -> str:
    """A secret from the settings, or the one stored under the name that they give."""
    if stored:
        with desk.database.read() as connection:
            return Secrets(desk.ring).get(connection, stored)
    return given.get_secret_value() if given else ""


def _path(desk: Desk, path: Path | None) -> Path | None:
    return desk.settings.base / path if path else None


def _enabled(desk: Desk) -> list[str]:
    """The providers of this installation's mailboxes, or those set up without one."""
    named = {box.provider for box in desk.settings.mailbox.values()} | set(desk.settings.provider)
    return sorted(one for one in named if desk.settings.for_provider(one).enabled)


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
