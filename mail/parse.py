"""From the bytes of a mail to a `Message`; the only exception that leaves is `Unreadable`.

Bytes are parsed, never text: charsets lie. Every bound is stated here or in `mail.tree`, and a mail
past one is refused whole rather than half-read. Headers and bodies are decoded by us.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from email.errors import MessageError
from email.message import Message as Tree

from mail import headers, html, tnef
from mail.automatic import automatic
from mail.message import Attachment, Automatic, Message, Returned, Unreadable
from mail.outgoing import LOOP_HEADER
from mail.returned import returned
from mail.rtf import Broken
from mail.sniff import sniff
from mail.tree import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_FIELD,
    MAX_HEADER_BYTES,
    MAX_LINES,
    MAX_PARTS,
    is_multipart,
    leaves,
    read,
    walk,
)
from mail.words import own_spans

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_HEADER_BYTES",
    "MAX_HTML",
    "MAX_LINES",
    "MAX_PARTS",
    "MAX_TEXT",
    "attachment",
    "parse",
    "sender_hint",
    "stable_id",
]

MAX_TEXT = 1_000_000
"""The longest text that is read, in characters."""

MAX_HTML = 10_000_000
"""The longest HTML whose text is read, in characters; beside a plain text it may be longer."""

MAX_WHY = 80
"""How much is kept of why a mail came back, in characters: a status code and a few words."""

MAX_WINMAILS = 3
"""How many files of old Outlook are read for words, where a mail has no other."""

MOST_SPACES = 20
"""One space in so many characters, and what is called base64 is taken for plain text."""

_HEADER_END = re.compile(rb"\r?\n\r?\n|\r\r")
_HINT_BYTES = 64 * 1024
_FROM = re.compile(rb"(?im)^from[ \t]*:(.*(?:\r?\n[ \t].*)*)")
_HINT = re.compile(rb"<([^<>\s]{3,254})>\s*$|([^\s<>\",;:()]{1,64}@[^\s<>\",;:()]{1,190})")


@dataclass(slots=True)
class _Parts:
    """What the walk over the parts has found: bodies in order, attachments."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    winmails: list[tnef.Winmail | None] = field(default_factory=list)


def parse(raw: bytes) -> Message:
    """Read a mail.

    Raises Unreadable, with a sentence for an admin, for a mail past one of the bounds above.
    """
    tree = read(raw)
    parts = _collect(tree)
    markup = "\n".join(parts.html)
    plain = "\n".join(parts.plain)
    text = plain
    if markup and not plain.strip():
        if len(markup) > MAX_HTML:
            raise Unreadable(f"its HTML is longer than {MAX_HTML:,} characters")
        text = html.to_text(markup)
    if len(text) > MAX_TEXT:
        raise Unreadable(f"its text is longer than {MAX_TEXT:,} characters")
    sender, sure = headers.author(tree)
    subject = headers.text(tree, "Subject")
    date = headers.date(headers.text(tree, "Date"))
    kind, why = automatic(tree)
    report = _report(raw, text, subject) if kind is Automatic.BOUNCE else Returned()
    received, received_by = headers.received(tree)
    paths = headers.raw_values(tree, "Return-Path")
    return Message(
        message_id=next(iter(headers.ids(tree, "Message-ID")), ""),
        in_reply_to=headers.ids(tree, "In-Reply-To"),
        references=headers.ids(tree, "References"),
        sender=sender,
        sender_sure=sure,
        reply_to=headers.addresses(tree, "Reply-To"),
        to=headers.addresses(tree, "To"),
        cc=headers.addresses(tree, "Cc"),
        delivered_to=_delivered_to(tree),
        return_path=headers.clean(paths[0]).strip("<> \t") if paths else None,
        subject=subject,
        date=date,
        text=text,
        own=own_spans(text),
        html=markup,
        attachments=tuple(parts.attachments),
        automatic=kind,
        automatic_why=why,
        loop=headers.text(tree, LOOP_HEADER),
        received=received,
        received_by=received_by,
        authentication_results=tuple(
            headers.clean(value) for value in headers.raw_values(tree, "Authentication-Results")
        ),
        digest=_digest(
            sender.address,
            date.isoformat() if date else "",
            subject,
            "\n".join(line.rstrip() for line in text.split("\n")),
            *sorted(attachment.digest for attachment in parts.attachments),
        ),
        returned=report,
    )


def stable_id(message: Message) -> str:
    """An id for a mail that bears none: the same for the same content."""
    return f"{message.digest[:32]}@derived.invalid"


def sender_hint(raw: bytes) -> str:
    """The From address by a glance at the first 64 KiB, "" on any doubt; never raises."""
    head = raw[:_HINT_BYTES]
    end = _HEADER_END.search(head)
    found = _FROM.search(head[: end.start()] if end else head)
    match = _HINT.search(found[1][:2000].strip()) if found else None
    if not match:
        return ""
    return headers.clean((match[1] or match[2]).decode("ascii", "replace").lower()[:254])


