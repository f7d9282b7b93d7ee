"""What broken programs send, each with the words that must come out of it."""

from __future__ import annotations

import base64
import encodings
from datetime import UTC, datetime

import pytest

from mail.message import Address
from mail.parse import attachment, parse, stable_id
from tests.fuzz.holds import check
from tests.fuzz.samples import encoded, raw

WORDS = "I want to make a complaint – l’été, 20 €."
"""Words with letters in which charsets differ."""


def said(*lines: str | bytes) -> str:
    """The text of a mail of these lines."""
    message = check(raw(*lines))
    assert message is not None
    return message.text.strip("\n")


@pytest.mark.parametrize(
    ("named", "real"),
    [
        pytest.param("utf-8", "utf-8", id="as named"),
        pytest.param("utf-8", "windows-1252", id="windows-1252 called utf-8"),
        pytest.param("iso-8859-1", "windows-1252", id="windows-1252 called iso-8859-1"),
        pytest.param("us-ascii", "windows-1252", id="windows-1252 called us-ascii"),
        pytest.param("iso-8859-1", "utf-8", id="utf-8 called iso-8859-1"),
        pytest.param("windows-1252", "utf-8", id="utf-8 called windows-1252"),
        pytest.param("us-ascii", "utf-8", id="utf-8 called us-ascii"),
        pytest.param("iso-8859-15", "iso-8859-15", id="iso-8859-15"),
        pytest.param(None, "utf-8", id="utf-8 without a name"),
        pytest.param(None, "windows-1252", id="windows-1252 without a name"),
        pytest.param("x-unknown", "utf-8", id="a charset nobody knows"),
        pytest.param("unknown-8bit", "windows-1252", id="unknown-8bit"),
        pytest.param("utf-8\x00", "utf-8", id="a name with NUL in it"),
        pytest.param('"', "utf-8", id="half a quotation mark"),
        pytest.param("punycode", "utf-8", id="what Python decodes and mail does not"),
        pytest.param("zlib", "utf-8", id="what is no charset at all"),
        pytest.param("utf-16", "utf-16", id="utf-16"),
        pytest.param("utf-7", "utf-7", id="utf-7"),
    ],
)
def test_a_wrong_or_missing_charset_spoils_no_word(named: str | None, real: str) -> None:
    text = WORDS.replace("–", "-").replace("’", "'") if real == "iso-8859-15" else WORDS
    kind = f"Content-Type: text/plain; charset={named}" if named else "Content-Type: text/plain"
    assert said(kind, "", text.encode(real)) == text


def test_no_charset_that_a_mail_invents_is_remembered() -> None:
    before = len(vars(encodings)["_cache"])
    parse(
        raw(
            "Subject: " + " ".join(f"=?x-{n}?Q?a?=" for n in range(500)),
            "Content-Type: text/plain; charset=x-invented",
            "",
            "x",
        )
    )
    assert len(vars(encodings)["_cache"]) == before


@pytest.mark.parametrize(
    ("named", "real", "words"),
    [
        ("gb2312", "gbk", "朱镕基"),
        ("ks_c_5601-1987", "cp949", "똠방각하"),
        ("shift_jis", "cp932", "①号"),
        ("iso-8859-8-i", "iso8859-8", "שלום"),
        ("windows-874", "cp874", "สวัสดี"),
        ("iso-2022-jp", "iso-2022-jp", "電話"),
    ],
)
def test_charsets_are_read_as_widely_as_they_are_sent(named: str, real: str, words: str) -> None:
    assert said(f"Content-Type: text/plain; charset={named}", "", words.encode(real)) == words


