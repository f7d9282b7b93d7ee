"""Old Outlook's winmail.dat: the words and files inside are read, and a broken one stays whole."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail import rtf, tnef
from mail.message import Unreadable
from mail.parse import MAX_WINMAILS, attachment, parse
from tests.fuzz.holds import check
from tests.fuzz.samples import (
    FROM,
    RTF,
    WINMAIL,
    attribute,
    encoded,
    properties,
    raw,
    uncompressed,
    winmail,
)

WORDS = "I want to make a complaint."
HTML = f"<p>{WORDS}</p><blockquote>old</blockquote>".encode()
HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c"
    "090020627705b06c647d0a800fa0"
)
"""The example of [MS-OXRTFCP], section 3.1.1.1."""


def mail(inside: bytes, text: str = "", name: str = "winmail.dat") -> bytes:
    """A mail with a winmail.dat, and perhaps a text beside it."""
    return raw(
        *FROM,
        "Content-Type: multipart/mixed; boundary=b",
        "",
        *("--b", "Content-Type: text/plain", "", text),
        *("--b", f"Content-Type: application/ms-tnef; name={name}"),
        "Content-Transfer-Encoding: base64",
        "",
        encoded(inside),
        "--b--",
    )


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(winmail(attribute(0x800C, WORDS.encode() + b"\0")), id="an old body"),
        pytest.param(
            winmail(attribute(0x9003, properties((0x1E, 0x1000, WORDS.encode() + b"\0")))),
            id="plain",
        ),
        pytest.param(
            winmail(attribute(0x9003, properties((0x1F, 0x1000, WORDS.encode("utf-16-le"))))),
            id="plain in UTF-16",
        ),
        pytest.param(winmail(attribute(0x9003, properties((0x102, 0x1013, HTML)))), id="html"),
        pytest.param(
            winmail(attribute(0x9003, properties((0x102, 0x1009, uncompressed(RTF))))), id="rtf"
        ),
        pytest.param(WINMAIL, id="rtf among other things"),
    ],
)
def test_words_that_stand_in_a_winmail_alone_are_read(inside: bytes) -> None:
    message = check(mail(inside))
    assert message is not None
    assert message.own_words.startswith(WORDS)
    assert message.html.strip() in ("", HTML.decode())
    assert "winmail.dat" in [one.filename for one in message.attachments]


def test_its_html_is_shown_and_what_it_quotes_is_no_own_word() -> None:
    message = check(mail(winmail(attribute(0x9003, properties((0x102, 0x1013, HTML))))))
    assert message is not None
    assert message.text == f"{WORDS}\n\n> old"
    assert message.own_words == WORDS
    assert message.html.strip() == HTML.decode()


def test_the_text_beside_it_is_preferred() -> None:
    message = check(mail(WINMAIL, "See the file."))
    assert message is not None
    assert message.text.strip() == "See the file."


def test_files_inside_are_attachments_that_can_be_saved() -> None:
    whole = mail(WINMAIL)
    message = check(whole)
    assert message is not None
    container, inside = message.attachments
    assert (container.filename, container.sniffed) == ("winmail.dat", "application/ms-tnef")
    assert (inside.filename, inside.sniffed) == ("the bill.pdf", "application/pdf")
    assert attachment(whole, inside.digest) == b"%PDF-1.7\n%%EOF\n"
    assert attachment(whole, container.digest) == WINMAIL


def test_a_name_inside_carries_no_path() -> None:
    inside = winmail(
        attribute(0x9002, b"", level=2),
        attribute(0x8010, b"..\\..\\a/b\0\r\n.exe", level=2),
        attribute(0x800F, b"x", level=2),
    )
    message = check(mail(inside))
    assert message is not None
    assert message.attachments[1].filename == "b"


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(WINMAIL[:-30], id="cut off"),
        pytest.param(winmail(b"\1\x0c\x80\0\0\xff\xff\xff\xff"), id="a length past its end"),
        pytest.param(winmail(attribute(0x9003, b"\xff\xff\xff\xff")), id="properties without end"),
        pytest.param(
            winmail(attribute(0x9003, struct.pack("<IHHI", 1, 0x101E, 0x1000, 1 << 31))),
            id="values without end",
        ),
        pytest.param(winmail(attribute(0x9003, properties((0x99, 1, b"")))), id="unknown type"),
    ],
)
def test_a_broken_one_stays_one_attachment_and_whole(inside: bytes) -> None:
    whole = mail(inside, "Words.")
    message = check(whole)
    assert message is not None
    (one,) = message.attachments
    assert attachment(whole, one.digest) == inside
    assert message.own_words == "Words."
    with pytest.raises(Unreadable, match=r"may stand in a winmail\.dat that cannot be opened"):
        parse(mail(inside))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"x" * 20, id="no rtf"),
        pytest.param(b"", id="nothing"),
        pytest.param(uncompressed(b"x" * (rtf.MAX_RTF + 1)), id="too long"),
    ],
)
def test_where_its_body_is_broken_the_mail_is_refused_rather_than_taken_for_empty(
    body: bytes,
) -> None:
    inside = winmail(attribute(0x9003, properties((0x102, 0x1009, body))))
    if body:
        with pytest.raises(Unreadable, match=r"winmail\.dat that cannot be read"):
            parse(mail(inside))
    assert parse(mail(inside, "Words.")).own_words == "Words."


def test_of_many_none_is_read_for_words() -> None:
    body = winmail(attribute(0x800C, WORDS.encode()))
    part = raw("--b\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64", "")
    for number, said in ((MAX_WINMAILS, True), (MAX_WINMAILS + 1, False)):
        parts = [raw(part, encoded(body))] * number
        many = raw("Content-Type: multipart/mixed; boundary=b", "", *parts, "--b--")
        if said:
            assert parse(many).text.split("\n") == [WORDS] * number
        else:
            with pytest.raises(Unreadable, match="winmail"):
                parse(many)


@pytest.mark.parametrize(("more", "opened"), [(0, True), (1, False)])
def test_its_bounds_hold_on_both_sides(more: int, opened: bool) -> None:
    files = winmail(*[attribute(0x9002, b"", level=2)] * (tnef.MAX_FILES + more))
    assert (tnef.read(files) is not None) is opened
    attributes = winmail(*[attribute(1, b"")] * (tnef.MAX_ATTRIBUTES + more))
    assert (tnef.read(attributes) is not None) is opened
    some = properties(*[(0x03, 1, bytes(4))] * (tnef.MAX_ATTRIBUTES + more))
    assert (tnef.read(winmail(attribute(0x9003, some))) is not None) is opened


def test_compressed_rtf_is_unpacked() -> None:
    assert rtf.decompressed(HELLO, 100) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    # It may repeat what it is itself about to write (section 3.1.1.2).
    again = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert rtf.decompressed(again, 100) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    with pytest.raises(rtf.Broken):
        rtf.decompressed(HELLO, 42)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param(RTF, "I want to make a complaint.\nl’été", id="as Outlook writes"),
        pytest.param(rb"{\rtf1 a\tab b\line c\~d \{e\}\\}", "a\tb\nc\xa0d {e}\\", id="signs"),
        pytest.param(rb"{\rtf1 \u8364?20 \u-10179?\u-9060?}", "€20 \U0001f49c", id="unicode"),
        pytest.param(rb"{\rtf1 \u233\'e9t}", "ét", id="its stand-in is left out"),
        pytest.param(rb"{\rtf1\ansicpg1251 \'df}", "Я", id="codepage"),
        pytest.param(rb"{\rtf1{\*\generator x;}{\pict 00ff}{\info{\author y}}a}", "a", id="unread"),
        pytest.param(
            rb"{\rtf1\fromhtml1{\*\htmltag64 <p>}\htmlrtf{\b\htmlrtf0 a < b"
            rb"{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0{\*\htmltag84 <blockquote>}old}",
            "a < b\n\n> old",
            id="wrapped html",
        ),
        pytest.param(b"", "", id="nothing"),
        pytest.param(b"no rtf", "no rtf", id="no rtf"),
        pytest.param(b"}}}}{" + b"\\'zz\\u x", "zzx", id="broken"),
        pytest.param(b"{" * 2000 + b"x", "", id="nested without end"),
    ],
)
def test_the_words_of_rtf(source: bytes, text: str) -> None:
    assert rtf.to_text(source) == text


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WINMAIL)), st.integers(0, 30), st.binary(max_size=12))
def test_a_damaged_one_is_opened_or_left_whole(at: int, cut: int, put: bytes) -> None:
    check(raw("Content-Type: application/ms-tnef", "", WINMAIL[:at] + put + WINMAIL[at + cut :]))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_rtf_at_all_gives_text(source: bytes) -> None:
    rtf.to_text(b"{\\rtf1\\fromhtml1 " + source).encode("utf-8")
    rtf.to_text(source).encode("utf-8")
    with suppress(rtf.Broken):
        rtf.decompressed(struct.pack("<IIII", 0, 1000, 0x75465A4C, 0) + source, 1000)
