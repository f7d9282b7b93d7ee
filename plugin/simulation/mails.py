"""Writes the mails that customers and mail systems send, as the bytes a mailbox would hold.

What a scenario leaves out is filled in as a mail program would: threading headers, "Re:", the
quoted letter beneath the answer. Reports of non-delivery have the parts that RFC 3464 prescribes.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from mail.message import Message
from mail.parse import parse
from plugin.simulation.fields import ScenarioError
from plugin.simulation.steps import Bounce, Reply, Written

# No header is folded: the standard library would encode an id too long for a line of its own.
_POLICY = SMTP.clone(max_line_length=998)

_RETRIED = timedelta(days=2)
"""How long a delayed letter is tried again, by the report."""

_REPORT = """\
Return-Path: <>
From: Mail Delivery System <postmaster@{domain}>
To: {sender}
Subject: {subject}
Date: {date}
Message-ID: <{id}@{domain}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{id}"

--{id}
Content-Type: text/plain; charset=us-ascii
Content-Description: Notification

{said}

--{id}
Content-Type: message/delivery-status
Content-Description: Delivery report

Reporting-MTA: dns; mail.{domain}
Arrival-Date: {sent}

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822; {recipient}
{fields}

--{id}
Content-Type: text/rfc822-headers
Content-Description: Undelivered Message Headers

{headers}

--{id}--
"""


def write(says: Written, *, to: Sequence[str], at: datetime, unique: str, place: str) -> bytes:
    """A mail, with what it leaves out filled in; `unique` makes its Message-ID.

    Raises ScenarioError, naming `place`, where no mail could say so.
    """
    try:
        return _write(says, to, at, unique).as_bytes()
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        said = f"no mail can be written so ({type(error).__name__}); give it as an .eml file"
        raise ScenarioError(f"{place}: {said}") from None


def as_reply(reply: Reply, letter: Message, zone: tzinfo) -> Written:
    """What an answer to a letter says, threaded as the step wants it; what it says itself stands.

    `zone`: where the time in "On ... wrote:" is told.
    """
    says = reply.says
    references = (*letter.references, letter.message_id)
    fill: dict[str, object] = {"sender": letter.to[0].address if letter.to else ""}
    if reply.threading != "none":
        again = letter.subject.lower().startswith("re:")
        fill["subject"] = letter.subject if again else f"Re: {letter.subject}"
    if reply.threading in ("full", "in-reply-to"):
        fill["in_reply_to"] = letter.message_id
    if reply.threading == "full":
        fill["references"] = references
    wanting = {name: value for name, value in fill.items() if getattr(says, name) is None}
    says = replace(says, **wanting)  # type: ignore[arg-type]
    return _quoting(says, letter, zone) if reply.threading == "full" else says


def report(bounce: Bounce, raw: bytes, *, at: datetime, unique: str) -> bytes:
    """The report of a mail system that this letter was not delivered, or not yet (RFC 3464)."""
    letter = parse(raw)
    recipient = letter.to[0].address
    if bounce.permanent:
        subject = "Undelivered Mail Returned to Sender"
        said = f"Your message could not be delivered to <{recipient}>: there is no such mailbox."
        fields = "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown"
    else:
        subject = "Delayed Mail (still being retried)"
        said = f"Your message could not be delivered to <{recipient}> yet. You need do nothing."
        until = format_datetime(at + _RETRIED)
        fields = f"Action: delayed\nStatus: 4.4.1\nWill-Retry-Until: {until}"
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    text = _REPORT.format(
        domain=recipient.rpartition("@")[2],
        sender=letter.sender.address,
        subject=subject,
        date=format_datetime(at),
        id=unique,
        said=said,
        sent=format_datetime(letter.date or at),
        recipient=recipient,
        fields=fields,
        headers=head.decode("ascii", "replace"),
    )
    return text.replace("\n", "\r\n").encode("utf-8")


def _write(says: Written, to: Sequence[str], at: datetime, unique: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    sender = says.sender or ""
    headers = {
        "From": sender,
        "To": ", ".join(says.to or to),
        "Subject": says.subject or "",
        "Date": format_datetime(at),
        "Message-ID": _message_id(says.message_id, sender, unique),
        "In-Reply-To": _bracketed(says.in_reply_to or ""),
        "References": " ".join(_bracketed(one) for one in says.references or ()),
    }
    for name, value in headers.items():
        if value or name == "Subject":
            message[name] = value
    _fill(message, says)
    _replace(message, says.headers)
    return message


def _fill(message: EmailMessage, says: Written) -> None:
    if says.text is not None:
        message.set_content(says.text)
        if says.html is not None:
            message.add_alternative(says.html, subtype="html")
    else:
        message.set_content(says.html or "", subtype="html")


def _replace(message: EmailMessage, headers: Mapping[str, Sequence[str]]) -> None:
    for name, values in headers.items():
        del message[name]
        for value in values:
            message[name] = value


def _message_id(given: str | None, sender: str, unique: str) -> str:
    if given is not None:
        return _bracketed(given)
    domain = sender.rpartition("@")[2].strip("<> ") or "mail.example"
    return f"<{unique}@{domain}>"


def _bracketed(id_: str) -> str:
    """An id in angle brackets, as ids stand in headers; several at once stay as they are."""
    return id_ if not id_ or "<" in id_ else f"<{id_}>"


def _quoting(says: Written, letter: Message, zone: tzinfo) -> Written:
    """The same words above the quoted letter, as mail programs put them."""
    when = f" {letter.date.astimezone(zone):%a, %d %b %Y at %H:%M}," if letter.date else ""
    wrote = f"On{when} {letter.sender.name} <{letter.sender.address}> wrote:"
    if says.text is not None:
        quoted = "\n".join(f"> {line}".rstrip() for line in letter.text.rstrip().split("\n"))
        says = replace(says, text=f"{says.text.rstrip()}\n\n{wrote}\n{quoted}\n")
    if says.html is not None:
        shown = html.escape(letter.text.rstrip()).replace("\n", "<br>\n")
        quote = f"<div>{html.escape(wrote)}</div>\n<blockquote>{shown}</blockquote>"
        says = replace(says, html=f"{says.html}\n{quote}\n")
    return says