def test_koi8_r_and_its_encoded_words_are_read() -> None:
    words = "Я хочу подать жалобу"
    letters = base64.b64encode(words.encode("koi8-r")).decode()
    message = parse(
        raw(
            f"Subject: =?koi8-r?B?{letters}?=",
            "Content-Type: text/plain; charset=koi8-r",
            "",
            words.encode("koi8-r"),
        )
    )
    assert (message.subject, message.text) == (words, words)


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        pytest.param("=?utf-8?Q?caf=C3=A9_bill?=", "café bill", id="quoted"),
        pytest.param("=?utf-8?B?Y2Fmw6k=?=", "café", id="base64"),
        pytest.param("=?utf-8?b?Y2Fmw6k?=", "café", id="base64 without its padding"),
        pytest.param("=?utf-8?B?Y2Fm w6k=?=", "café", id="base64 with a space in it"),
        pytest.param("=?utf-8?B?Y2Fmw6k=Z?=", "café", id="base64 with a letter too many"),
        pytest.param("=?utf-8?B?%%%?= bill", "=?utf-8?B?%%%?= bill", id="base64 that is none"),
        pytest.param("=?utf-8?B?%%%?= =?utf-8?Q?bill?=", "=?utf-8?B?%%%?=bill", id="one of two"),
        pytest.param("=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?=", "café", id="a letter cut in two"),
        pytest.param("=?iso-8859-1*fr?Q?=E9t=E9?=", "été", id="with a language"),
        pytest.param("=?utf-8?Q?=ZZ=C3=A9=?=", "=ZZé", id="a broken escape"),
        pytest.param("=?windows-1252?Q?caf=C3=A9?=", "café", id="utf-8 called windows-1252"),
        pytest.param("=?utf-8?Q?caf=E9?=", "café", id="windows-1252 called utf-8"),
        pytest.param("=?utf-8?Q?café?=", "café", id="letters that were not encoded"),
        pytest.param("Re: =?utf-8?Q?a?= b =?utf-8?Q?c?=", "Re: a b c", id="plain text between"),
        pytest.param("=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x", id="a line end in it"),
        pytest.param("=?utf-8?Q?a=00=E2=80=AEb?=", "ab", id="NUL and a direction mark in it"),
    ],
)
def test_encoded_words(subject: str, read: str) -> None:
    message = check(raw(f"Subject: {subject}", "", "x"))
    assert message is not None
    assert message.subject == read


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        pytest.param("filename*=utf-8''r%C3%A9sum%C3%A9.pdf", "résumé.pdf", id="charset"),
        pytest.param("filename*0=long; filename*1=er.pdf", "longer.pdf", id="continued"),
        pytest.param("filename*1=er.pdf; filename*0=long", "longer.pdf", id="out of order"),
        pytest.param("filename*0*=utf-8''%C3%A9; filename*1=t.pdf", "ét.pdf", id="both"),
        pytest.param("filename*=nosuch''%C3%A9.pdf", "é.pdf", id="unknown charset"),
        pytest.param("filename*=iso-8859-1''%E9.pdf", "é.pdf", id="western charset"),
        pytest.param("filename*=%E9.pdf", "é.pdf", id="no charset"),
        pytest.param('filename="=?utf-8?Q?=C3=A9.pdf?="', "é.pdf", id="encoded word instead"),
        pytest.param('filename=""; name="a.pdf"', "", id="empty"),
        pytest.param("filename*=utf-8''a; filename*0=b; filename=c.pdf", "", id="all at once"),
    ],
)
def test_parameters_by_rfc_2231_and_around_it(parameters: str, name: str) -> None:
    message = check(
        raw(
            "Content-Type: application/pdf",
            f"Content-Disposition: attachment; {parameters}",
            "",
            "x",
        )
    )
    assert message is not None
    (one,) = message.attachments
    assert one.filename == name


BROKEN = base64.b64encode(WORDS.encode()).decode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(encoded(WORDS.encode()), id="whole"),
        pytest.param(BROKEN.rstrip("="), id="without its padding"),
        pytest.param(BROKEN[:20] + "\x00 !\xe9" + BROKEN[20:], id="with other letters in it"),
        pytest.param(BROKEN + "A", id="with a letter too many"),
        pytest.param(
            "".join(
                base64.b64encode(piece).decode() + "\r\n"
                for piece in (WORDS.encode()[:10], WORDS.encode()[10:])
            ),
            id="in two pieces, each with padding",
        ),
        pytest.param(WORDS, id="not encoded at all"),
    ],
)
def test_broken_base64_loses_no_word(body: str) -> None:
    head = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64")
    assert said(*head, "", body) == WORDS


