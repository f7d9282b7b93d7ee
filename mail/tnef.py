"""What is inside a winmail.dat: old Outlook's body and attachments in one file of their own kind.

[MS-OXTNEF] lays the file out, [MS-OXCDATA] the types of its properties. Only what a person would
miss is read: the body and the attachments. A file that is broken or past a bound is not opened at
all: it stays one attachment, whole.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mail.headers import charset_text
from mail.rtf import MAX_RTF, Broken, decompressed, to_text

SIGNATURE = b"\x78\x9f\x3e\x22"

MAX_ATTRIBUTES = 5000
"""How many attributes the file, and how many properties each list of them, may have."""

MAX_FILES = 200
"""How many attachments it may hold."""

_BODY, _TITLE, _DATA = 0x800C, 0x8010, 0x800F
_PROPERTIES, _BEGINS, _FILE_PROPERTIES, _CODEPAGE = 0x9003, 0x9002, 0x9005, 0x9007
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_MANY = 0x1000
_PLAIN, _RTF, _HTML, _INTERNET_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_LONG_NAME, _NAME, _MIME, _BYTES = 0x3707, 0x3704, 0x370E, 0x3701


@dataclass(slots=True)
class File:
    """One attachment inside."""

    name: str = ""
    kind: str = "application/octet-stream"
    data: bytes = b""


@dataclass(slots=True)
class Winmail:
    """What was inside: its body in up to three forms, `rtf` still compressed; its attachments."""

    plain: str = ""
    html: str = ""
    rtf: bytes = b""
    files: list[File] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The words of the form that old Outlook writes itself. Raises Broken."""
        return to_text(decompressed(self.rtf, MAX_RTF)) if self.rtf else ""


def read(data: bytes) -> Winmail | None:
    """Open a winmail.dat; None where it is broken or past a bound. Never raises."""
    if not data.startswith(SIGNATURE):
        return None
    found = Winmail()
    codepage = "cp1252"
    try:
        for name, value in _attributes(data):
            if name == _CODEPAGE:
                codepage = f"cp{int.from_bytes(value[:4], 'little')}"
            elif name == _BODY:
                found.plain = found.plain or _text(value, codepage)
            elif name == _PROPERTIES:
                _take_body(found, value, codepage)
            elif name == _BEGINS:
                found.files.append(File())
            elif found.files:
                _take_file(found.files[-1], name, value, codepage)
    except (Broken, struct.error):
        return None
    return found if len(found.files) <= MAX_FILES else None


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(name, value) of each attribute (section 2.1.3.2); sums are checked by nobody else either."""
    at = 6
    for _ in range(MAX_ATTRIBUTES + 1):
        if at >= len(data):
            return
        _, name, _, length = struct.unpack_from("<BHHI", data, at)
        if at + 9 + length > len(data):
            raise Broken
        yield name, data[at + 9 : at + 9 + length]
        at += 9 + length + 2
    raise Broken


def _take_body(found: Winmail, value: bytes, codepage: str) -> None:
    said = dict(_properties(value, codepage))
    number = said.get(_INTERNET_CODEPAGE)
    named = f"cp{int.from_bytes(number, 'little')}" if isinstance(number, bytes) else codepage
    plain, html, rtf = said.get(_PLAIN), said.get(_HTML), said.get(_RTF)
    if isinstance(plain, str):
        found.plain = plain
    if html:
        # 65001 is what Windows calls UTF-8, and Python cp65001 on Windows only.
        charset = "utf-8" if named == "cp65001" else named
        found.html = html if isinstance(html, str) else charset_text(html, charset)
    if isinstance(rtf, bytes):
        found.rtf = rtf


def _take_file(file: File, name: int, value: bytes, codepage: str) -> None:
    if name == _TITLE:
        file.name = file.name or _text(value, codepage)
    elif name == _DATA:
        file.data = value
    elif name == _FILE_PROPERTIES:
        said = dict(_properties(value, codepage))
        long = said.get(_LONG_NAME) or said.get(_NAME)
        kind, data = said.get(_MIME), said.get(_BYTES)
        file.name = long if isinstance(long, str) else file.name
        file.kind = kind if isinstance(kind, str) else file.kind
        if isinstance(data, bytes) and not file.data:
            file.data = data


def _properties(data: bytes, codepage: str) -> Iterator[tuple[int, str | bytes]]:
    """(id, value) of each property in a list (section 2.1.3.5); of many values the first."""
    (count,) = struct.unpack_from("<I", data)
    if count > MAX_ATTRIBUTES:
        raise Broken
    at = 4
    for _ in range(count):
        kind, name = struct.unpack_from("<HH", data, at)
        at += 4
        if name >= 0x8000:  # it has a name of its own, that nobody here knows
            (named,) = struct.unpack_from("<I", data, at + 16)
            at += 24
            if named == 1:
                (length,) = struct.unpack_from("<I", data, at - 4)
                at += _padded(length)
        many, kind = kind & _MANY, kind & ~_MANY
        fixed = _SIZES.get(kind)
        count_of = 1
        if many or fixed is None:
            (count_of,) = struct.unpack_from("<I", data, at)
            at += 4
        if count_of > MAX_ATTRIBUTES:
            raise Broken
        for number in range(count_of):
            length = fixed or 0
            if fixed is None:
                (length,) = struct.unpack_from("<I", data, at)
                at += 4
            if at + length > len(data):
                raise Broken
            if number == 0:
                yield name, _value(kind, data[at : at + length], codepage)
            at += _padded(length)


def _value(kind: int, data: bytes, codepage: str) -> str | bytes:
    if kind == _UNICODE:
        return data.decode("utf-16-le", "replace").partition("\0")[0]
    if kind == _STRING:
        return _text(data, codepage)
    return data[16:] if kind == _OBJECT else data


def _text(data: bytes, codepage: str) -> str:
    return charset_text(data.partition(b"\0")[0], codepage)


def _padded(length: int) -> int:
    return length + -length % 4
