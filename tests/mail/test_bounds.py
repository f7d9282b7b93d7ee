"""Every bound of reading, on both sides: up to it a mail is read, past it kept whole and unread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mail import headers, html, tree
from mail.message import Unreadable
from mail.parse import MAX_HTML, MAX_TEXT, parse
from plugin.desk import listing, viewing
from plugin.desk.ingest import ingest
from tests.plugin.support import NOW, desk, settings

COMPLAINT = b"I would like to make a complaint.\r\n"
FILE = b"Content-Disposition: attachment; filename=a\r\n\r\n"


def of_bytes(most: int) -> bytes:
    """A mail of so many bytes."""
    return FILE + b"x" * (most - len(FILE))


def of_header(most: int) -> bytes:
    """A header of so many bytes, the empty line after it not counted."""
    return b"X: " + b"y" * (most - 3) + b"\r\n\r\n" + COMPLAINT


def of_part_header(most: int) -> bytes:
    """A part whose header has so many bytes."""
    field = b"X: " + b"y" * (most - len(b"X"))
    return multipart(field + b"\r\n\r\n" + COMPLAINT)


def of_lines(most: int) -> bytes:
    """A mail of so many lines."""
    return FILE + b"x\n" * (most - FILE.count(b"\n"))


def multipart(*parts: bytes) -> bytes:
    """A mail of these parts."""
    inside = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + inside + b"--b--\r\n"


def of_parts(most: int) -> bytes:
    """A mail of so many parts, itself counted."""
    return multipart(*[b"\r\nx"] * (most - 1))


def of_depth(most: int) -> bytes:
    """Parts so deep in each other; the last holds the words."""
    heads = (
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(most)
    )
    return b"".join(heads) + b"\r\n" + COMPLAINT


def of_field(most: int) -> bytes:
    """A Content-Type of so many characters."""
    kind = b"text/plain; x="
    return b"Content-Type: " + kind + b"y" * (most - len(kind)) + b"\r\n\r\n" + COMPLAINT


def of_parameters(most: int) -> bytes:
    """A Content-Disposition of so many parameters."""
    return b"Content-Disposition: inline" + b"; a=b" * most + b"\r\n\r\n" + COMPLAINT


def of_text(most: int) -> bytes:
    """A text of so many characters."""
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "é".encode() * most


def of_texts(most: int) -> bytes:
    """Two texts that together, with the line end between them, have so many characters."""
    first = most // 2
    return multipart(b"\r\n" + b"x" * first, b"\r\n" + b"y" * (most - first - 1))


def of_html(most: int) -> bytes:
    """HTML of so many characters."""
    return b"Content-Type: text/html\r\n\r\n<p>" + b" " * (most - 4) + b"x"


BOUNDS: tuple[tuple[Callable[[int], bytes], int, str], ...] = (
    (of_bytes, tree.MAX_BYTES, "larger than 40 MiB"),
    (of_header, tree.MAX_HEADER_BYTES, "header is longer than 256 KiB"),
    (of_part_header, tree.MAX_HEADER_BYTES, "header is longer than 256 KiB"),
    (of_lines, tree.MAX_LINES, "more than 1,000,000 lines"),
    (of_parts, tree.MAX_PARTS, "more than 500 parts"),
    (of_depth, tree.MAX_DEPTH, "nested more than 30 deep"),
    (of_field, tree.MAX_FIELD, "Content-Type is longer than any mail program writes"),
    (of_parameters, tree.MAX_PARAMETERS, "Content-Disposition is longer"),
    (of_text, MAX_TEXT, "text is longer than 1,000,000 characters"),
    (of_texts, MAX_TEXT, "text is longer than 1,000,000 characters"),
    (of_html, MAX_HTML, "HTML is longer than 10,000,000 characters"),
)
NAMES = [f"{one.__name__} {why}" for one, _, why in BOUNDS]


@pytest.mark.parametrize(("made", "most", "why"), BOUNDS, ids=NAMES)
def test_up_to_its_bound_a_mail_is_read_and_past_it_refused(
    made: Callable[[int], bytes], most: int, why: str
) -> None:
    message = parse(made(most))
    assert message.text or message.attachments
    with pytest.raises(Unreadable, match=why):
        parse(made(most + 1))


@pytest.mark.parametrize(("made", "most", "why"), BOUNDS, ids=NAMES)
def test_past_a_bound_a_mail_waits_in_quarantine_with_every_byte(
    tmp_path: Path, made: Callable[[int], bytes], most: int, why: str
) -> None:
    office = desk(f"sqlite:///{tmp_path}/answerable.db", settings(tmp_path))
    raw = b"From: jo@example.com\r\nSubject: complaint\r\n" + made(most + 50)
    *_, last = ingest(office, [raw], "ooma", NOW)
    assert {name: number for name, number in last.outcomes.items() if number} == {"quarantined": 1}
    (row,) = listing.list_quarantine(office)
    assert why in row.reason
    assert "complaint" not in row.reason
    assert viewing.raw_quarantined(office, "ooma", row.id) == raw
    assert list(listing.list_cases(office).lines) == []


def test_html_past_its_bound_is_no_matter_beside_a_text() -> None:
    long = b"Content-Type: text/html\r\n\r\n" + b" " * (MAX_HTML + 1)
    assert parse(multipart(b"\r\nI complain.", long)).text.strip() == "I complain."


def test_what_is_inside_a_mail_inside_the_mail_counts_for_nothing() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\n" + of_depth(tree.MAX_DEPTH + 5)
    assert parse(multipart(b"\r\nSee below.", inner)).own_words == "See below."


def test_a_report_is_bounded_within_what_it_returns_too() -> None:
    returned = b"Content-Type: message/rfc822\r\n\r\n" + of_depth(tree.MAX_DEPTH + 5)
    kind = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
    with pytest.raises(Unreadable, match="nested"):
        parse(kind + multipart(b"\r\nnot delivered", returned))


def test_addresses_are_read_up_to_their_number() -> None:
    some = ", ".join(f"a{n}@example.com" for n in range(headers.MAX_ADDRESSES))
    assert len(parse(f"To: {some}\r\n\r\nx".encode()).to) == headers.MAX_ADDRESSES
    more = parse(f"To: {some}, last@example.com\r\n\r\nx".encode()).to
    assert len(more) == headers.MAX_ADDRESSES
    assert more[-1].address == f"a{headers.MAX_ADDRESSES - 1}@example.com"


@pytest.mark.parametrize(("before", "found"), [(0, True), (1, False)])
def test_a_header_is_read_up_to_its_length(before: int, found: bool) -> None:
    last = "<last@example.com>"
    long = "x" * (headers.MAX_VALUE - len(last) + before)
    assert (parse(f"References: {long}{last}\r\n\r\nx".encode()).references != ()) is found
    assert (parse(f"To: {long[:-1]},{last}\r\n\r\nx".encode()).to != ()) is found


def test_an_address_is_never_cut_in_two() -> None:
    long = "x" * (headers.MAX_VALUE - len(", jo@example.co"))
    assert parse(f"From: {long}, jo@example.com\r\n\r\nx".encode()).sender.address == ""


@pytest.mark.parametrize(("before", "quoted"), [(0, True), (1, False)])
def test_attributes_are_looked_at_up_to_their_length(before: int, quoted: bool) -> None:
    mark = " class=gmail_quote"
    long = " " * (html.MAX_ATTRIBUTES - len(mark) + before)
    assert html.to_text(f"<div{long}{mark}>old</div>").startswith("> ") is quoted


@pytest.mark.parametrize(("before", "quoted"), [(-1, True), (0, False)])
def test_elements_are_remembered_up_to_their_number(before: int, quoted: bool) -> None:
    opened = "<div>" * (html.MAX_OPEN + before)
    assert html.to_text(f"{opened}<blockquote>old</blockquote>").startswith("> ") is quoted
