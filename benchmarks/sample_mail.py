"""Made-up mail of realistic sizes for measuring: a median of about 5 kB, a few with attachments."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from random import Random

_TALK = """line office phone handset engineer visit bill charge number transfer customer morning
call crackle broadband router support ticket answer week month screen queue desk please thank"""
_WORDS = _TALK.split()
_STATEMENTS = (
    "I would like to make a complaint about this.",
    "Please treat this as a formal complaint.",
    "Please escalate this to senior management.",
)


def mails(count: int, seed: int = 7, *, first: int = 0) -> Iterator[bytes]:
    """`count` mails: a quarter state a complaint, a tenth answer an earlier mail.

    `first`: the number of the first of them, by which no two are alike.
    """
    chance = Random(seed)
    for number in range(first, first + count):
        yield _mail(number, chance)


def _mail(number: int, chance: Random) -> bytes:
    sender = f"customer{number if chance.random() < 0.9 else chance.randrange(number + 1)}"
    lines = [
        f"Received: from mail.example (mail.example [192.0.2.{chance.randrange(255)}])",
        "\tby mx.example with ESMTPS; Tue, 24 Nov 2026 10:00:00 +0000",
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; b=" + "A" * 300,
        f"From: Customer {number} <{sender}@example.com>",
        "To: complaints@ooma.example",
        f"Subject: {_sentence(chance, 5)}",
        "Date: Tue, 24 Nov 2026 10:00:00 +0000",
        f"Message-ID: <{number}@mail.example>",
        "MIME-Version: 1.0",
    ]
    if number and chance.random() < 0.1:
        lines.append(f"In-Reply-To: <{chance.randrange(number)}@mail.example>")
    if chance.random() < 0.05:
        lines.append("Auto-Submitted: auto-replied")
    text = _body(chance)
    if chance.random() < 0.06:
        lines.append('Content-Type: multipart/mixed; boundary="b"')
        data = base64.encodebytes(chance.randbytes(200_000)).decode()
        body = (
            f"--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: image/jpeg\n"
            f"Content-Transfer-Encoding: base64\n\n{data}--b--\n"
        )
    elif chance.random() < 0.5:
        lines.append('Content-Type: multipart/alternative; boundary="b"')
        html = "".join(f"<p>{line}</p>" for line in text.split("\n"))
        body = (
            f"--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: text/html\n\n"
            f"<html><body>{html}</body></html>\n--b--\n"
        )
    else:
        lines.append("Content-Type: text/plain; charset=utf-8")
        body = text
    return ("\n".join(lines) + "\n\n" + body).replace("\n", "\r\n").encode()


def _body(chance: Random) -> str:
    paragraphs = ["\n".join(_sentence(chance, 12) for _ in range(4)) for _ in range(6)]
    if chance.random() < 0.25:
        paragraphs.insert(1, chance.choice(_STATEMENTS))
    if chance.random() < 0.4:
        paragraphs.append("On Mon, 23 Nov 2026 at 09:00, Care <care@ooma.example> wrote:")
        paragraphs.append("\n".join(f"> {_sentence(chance, 12)}" for _ in range(20)))
    return "\n\n".join(paragraphs)


def _sentence(chance: Random, words: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(words)).capitalize() + "."
