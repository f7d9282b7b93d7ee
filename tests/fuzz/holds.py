"""What holds for every mail whatever: the one rule that every fuzzer checks.

Reading either gives values that a database, a page and a header can take, the same each time, or
raises `Unreadable`. Anything else that leaves it is a fault.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from mail.html import to_text
from mail.message import Message, Unreadable
from mail.parse import attachment, parse, sender_hint, stable_id
from mail.words import own_words
from plugin.panel.markup import apart, clean

_LINES = frozenset({"text", "html"})
"""The fields of a message that hold more than one line."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>")
_HARMLESS = re.compile(r"(?: (?:colspan|rowspan|start)=\"[^\"<>]*\")*")
_MARKUP = frozenset(
    re.findall(
        r"\w+",
        "abbr b blockquote br caption code dd del div dl dt em h3 h4 h5 h6 hr i ins li ol p pre q s"
        " small span strong sub sup table tbody td tfoot th thead tr u ul",
    )
)


def check(raw: bytes) -> Message | None:
    """Read a mail in every way there is; None where it is refused. Raises on any fault."""
    hint = sender_hint(raw)
    assert hint == sender_hint(raw)
    storable(hint)
    try:
        message = parse(raw)
    except Unreadable:
        return None
    assert parse(raw) == message
    for name, value in texts(message):
        storable(value)
        assert name in _LINES or not _CONTROL.search(value), name
    assert re.fullmatch(r"[0-9a-f]{32}@derived\.invalid", stable_id(message))
    spans(message)
    files(raw, message)
    page(message.html)
    return message


def texts(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, with the name of its field."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one, name)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), field.name)


def storable(text: str) -> None:
    """No half of a surrogate pair and no NUL: PostgreSQL takes neither."""
    text.encode("utf-8")
    assert "\x00" not in text


def spans(message: Message) -> None:
    """The own words lie in the text, in order, and are what the page shows as own."""
    at = 0
    for start, end in message.own:
        assert at <= start < end <= len(message.text)
        at = end
    assert len(message.own_text) == len(message.text)
    assert message.own_text.count("\n") == message.text.count("\n")
    pieces = list(apart(message))
    assert [text for own, text in pieces if own] == [
        message.text[start:end].strip("\n") for start, end in message.own
    ]
    assert message.own_words == own_words(message.text)


def files(raw: bytes, message: Message) -> None:
    """Every attachment that is named can be read again, as it was counted."""
    for one in message.attachments:
        data = attachment(raw, one.digest)
        assert data is not None
        assert len(data) == one.size
        assert hashlib.sha256(data).hexdigest() == one.digest
        assert len(one.filename) <= 255
        assert not re.search(r"[\\/]", one.filename)


def page(source: str) -> None:
    """HTML as the panel shows it holds nothing that loads, runs or leads anywhere."""
    storable(to_text(source))
    cleaned = clean(source)
    if cleaned is None:
        return
    assert cleaned == clean(source)
    left = _TAG.sub("", str(cleaned))
    assert "<" not in left
    for closing, name, attributes in _TAG.findall(str(cleaned)):
        assert name in _MARKUP, name
        assert _HARMLESS.fullmatch(attributes), attributes
        assert not (closing and attributes)
