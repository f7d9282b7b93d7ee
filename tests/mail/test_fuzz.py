"""Almost-valid mails by the hundred: whatever arrives, reading gives good values or refuses."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.holds import check
from tests.fuzz.samples import encoded, samples

SAMPLES = samples()

CHARSETS = st.sampled_from(
    re.findall(
        r"\S+",
        "utf-8 utf-7 utf-16 utf-16-le utf-32 iso-8859-1 windows-1252 koi8-r gb18030 iso-2022-jp"
        " big5 us-ascii unknown-8bit hz idna punycode unicode_escape raw_unicode_escape base64"
        " rot13 zlib hex mbcs undefined x-no-such utf-8\x00 \xff *",
    )
)
ODD = st.sampled_from(
    [*'\x00\r\n\t"\\()<>;:,@?=\u202e\ufeff\ud800\udcffé\x85', "\r\n", "\r\n ", "=?"]
)
WORD = st.text(max_size=12) | ODD
BYTES = st.binary(max_size=40)


def as_bytes(text: str) -> bytes:
    """Text as bytes, where halves of pairs come out as bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


@st.composite
def encoded_words(draw: st.DrawFn) -> str:
    """An RFC 2047 word: charset, form and content may each be wrong."""
    charset, form = draw(CHARSETS), draw(st.sampled_from(["q", "Q", "b", "B", "x", ""]))
    said = draw(
        st.sampled_from(["=C3=A9", "=ZZ", "=", "w6k=", "w6k", "%%%", "_", "é"])
        | WORD
        | BYTES.map(encoded)
    )
    return f"=?{charset}?{form}?{said}?="


@st.composite
def parameters(draw: st.DrawFn) -> str:
    """A parameter as RFC 2231 has it: continued, with a charset, or broken."""
    name = draw(st.sampled_from(["filename", "name", "boundary", "charset", "report-type"]))
    mark = draw(st.sampled_from(["", "*", "*0", "*0*", "*1*", "*-1", "*99999999999", "*x*", "**"]))
    value = draw(
        st.sampled_from(["b", "", "'", "''", "utf-8''%C3%A9", "utf-8'en'%ff%00%", "%", "../x"])
        | CHARSETS.map(lambda one: f"{one}'x'%e9%00%d8")
        | WORD
        | encoded_words()
    )
    return f"; {name}{mark}={value}" if draw(st.booleans()) else f'; {name}{mark}="{value}"'


NAMES = st.sampled_from(
    re.findall(
        r"\S+",
        "From Sender To Cc Reply-To Delivered-To Subject Date Message-ID In-Reply-To References"
        " Return-Path Received Content-ID Auto-Submitted Precedence List-Id X-Failed-Recipients"
        " Authentication-Results X-Answerable-Loop MIME-Version",
    )
)
TYPES = st.sampled_from(
    re.findall(
        r"\S+",
        "text/plain text/html text/calendar multipart/mixed multipart/alternative multipart/report"
        " multipart/digest message/rfc822 message/delivery-status message/partial message/x"
        " text/rfc822-headers application/ms-tnef application/octet-stream image/png multipart"
        " multipart/ message/ \x00/\x00 tex\u202et/plain",
    )
)
ENCODINGS = st.sampled_from(
    re.findall(
        r"\S+",
        "base64 quoted-printable uuencode =?x?q?base64?=",
    )
)


@st.composite
def fields(draw: st.DrawFn) -> bytes:
    """One line of a header, or what stands where one should."""
    kind = draw(st.integers(0, 5))
    if kind == 0:
        line = f"Content-Type: {draw(TYPES)}{''.join(draw(st.lists(parameters(), max_size=3)))}"
    elif kind == 1:
        line = f"Content-Transfer-Encoding: {draw(ENCODINGS)}"
    elif kind == 2:
        said = draw(st.sampled_from(["attachment", "inline", "", "form-data"]))
        line = f"Content-Disposition: {said}{''.join(draw(st.lists(parameters(), max_size=3)))}"
    elif kind == 3:
        return draw(BYTES)
    else:
        words = st.lists(
            encoded_words()
            | WORD
            | st.sampled_from(["jo@example.com", "<jo@example.com>", "Group:", ";", "<a@b> <c@d>"])
            | st.sampled_from(["Tue, 24 Nov 2026 10:00:00 +0100", "31 Feb 0000 99:99 +9999", "<>"]),
            max_size=5,
        )
        line = f"{draw(NAMES)}: {draw(st.sampled_from([' ', '']))}".join(["", *draw(words)])
    return as_bytes(line)


