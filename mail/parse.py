"""From the bytes of a mail to a `Message`; the only exception that leaves is `Unreadable`.

Bytes are parsed, never text: charsets lie. Every bound is stated here, and a mail past one is
refused whole rather than half-read. The standard library's parser is used with its `compat32`
policy, which costs a quarter of the modern one; headers and bodies are decoded by us.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message as Tree
from email.parser import BytesParser
from email.policy import compat32
from email.utils import collapse_rfc2231_value

from mail import headers, html
from mail.automatic import automatic
from mail.message import Address, Attachment, Automatic, Message, Returned, Unreadable
from mail.outgoing import LOOP_HEADER
from mail.returned import returned
from mail.words import own_spans

MAX_BYTES = 40 * 1024 * 1024
MAX_HEADER_BYTES = 256 * 1024
MAX_PARTS = 500
MAX_DEPTH = 30
MAX_TEXT = 1_000_000
MAX_BOUNDARIES = 1_000

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


def parse(raw: bytes) -> Message:
    """Read a mail.

    Raises Unreadable, with a sentence for an admin, for a mail past one of the bounds above.
    """
    tree = _tree(raw)
    parts = _collect(tree)
    markup = "\n".join(parts.html)
    plain = "\n".join(parts.plain)
    text = plain if plain.strip() or not markup else html.to_text(markup)
    if len(text) > MAX_TEXT:
        raise Unreadable(f"its text is longer than {MAX_TEXT:,} characters")
    sender = next(iter(headers.addresses(tree, "From")), Address("", ""))
    subject = headers.text(tree, "Subject")
    date = headers.date(headers.text(tree, "Date"))
    kind, why = automatic(tree)
    report = Returned()
    if kind is Automatic.BOUNCE:
        report = returned([part for part, _ in _walk(tree)], text, subject)
    received, received_by = headers.received(tree)
    paths = headers.raw_values(tree, "Return-Path")
    return Message(
        message_id=next(iter(headers.ids(tree, "Message-ID")), ""),
        in_reply_to=headers.ids(tree, "In-Reply-To"),
        references=headers.ids(tree, "References"),
        sender=sender,
        reply_to=headers.addresses(tree, "Reply-To"),
        to=headers.addresses(tree, "To"),
        cc=headers.addresses(tree, "Cc"),
        delivered_to=_delivered_to(tree),
        return_path=paths[0].strip("<> \t") if paths else None,
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
        authentication_results=tuple(headers.raw_values(tree, "Authentication-Results")),
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
    return (match[1] or match[2]).decode("ascii", "replace").lower()[:254]


def attachment(raw: bytes, digest: str) -> bytes | None:
    """The bytes of an attachment by its digest, None where the mail has no such part.

    Raises Unreadable as `parse` does.
    """
    for part, _ in _walk(_tree(raw)):
        if part.get_content_maintype() != "multipart":
            payload = _payload(part)
            if hashlib.sha256(payload).hexdigest() == digest:
                return payload
    return None


def _tree(raw: bytes) -> Tree:
    """The parsed tree, bounds on size checked before and on shape after."""
    if len(raw) > MAX_BYTES:
        raise Unreadable(f"it is larger than {MAX_BYTES // 1024**2} MiB")
    raw = raw.lstrip(b"\r\n")
    end = _HEADER_END.search(raw, 0, MAX_HEADER_BYTES + 4)
    if end is None and len(raw) > MAX_HEADER_BYTES:
        raise Unreadable(f"its header is longer than {MAX_HEADER_BYTES // 1024} KiB")
    if raw.lower().count(b"multipart/") > MAX_BOUNDARIES:
        raise Unreadable(f"it has more than {MAX_BOUNDARIES} multiparts")
    try:
        return BytesParser(policy=compat32).parsebytes(raw)
    except RecursionError:
        raise Unreadable("its parts are nested too deeply to be read") from None
    except (ValueError, LookupError, AttributeError, TypeError, IndexError) as error:
        raise Unreadable(f"its structure cannot be read ({type(error).__name__})") from None


def _walk(tree: Tree) -> Iterator[tuple[Tree, int]]:
    """Every part with its depth, in order, without recursion. Raises Unreadable past a bound."""
    stack = [(tree, 0)]
    seen = 0
    while stack:
        part, depth = stack.pop()
        seen += 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"its parts are nested more than {MAX_DEPTH} deep")
        if seen > MAX_PARTS:
            raise Unreadable(f"it has more than {MAX_PARTS} parts")
        yield part, depth
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            children = [child for child in payload if isinstance(child, Tree)]
            stack += [(child, depth + 1) for child in reversed(children)]


def _collect(tree: Tree) -> _Parts:
    """Sort every part into bodies and attachments; a mail inside the mail is an attachment."""
    found = _Parts()
    for part, _ in _walk(tree):
        kind = part.get_content_type()
        if part.is_multipart() and not kind.startswith("message/"):
            continue
        name = _filename(part)
        disposition = str(part.get_content_disposition() or "")
        is_body = kind in ("text/plain", "text/html") and disposition != "attachment" and not name
        payload = _payload(part)
        if is_body:
            said = headers.charset_text(payload, _charset(part))
            (found.html if kind == "text/html" else found.plain).append(_tidy(said))
        elif payload or name:
            found.attachments.append(
                Attachment(
                    filename=name,
                    content_type=kind,
                    size=len(payload),
                    digest=hashlib.sha256(payload).hexdigest(),
                    inline=disposition == "inline" or "Content-ID" in part,
                )
            )
    return found


def _payload(part: Tree) -> bytes:
    """A part's decoded bytes; a mail inside the mail as the bytes it was sent in."""
    try:
        if part.get_content_type().startswith("message/"):
            return b"".join(_flat(child) for child in _children(part)) or _leaf(part)
        return _leaf(part)
    except RecursionError:
        raise Unreadable("its parts are nested too deeply to be read") from None
    except (ValueError, LookupError, AttributeError, TypeError, binascii.Error):
        return str(part.get_payload()).encode("utf-8", "surrogateescape")


def _children(part: Tree) -> list[Tree]:
    payload = part.get_payload()
    return (
        [child for child in payload if isinstance(child, Tree)] if isinstance(payload, list) else []
    )


def _flat(part: Tree) -> bytes:
    try:
        return part.as_bytes(policy=compat32)
    except (KeyError, ValueError, LookupError, AttributeError, TypeError):
        return part.as_string().encode("utf-8", "surrogateescape")


def _leaf(part: Tree) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Tree) -> str | None:
    try:
        said = part.get_content_charset()
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return str(said) if said else None


def _filename(part: Tree) -> str:
    """A part's file name (RFC 2231 or encoded words), without a path; "" where it has none."""
    try:
        found = part.get_param("filename", None, "content-disposition")
        found = found if found is not None else part.get_param("name", None)
        said = collapse_rfc2231_value(found) if found is not None else ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    name = headers.decoded(str(said)[:1000])
    return re.split(r"[\\/]", name)[-1][:255]


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
