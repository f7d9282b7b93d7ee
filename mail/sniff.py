"""What an attachment is, by its first bytes and its name's ending, whatever its sender calls it.

Only what changes a person's mind about opening it is told apart, and any doubt is
`application/octet-stream`. Nothing is unpacked: names inside an archive stand in it as they are.
Sources: the formats' own specifications ([MS-SHLLINK], [MS-CFB], APPNOTE.TXT of ZIP, ISO 32000-2,
ECMA-119), and WHATWG's MIME Sniffing for what a browser takes for a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

UNKNOWN = "application/octet-stream"
PROGRAM = "application/vnd.microsoft.portable-executable"

MAX_NAMES = 2000
"""How many names in an archive are looked at."""

MAX_NAME = 255
"""How many bytes of such a name are looked at: its last, for its ending says what opens it."""

_HEAD = 4096
"""How many bytes of a text are looked at."""


class Danger(StrEnum):
    """What a person must know before opening it."""

    NONE = "none"
    PROGRAM = "program"
    SCRIPT = "script"  # what a computer runs by the ending of its name, or says it is to be run
    INSIDE = "inside"  # an archive with one of these in it
    MACROS = "macros"
    PAGE = "page"  # opened in a browser, it loads and runs what it likes


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`kind` is a media type; `danger` what it can do."""

    kind: str
    danger: Danger = Danger.NONE


_RUN = frozenset(
    re.findall(
        r"\S+",
        "exe com scr pif dll cpl sys msi msp msix appx lnk jar chm xll app apk deb rpm pkg dmg run"
        " bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh wsc hta scf url reg inf gadget application"
        " appref-ms settingcontent-ms search-ms library-ms sct sh bash command csh ksh zsh fish py"
        " pyw pl rb php ps desktop workflow terminal action",
    )
)
"""Endings of names which some system runs when the file is opened."""

