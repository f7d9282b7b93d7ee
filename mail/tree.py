"""From the bytes of a mail to the tree of its parts, within bounds that hold while it is parsed.

The standard library's parser is used with its `compat32` policy, which costs a quarter of the
modern one. Left to itself it takes minutes and gigabytes for some mails of a few megabytes, so what
it would spend is bounded before it begins and at every part and header it meets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import MessageError
from email.message import Message as Tree
from email.parser import BytesParser
from email.policy import Compat32, Policy, compat32
from typing import Any

from mail.headers import charset_text, codec
from mail.message import Unreadable

MAX_BYTES = 40 * 1024 * 1024
"""The largest mail, in bytes; what providers of mailboxes take is less."""

MAX_HEADER_BYTES = 256 * 1024
"""The longest header, in bytes: the mail's own, and that of each part."""

MAX_LINES = 1_000_000
"""How many lines a mail may have: the parser keeps each as a string of its own."""

MAX_PARTS = 500
"""How many parts a mail may have, itself counted; a mail inside the mail is one."""

MAX_DEPTH = 30
"""How deep parts may be nested; a mail inside the mail is a part, whatever is in it."""

MAX_PARAMETERS = 200
"""How many ";" a Content-Type or a Content-Disposition may have."""

MAX_FIELD = 16 * 1024
"""The longest Content-Type or Content-Disposition, in characters: the standard library reads its
parameters in time that grows with the product of the two."""

_LONG_HEADER = f"its header is longer than {MAX_HEADER_BYTES // 1024} KiB"
_MEDIA_TYPE = re.compile(r"[!-.0-~]{1,127}/[!-.0-~]{1,127}(?!\S)")
_DIVIDES = re.compile(
    rb"(?im)^--([^\s\"\\](?:[^\r\n\"\\]{0,68}[^\s\"\\])?)[ \t]*\r?\ncontent-[a-z-]{2,30}:"
)
_HEADER_END = re.compile(rb"\r?\n\r?\n|\r\r")


class _Part(Tree):
    """A part that knows how deep it stands, and refuses more than there may be.

    The parser attaches a part as soon as it begins, so nothing past a bound is ever read. While it
    is `closed` a mail inside the mail looks like any file, so that its bytes stay as they were sent
    and its depth is its own.
    """

    closed = True

    def __init__(self, policy: Policy = compat32) -> None:
        super().__init__(policy)
        self.depth = 0
        self.top = self
        self.seen = 1

    def attach(self, payload: Tree) -> None:  # type: ignore[override]
        """Take in a part. Raises Unreadable past a bound."""
        if isinstance(payload, _Part):
            payload.depth = self.depth + 1
            payload.top = self.top
            self.top.seen += 1
            if payload.depth > MAX_DEPTH:
                raise Unreadable(f"its parts are nested more than {MAX_DEPTH} deep")
            if self.top.seen > MAX_PARTS:
                raise Unreadable(f"it has more than {MAX_PARTS} parts")
        super().attach(payload)

    def get_content_type(self) -> str:
        """Its media type in lower case; text/plain where what it says is none (RFC 2045, 5.2)."""
        said = _MEDIA_TYPE.match(super().get_content_type())
        kind = said[0] if said else "text/plain"
        hidden = self.top.closed and kind.startswith("message/")
        return "application/octet-stream" if hidden else kind

    def get_boundary(self, failobj: Any = None) -> Any:
        """What divides its parts; an empty one is none."""
        return super().get_boundary() or failobj

    def get_param(
        self, param: str, failobj: Any = None, header: str = "content-type", unquote: bool = True
    ) -> Any:
        """A parameter as text (RFC 2231), a charset only where it is one; never raises."""
        try:
            said = super().get_param(param, failobj, header, unquote)
        except (ValueError, LookupError, TypeError, AttributeError):
            return failobj  # one parameter both numbered and not, for one
        if isinstance(said, tuple):
            said = charset_text(said[2].encode("raw-unicode-escape"), said[0])
        if param == "charset":
            return (isinstance(said, str) and codec(said)) or failobj
        return said


class _Open(_Part):
    """A part whose mails inside are parsed too."""

    closed = False


class _Bounded(Compat32):
    """The old policy, with bounds on the headers that the parser itself reads, and 8-bit text."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """A header's name and value. Raises Unreadable for one past a bound."""
        name, value = super().header_source_parse(sourcelines)
        if name.lower() in ("content-type", "content-disposition") and (
            len(value) > MAX_FIELD or value.count(";") > MAX_PARAMETERS
        ):
            raise Unreadable(f"its {name} is longer than any mail program writes")
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - its signature
        """A value as text: 8-bit letters are read (RFC 6532, or as programs before it wrote)."""
        if value.isascii():
            return value
        return charset_text(value.encode("utf-8", "surrogateescape"), None)


_POLICY = _Bounded()


def read(raw: bytes, *, inside: bool = False) -> Tree:
    """The tree of a mail; with `inside` mails inside it are trees too, else they are files.

    Raises Unreadable, with a sentence for an admin, for a mail past a bound.
    """
    if len(raw) > MAX_BYTES:
        raise Unreadable(f"it is larger than {MAX_BYTES // 1024**2} MiB")
    raw = raw.lstrip(b"\r\n")
    end = _HEADER_END.search(raw, 0, MAX_HEADER_BYTES + 4)
    if end is None and len(raw) > MAX_HEADER_BYTES:
        raise Unreadable(_LONG_HEADER)
    if raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n") > MAX_LINES:
        raise Unreadable(f"it has more than {MAX_LINES:,} lines")
    tree = _parsed(raw, inside)
    if is_multipart(tree) and not tree.is_multipart() and (line := _DIVIDES.search(raw)):
        # Its header names no boundary, or another than it has. What comes first counts.
        kind = f'Content-Type: {tree.get_content_type()}; boundary="'.encode()
        tree = _parsed(kind + line[1] + b'"\r\n' + raw, inside)
    for part in walk(tree):
        if sum(len(name) + len(value) for name, value in part.raw_items()) > MAX_HEADER_BYTES:
            raise Unreadable(_LONG_HEADER)
    return tree


def _parsed(raw: bytes, inside: bool) -> Tree:
    kind = _Open if inside else _Part
    try:
        tree = BytesParser(kind, policy=_POLICY).parsebytes(raw)
    except Unreadable:
        raise
    except (ValueError, LookupError, AttributeError, TypeError, MessageError) as error:
        raise Unreadable(f"its structure cannot be read ({type(error).__name__})") from None
    assert isinstance(tree, _Part)
    tree.closed = False
    return tree


def walk(tree: Tree) -> Iterator[Tree]:
    """Every part in order, itself first; those of mails inside the mail left out."""
    stack = [tree]
    while stack:
        part = stack.pop()
        yield part
        if is_multipart(part):
            stack += reversed(_children(part))


def leaves(tree: Tree) -> Iterator[Tree]:
    """The parts that hold no others, in order; a mail inside the mail is one."""
    for part in walk(tree):
        if not part.is_multipart():
            yield part


def is_multipart(part: Tree) -> bool:
    """Does it say that it is made of parts?"""
    return part.get_content_maintype() == "multipart"


def _children(part: Tree) -> list[Tree]:
    """The parts right inside it."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        return []
    return [child for child in payload if isinstance(child, Tree)]
