"""What reading a mail costs and how well it is read, ours beside the parsers it could be built on.

Cost: CPU milliseconds a mail over every message of the mail corpora (variable CORPORA) and over
made-up mail, the best of some rounds. Right: From, Subject, Message-ID and attachments, where a
manifest states them; words, of mails broken in ways that occur; and how many mails end in a fault,
of the corpora and of a hundred damaged mails of our own. Every reader is asked for headers, bodies,
and attachments with their bytes. Plain libraries are the extra `bench`; without them they are left
out by name.
"""

from __future__ import annotations

import email
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import parseaddr
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.reading import corpora, entries, folded
from benchmarks.sample_mail import mails
from mail.message import Unreadable
from mail.parse import parse
from tests.fuzz.samples import encoded, raw, samples

ROUNDS = 3
MADE = 500
CHECKED = ("from", "subject", "message_id", "attachments")
WORDS = "I want to make a complaint – l’été."


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader says of a mail."""

    sender: str
    subject: str
    message_id: str
    text: str
    attachments: int


Reader = Callable[[bytes], Read]


def ours(data: bytes) -> Read:
    """Answerable's own, which also finds own words, digests, kinds and automatic mail."""
    try:
        found = parse(data)
    except Unreadable:
        return Read("", "", "", "", 0)
    return Read(
        found.sender.address, found.subject, found.message_id, found.text, len(found.attachments)
    )


def compat32(data: bytes) -> Read:
    """The standard library's old tree, decoded as its own documentation shows."""
    tree: Message = email.message_from_bytes(data)
    text, attachments = _bodies(tree)
    subject = str(make_header(decode_header(str(tree.get("Subject", "")))))
    sender = parseaddr(str(tree.get("From", "")))[1].lower()
    return Read(sender, subject, str(tree.get("Message-ID", "")), text, attachments)


def modern(data: bytes) -> Read:
    """The standard library's new tree."""
    tree = email.message_from_bytes(data, policy=policy.default)
    assert isinstance(tree, EmailMessage)
    text, attachments = _bodies(tree)
    sender = parseaddr(str(tree.get("From", "")))[1].lower()
    return Read(
        sender, str(tree.get("Subject", "")), str(tree.get("Message-ID", "")), text, attachments
    )


def _bodies(tree: Message) -> tuple[str, int]:
    plain: list[str] = []
    html: list[str] = []
    attachments = 0
    for part in tree.walk():
        kind = part.get_content_type()
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            attachments += kind == "message/rfc822"
        elif kind in ("text/plain", "text/html") and not part.get_filename():
            said = payload.decode(part.get_content_charset("utf-8"), "replace")
            (html if kind == "text/html" else plain).append(said)
        else:
            attachments += 1
    return "\n".join(plain or html), attachments


def readers() -> Iterator[tuple[str, Reader]]:
    """Ours, the standard library's, and what else is installed."""
    yield "Answerable", ours
    yield "email, compat32", compat32
    yield "email, default", modern
    try:
        import fast_mail_parser

        def fast(data: bytes) -> Read:
            found = fast_mail_parser.parse_email(data)
            ids = found.headers.get("Message-ID") or found.headers.get("Message-Id") or [""]
            return Read(
                found.from_.address.lower() if found.from_ else "",
                found.subject,
                ids[0],
                "\n".join(found.text_plain or found.text_html),
                sum(bool(one.content) for one in found.attachments),
            )

        yield "fast-mail-parser", fast
    except ImportError:
        print("fast-mail-parser: not installed (extra bench)")
    try:
        import mailparser

        def several(data: bytes) -> Read:
            found = mailparser.parse_from_bytes(data)
            sender: Any = found.from_
            return Read(
                str(sender[0][1]).lower() if sender else "",
                str(found.subject or ""),
                str(found.message_id or ""),
                "\n".join(found.text_plain or found.text_html),
                len(found.attachments),
            )

        yield "mail-parser", several
    except ImportError:
        print("mail-parser: not installed (extra bench)")


