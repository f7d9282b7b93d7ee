"""Reading mail: what real programs send, what broken ones send, and every bound."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail.message import Automatic, Unreadable
from mail.parse import attachment, parse, sender_hint, stable_id


def mail(*headers: str, body: str = "Hello\r\n") -> bytes:
    """A mail from header lines and a body."""
    return ("\r\n".join((*headers, "", body))).encode("utf-8", "surrogateescape")


def test_a_plain_mail_is_read() -> None:
    message = parse(
        mail(
            "From: Jo Marsh <Jo@Example.COM>",
            "To: a@ooma.example, B <b@ooma.example>",
            "Subject: My line",
            "Date: Tue, 24 Nov 2026 10:00:00 +0100",
            "Message-ID: <one@example.com>",
            "In-Reply-To: <zero@example.com>",
            "References: <minus@example.com>\r\n <zero@example.com>",
        )
    )
    assert (message.sender.name, message.sender.address) == ("Jo Marsh", "jo@example.com")
    assert [to.address for to in message.to] == ["a@ooma.example", "b@ooma.example"]
    assert message.subject == "My line"
    assert message.date == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert message.message_id == "one@example.com"
    assert message.in_reply_to == ("zero@example.com",)
    assert message.references == ("minus@example.com", "zero@example.com")
    assert message.own_words == "Hello"
    assert message.automatic is Automatic.NO


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        pytest.param("=?utf-8?Q?Factur=C3=A9e?=", "Facturée", id="quoted-printable word"),
        pytest.param("=?utf-8?B?w4l0w6k=?= 2026", "Été 2026", id="base64 word and plain text"),
        pytest.param("=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab", id="adjacent words join"),
        pytest.param("=?nosuch?Q?caf=C3=A9?=", "café", id="unknown charset"),
        pytest.param("=?utf-8?B?%%%?=", "=?utf-8?B?%%%?=", id="broken base64 stays or is dropped"),
        pytest.param("a\r\n\tb", "a b", id="folded"),
        pytest.param("a\x00b\u202ec", "abc", id="control and direction characters go"),
    ],
)
def test_subjects_are_decoded(subject: str, read: str) -> None:
    assert parse(mail(f"Subject: {subject}")).subject in (read, "")


def test_raw_eight_bit_headers_are_read_as_utf8_or_windows_1252() -> None:
    assert parse("Subject: Montréal\r\n\r\nx".encode()).subject == "Montréal"
    assert parse("Subject: Montréal\r\n\r\nx".encode("cp1252")).subject == "Montréal"


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", "l’été".encode()),
        ("utf-8", "l’été".encode("cp1252")),
        ("iso-8859-1", "l’été".encode("cp1252")),
        ("nosuch-charset", "l’été".encode()),
        ("koi8-r", "l’été".encode()),
    ],
)
def test_a_body_whose_charset_lies_is_still_text(charset: str, body: bytes) -> None:
    raw = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + body
    assert parse(raw).text


def test_the_html_is_read_where_there_is_no_plain_text() -> None:
    html = (
        "<html><head><style>p {}</style><script>steal()</script></head><body>"
        "<p>I want to <b>make a complaint</b>.</p><ul><li>one</li><li>two</li></ul>"
        "<blockquote>an old letter</blockquote></body></html>"
    )
    message = parse(mail("Content-Type: text/html; charset=utf-8", body=html))
    assert message.text.split("\n") == [
        "I want to make a complaint.",
        "",
        "- one",
        "- two",
        "",
        "> an old letter",
    ]
    assert message.own_words == "I want to make a complaint.\n\n- one\n- two"


def multipart(kind: str, *parts: str) -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return mail(f'Content-Type: multipart/{kind}; boundary="b"', body=body)


def test_plain_text_is_preferred_unless_it_is_empty() -> None:
    html = "Content-Type: text/html\r\n\r\n<p>rich</p>"
    assert parse(multipart("alternative", "\r\nplain", html)).text.strip() == "plain"
    assert parse(multipart("alternative", "\r\n  ", html)).text.strip() == "rich"


def test_attachments_are_listed_and_can_be_read_again() -> None:
    data = b"%PDF-1.4 bill"
    part = (
        "Content-Type: application/pdf; name*=utf-8''facture%20%C3%A9t%C3%A9.pdf\r\n"
        "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(data).decode()
    )
    raw = multipart("mixed", "\r\nSee the bill.", part)
    (listed,) = parse(raw).attachments
    assert (listed.filename, listed.size, listed.content_type) == (
        "facture été.pdf",
        len(data),
        "application/pdf",
    )
    assert attachment(raw, listed.digest) == data
    assert attachment(raw, "0" * 64) is None


def test_a_file_name_carries_no_path() -> None:
    part = 'Content-Disposition: attachment; filename="../../etc/x"\r\n\r\ny'
    (listed,) = parse(multipart("mixed", "\r\nHi", part)).attachments
    assert listed.filename == "x"


def test_a_mail_inside_the_mail_is_an_attachment_and_not_the_senders_words() -> None:
    inner = "Content-Type: message/rfc822\r\n\r\nSubject: old\r\n\r\nI wish to complain."
    message = parse(multipart("mixed", "\r\nSee below.", inner))
    assert message.own_words == "See below."
    assert [one.content_type for one in message.attachments] == ["message/rfc822"]


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("Jo <jo@example.com>", "jo@example.com"),
        ("jo@example.com (Jo)", "jo@example.com"),
        ('"Marsh, Jo" <jo@example.com>', "jo@example.com"),
        ("=?utf-8?Q?Jos=C3=A9?= <jose@example.com>", "jose@example.com"),
        ("Friends: a@example.com, b@example.com;", "a@example.com"),
        ("undisclosed-recipients:;", ""),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_from_addresses(header: str, address: str) -> None:
    assert parse(mail(f"From: {header}")).sender.address == address


@pytest.mark.parametrize(
    ("header", "address", "sure"),
    [
        ("Jo Marsh <jo@a.example>", "jo@a.example", True),
        ("jo@a.example", "jo@a.example", True),
        ("Marsh, Jo <jo@a.example>", "jo@a.example", True),
        ('"Kit <kit@b.example>, Ltd" <jo@a.example>', "jo@a.example", True),
        ("=?utf-8?q?kit=40b=2Eexample?= <jo@a.example>", "jo@a.example", True),
        # The address in brackets writes, whatever stands beside it.
        ("kit@b.example <jo@a.example>", "jo@a.example", True),
        ("kit@b.example\n <jo@a.example>", "jo@a.example", True),
        ("kit@b.example(x) <jo@a.example>", "jo@a.example", True),
        # Here programs differ on who that is.
        ("kit@b.example, <jo@a.example>", "jo@a.example", False),
        ("x: kit@b.example;, jo@a.example", "kit@b.example", False),
        ("kit@b.example; jo@a.example", "kit@b.example", False),
        ("<kit@b.example> <jo@a.example>", "kit@b.example", False),
        ("Kit <kit@b.example <jo@a.example>>", "jo@a.example", False),
        ('"Kit <jo@a.example>', "jo@a.example", False),
        ("jo@a.example\nFrom: kit@b.example", "jo@a.example", False),
        ("Jo " * 1000 + "<jo@a.example>", "jo@a.example", False),
        ("nobody", "", False),
    ],
)
def test_who_wrote_it_and_whether_that_is_sure(header: str, address: str, sure: bool) -> None:
    message = parse(mail(f"From: {header}"))
    assert (message.sender.address, message.sender_sure) == (address, sure)
    assert message.author == (address if sure else "")


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Nov 2026", "1 Jan 0001 00:00 +9999"])
def test_a_date_that_is_none_is_none(date: str) -> None:
    assert parse(mail(f"Date: {date}")).date is None


def test_a_mail_without_an_id_has_a_stable_one() -> None:
    raw = mail("From: jo@example.com", "Subject: x")
    assert parse(raw).message_id == ""
    assert stable_id(parse(raw)) == stable_id(parse(b"Received: by x; now\r\n" + raw))
    assert stable_id(parse(raw)) != stable_id(parse(mail("From: jo@example.com", "Subject: y")))


def test_the_digest_is_blind_to_trace_headers_and_recipients_only() -> None:
    base = ["From: jo@example.com", "Date: Tue, 24 Nov 2026 10:00:00 +0000", "Subject: s"]
    one = parse(mail(*base, "To: a@ooma.example")).digest
    assert one == parse(mail(*base, "To: b@ooma.example", "Received: x")).digest
    assert one != parse(mail(*base, body="Other\r\n")).digest
    assert one != parse(mail("From: kit@example.com", *base[1:])).digest


def test_nul_and_half_characters_never_reach_the_text() -> None:
    text = parse(b"Content-Type: text/plain; charset=utf-16-le\r\n\r\n\x00\xd8a\x00\x00\x00").text
    assert "\x00" not in text
    text.encode("utf-8")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"From: " + b"<" * 200_000, id="angle brackets"),
        pytest.param(b'Content-Type: text/plain; x="' + b";" * 250_000, id="parameters"),
        pytest.param(
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' * 2000,
            id="multiparts",
        ),
        pytest.param(b"Subject: " + b"=?utf-8?Q?a?= " * 15_000, id="encoded words"),
        pytest.param(b"To: " + b"a@b.example, " * 15_000, id="addresses"),
        pytest.param(b"References: " + b"<a@b> " * 40_000, id="references"),
        pytest.param(b"X: y\r\n\r\n" + b">\n" * 400_000, id="quoted lines"),
        pytest.param(b"X: y\r\n\r\n" + b"On 1 wrote:\n" * 80_000, id="quote headers"),
        pytest.param(b"X: y\r\n\r\n" + b"From: a\n" * 100_000, id="header lines"),
        pytest.param(b"X: y\r\n\r\n" + b"-- \n" * 200_000, id="signatures"),
        pytest.param(
            b"Content-Type: text/html\r\n\r\n" + b"<div>" * 150_000 + b"x", id="nested html"
        ),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<!--" * 200_000, id="html comments"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<a '" * 200_000, id="html quotes"),
        pytest.param(
            b"Content-Type: text/html\r\n\r\n<a " + b"b='<' " * 150_000, id="html attributes"
        ),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<style>" * 120_000, id="html style"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<b></p>" * 120_000, id="html mixed"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"&amp" * 200_000, id="html entities"),
    ],
)
def test_hostile_mail_is_read_or_refused(raw: bytes) -> None:
    with suppress(Unreadable):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "hint"),
    [
        (b"From: Jo <JO@Example.com>\r\n\r\n", "jo@example.com"),
        (b"Subject: x\r\nFrom:\r\n jo@example.com\r\n\r\n", "jo@example.com"),
        (b"Subject: x\r\n\r\nFrom: not@a.header", ""),
        (b"", ""),
        (b"From: \xff\xfe", ""),
    ],
)
def test_a_glance_finds_the_sender(raw: bytes, hint: str) -> None:
    assert sender_hint(raw) == hint


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=3000))
def test_nothing_but_unreadable_leaves_the_parser(raw: bytes) -> None:
    try:
        message = parse(raw)
    except Unreadable:
        return
    assert message.own_text.count("\n") == message.text.count("\n")
    assert len(message.own_text) == len(message.text)
    sender_hint(raw)


_HEADERS = st.sampled_from(
    [
        b"From: a <a@b.example>",
        b"From: =?utf-8?B?4",
        b"Subject: =?x?Q?=ff?=",
        b"Date: Thu, 32 Foo",
        b'Content-Type: multipart/mixed; boundary="b"',
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: message/rfc822",
        b"Content-Type: multipart/report; report-type=\xff",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Disposition: attachment; filename*=x''%ff",
        b"References: <<a>",
        b"--b",
        b"",
        b"text \xe9\xff\x00",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(_HEADERS, max_size=14))
def test_no_mixture_of_broken_lines_leaves_the_parser(lines: list[bytes]) -> None:
    with suppress(Unreadable):
        parse(b"\r\n".join(lines))


@pytest.mark.parametrize("name", [b"From", b"To", b"Cc", b"Reply-To", b"Delivered-To"])
def test_brackets_without_end_leave_the_addresses_readable(name: bytes) -> None:
    raw = name + b": " + b"(" * 60_000 + b"\nFrom: jo@example.com\nSubject: x\n\nHello"
    assert parse(raw).sender.address in ("jo@example.com", "")
    raw = b"From: " + b"(" * 2_000 + b" jo@example.com\n\nHello"
    assert parse(raw).sender.address == "jo@example.com"


def test_every_file_of_the_corpora_is_read_or_refused(corpora: Path) -> None:
    files = [path for path in sorted((corpora / "mail").rglob("*")) if path.is_file()]
    assert len(files) > 500
    for path in files:
        with suppress(Unreadable):
            parse(path.read_bytes())
