"""The words of a body in Rich Text Format, which old Outlook sends compressed inside winmail.dat.

[MS-OXRTFCP] is the compression, [MS-OXRTFEX] how HTML is wrapped in it: what stands between
`\\htmlrtf` and `\\htmlrtf0` is for readers of RTF alone. One pass, in linear time; formatting goes.
"""

from __future__ import annotations

import re
import struct
from html import escape

from mail import html
from mail.headers import charset_text

MAX_RTF = 2_000_000
"""The longest text that is unpacked, in bytes."""

_MAX_DEPTH = 1000
_FIRST_WORDS = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What both sides begin with (section 2.1.2.1)."""

_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-f]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.I | re.S,
)
_UNREAD = frozenset(
    re.findall(r"\w+", "fonttbl colortbl stylesheet info pict object header footer themedata")
)
_BREAKS = frozenset(("par", "line", "row", "sect", "page"))
_LETTERS = {
    "tab": "\t",
    "cell": "\t",
    "bullet": "•",
    "emdash": "—",
    "endash": "–",
    "nbsp": "\xa0",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}


_SIGNS = {"~": "\xa0", "_": "-", "\\": "\\", "{": "{", "}": "}"}


class Broken(ValueError):
    """Not what it says it is, or past a bound."""


def decompressed(data: bytes, most: int) -> bytes:
    """The text that compressed RTF holds. Raises Broken, also where it is longer than `most`."""
    if len(data) < 16:
        raise Broken
    _, size, magic, _ = struct.unpack_from("<IIII", data)
    if size > most:
        raise Broken
    if magic == 0x414C454D:  # "MELA": not compressed
        return data[16 : 16 + size]
    if magic != 0x75465A4C:  # "LZFu"
        raise Broken
    window = bytearray(_FIRST_WORDS.ljust(4096, b"\0"))
    write, at, out = len(_FIRST_WORDS), 16, bytearray()
    while len(out) < size and at < len(data):
        control, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                break
            if not control >> bit & 1:
                piece, at = data[at : at + 1], at + 1
            else:
                reference, at = int.from_bytes(data[at : at + 2], "big"), at + 2
                start, length = reference >> 4, (reference & 15) + 2
                if start == write:
                    return bytes(out[:size])
                piece = _copied(window, start, write, length)
            for letter in piece:
                window[write] = letter
                write = (write + 1) & 4095
            out += piece
    return bytes(out[:size])


def _copied(window: bytearray, start: int, write: int, length: int) -> bytes:
    """A piece of the window, which may reach into what it is itself about to write."""
    before = (write - start) & 4095
    piece = bytes(window[(start + n) & 4095] for n in range(min(length, before)))
    return (piece * (length // len(piece) + 1))[:length]


def to_text(source: bytes) -> str:
    """The words of RTF, or of the HTML that it wraps; "" where there are none."""
    wraps = b"\\fromhtml" in source[:1000]
    page = _Page(wraps=wraps)
    for match in _TOKEN.finditer(source.decode("latin-1")):
        if not page.read(*match.groups()):
            break
    said = page.text()
    if wraps:
        return html.to_text(said)
    return "\n".join(line.rstrip() for line in said.split("\n")).strip("\n")


class _Page:
    """What was written so far, and where in the groups the scan is."""

    def __init__(self, *, wraps: bool) -> None:
        self._wraps = wraps
        self._said: list[str] = []
        self._letters = bytearray()
        self._charset = "cp1252"
        self._skip = 0  # letters that stand for a character for who cannot read it
        self._depth = self._unread = self._tag = 0
        self._hidden = False

    def read(
        self,
        word: str | None,
        number: str | None,
        code: str | None,
        sign: str | None,
        brace: str | None,
        text: str | None,
    ) -> bool:
        """Take a token; False where groups are nested without end."""
        if brace:
            self._flush()
            self._depth += 1 if brace == "{" else -1
            self._unread = 0 if self._depth < self._unread else self._unread
            self._tag = 0 if self._depth < self._tag else self._tag
            return self._depth <= _MAX_DEPTH
        if sign == "*" or word in _UNREAD:
            self._unread = self._unread or self._depth
        elif word == "htmltag" and self._wraps and self._unread == self._depth:
            self._unread, self._tag = 0, self._depth
        elif word == "htmlrtf":
            self._hidden = number != "0"
        elif not self._unread and (self._tag or not self._hidden):
            self._write(word, number, code, sign, text)
        return True

    def text(self) -> str:
        """Everything written."""
        self._flush()
        joined = "".join(self._said)
        return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _write(
        self,
        word: str | None,
        number: str | None,
        code: str | None,
        sign: str | None,
        text: str | None,
    ) -> None:
        if self._skip and (code or text):
            text, self._skip = (text or "")[self._skip :], max(self._skip - len(text or "x"), 0)
            code = None
        if code:
            self._letters.append(int(code, 16))
            return
        self._flush()
        if text:
            self._say(charset_text(text.encode("latin-1"), self._charset))
        elif word == "u" and number:
            self._say(chr(int(number) & 0xFFFF))
            self._skip = 1
        elif word == "ansicpg" and number:
            self._charset = f"cp{number}"
        elif word in _BREAKS:
            self._say("\n")
        elif word or sign:
            self._say(_LETTERS.get(word or "") or _SIGNS.get(sign or "", ""))

    def _flush(self) -> None:
        if self._letters:
            self._say(charset_text(bytes(self._letters), self._charset))
            self._letters.clear()

    def _say(self, text: str) -> None:
        self._said.append(escape(text, quote=False) if self._wraps and not self._tag else text)
