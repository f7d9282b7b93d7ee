"""Where a mail server is and how to sign in; shared by the reading and the sending side."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Login:
    """A mail server and an account on it.

    `security`: "tls" from the first byte, "starttls" (refused if the server does not offer it), or
    "plain". Certificates are verified against the system's authorities, or those in `ca_file`.
    `timeout` in seconds, for every single wait.
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "plain"]
    username: str
    password: str = field(repr=False)
    ca_file: Path | None = None
    timeout: float = 30

    def tls(self) -> ssl.SSLContext:
        """A context that verifies the server and its name."""
        return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)


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
