"""An outgoing letter as bytes. Header injection is impossible by construction.

The standard library's `EmailMessage` refuses line breaks in a header, but decodes encoded words in
what it is given and writes out the line breaks that come to light. So every header is looked at as
it will be written, ids may hold only what an id is made of, and the bytes are read once more: a
letter has the headers that were set, or it does not exist. Automatic mail says so (RFC 3834), so
that no machine answers it; nothing offers to unsubscribe from one's own complaint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

_OURS = re.compile(r"[A-Za-z0-9._=+-]{1,200}@[A-Za-z0-9.-]{1,255}")
"""An id as we make them."""

_THEIRS = re.compile(r"(?!.*=\?)[!-;=?-~]{1,900}")
"""What can stand between the brackets of an id, on one line and decoded by nobody."""

_BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")

_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,100}")

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

    `reply_to` "" lets answers go to the sender. References are other people's ids: one that no
    header can hold is left out.
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


class NoRecipient(ValueError):
    """The recipient is no address that a letter can go to."""


class NotOurs(ValueError):
    """The sender, Reply-To or Message-ID, which are ours to set, could not stand in a header."""


def build(letter: Outgoing) -> bytes:
    """The letter as it goes over the wire (RFC 5322, CRLF line ends).

    Raises NoRecipient, NotOurs, or another ValueError where something else could not stand in its
    header.
    """
    for token in (letter.loop, letter.language):
        if not _TOKEN.fullmatch(token):
            raise ValueError(f"{token!r} cannot stand in a header")
    if not _OURS.fullmatch(letter.message_id):
        raise NotOurs(f"{letter.message_id!r} is no Message-ID")
    references = [id_ for id_ in letter.references if _THEIRS.fullmatch(id_)]
    message = EmailMessage(policy=_POLICY)
    message["From"] = _of_ours(letter.sender, letter.sender_name)
    try:
        message["To"] = header_address(letter.recipient)
    except ValueError as error:
        raise NoRecipient(str(error)) from None
    if letter.reply_to:
        message["Reply-To"] = _of_ours(letter.reply_to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = f"<{letter.message_id}>"
    if references:
        message["In-Reply-To"] = f"<{references[-1]}>"
        message["References"] = " ".join(f"<{id_}>" for id_ in references)
    if letter.automatic:
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
    message[LOOP_HEADER] = letter.loop
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    # Of both parts: said any sooner it would become the text's alone.
    message["Content-Language"] = letter.language
    return _written(message)


def _of_ours(address: str, name: str = "") -> Address:
    try:
        return header_address(address, name)
    except ValueError as error:
        raise NotOurs(f"our address {address!r}: {error}") from None


def _written(message: EmailMessage) -> bytes:
    """The bytes, once they are known to have the headers that were set and no other."""
    for name, value in message.items():
        if _BREAKS.search(str(value)):
            raise ValueError(f"{name} would hold a line break or a control character")
    raw = message.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [line.partition(b":")[0].decode("ascii") for line in head if line[:1] not in b" \t"]
    if names != message.keys() or any(b"\r" in line or b"\n" in line for line in head):
        raise ValueError("its header would not be the one that was meant")
    return raw


def header_address(address: str, name: str = "") -> Address:
    """An address as a header writes it. Raises ValueError where none could (RFC 5322, 3.4.1).

    The standard library's parser answers an odd address with whatever it trips over, and takes
    letters beyond ASCII, which only SMTPUTF8 (RFC 6531) can carry.
    """
    if not address.isascii():
        raise ValueError("the address has letters that this way of sending lacks")
    try:
        made = Address(name, addr_spec=address)
    except (MessageError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise ValueError(f"it is no address that a letter can go to ({error})") from None
    if not made.username or not made.domain:
        raise ValueError("it is no address that a letter can go to")
    return made
