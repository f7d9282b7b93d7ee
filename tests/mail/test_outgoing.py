"""Outgoing letters: what stands on the wire, and that no value can add a header."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from mail.outgoing import LOOP_HEADER, NoRecipient, NotOurs, Outgoing, build

LETTER = Outgoing(
    sender="care@ooma.example",
    sender_name="Ooma, “Care” team",
    recipient="zoë@example.com",
    subject="Your complaint: référence 1234-5678-33",
    text="Dear Zoë,\n\n.\nFrom here on\n" + "word " * 60,
    html="<p>Dear Zoë</p>",
    language="en",
    message_id="a.b.k1." + "c" * 26 + "@ooma.example",
    date=datetime(2026, 11, 24, 10, tzinfo=UTC),
    loop="ooma",
    automatic=True,
    references=("first@example.com", "second@example.com"),
)


def test_a_letter_reads_back_as_it_was_meant() -> None:
    raw = build(replace(LETTER, recipient="zoe@example.com"))
    assert b"\r\n" in raw
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert f"Message-ID: <{LETTER.message_id}>\r\n".encode() in raw
    read = message_from_bytes(raw, policy=default)
    assert read["To"] == "zoe@example.com"
    assert read["From"].addresses[0].display_name == LETTER.sender_name
    assert read["Subject"] == LETTER.subject
    assert read["In-Reply-To"] == "<second@example.com>"
    assert read["References"] == "<first@example.com> <second@example.com>"
    assert read["Auto-Submitted"] == "auto-replied"
    assert read[LOOP_HEADER] == "ooma"
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    body = read.get_body(("plain",))
    assert body is not None
    assert body.get_content().split() == LETTER.text.split()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"recipient": "z"}, NoRecipient),
        ({"recipient": "zo\u00eb@example.com"}, NoRecipient),
        ({"recipient": "z..y@example.com"}, NoRecipient),
        ({"sender": "care..uk@ooma.example"}, NotOurs),
        ({"sender": "care@\u00f6oma.example"}, NotOurs),
        ({"reply_to": "care:uk@ooma.example"}, NotOurs),
        ({"message_id": "1@\u00f6oma.example"}, NotOurs),
    ],
    ids=ascii,
)
def test_whose_fault_it_is_that_there_can_be_no_letter(
    change: dict[str, str], error: type[Exception]
) -> None:
    letter = replace(LETTER, **{"recipient": "z@example.com", **change})  # type: ignore[arg-type]
    with pytest.raises(error):
        build(letter)


def test_a_letter_a_person_sends_is_not_called_automatic() -> None:
    read = message_from_bytes(build(replace(LETTER, recipient="z@example.com", automatic=False)))
    assert "Auto-Submitted" not in read


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "x\r\nBcc: b@example.com"},
        {"sender_name": "x\nBcc: b@example.com"},
        {"recipient": "z@example.com\r\nBcc: b@example.com"},
        {"recipient": "z@example.com, b@example.com"},
        {"recipient": "z"},
        {"loop": "x\nBcc: b@example.com"},
        {"language": "en\nBcc: b@example.com"},
        {"references": ("a\r\nBcc: b@example.com",)},
        {"message_id": "x\r\nBcc: b@example.com"},
    ],
)
def test_no_value_can_add_a_header_or_a_recipient(change: dict[str, object]) -> None:
    letter = replace(LETTER, **{"recipient": "z@example.com", **change})  # type: ignore[arg-type]
    try:
        read = message_from_bytes(build(letter))
    except (ValueError, IndexError):
        return
    assert "Bcc" not in read
    assert read["To"] == "z@example.com"
