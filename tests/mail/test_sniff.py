"""What attachments are by their bytes, whatever they are called."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail import sniff as module
from mail.parse import parse
from mail.sniff import PROGRAM, UNKNOWN, Danger, claimed, family, sniff
from tests.fuzz.samples import PDF, RTF, WINMAIL, encoded, raw

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXE = b"MZ\x90\0" + bytes(56) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + bytes(40)


def zipped(*names: str) -> bytes:
    """A ZIP of files by these names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(
                name, "application/vnd.oasis.opendocument.text" if name == "mimetype" else "x"
            )
    return made.getvalue()


def compound(*names: str) -> bytes:
    """An OLE compound file in which streams by these names are listed."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "\0".join(names).encode("utf-16-le")


SOME: tuple[tuple[str, str, bytes, str, Danger], ...] = (
    ("a Windows program", "bill.pdf", EXE, PROGRAM, Danger.PROGRAM),
    (
        "a Linux program",
        "a",
        b"\x7fELF\x02" + bytes(40),
        "application/x-executable",
        Danger.PROGRAM,
    ),
    ("a Mac program", "a", b"\xcf\xfa\xed\xfe\0", "application/x-mach-binary", Danger.PROGRAM),
    ("Java", "a.zip", zipped("META-INF/MANIFEST.MF"), "application/java-archive", Danger.PROGRAM),
    (
        "a shortcut",
        "a.lnk",
        b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F",
        "application/x-ms-shortcut",
        Danger.PROGRAM,
    ),
    (
        "an installer",
        "a.doc",
        compound("x") + bytes.fromhex("84100c0000000000c000000000000046"),
        "application/x-msi",
        Danger.PROGRAM,
    ),
    ("a shell script", "a.txt", b"#!/bin/sh\n", "text/x-script", Danger.SCRIPT),
    ("a batch file", "a.txt", b"\r\n@echo off\r\n", "text/x-script", Danger.SCRIPT),
    ("JavaScript, by its name", "bill.pdf.js", b"x = 1", "text/plain", Danger.SCRIPT),
    ("PowerShell, by its name", "a.PS1 . ", b"x", "text/plain", Danger.SCRIPT),
    ("nothing, by its name", "a.scr", b"", UNKNOWN, Danger.SCRIPT),
    ("a page", "a.txt", b"\n<!DOCTYPE html><p>x", "text/html", Danger.PAGE),
    ("a page behind a comment", "a", b"\xef\xbb\xbf<!-- x --><html>", "text/html", Danger.PAGE),
    ("a page in UTF-16", "a", "<html><body>x".encode("utf-16"), "text/html", Danger.PAGE),
    ("a page by its name", "a.htm", b"x", "text/plain", Danger.PAGE),
    ("a drawing", "a.png", b"<?xml version='1.0'?><svg onload=x>", "image/svg+xml", Danger.PAGE),
    ("Word", "a", zipped("[Content_Types].xml", "word/document.xml"), WORD, Danger.NONE),
    (
        "Word with macros",
        "a.docx",
        zipped("word/document.xml", "word/vbaProject.bin"),
        WORD,
        Danger.MACROS,
    ),
    ("old Word", "a", compound("WordDocument"), "application/msword", Danger.NONE),
    (
        "old Excel with macros",
        "a.xls",
        compound("Workbook", "_VBA_PROJECT"),
        "application/vnd.ms-excel",
        Danger.MACROS,
    ),
    (
        "OpenDocument",
        "a.odt",
        zipped("mimetype", "content.xml"),
        "application/vnd.oasis.opendocument.text",
        Danger.NONE,
    ),
    ("an archive", "a.zip", zipped("a.txt"), "application/zip", Danger.NONE),
    (
        "an archive with a program",
        "a.zip",
        zipped("a.txt", "b.EXE"),
        "application/zip",
        Danger.INSIDE,
    ),
    ("RAR", "a", b"Rar!\x1a\x07\x01\0", "application/vnd.rar", Danger.NONE),
    ("a disk", "a", bytes(32769) + b"CD001", "application/vnd.efi.iso", Danger.NONE),
    ("PDF", "a.pdf", PDF, "application/pdf", Danger.NONE),
    ("PDF behind something", "a", b"x" * 900 + PDF, "application/pdf", Danger.NONE),
    ("RTF", "a", RTF, "application/rtf", Danger.NONE),
    ("winmail.dat", "a", WINMAIL, "application/ms-tnef", Danger.NONE),
    ("PNG", "a.png", b"\x89PNG\r\n\x1a\n" + bytes(9), "image/png", Danger.NONE),
    ("JPEG", "a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg", Danger.NONE),
    ("HEIC", "a", b"\0\0\0\x18ftypheic", "image/heic", Danger.NONE),
    ("sound", "a", b"RIFF\0\0\0\0WAVE", "audio/wav", Danger.NONE),
    ("a film", "a", b"\0\0\0\x18ftypisom", "video/mp4", Danger.NONE),
    ("a calendar", "a", b"BEGIN:VCALENDAR\r\n", "text/calendar", Danger.NONE),
    ("a card", "a", b"begin:vcard\r\n", "text/vcard", Danger.NONE),
    ("text", "a.txt", "l’été".encode("cp1252"), "text/plain", Danger.NONE),
    ("text that begins like a program", "a", b"MZ is my name.", "text/plain", Danger.NONE),
    ("text that names a tag", "a", b"I wrote <b>bold</b>.", "text/plain", Danger.NONE),
    ("nothing", "", b"", UNKNOWN, Danger.NONE),
    ("noise", "a.bin", bytes(range(256)), UNKNOWN, Danger.NONE),
)


@pytest.mark.parametrize(
    ("name", "data", "kind", "danger"), [one[1:] for one in SOME], ids=[one[0] for one in SOME]
)
def test_what_a_file_is(name: str, data: bytes, kind: str, danger: Danger) -> None:
    found = sniff(data, name)
    assert (found.kind, found.danger) == (kind, danger)


@pytest.mark.parametrize(
    ("content_type", "name", "sort"),
    [
        ("application/pdf", "a", "pdf"),
        ("application/octet-stream", "a.PDF", "pdf"),
        ("application/octet-stream", "a", ""),
        ("application/pdf", "a.exe", "pdf"),
        ("image/jpeg", "a.zip", "archive"),
        ("image/svg+xml", "a", "page"),
        (WORD, "", "document"),
        ("text/x-vcard", "", "text"),
        (PROGRAM, "", "program"),
    ],
)
def test_what_its_sender_claims(content_type: str, name: str, sort: str) -> None:
    assert claimed(content_type, name) == sort


def test_every_kind_that_is_told_apart_is_of_some_sort_or_known_to_be_of_none() -> None:
    kinds = {kind for *_, kind, _ in SOME}
    assert {kind for kind in kinds if not family(kind)} == {UNKNOWN, "application/ms-tnef"}


def test_names_in_an_archive_are_looked_at_up_to_their_number() -> None:
    for more, danger in ((-1, Danger.INSIDE), (0, Danger.NONE)):
        names = [f"{n}.txt" for n in range(module.MAX_NAMES + more)]
        assert sniff(zipped(*names, "last.exe"), "a.zip").danger is danger


def test_a_name_that_reaches_over_others_hides_none_and_is_looked_at_by_its_end() -> None:
    lie = b"PK\x01\x02" + b"\0" * 24 + b"\xff\xff" + b"\0" * 16
    true = zipped("a.txt", "last.exe")
    assert sniff(b"PK\x03\x04" + lie[:40] + true, "a.zip").danger is Danger.INSIDE
    assert sniff(zipped("b" * 60_000 + ".exe"), "a.zip").danger is Danger.INSIDE


def test_names_that_reach_over_each_other_take_little_room() -> None:
    lie = b"PK\x01\x02" + b"\xff" * 24 + b"\xff\xff" + b"\xff" * 16
    data = b"PK\x03\x04" + lie * module.MAX_NAMES + b"\xff" * 65_535
    tracemalloc.start()
    try:
        assert sniff(data, "a.zip").kind == "application/zip"
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1_000_000


def test_a_mail_says_of_its_attachments_what_they_are() -> None:
    message = parse(
        raw(
            "Content-Type: application/pdf; name=bill.pdf",
            "Content-Transfer-Encoding: base64",
            "",
            encoded(EXE),
        )
    )
    (one,) = message.attachments
    assert (one.content_type, one.sniffed, one.danger) == (
        "application/pdf",
        PROGRAM,
        Danger.PROGRAM,
    )


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("a" * 300 + ".exe", "a" * 251 + ".exe"),
        ("a" * 5000 + ".pdf", "a" * 251 + ".pdf"),
        ("a" * 300, "a" * 255),
        ("a." + "b" * 300, "a." + "b" * 253),
        ("C:\\\\temp\\\\a.pdf", "a.pdf"),
        ("../../a.pdf", "a.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("bill.pdf" + " " * 100 + ".exe", "bill.pdf .exe"),
        ("a\x00b.pdf", "ab.pdf"),
        ("/", ""),
        ("", ""),
    ],
)
def test_a_name_is_shown_without_tricks(given_name: str, kept: str) -> None:
    (one,) = parse(
        raw(f'Content-Disposition: attachment; filename="{given_name}"', "", "x")
    ).attachments
    assert one.filename == kept


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([b"MZ", b"PK\3\4", b"PK\3\4PK\1\2", b"<", b"\xff\xfe", b""]), st.binary())
def test_any_bytes_at_all_are_something(begins: bytes, rest: bytes) -> None:
    found = sniff(begins + rest, "a.zip")
    assert found == sniff(begins + rest, "a.zip")
    assert "/" in found.kind
