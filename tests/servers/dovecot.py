"""A real Dovecot, started by the tests in a folder of its own and on free loopback ports.

It runs in the foreground as whoever runs the tests, any user name signs in with one password, and
nothing of the machine's own Dovecot is touched. Dovecot has its folders compiled in: where it was
unpacked rather than installed, it runs in a mount namespace of its own in which those folders lie
over /usr.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers.fetch import PROGRAMS, UNPACKED
from tests.servers.imap import PASSWORD, ImapServer
from tests.servers.wait import HOST, free_port, listens, until

SMALL = "Small"
MOST_LINKS = 10_000
"""How many names a file gets; a file system may refuse more (ext4 does from 65,000)."""

__all__ = ["PASSWORD", "SMALL", "Dovecot"]

_CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
protocols = imap
listen = 127.0.0.1
mail_plugins = quota
namespace inbox {{
  inbox = yes
  location = maildir:{home}/mail/%u
}}
namespace small {{
  prefix = {small}.
  location = maildir:{home}/mail/%u-small
}}
plugin {{
  quota = count:{small}:ns={small}.
  quota_rule = *:messages=1
  quota_vsizes = yes
}}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
first_valid_gid = 0
disable_plaintext_auth = no
auth_failure_delay = 0
mail_fsync = never
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
{tokens}
passdb {{
  driver = static
  args = password={{PLAIN}}{password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  user = {user}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  user = {user}
  # A wrong password of one test must not make every other wait.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
service stats {{
  user = {user}
}}
service imap {{
  process_limit = 200
}}
"""


_TOKENS = """
auth_mechanisms = {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
"""
_ASKS = """
introspection_mode = auth
introspection_url = {url}
username_attribute = username
username_format = %u
active_attribute = active
active_value = true
"""


class Dovecot(ImapServer):
    """A running server: `port` (plain and STARTTLS), `tls_port`, `ca_file` to verify it with.

    What lies under the folder `SMALL` has room for one mail; what is copied there besides is
    refused as over quota.
    """

    separator = "."

    def __init__(self, introspection: str = "", mechanisms: str = "xoauth2 oauthbearer") -> None:
        """`introspection`: where it asks whether a token is good (OAuth2); "" takes passwords."""
        self._introspection = introspection
        self._mechanisms = mechanisms
        self.home = Path(tempfile.mkdtemp(prefix="answerable-dovecot-"))
        self.home.chmod(0o755)
        self.port, self.tls_port = free_port(), free_port()
        self.ca_file = self.home / "cert.pem"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        imap = PROGRAMS[0].find()
        assert imap is not None, "Dovecot is not here; run make test-servers"
        unpacked = imap.is_relative_to(UNPACKED)
        login = self._login
        (self.home / "mail").mkdir(exist_ok=True)
        os.chown(self.home / "mail", login.pw_uid, login.pw_gid)
        if not self.ca_file.exists():
            write_certificate(self.home)
        config = self.home / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                home=self.home,
                small=SMALL,
                user=login.pw_name,
                group=grp.getgrgid(login.pw_gid).gr_name,
                uid=login.pw_uid,
                gid=login.pw_gid,
                password=PASSWORD,
                tokens=self._takes_tokens(),
                port=self.port,
                tls_port=self.tls_port,
            )
        )
        self._process = subprocess.Popen(
            [*(namespace() if unpacked else ()), "/usr/sbin/dovecot", "-F", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: listens(self.port) or self._ended(), "Dovecot answers")
        assert not self._ended(), "Dovecot did not start; see its log"

    def stop(self) -> None:
        """Stop it and what it started."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def _takes_tokens(self) -> str:
        if not self._introspection:
            return ""
        (self.home / "oauth2.conf").write_text(_ASKS.format(url=self._introspection))
        return _TOKENS.format(home=self.home, mechanisms=f"plain login {self._mechanisms}")

    def fill(self, user: str, mails: Iterable[bytes], *, first_uid: int = 1) -> None:
        """Put mails into the INBOX of a user who has not signed in yet, thousands in a second.

        The very same bytes one after the other share a file, which makes a hundred thousand cheap.
        """
        inbox = self.home / "mail" / user
        for folder in (inbox, inbox / "cur", inbox / "new", inbox / "tmp"):
            folder.mkdir()
            shutil.chown(folder, self._login.pw_uid, self._login.pw_gid)
        uids = inbox / "dovecot-uidlist"
        uids.write_text(f"3 V1700000000 N{first_uid} G{'0' * 31}1\n", encoding="ascii")
        shutil.chown(uids, self._login.pw_uid, self._login.pw_gid)
        before, file = b"", inbox
        for number, raw in enumerate(mails):
            path = inbox / "new" / f"{number:010}.M0P1.vm,S={len(raw)}"
            if raw is before and number % MOST_LINKS:
                path.hardlink_to(file)
                continue
            path.write_bytes(raw)
            shutil.chown(path, self._login.pw_uid, self._login.pw_gid)
            before, file = raw, path

    @property
    def _login(self) -> pwd.struct_passwd:
        """As whom it reads mail: Dovecot refuses to do it as root."""
        user = pwd.getpwuid(os.geteuid())
        return pwd.getpwnam("nobody") if user.pw_uid == 0 else user

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None


def namespace() -> list[str]:
    """Run a command where what was unpacked lies over /usr."""
    lay = f"mount -t overlay overlay -o lowerdir={UNPACKED}/usr:/usr /usr"
    if os.geteuid() == 0:
        return ["unshare", "-m", "sh", "-c", f'{lay} && exec "$@"', "sh"]
    # Mounting takes root in a user namespace; a second one inside makes us ourselves again.
    ourselves = f"unshare -U --map-user={os.geteuid()} --map-group={os.getegid()}"
    return ["unshare", "-rm", "sh", "-c", f'{lay} && exec {ourselves} "$@"', "sh"]


def write_certificate(home: Path) -> None:
    """A certificate for 127.0.0.1 that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of the tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (home / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (home / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
