"""A real Postfix, started by the tests in a folder of its own and on free loopback ports.

What it accepts for example.com it delivers into Maildirs in that folder; to anybody else it refuses
to relay, so that nothing ever leaves the machine. Configuration, queue and log are its own, never
the machine's. Postfix changes between users, so it runs as root alone; no sign-in is asked for.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.servers.dovecot import namespace, write_certificate
from tests.servers.fetch import UNPACKED, find
from tests.servers.wait import free_port, listens, until

SIZE_LIMIT = 100_000
"""Bytes of the largest letter it takes."""

ERROR_LIMIT = 5
"""So many refusals over one connection, and it hangs up."""

PEOPLE = ("jo", "kit", "zoe")
"""Who has a mailbox at example.com."""

STRANGER = "eve@8x8.example"
"""A sender it lets nobody use."""

_MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = daemon
setgid_group = mail
default_privs = nobody
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
virtual_mailbox_domains = example.com
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_sender_restrictions = check_sender_access inline:{{ {{ {stranger} = 553 5.7.1 not yours }} }}
message_size_limit = {size}
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_tls_security_level = may
smtpd_tls_cert_file = {home}/cert.pem
smtpd_tls_key_file = {home}/key.pem
smtpd_peername_lookup = no
smtpd_hard_error_limit = {errors}
"""

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

_QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"),
    *("maildrop", "pid", "private", "public", "saved", "trace"),
)


class Postfix:
    """A running server: `port` (plain and STARTTLS), `tls_port`, `ca_file` to verify it with."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="answerable-postfix-"))
        self.home.chmod(0o755)
        self.port, self.tls_port = free_port(), free_port()
        self.ca_file = self.home / "cert.pem"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        master = find("Postfix")
        assert master is not None, "Postfix is not here; run make test-servers"
        unpacked = master.is_relative_to(UNPACKED)
        if not self.ca_file.exists():
            self._furnish()
        command = ["/usr/lib/postfix/sbin/master", "-c", str(self.home / "config")]
        self._process = subprocess.Popen(
            [*(namespace() if unpacked else ()), *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: listens(self.tls_port) or self._ended(), "Postfix answers")
        assert not self._ended(), f"Postfix did not start: {self.log()}"

    def stop(self) -> None:
        """Stop it and what it started; it may be started again."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            if process.poll() is None:
                process.kill()
                process.wait()

    def remove(self) -> None:
        """Take its folder away."""
        shutil.rmtree(self.home, ignore_errors=True)

    def mails(self, person: str, number: int = 1) -> list[bytes]:
        """What was delivered to somebody at example.com, once so many letters are there."""
        new = self.home / "mail" / person / "new"
        until(lambda: new.is_dir() and len(list(new.iterdir())) >= number, "Postfix delivers")
        return [path.read_bytes() for path in sorted(new.iterdir(), key=_arrival)]

    def clear(self) -> None:
        """Empty every mailbox."""
        for person in PEOPLE:
            shutil.rmtree(self.home / "mail" / person, ignore_errors=True)

    def log(self) -> str:
        """What it has written down."""
        path = self.home / "postfix.log"
        return path.read_text() if path.exists() else "nothing was logged"

    def _furnish(self) -> None:
        """Certificate, configuration and empty queues, owned as Postfix wants them."""
        write_certificate(self.home)
        owner, reader = pwd.getpwnam("daemon"), pwd.getpwnam("nobody")
        for name in ("config", "queue", "data", "mail"):
            (self.home / name).mkdir()
        os.chown(self.home / "data", owner.pw_uid, owner.pw_gid)
        os.chown(self.home / "mail", reader.pw_uid, reader.pw_gid)
        for name in _QUEUES:
            (self.home / "queue" / name).mkdir(mode=0o755 if name == "pid" else 0o700)
            if name != "pid":
                os.chown(self.home / "queue" / name, owner.pw_uid, owner.pw_gid)
        ports = {"port": self.port, "tls_port": self.tls_port}
        (self.home / "config" / "master.cf").write_text(_MASTER.format(**ports))
        (self.home / "config" / "main.cf").write_text(
            _MAIN.format(
                home=self.home,
                boxes=", ".join(f"{name}@example.com={name}/" for name in PEOPLE),
                uid=reader.pw_uid,
                gid=reader.pw_gid,
                size=SIZE_LIMIT,
                stranger=STRANGER,
                errors=ERROR_LIMIT,
            )
        )

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None


def delivered(raw: bytes) -> EmailMessage:
    """A letter from a Maildir, read as a mail program reads it."""
    return message_from_bytes(raw, policy=default)


def _arrival(path: Path) -> tuple[int, int]:
    """A Maildir name begins with second and microsecond: "1795860009.V801I24bM86523.mx"."""
    second, rest = path.name.split(".")[:2]
    return int(second), int(rest.rpartition("M")[2])