def broken() -> Iterator[bytes]:
    """Mails whose words are WORDS, each broken in one way that occurs."""
    kind = "Content-Type: text/plain; charset="
    letters = encoded(WORDS.encode())
    base64 = "Content-Transfer-Encoding: base64"
    part = ("--b", f"{kind}utf-8", "", WORDS, "--b--")
    yield raw(f"{kind}utf-8", "", WORDS.encode("cp1252"))
    yield raw(f"{kind}iso-8859-1", "", WORDS.encode("cp1252"))
    yield raw(f"{kind}us-ascii", "", WORDS)
    yield raw(f"{kind}no-such", "", WORDS)
    yield raw("Content-Type: text/plain", "", WORDS.encode("cp1252"))
    yield raw("", WORDS)
    yield raw(f"{kind}utf-8", base64, "", letters.rstrip("="))
    yield raw(f"{kind}utf-8", base64, "", letters + "A")
    yield raw(f"{kind}utf-8", base64, "", letters[:9] + "!\x00 " + letters[9:])
    yield raw(f"{kind}utf-8", base64, "", WORDS)
    yield raw("Content-Type: multipart/mixed", "", *part)
    yield raw("Content-Type: multipart/mixed; boundary=c", "", *part)
    yield raw("Content-Type: multipart/mixed; boundary=b", "", *part[:-1])
    yield raw("Content-Type: multipart/mixed; boundary=b", "", WORDS)


def damaged(count: int = 100, seed: int = 7) -> Iterator[bytes]:
    """Samples of our own in which a few bytes were changed."""
    chance = Random(seed)
    known = [sample for sample in samples().values() if len(sample) > 100]
    for _ in range(count):
        data = bytearray(chance.choice(known))
        for _ in range(5):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
        yield bytes(data)


def files(root: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Every message of the corpora that has a manifest, with what that states."""
    for folder in sorted(root.iterdir()):
        if (folder / "manifest.json").is_file():
            for path, entry in entries(root, folder.name):
                if path.suffix == ".eml":
                    yield path.read_bytes(), entry


def right(read: Read, entry: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """(what, is it right) of everything that a manifest states of a mail."""
    has: dict[str, Any] = {
        "from": read.sender,
        "subject": folded(read.subject),
        "message_id": read.message_id.strip("<> "),
        "attachments": read.attachments,
    }
    stated = {**entry, "attachments": entry.get("attachment_parts")}
    for what in CHECKED:
        if stated.get(what) is not None:
            wanted = stated[what]
            yield what, has[what] == (folded(wanted) if isinstance(wanted, str) else wanted)


def _cost(reader: Reader, data: list[bytes]) -> float:
    """CPU milliseconds a mail, of the best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for one in data:
            _try(reader, one)
        best = min(best, time.process_time() - started)
    return best * 1000 / len(data)


def _try(reader: Reader, data: bytes) -> Read | None:
    try:
        return reader(data)
    except Exception:
        return None


def main() -> None:
    """Print what each reader costs and gets right."""
    logging.disable()  # mail-parser tells of each part that it does not read
    root = corpora()
    known = list(files(root)) if root else []
    if root is None:
        print("parsing: no mail corpora; name their folder in CORPORA")
    sets = {"corpora": [data for data, _ in known], "made up": list(mails(MADE))}
    for name, reader in readers():
        costs = ", ".join(
            f"{_cost(reader, data):.2f} ms ({what}, {len(data)})"
            for what, data in sets.items()
            if data
        )
        held, of = Counter[str](), Counter[str]()
        faults = 0
        for data, entry in known:
            read = _try(reader, data)
            faults += read is None
            for what, holds in right(read, entry) if read else ():
                held[what] += holds
            for what, _ in right(Read("", "", "", "", 0), entry):
                of[what] += 1
        bad = sum(_try(reader, data) is None for data in damaged())
        words = [_try(reader, data) for data in broken()]
        said = sum(read is not None and folded(read.text) == WORDS for read in words)
        shares = [f"{what} {held[what] / of[what]:.1%}" for what in CHECKED if of[what]]
        print(
            f"{name}: {costs}; {', '.join([*shares, f'words {said}/{len(words)}'])};"
            f" faults {faults} of {len(known)}, {bad} of 100 damaged"
        )


if __name__ == "__main__":
    main()
