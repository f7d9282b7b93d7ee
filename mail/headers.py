"""Decoding headers: encoded words, raw 8-bit text, addresses, ids and dates; nothing here raises.

The standard library's `compat32` parser leaves decoding to us and is four times as fast as its
modern policy; the price is that every oddity of real mail ends here (RFC 2047, 5322, 6532).
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message as Tree
from email.utils import getaddresses, parsedate_to_datetime

from mail.message import Address

MAX_VALUE = 64 * 1024
"""The longest header value read, in characters; what lies beyond is not looked at."""

MAX_ADDRESSES = 200
"""How many addresses of one header are read."""

_ID = re.compile(r"<([^<>\s]{1,1000})>")
_BARE_ID = re.compile(r"[^<>\s@]+@[^<>\s@]+")
_LOCAL = r"[^\s@<>,;:\"()\[\]\\]"
# Begun only where a word begins: else a long run without "@" is read once per letter of it.
_ADDRESS = re.compile(rf"(?<!{_LOCAL}){_LOCAL}{{1,254}}@[^\s@<>,;:\"()\\]{{1,254}}")
_UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ENCODED = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_ENCODED_RUN = re.compile(
    r"=\?[^?\s]{1,40}\?[bBqQ]\?[^?]*\?=(?:\s+=\?[^?\s]{1,40}\?[bBqQ]\?[^?]*\?=)*"
)
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")

_NO_CHARSETS = frozenset(
    ("idna", "punycode", "undefined", "mbcs", "oem", "unicode-escape", "raw-unicode-escape")
)
"""What Python can decode besides charsets: some of it slowly, none of it sent in mail."""


def raw_values(tree: Tree, name: str) -> list[str]:
    """A header's values as they stand, unfolded, 8-bit bytes read as UTF-8 or windows-1252."""
    return [_unfold(_readable(value)) for value in tree.get_all(name, [])]


def text(tree: Tree, name: str) -> str:
    """The first value of a header, decoded, on one line; "" where there is none."""
    values = raw_values(tree, name)
    return decoded(values[0]) if values else ""


def decoded(value: str) -> str:
    """A header value with its encoded words read (RFC 2047); broken ones stay as they are."""
    if "=?" in value:
        value = _ENCODED_RUN.sub(lambda run: _decode_run(run[0]), value)
    return clean(" ".join(value.split()))


def clean(value: str) -> str:
    """Without control and direction characters, and without halves of surrogate pairs."""
    return _UNPRINTED.sub("", value.encode("utf-8", "replace").decode("utf-8"))


def addresses(tree: Tree, name: str) -> tuple[Address, ...]:
    """The addresses of a header, groups flattened, what is no address left out."""
    values = [value[:MAX_VALUE] for value in raw_values(tree, name)]
    found = []
    for display, address in _split(values):
        match = _ADDRESS.search(address)
        if match:
            found.append(Address(decoded(display), clean(match[0].lower().rstrip("."))))
    return tuple(found[:MAX_ADDRESSES])


def ids(tree: Tree, name: str) -> tuple[str, ...]:
    """The Message-IDs of a header without angle brackets, in order, once each (RFC 5322, 3.6.4)."""
    joined = " ".join(raw_values(tree, name))[:MAX_VALUE]
    found = _ID.findall(joined)
    if not found:
        bare = joined.strip()
        found = [bare] if _BARE_ID.fullmatch(bare) else []
    return tuple(dict.fromkeys(clean(id_) for id_ in found))


def date(value: str) -> datetime | None:
    """A date header in UTC; None where it is unreadable or absurd."""
    try:
        moment = parsedate_to_datetime(value[:200])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if 1980 <= moment.year <= 2200 else None


def received(tree: Tree) -> datetime | None:
    """When the last server took the mail in: the date of the topmost Received header."""
    values = raw_values(tree, "Received")
    return date(values[0].rpartition(";")[2].strip()) if values else None


def charset_text(payload: bytes, charset: str | None) -> str:
    """Bytes as text: by the charset named if it fits, else UTF-8, else windows-1252."""
    for name in (charset, "utf-8", "windows-1252"):
        if name and is_charset(name):
            try:
                return payload.decode(name)
            except (LookupError, UnicodeError, ValueError):
                continue
    return payload.decode("latin-1")


def is_charset(name: str) -> bool:
    """Is it the name of a charset that can be read?"""
    try:
        return codecs.lookup(name).name not in _NO_CHARSETS
    except (LookupError, ValueError):
        return False


def _decode_run(run: str) -> str:
    """Encoded words that follow each other, white space between them dropped.

    Bytes of one charset are joined before they are read: programs cut letters in two. A word that
    is none stays as it stands and spoils no other.
    """
    said: list[tuple[str, bytes]] = []
    for word in _ENCODED.finditer(run):
        # What follows "*" is a language (RFC 2231, section 5).
        charset = word[1].partition("*")[0].lower()
        data = _base64(word[3]) if word[2] in "bB" else _quoted(word[3], charset)
        if data is None:
            charset, data = "utf-8", word[0].encode("utf-8", "replace")
        if said and said[-1][0] == charset:
            said[-1] = (charset, said[-1][1] + data)
        else:
            said.append((charset, data))
    return "".join(charset_text(data, charset) for charset, data in said)


def _base64(text: str) -> bytes | None:
    """The bytes of base64 with its padding lost or letters strewn in; None where it has none."""
    letters = _NO_BASE64.sub("", text)
    if text and len(letters) < 2:
        return None
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(whole + "=" * (-len(whole) % 4))


def _quoted(text: str, charset: str) -> bytes:
    try:
        # Letters that should have been encoded and were not have been read by now.
        data = text.encode(charset if is_charset(charset) and not text.isascii() else "utf-8")
    except (LookupError, UnicodeError, ValueError):
        data = text.encode("utf-8", "replace")
    return binascii.a2b_qp(data, header=True)


def _split(values: Iterable[str]) -> list[tuple[str, str]]:
    given = list(values)
    try:
        return _getaddresses(given)
    except (RecursionError, ValueError, IndexError, AttributeError):
        # Brackets within brackets without end, for one: the addresses without their names.
        return [("", match) for value in given for match in _ADDRESS.findall(value)]


def _getaddresses(values: list[str]) -> list[tuple[str, str]]:
    try:
        # Not strict: a display name with a comma or bracket in it is still somebody's name.
        return getaddresses(values, strict=False)
    except TypeError:  # an older Python, which is never strict
        return getaddresses(values)


def _readable(value: object) -> str:
    """compat32 gives 8-bit values as surrogates or a Header; read the bytes behind them."""
    said = str(value) if isinstance(value, str) else _header_text(value)
    if said.isascii():
        return said
    payload = said.encode("utf-8", "surrogateescape")
    return charset_text(payload, None)


def _header_text(value: object) -> str:
    chunks = getattr(value, "_chunks", None)
    if chunks:
        return "".join(piece for piece, _ in chunks)
    return str(value)


def _unfold(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ").strip()
