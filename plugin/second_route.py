"""The second route's two edges: a webhook and a mail. What they carry names no customer.

A webhook is signed as Standard Webhooks has it (https://www.standardwebhooks.com), and its body has
a `text` at the top, which the common chat services show as it is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from mail.login import MailRefused, MailUnavailable
from mail.outgoing import LOOP_HEADER
from mail.smtp import Sender
from plugin.desk.ops import Notice, RouteFailed

TIMEOUT = 10
"""Seconds, for every single wait."""

_ENCODED = "whsec_"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes alerts by POST. `secret` "" leaves them unsigned."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    ca_file: Path | None = None

    def tell(self, notice: Notice, now: datetime) -> None:
        """Post one alert. Raises RouteFailed unless the answer is 2xx; no redirect is followed."""
        import requests

        told = {
            "text": f"[{notice.provider}] {notice.text}",
            "about": notice.about,
            "provider": notice.provider,
            "at": notice.at.isoformat(),
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **self._signed(notice, body, now)}
        try:
            answer = requests.post(
                self.url,
                data=body,
                headers=headers,
                timeout=TIMEOUT,
                verify=str(self.ca_file) if self.ca_file else True,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise RouteFailed(f"no answer ({type(error).__name__})") from None
        if not 200 <= answer.status_code < 300:
            raise RouteFailed(f"it answered {answer.status_code}")

    def _signed(self, notice: Notice, body: bytes, now: datetime) -> dict[str, str]:
        id = hashlib.sha256(notice.id.encode()).hexdigest()[:32]
        headers = {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp()))}
        if self.secret:
            said = f"{id}.{headers['webhook-timestamp']}.".encode() + body
            mac = hmac.digest(_key(self.secret), said, hashlib.sha256)
            headers["webhook-signature"] = "v1," + base64.b64encode(mac).decode()
        return headers


@dataclass(frozen=True, slots=True)
class OpsMail:
    """A mail to those who keep the service running, by a server of its own where there is one."""

    post: Sender
    sender: str
    recipients: tuple[str, ...]

    def tell(self, notice: Notice, now: datetime) -> None:
        """Mail one alert to everybody. Raises RouteFailed where nobody could be sent it."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = ", ".join(self.recipients)
        message["Subject"] = f"Answerable: {notice.about.replace('_', ' ')} ({notice.provider})"
        message["Date"] = format_datetime(now)
        message["Message-ID"] = (
            f"<{hashlib.sha256(notice.id.encode()).hexdigest()[:32]}@ops.invalid>"
        )
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message[LOOP_HEADER] = notice.provider
        message.set_content(f"{notice.text}\n\nSince {notice.at:%d %b %Y %H:%M} UTC.\n")
        raw, said, taken = message.as_bytes(), "", False
        for recipient in self.recipients:
            try:
                self.post.send(raw, sender=self.sender, recipient=recipient)
                taken = True
            except (MailUnavailable, MailRefused) as error:
                said = str(error)
        if not taken:
            raise RouteFailed(said)


def _key(secret: str) -> bytes:
    """The bytes of a secret; those of Standard Webhooks come in base64."""
    if secret.startswith(_ENCODED):
        try:
            return base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()