def attachment(raw: bytes, digest: str) -> bytes | None:
    """The bytes of an attachment by its digest, None where the mail has no such part.

    Raises Unreadable as `parse` does.
    """
    for part in leaves(read(raw)):
        payload = _payload(part)
        winmail = tnef.read(payload)
        for data in (payload, *(file.data for file in (winmail.files if winmail else ()))):
            if hashlib.sha256(data).hexdigest() == digest:
                return data
    return None


def _report(raw: bytes, text: str, subject: str) -> Returned:
    """What a report of non-delivery says, in words that can be kept and shown."""
    said = returned(list(walk(read(raw, inside=True))), text, subject)
    ids = tuple(headers.clean(one) for one in said.ids)
    return replace(said, ids=ids, why=headers.clean(said.why)[:MAX_WHY])


def _collect(tree: Tree) -> _Parts:
    """Sort every part into bodies and attachments; a mail inside the mail is an attachment."""
    found = _Parts()
    for part in leaves(tree):
        # A multipart that holds no part holds what its writer wrote: text, as RFC 2045 has it.
        kind = "text/plain" if is_multipart(part) else part.get_content_type()
        name = _filename(part)
        disposition = str(part.get_content_disposition() or "")
        is_body = kind in ("text/plain", "text/html") and disposition != "attachment" and not name
        payload = _payload(part)
        if is_body:
            said = headers.charset_text(payload, _charset(part))
            (found.html if kind == "text/html" else found.plain).append(_tidy(said))
        elif payload or name:
            inline = disposition == "inline" or "Content-ID" in part
            found.attachments.append(_listed(name, kind, payload, inline=inline))
            if payload.startswith(tnef.SIGNATURE):
                winmail = tnef.read(payload)
                found.winmails.append(winmail)
                found.attachments += [
                    _listed(_safe_name(file.name), headers.clean(file.kind), file.data)
                    for file in (winmail.files if winmail else ())
                ]
    if found.winmails and not any(text.strip() for text in (*found.plain, *found.html)):
        _take_words_inside(found)
    return found


def _take_words_inside(found: _Parts) -> None:
    """The words that stand in a winmail.dat alone. Raises Unreadable where nobody can tell."""
    if None in found.winmails or len(found.winmails) > MAX_WINMAILS:
        raise Unreadable("its words may stand in a winmail.dat that cannot be opened")
    for winmail in filter(None, found.winmails):
        try:
            plain = winmail.plain or ("" if winmail.html else winmail.words)
        except Broken:
            raise Unreadable("its words stand in a winmail.dat that cannot be read") from None
        found.plain.append(_tidy(plain))
        found.html += [_tidy(winmail.html)] if winmail.html else []


def _listed(name: str, kind: str, data: bytes, *, inline: bool = False) -> Attachment:
    known = sniff(data, name)
    return Attachment(
        filename=name,
        content_type=kind,
        sniffed=known.kind,
        danger=known.danger,
        size=len(data),
        digest=hashlib.sha256(data).hexdigest(),
        inline=inline,
    )


def _payload(part: Tree) -> bytes:
    """A part's decoded bytes; a mail inside the mail as the bytes it was sent in."""
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        said = part.get_payload()
        letters = said.encode("ascii", "replace") if isinstance(said, str) else b""
        if letters.count(b" ") * MOST_SPACES < len(letters):
            return headers.base64_bytes(letters)
        del part["Content-Transfer-Encoding"]  # it was never encoded
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError, TypeError, MessageError):
        payload = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Tree) -> str | None:
    said = part.get_param("charset")
    return said if isinstance(said, str) else None


def _filename(part: Tree) -> str:
    """A part's file name (RFC 2231 or encoded words), without a path; "" where it has none."""
    said = part.get_param("filename", header="content-disposition") or part.get_param("name")
    return _safe_name(said if isinstance(said, str) else "")


def _safe_name(said: str) -> str:
    """A file's name without a path; a long one keeps the ending that says what opens it."""
    name = re.split(r"[\\/]", headers.decoded(said[-MAX_FIELD:]))[-1]
    stem, dot, ending = name.rpartition(".")
    if len(name) <= 255 or not dot or len(ending) > 40:
        return name[:255]
    return f"{stem[: 254 - len(ending)]}.{ending}"


def _tidy(text: str) -> str:
    """Text that every database takes: line ends "\\n", no NUL, no half characters."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return plain.encode("utf-8", "replace").decode("utf-8")


def _delivered_to(tree: Tree) -> tuple[str, ...]:
    names = ("Delivered-To", "X-Original-To", "Envelope-To")
    found = [address.address for name in names for address in headers.addresses(tree, name)]
    return tuple(dict.fromkeys(found))


def _digest(*fields: str) -> str:
    """SHA-256 over fields, each with its length, so that none can run into the next."""
    total = hashlib.sha256()
    for value in fields:
        data = value.encode("utf-8", "surrogatepass")
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()