def test_broken_quoted_printable_loses_no_word() -> None:
    head = (
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
    )
    assert said(*head, "", "I compl=61in=", " of =ZZ 50=25=") == "I complain of =ZZ 50%"


PARTS = (
    *("--b", "Content-Type: text/plain", "", "I complain."),
    *("--b", "Content-Type: application/pdf; name=a.pdf", "", "%PDF-", "--b--"),
)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("multipart/mixed; boundary=b", id="as it should be"),
        pytest.param("multipart/mixed", id="none"),
        pytest.param('multipart/mixed; boundary=""', id="empty"),
        pytest.param("multipart/mixed; boundary=other", id="another"),
        pytest.param("multipart/mixed boundary=b", id="no semicolon"),
        pytest.param("multipart/mixed; boundary=B", id="in capitals"),
    ],
)
def test_a_missing_or_wrong_boundary_loses_neither_words_nor_files(kind: str) -> None:
    message = check(raw(f"Content-Type: {kind}", "", *PARTS))
    assert message is not None
    assert message.own_words == "I complain."
    assert [one.filename for one in message.attachments] == ["a.pdf"]


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/alternative; boundary=b"])
def test_a_multipart_without_a_part_is_read_as_the_text_it_is(kind: str) -> None:
    assert said(f"Content-Type: {kind}", "", "I complain.") == "I complain."


def test_a_multipart_without_its_end_is_read_to_the_end() -> None:
    head = "Content-Type: multipart/mixed; boundary=b"
    assert said(head, "", "--b", "", "I complain", "and wait.") == "I complain\nand wait."


def test_eight_bit_headers_are_read() -> None:
    message = check(
        raw(
            "From: Jérôme <j@example.com>",
            b"To: Fran\xe7ois <f@example.com>",
            "Subject: l’été",
            b"Content-Disposition: attachment; filename=r\xc3\xa9sum\xc3\xa9.pdf",
            "",
            "x",
        )
    )
    assert message is not None
    assert message.sender == Address("Jérôme", "j@example.com")
    assert message.to == (Address("François", "f@example.com"),)
    assert message.subject == "l’été"
    assert [one.filename for one in message.attachments] == ["résumé.pdf"]


def test_without_an_id_the_same_content_has_the_same_one_and_no_other_has() -> None:
    head = ("From: jo@example.com", "Subject: My line")
    first = stable_id(parse(raw(*head, "", "It crackles.")))
    again = raw("Received: from a by b; now", *head, "To: you", "", "It crackles.")
    assert stable_id(parse(again)) == first
    others = (
        raw(*head, "", "It hums."),
        raw(head[0], "Subject: My bill", "", "It crackles."),
        raw("From: kit@example.com", head[1], "", "It crackles."),
        raw(*head, "Date: Tue, 24 Nov 2026 10:00:00 +0000", "", "It crackles."),
        raw(*head, "Content-Type: multipart/mixed; boundary=b", "", *PARTS),
    )
    assert len({first, *(stable_id(parse(one)) for one in others)}) == 1 + len(others)


@pytest.mark.parametrize("id", ["", "<>", "< >", "<\x00>", "no id at all", "<unclosed@example.com"])
def test_an_id_that_is_none_is_none(id: str) -> None:
    message = check(raw(f"Message-ID: {id}", "", "x"))
    assert message is not None
    assert "\x00" not in message.message_id
    assert message.message_id in ("", "<unclosed@example.com".strip("<"))


def test_without_a_date_there_is_none_and_the_arrival_is_known() -> None:
    message = parse(raw("Received: by b; Tue, 24 Nov 2026 10:00:00 +0100", "", "x"))
    assert message.date is None
    assert message.received == datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Team: a@example.com, B <b@example.com>;", ["a@example.com", "b@example.com"]),
        ("Team: a@example.com;, c@example.com", ["a@example.com", "c@example.com"]),
        ("A: a@example.com; B: b@example.com;", ["a@example.com", "b@example.com"]),
        ("undisclosed-recipients:;", []),
        ("Team: ;", []),
        (": a@example.com;", ["a@example.com"]),
    ],
)
def test_addresses_in_groups_are_addresses(value: str, found: list[str]) -> None:
    message = parse(raw(f"To: {value}", "", "x"))
    assert [one.address for one in message.to] == found