_PAGES = frozenset(("html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "svg", "svgz"))

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xfe\xed\xfa\xce", "application/x-mach-binary"),
    (0, b"\xfe\xed\xfa\xcf", "application/x-mach-binary"),
    (0, b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),  # and Mach-O for two processors
    (0, b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F", "application/x-ms-shortcut"),
    (0, b"ITSF\x03\0\0\0", "application/vnd.ms-htmlhelp"),
    (0, b"!<arch>\ndebian", "application/vnd.debian.binary-package"),
    (0, b"\xed\xab\xee\xdb", "application/x-rpm"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (257, b"ustar", "application/x-tar"),
    (32769, b"CD001", "application/vnd.efi.iso"),
    (0, b"vhdxfile", "application/x-virtual-disk"),
    (0, b"conectix", "application/x-virtual-disk"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
    (0, b"{\\rt", "application/rtf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyphe", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
)

_PROGRAMS = frozenset(
    (
        PROGRAM,
        "application/x-executable",
        "application/x-mach-binary",
        "application/java-vm",
        "application/java-archive",
        "application/vnd.android.package-archive",
        "application/x-ms-shortcut",
        "application/x-msi",
        "application/vnd.ms-htmlhelp",
        "application/vnd.debian.binary-package",
        "application/x-rpm",
    )
)

_ZIP = b"PK\x03\x04"
_IN_ZIP: tuple[tuple[str, str], ...] = (
    ("AndroidManifest.xml", "application/vnd.android.package-archive"),
    ("META-INF/MANIFEST.MF", "application/java-archive"),
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_MACROS = ("vbaProject.bin", "vbaData.xml")
_IN_OLE: tuple[tuple[str, str], ...] = (
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("__nameid_version1.0", "application/vnd.ms-outlook"),
)
_MSI = bytes.fromhex("84100c0000000000c000000000000046")
_PAGE = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|style|title|table|div|h1|a|p|br|meta)[\s>/]",
    re.I,
)
_RUN_BY_TEXT = re.compile(rb"#![ \t]*/|@echo off|<\?php|<job\b|on error resume next\b", re.I)


def sniff(data: bytes, name: str) -> Sniffed:
    """What the bytes are; `name` tells only what some system would run."""
    archive = _look_inside(data) if data.startswith(_ZIP) else None
    kind = archive.kind if archive else _kind(data)
    ending = _ending(name)
    if kind in _PROGRAMS:
        return Sniffed(kind, Danger.PROGRAM)
    if ending in _RUN or kind == "text/x-script":
        return Sniffed(kind, Danger.SCRIPT)
    if kind in ("text/html", "image/svg+xml") or ending in _PAGES:
        return Sniffed(kind, Danger.PAGE)
    if archive.has_macros if archive else _has_macros(data, kind):
        return Sniffed(kind, Danger.MACROS)
    if archive and archive.runs:
        return Sniffed(kind, Danger.INSIDE)
    return Sniffed(kind)


_FAMILIES: dict[str, str] = {
    **dict.fromkeys(_PROGRAMS, "program"),
    **dict.fromkeys(("text/html", "image/svg+xml"), "page"),
    **dict.fromkeys(("application/rtf", "application/msword", "application/onenote"), "document"),
    **dict.fromkeys(
        (
            *("application/zip", "application/vnd.rar", "application/x-7z-compressed"),
            *("application/gzip", "application/x-bzip2", "application/x-xz", "application/zstd"),
            *("application/x-tar", "application/vnd.ms-cab-compressed"),
            *("application/vnd.efi.iso", "application/x-virtual-disk"),
        ),
        "archive",
    ),
    "application/pdf": "pdf",
}

_ENDINGS: dict[str, str] = {
    **dict.fromkeys(("pdf",), "pdf"),
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "heic"), "image"),
    **dict.fromkeys(("mp3", "wav", "ogg", "m4a", "amr"), "audio"),
    **dict.fromkeys(("mp4", "mov", "avi", "webm"), "video"),
    **dict.fromkeys(("doc", "docx", "xls", "xlsx", "ppt", "pptx", "rtf", "odt", "ods"), "document"),
    **dict.fromkeys(("docm", "xlsm", "pptm", "dotm", "xlsb"), "document"),
    **dict.fromkeys(("zip", "rar", "7z", "gz", "tar", "tgz", "xz"), "archive"),
    **dict.fromkeys(_PAGES, "page"),
    **dict.fromkeys(("txt", "csv", "log", "ics", "vcf"), "text"),
}


def family(kind: str) -> str:
    """What sort of thing a media type is, "" where that says nothing."""
    if kind in _FAMILIES:
        return _FAMILIES[kind]
    if "officedocument" in kind or "opendocument" in kind or "vnd.ms-" in kind:
        return "document"
    first = kind.partition("/")[0]
    return first if first in ("image", "audio", "video", "text") else ""


def claimed(content_type: str, name: str) -> str:
    """The family that its name's ending claims, else its sender's media type; "" for none."""
    return _ENDINGS.get(_ending(name)) or family(content_type)


def _ending(name: str) -> str:
    """What stands after the last dot, where systems that drop dots and spaces see it."""
    return name.rstrip(". ").rpartition(".")[2].lower() if "." in name else ""


def _kind(data: bytes) -> str:
    if data.startswith(b"MZ") and _is_program(data):
        return PROGRAM
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _of_ole(data)
    for at, signature, kind in _SIGNATURES:
        if data.startswith(signature, at):
            return kind
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    return _of_text(data[:_HEAD])


def _is_program(data: bytes) -> bool:
    """Does the old header lead to a new one, or is it binary at least? "MZ" is two letters too."""
    at = int.from_bytes(data[60:64], "little")
    return data[at : at + 4] == b"PE\0\0" or b"\0" in data[:64]


@dataclass(frozen=True, slots=True)
class _Archive:
    """A ZIP, by the names in it. `runs`: does one of them, when it is opened?"""

    kind: str
    has_macros: bool
    runs: bool


def _look_inside(data: bytes) -> _Archive:
    """A ZIP by the names in it, each of which is looked at once."""
    first, kinds = "", set[str]()
    has_macros = runs = False
    for name in _zipped(data):
        first = first or name
        kinds.update(kind for begins, kind in _IN_ZIP if name.startswith(begins))
        has_macros |= name.endswith(_MACROS) or "macrosheets/" in name
        runs |= _ending(name) in _RUN
    kind = next((kind for _, kind in _IN_ZIP if kind in kinds), "application/zip")
    if first == "mimetype":
        said = re.match(rb"application/vnd\.oasis\.opendocument\.[a-z]{1,20}", data[38:100])
        kind = said[0].decode() if said else "application/zip"
    return _Archive(kind, has_macros, runs)


def _zipped(data: bytes) -> Iterator[str]:
    """Names in a ZIP, by its central directory (APPNOTE.TXT, 4.3.12).

    A name may be a lie that reaches over what follows it, so the next is looked for inside it too.
    What is told apart is ASCII, so no charset is undone.
    """
    at = -1
    for _ in range(MAX_NAMES):
        at = data.find(b"PK\x01\x02", at + 1)
        if at < 0:
            return
        begin = at + 46
        end = min(begin + int.from_bytes(data[at + 28 : at + 30], "little"), len(data))
        yield data[max(begin, end - MAX_NAME) : end].decode("latin-1")


def _of_ole(data: bytes) -> str:
    """A compound file by the names of its streams, which are UTF-16 ([MS-CFB], 2.6.1)."""
    if _MSI in data:
        return "application/x-msi"
    for name, kind in _IN_OLE:
        if name.encode("utf-16-le") in data:
            return kind
    return "application/x-ole-storage"


def _has_macros(data: bytes, kind: str) -> bool:
    if family(kind) == "document" or kind == "application/x-ole-storage":
        return "_VBA_PROJECT".encode("utf-16-le") in data
    return kind == "application/onenote"


def _of_text(head: bytes) -> str:
    """A text by how it begins; what is no text in any charset is unknown."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode("utf-8")
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\0" in head or len(head.translate(None, _CONTROLS)) < len(head):
        return UNKNOWN
    begins = head[:64].upper()
    if _RUN_BY_TEXT.match(head):
        return "text/x-script"
    if re.search(rb"<svg[\s>]", head, re.I):
        return "image/svg+xml"
    if _PAGE.search(head[:1024]) and head.startswith(b"<"):
        return "text/html"
    if begins.startswith(b"BEGIN:VCALENDAR"):
        return "text/calendar"
    if begins.startswith(b"BEGIN:VCARD"):
        return "text/vcard"
    return "text/plain" if head else UNKNOWN


_CONTROLS = bytes({*range(32)} - {*b"\t\n\r\f\x1b"})
