"""Decoding headers: encoded words, raw 8-bit text, addresses, ids and dates; nothing here raises.

The standard library's `compat32` parser leaves decoding to us and is four times as fast as its
modern policy; the price is that every oddity of real mail ends here (RFC 2047, 5322, 6532).
"""

from __future__ import annotations

import binascii
import codecs
import encodings
import re
import string
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message as Tree
from email.utils import getaddresses, parsedate_to_datetime
from encodings import normalize_encoding
from encodings.aliases import aliases
from pkgutil import iter_modules

from mail.message import Address

MAX_VALUE = 64 * 1024
"""The longest header value read, in characters; what lies beyond is not looked at."""

MAX_ADDRESSES = 200
"""How many addresses of one header are read."""

MAX_FROM = 2000
"""How much of From is read, in characters; nobody vouches for a longer one."""

MAX_PIECES = 1000
"""How many pieces of base64 one body may be made of; of more, what follows "=" is not apart."""

_ID = re.compile(r"<([^<>\s]{1,1000})>")
_BARE_ID = re.compile(r"[^<>\s@]+@[^<>\s@]+")
_LOCAL = r"[^\s@<>,;:\"()\[\]\\]"
# Begun only where a word begins: else a long run without "@" is read once per letter of it.
_ADDRESS = re.compile(rf"(?<!{_LOCAL}){_LOCAL}{{1,254}}@[^\s@<>,;:\"()\\]{{1,254}}")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
_ANGLE = re.compile(r"<([^<>]*)>")
_UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ENCODED = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_ENCODED_RUN = re.compile(
    r"=\?[^?\s]{1,40}\?[bBqQ]\?[^?]*\?=(?:\s+=\?[^?\s]{1,40}\?[bBqQ]\?[^?]*\?=)*"
)
_NO_BASE64 = bytes({*range(256)} - {*(string.ascii_letters + string.digits + "+/").encode()})
_KNOWN = frozenset(
    (*aliases, *aliases.values(), *(module.name for module in iter_modules(encodings.__path__)))
)
_WIDER = {
    **dict.fromkeys(("gb2312", "x_gbk"), "gb18030"),
    **dict.fromkeys(("ks_c_5601_1987", "euc_kr"), "cp949"),
    **dict.fromkeys(("shift_jis", "x_sjis"), "cp932"),
    "iso_8859_8_i": "iso8859_8",
    "windows_874": "cp874",
    "x_mac_roman": "mac_roman",
}
"""Names under which programs send what only a wider charset holds, and names that WHATWG knows."""

_WESTERN = frozenset(("ascii", "iso8859-1", "iso8859-15", "cp1252"))

_NO_CHARSETS = frozenset(
    ("idna", "punycode", "undefined", "mbcs", "oem", "unicode-escape", "raw-unicode-escape")
)
"""What Python can decode besides charsets: some of it slowly, none of it sent in mail."""


def raw_values(tree: Tree, name: str) -> list[str]:
    """A header's values as they stand, unfolded."""
    return [_unfold(str(value)) for value in tree.get_all(name, [])]


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
    values = [
        value if len(value) <= MAX_VALUE else value[:MAX_VALUE].rpartition(",")[0]
        for value in raw_values(tree, name)
    ]
    found = []
    for display, address in _split(values):
        match = _ADDRESS.search(address)
        if match:
            found.append(Address(decoded(display), clean(match[0].lower().rstrip("."))))
    return tuple(found[:MAX_ADDRESSES])


