"""An outgoing letter as bytes. Header injection is impossible by construction.

The standard library's `EmailMessage` refuses line breaks in any header, and nothing here builds a
header by joining strings. Automatic mail says so (RFC 3834), so that no machine answers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

LOOP_HEADER = "X-Answerable-Loop"
"""On every letter of ours: one that comes back is never taken for a customer's."""


class _Policy(EmailPolicy):
    """The standard one, but ids are never folded: some programs lose one on a line of its own."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in ("message-id", "in-reply-to"):
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep=SMTP.linesep)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent. Ids without angle brackets; `date` aware; `references` oldest first.

    `reply_to` "" lets answers go to the sender.
    """

    sender: str
    sender_name: str
    recipient: str
    subject: str
    text: str
    html: str
    language: str
    message_id: str
    date: datetime
    loop: str
    automatic: bool
    references: tuple[str, ...] = ()
    reply_to: str = ""


def build(letter: Outgoing) -> bytes:
    """The letter as it goes over the wire (RFC 5322, CRLF line ends).

    Raises ValueError where an address or id could not stand in a header.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = header_address(letter.sender, letter.sender_name)
    message["To"] = header_address(letter.recipient)
    if letter.reply_to:
        message["Reply-To"] = header_address(letter.reply_to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = f"<{letter.message_id}>"
    if letter.references:
        message["In-Reply-To"] = f"<{letter.references[-1]}>"
        message["References"] = " ".join(f"<{id_}>" for id_ in letter.references)
    if letter.automatic:
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
    message[LOOP_HEADER] = letter.loop
    message["Content-Language"] = letter.language
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def header_address(address: str, name: str = "") -> Address:
    """An address as a header writes it. Raises ValueError where none could (RFC 5322, 3.4.1).

    The standard library's parser answers an odd address with whatever it trips over.
    """
    try:
        made = Address(name, addr_spec=address)
    except (MessageError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise ValueError(f"it is no address that a letter can go to ({error})") from None
    if not made.username or not made.domain:
        raise ValueError("it is no address that a letter can go to")
    return made