def bodies() -> st.SearchStrategy[bytes]:
    """The content of a part: text, bytes, or either in a transfer encoding that is broken."""
    pieces = st.lists(
        WORD.map(as_bytes)
        | BYTES
        | BYTES.map(lambda data: encoded(data).encode())
        | st.sampled_from(
            [
                b"> quoted\n",
                b"On 3 Nov 2026, a@b.example wrote:\n",
                b"-- \n",
                b"--b\r\n",
                b"--b--",
                b"<blockquote>",
                b"</div>",
                b"<div class='gmail_quote'>",
                b"<!--",
                b"<a '",
                b"&#0;",
                b"begin 644 a\n",
                b"=E9=\n",
                b"&#xd800;",
                b"&#1114112;",
                b"x" * 5000,
                b"\x00",
            ]
        ),
        max_size=8,
    )
    return pieces.map(b"".join)


def parts() -> st.SearchStrategy[bytes]:
    """A part: its header, and a body or parts within it, whose boundary may not be its own."""

    def whole(body: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
        lines = st.lists(fields(), max_size=6)
        return st.tuples(lines, st.sampled_from([b"\r\n", b"\n", b"\r"]), body).map(
            lambda one: one[1].join([*one[0], b"", one[2]])
        )

    def nested(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
        bounds = st.sampled_from(["b", "c", "", " ", "b\r\n", "é", "=_x y", "b" * 80, "\x00"])

        @st.composite
        def multipart(draw: st.DrawFn) -> bytes:
            stated, used = draw(bounds), draw(bounds)
            used = stated if draw(st.integers(0, 3)) else used
            head = as_bytes(f'Content-Type: {draw(TYPES)}; boundary="{stated}"\r\n')
            if not draw(st.integers(0, 3)):
                head = as_bytes("Content-Type: multipart/mixed\r\n")
            line = as_bytes(f"\r\n--{used}")
            between = [line + b"\r\n" + part for part in draw(st.lists(inner, max_size=4))]
            end = draw(st.sampled_from([line + b"--\r\n", line, b""]))
            return (
                b"\r\n".join(draw(st.lists(fields(), max_size=3)))
                + b"\r\n"
                + head
                + b"".join([*between, end])
            )

        return multipart()

    return st.recursive(whole(bodies()), nested, max_leaves=8)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts())
def test_whatever_is_almost_a_mail_is_read_well_or_refused(raw: bytes) -> None:
    check(raw)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sample in which a few places were cut, doubled, swapped or overwritten."""
    raw = draw(st.sampled_from(sorted(SAMPLES.values())))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(raw)))
        end = draw(st.integers(at, min(len(raw), at + 60)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            raw = raw[:at] + raw[end:]
        elif kind == 1:
            raw = raw[:end] + raw[at:end] * draw(st.integers(1, 40)) + raw[end:]
        elif kind == 2:
            raw = raw[:at] + draw(BYTES | ODD.map(as_bytes)) + raw[end:]
        else:
            raw = raw[end:] + raw[:at]
    return raw


@settings(max_examples=200, deadline=None)
@given(damaged())
def test_a_damaged_mail_is_read_well_or_refused(raw: bytes) -> None:
    check(raw)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_at_all_are_read_well_or_refused(raw: bytes) -> None:
    check(raw)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_read(name: str) -> None:
    assert check(SAMPLES[name]) is not None