def author(tree: Tree) -> tuple[Address, bool]:
    """Who wrote a mail, and whether From can be read in no other way.

    Of "jo@home.example <jo@work.example>" the address in brackets writes, as receiving servers read
    it, which then vouch for its domain. Where programs could differ, a server may have vouched for
    somebody else: several From headers or addresses, brackets within or beside brackets.
    """
    values = raw_values(tree, "From")
    listed = addresses(tree, "From")
    if not values:
        return Address("", ""), False
    bare = _QUOTED.sub(" ", values[0][:MAX_FROM])
    angles = _ANGLE.findall(bare)
    beside = _ANGLE.sub(" ", bare)
    plain = len(values) == 1 and len(values[0]) <= MAX_FROM and not set('<>"()') & set(beside)
    found = _ADDRESS.search(angles[0]) if len(angles) == 1 else None
    if found is None:
        only = listed[0] if listed else Address("", "")
        return only, plain and not angles and len(listed) == beside.count("@") == 1
    address = clean(found[0].lower().rstrip("."))
    named = next((one for one in listed if one.address == address), None)
    sure = plain and (beside.count("@") == 0 or not set(",;:") & set(beside))
    return named or Address(decoded(beside), address), sure


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


_BY = re.compile(r"\bby\s+([A-Za-z0-9.-]{1,255})", re.I)


def received(tree: Tree) -> tuple[datetime | None, str]:
    """When the last server took the mail in, and its name: the topmost Received header (4.4)."""
    values = raw_values(tree, "Received")[:1]
    if not values:
        return None, ""
    said, _, when = values[0][:MAX_VALUE].rpartition(";")
    by = _BY.search(said)
    return date(when.strip()), by[1].lower().rstrip(".") if by else ""


def charset_text(payload: bytes, charset: str | None) -> str:
    """Bytes as text: by the charset named if it fits, else UTF-8, else windows-1252.

    A western charset is what programs name that do not know better, so there UTF-8 goes first: no
    western text is UTF-8 by chance. Its other name windows-1252 is WHATWG's Encoding standard.
    """
    named = codec(charset)
    order = ("utf-8", named) if named in _WESTERN else (named, "utf-8")
    for name in (*order, "cp1252"):
        if name and name != "iso8859-1":
            try:
                return payload.decode(name)
            except (LookupError, UnicodeError, ValueError):
                continue
    return payload.decode("latin-1")


def codec(charset: str | None) -> str | None:
    """The name by which Python knows a charset; None where it is none that can be read.

    Python keeps every name it was ever asked for, so it is asked for none that it cannot know.
    """
    name = normalize_encoding((charset or "")[:40].lower())
    name = _WIDER.get(name, name)
    if name not in _KNOWN:
        return None
    try:
        found = codecs.lookup(name).name
    except LookupError:  # of another system
        return None
    return None if found in _NO_CHARSETS else found


def base64_bytes(data: bytes) -> bytes:
    """What base64 holds, with letters strewn in or lost, or several pieces one after the other."""
    if data.count(b"=") > MAX_PIECES:
        return _piece(data)
    return b"".join(_piece(piece) for piece in data.split(b"="))


def _piece(data: bytes) -> bytes:
    letters = data.translate(None, _NO_BASE64)
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _decode_run(run: str) -> str:
    """Encoded words that follow each other, white space between them dropped.

    Bytes of one charset are joined before they are read: programs cut letters in two. A word that
    is none stays as it stands and spoils no other.
    """
    said: list[tuple[str, bytes]] = []
    for word in _ENCODED.finditer(run):
        # What follows "*" is a language (RFC 2231, section 5).
        charset = word[1].partition("*")[0].lower()
        if word[2] in "bB":
            data = base64_bytes(word[3].encode("ascii", "replace"))
        else:
            data = _quoted(word[3], charset)
        if word[3] and not data:
            charset, data = "utf-8", word[0].encode("utf-8", "replace")
        if said and said[-1][0] == charset:
            said[-1] = (charset, said[-1][1] + data)
        else:
            said.append((charset, data))
    return "".join(charset_text(data, charset) for charset, data in said)


def _quoted(text: str, charset: str) -> bytes:
    try:
        # Letters that should have been encoded and were not have been read by now.
        data = text.encode((not text.isascii() and codec(charset)) or "utf-8")
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


def _unfold(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ").strip()
