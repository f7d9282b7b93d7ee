"""Reads mail from disk: single files, mbox files, Maildir folders; says what is no mail.

Files are read one at a time and given as bytes; nothing is changed.
"""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from pathlib import Path

_HEADER = re.compile(rb"[!-9;-~]+:")
_KNOWN = re.compile(
    rb"(?im)^(from|to|cc|subject|date|message-id|received|return-path|mime-version|content-type"
    rb"|delivered-to|reply-to|sender|x-[!-9;-~]+)[ \t]*:"
)
_HEAD_BYTES = 16 * 1024


def is_message(head: bytes) -> bool:
    """Does a file that starts so look like a mail (RFC 5322)?"""
    start = head.lstrip(b"\r\n")
    block = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    return bool(_HEADER.match(start)) and bool(_KNOWN.search(block))


def mails(path: Path) -> Iterator[bytes | None]:
    """Every mail below `path`: bytes for a mail, None for a file that is none.

    A folder reached by a link is not entered, and a pipe or device not opened. Raises OSError where
    a file cannot be read.
    """
    if path.is_dir():
        for entry in sorted(path.iterdir()):
            if entry.is_symlink() and entry.is_dir():
                continue
            yield from mails(entry)
        return
    if path.exists() and not path.is_file():
        yield None
        return
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(b"From "):
        yield from _mbox(path)
    elif is_message(head):
        yield path.read_bytes()
    else:
        yield None


def count(path: Path) -> int:
    """How many files lie below `path`: the length of a progress bar."""
    return sum(1 for entry in path.rglob("*") if entry.is_file()) if path.is_dir() else 1


def _mbox(path: Path) -> Iterator[bytes]:
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.keys():  # noqa: SIM118 - a mailbox iterates over parsed messages otherwise
            yield box.get_bytes(key)
    finally:
        box.close()