def test_a_mail_in_a_mail_in_a_mail_is_one_file_with_its_bytes_as_they_were_sent() -> None:
    inner = raw(
        "Subject:  =?utf-8?q?kept?=   as it is",
        "From: someone else <x@example.com>",
        "Content-Type: multipart/mixed",
        "",
        "From here on I wish to complain.",
        "trailing space ",
    )
    middle = raw("Content-Type: message/rfc822", "", inner)
    for inside in (inner, middle):
        mail = raw(
            "Content-Type: multipart/mixed; boundary=b",
            "",
            *("--b", "", "See below.", "--b", "Content-Type: message/rfc822", "", inside),
            "--b--",
        )
        message = check(mail)
        assert message is not None
        assert message.own_words == "See below."
        (one,) = message.attachments
        assert one.content_type == "message/rfc822"
        assert attachment(mail, one.digest) == inside


def test_a_forwarded_mail_that_was_encoded_can_be_opened() -> None:
    inner = raw("Subject: old", "", "Hello")
    mail = raw(
        "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "", encoded(inner)
    )
    (one,) = parse(mail).attachments
    assert attachment(mail, one.digest) == inner


CALENDAR = ("BEGIN:VCALENDAR", "METHOD:REQUEST", "SUMMARY:I wish to complain", "END:VCALENDAR")


@pytest.mark.parametrize("kind", ["mixed", "alternative"])
@pytest.mark.parametrize("first", [True, False])
def test_a_calendar_is_an_attachment_and_never_the_words(kind: str, first: bool) -> None:
    text = ("--b", "Content-Type: text/plain", "", "When will you come?")
    calendar = ("--b", "Content-Type: text/calendar; method=REQUEST", "", *CALENDAR)
    parts = (*calendar, *text) if first else (*text, *calendar)
    message = check(raw(f"Content-Type: multipart/{kind}; boundary=b", "", *parts, "--b--"))
    assert message is not None
    assert message.text == "When will you come?"
    assert [one.content_type for one in message.attachments] == ["text/calendar"]


def test_a_mail_that_is_only_a_calendar_has_no_words_and_one_attachment() -> None:
    message = parse(raw("Content-Type: text/calendar", "", *CALENDAR))
    assert message.text == ""
    assert [one.content_type for one in message.attachments] == ["text/calendar"]


@pytest.mark.parametrize(
    "body",
    ["<p>I complain.</p>", "<body>I complain.", "I complain.", "<P\n>I&nbsp;complain&#46;</p"],
)
def test_html_alone_is_read(body: str) -> None:
    assert said("Content-Type: TEXT/HTML", "", body) == "I complain."


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(b"\r\n\r\n", id="line ends"),
        pytest.param(raw("Subject: x"), id="header without end"),
        pytest.param(raw("Subject: x", "", ""), id="no body"),
        pytest.param(raw("Subject: x", "", " \t\r\n\r\n"), id="white space"),
        pytest.param(raw("Content-Type: text/html", "", "<p></p>"), id="empty html"),
        pytest.param(
            raw("Content-Type: multipart/mixed; boundary=b", "", "--b--"), id="no part at all"
        ),
        pytest.param(
            raw("Content-Type: multipart/mixed; boundary=b", "", "--b", "", "--b--"),
            id="an empty part",
        ),
    ],
)
def test_an_empty_body_is_a_mail_without_words(mail: bytes) -> None:
    message = check(mail)
    assert message is not None
    assert message.own_words in ("", "--b--")
    assert message.attachments == ()


def test_a_report_with_a_status_that_is_none_can_be_kept() -> None:
    status = ("--b", "Content-Type: message/delivery-status", "", "Action: failed", "")
    message = check(
        raw(
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            "",
            *(*status, b"Status: 5\x00\x07" + b"x" * 1000, "--b--"),
        )
    )
    assert message is not None
    assert message.returned.permanent
    assert message.returned.why.startswith("not delivered (5xxx")
    assert len(message.returned.why) == 80
