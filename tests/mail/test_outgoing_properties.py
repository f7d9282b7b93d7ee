"""Whatever stands in a letter, its header is the one that was meant: a property, for any text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import compat32, default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail.outgoing import LOOP_HEADER, Outgoing, build

ONCE = ("From", "To", "Subject", "Date", "Message-ID")
THREAD = ("In-Reply-To", "References")
REST = (
    *("Auto-Submitted", "X-Auto-Response-Suppress", LOOP_HEADER, "Content-Language"),
    *("Content-Type", "MIME-Version"),
)

ENCODED = "=?utf-8?q?=0D=0ABcc:_eve=40example.net?="
"""A line break that shows only once somebody decodes it."""

ATTACKS = (
    *("\r\nBcc: eve@example.net", "\nBcc: eve@example.net\n\nbody", "\rBcc: eve@example.net"),
    *("\r\n\r\n<html>", "\r\n Bcc: x", "\n\tBcc: x", "\x0bBcc: x", "\x0cBcc: x", "\x85Bcc: x"),
    *(
        "\u2028Bcc: x",
        "\x1cBcc: x",
        "\r",
        "\n",
        "\r\n",
        "\x00",
        "\udc0a",
        ENCODED,
    ),
    *('"', "<", ">", "@", ",", ";", ":", "(", ")", "\\", ".", " ", "\t"),
)
TEXT = st.lists(st.one_of(st.text(max_size=20), st.sampled_from(ATTACKS)), max_size=5).map("".join)
LONG = st.builds(lambda piece, times: piece * times, TEXT, st.integers(1, 60))
ANY = st.one_of(TEXT, LONG)
NEARLY = st.one_of(
    st.builds("{}@{}".format, TEXT, TEXT),
    st.builds("jo{}@example.com".format, TEXT),
    st.builds("jo@example.com{}".format, TEXT),
)
"""What is almost an address, or an id."""

LETTERS = st.builds(
    Outgoing,
    sender=st.one_of(st.just("care@ooma.example"), NEARLY),
    sender_name=ANY,
    recipient=st.one_of(st.just("jo@example.com"), NEARLY),
    subject=ANY,
    text=ANY,
    html=ANY,
    language=st.one_of(st.just("en"), TEXT),
    message_id=st.one_of(st.just("1@ooma.example"), NEARLY),
    date=st.just(datetime(2026, 11, 24, 10, tzinfo=UTC)),
    loop=st.one_of(st.just("ooma"), TEXT),
    automatic=st.just(True),
    references=st.lists(st.one_of(st.just("2@example.com"), NEARLY), max_size=3).map(tuple),
)


def names(raw: bytes) -> list[str]:
    """The names of a letter's header fields, as its bytes have them: no parser's kindness."""
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\r" not in head.replace(b"\r\n", b"")
    assert b"\n" not in head.replace(b"\r\n", b"")
    lines = [line for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert all(re.fullmatch(rb"[A-Za-z-]+:.*", line, re.DOTALL) for line in lines), lines
    return [line.partition(b":")[0].decode("ascii") for line in lines]


def is_as_meant(letter: Outgoing) -> None:
    """The letter has the header that was meant and no other, or it is refused."""
    try:
        raw = build(letter)
    except ValueError:
        return
    found = names(raw)
    # Other people's ids that no header can hold are left out.
    meant = [*ONCE, *(THREAD if letter.references and "References" in found else ()), *REST]
    assert sorted(found) == sorted(meant)
    for policy in (default, compat32):
        read = message_from_bytes(raw, policy=policy)
        assert sorted(read.keys()) == sorted(meant)
        assert read["Auto-Submitted"] == "auto-replied"
        assert read["X-Auto-Response-Suppress"] == "All"
        assert [part.get_content_type() for part in read.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]


@settings(max_examples=400, deadline=None)
@given(LETTERS)
def test_a_letter_has_the_header_that_was_meant_and_no_other(letter: Outgoing) -> None:
    is_as_meant(letter)


PLAIN = Outgoing(
    sender="care@ooma.example",
    sender_name="Ooma",
    recipient="jo@example.com",
    subject="Your complaint",
    text="Dear Jo",
    html="<p>Dear Jo</p>",
    language="en",
    message_id="1@ooma.example",
    date=datetime(2026, 11, 24, 10, tzinfo=UTC),
    loop="ooma",
    automatic=True,
    references=("2@example.com",),
)
FIELDS: dict[str, Callable[[str], object]] = {
    "sender": lambda text: f"care@ooma.example{text}",
    "sender_name": lambda text: f"Ooma{text}",
    "recipient": lambda text: f"jo@example.com{text}",
    "subject": lambda text: f"Your complaint{text}",
    "text": lambda text: f"Dear Jo{text}",
    "html": lambda text: f"<p>{text}",
    "language": lambda text: f"en{text}",
    "message_id": lambda text: f"1@ooma.example{text}",
    "loop": lambda text: f"ooma{text}",
    "references": lambda text: (f"2@example.com{text}",),
}


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
@pytest.mark.parametrize("field", FIELDS)
def test_no_field_lets_a_header_in(field: str, attack: str) -> None:
    for text in (attack, f"{attack}x", f"{attack} " + "long " * 40):
        is_as_meant(replace(PLAIN, **{field: FIELDS[field](text)}))  # type: ignore[arg-type]


def test_the_id_of_the_mail_that_is_answered_is_left_out_where_no_header_can_hold_it() -> None:
    for id_ in (f"{ENCODED}@example.com", "zoë@example.com", "a b@example.com", "x" * 1000, ""):
        raw = build(replace(PLAIN, references=("first@example.com", id_)))
        assert b"In-Reply-To: <first@example.com>\r\n" in raw
        assert "References" not in names(build(replace(PLAIN, references=(id_,))))


@pytest.mark.parametrize(
    "subject", ["x\n", "x\r\n", "x\ry", "x\u2028y", "x\x00", ENCODED, f"x {ENCODED} y"]
)
def test_a_subject_with_a_line_break_in_it_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="line"):
        build(replace(PLAIN, subject=subject))


@pytest.mark.parametrize("automatic", [True, False])
def test_no_letter_offers_to_unsubscribe(automatic: bool) -> None:
    assert b"list-" not in build(replace(PLAIN, automatic=automatic)).lower()
