"""Where a mail server is and how to sign in; shared by the reading and the sending side."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol


class Tokens(Protocol):
    """Where access tokens come from, for a server that takes no password (OAuth 2.0, RFC 6749)."""

    def access(self) -> str:
        """A token that should be good now. Raises MailUnavailable or MailRefused."""

    def refused(self, token: str) -> None:
        """A server did not take this one: it is not given again."""


@dataclass(frozen=True, slots=True)
class Login:
    """A mail server and an account on it.

    `security`: "tls" from the first byte, "starttls" (refused if the server does not offer it), or
    "plain". Certificates are verified against the system's authorities, or those in `ca_file`.
    `tokens`, where given, sign in instead of the password. `timeout` in seconds, for every single
    wait.
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "plain"]
    username: str
    password: str = field(repr=False)
    ca_file: Path | None = None
    timeout: float = 30
    tokens: Tokens | None = field(default=None, repr=False)

    def tls(self) -> ssl.SSLContext:
        """A context that verifies the server and its name. Raises MailRefused for a bad ca_file."""
        try:
            return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        except OSError as error:
            why = error.strerror or "it holds no certificate"
            raise MailRefused(f"ca_file: {self.ca_file} cannot be used: {why}") from None


MECHANISMS = ("OAUTHBEARER", "XOAUTH2")
"""The ways of signing in with a token: the standard one first, then what came before it."""


def bearer(mechanism: str, login: Login, token: str) -> bytes:
    """What signs in with a token: RFC 7628, 3.1; XOAUTH2 as Google and Microsoft describe it."""
    if mechanism == "XOAUTH2":
        return f"user={login.username}\x01auth=Bearer {token}\x01\x01".encode()
    name = login.username.replace("=", "=3D").replace(",", "=2C")
    place = f"host={login.host}\x01port={login.port}"
    return f"n,a={name},\x01{place}\x01auth=Bearer {token}\x01\x01".encode()


def after_bearer(mechanism: str) -> bytes:
    """The answer to a server that says why it refuses a token, so that it ends the exchange."""
    return b"" if mechanism == "XOAUTH2" else b"\x01"


def sign_in(tokens: Tokens, say: Callable[[str], object], refusal: type[Exception]) -> None:
    """Say a token to a server; say a new one where it does not take the first any longer.

    Raises `refusal` where it takes neither; MailUnavailable, MailRefused where there is none.
    """
    token = tokens.access()
    try:
        say(token)
        return
    except refusal:
        tokens.refused(token)
        newer = tokens.access()
        if newer == token:
            raise
    try:
        say(newer)
    except refusal:
        tokens.refused(newer)
        raise


class MailUnavailable(Exception):
    """The server cannot do it now: no connection, a time-out, a temporary refusal. Try later."""


class MailUncertain(MailUnavailable):
    """The line broke after the letter was handed over: the server may have accepted it."""


class MailServerTrouble(MailUnavailable):
    """The server takes no letter of ours, whichever it is. Try later; a person may have to help.

    The message ends with what they can do.
    """


class MailRefused(Exception):
    """The server will not do it, now or later, as things stand: a person must look."""
