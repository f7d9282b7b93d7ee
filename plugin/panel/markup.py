"""What came by mail, made safe to look at.

HTML goes through nh3 with a short list of what may stay: no script, no style, no picture, nothing
from anywhere else, and no link that could be clicked by mistake. Its words stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nh3
from markupsafe import Markup

from mail.message import Message

_TAGS = frozenset(
    re.findall(
        r"\w+",
        "abbr b blockquote br caption code dd del div dl dt em h3 h4 h5 h6 hr i ins li ol p pre q s"
        " small span strong sub sup table tbody td tfoot th thead tr u ul",
    )
)
_ATTRIBUTES = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}

MAX_SHOWN = 100_000
"""The longest HTML that is shown, in characters; the whole mail can always be downloaded."""

MAX_DEPTH = 200
"""The deepest nesting that is shown: the cost of cleaning grows with its square."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_FLAT = frozenset(
    re.findall(
        r"\w+",
        "area base br col embed hr img input link meta source track wbr p li td th tr dt dd option"
        " thead tbody tfoot",
    )
)
"""Elements that hold nothing, or end by themselves where the next begins."""


def clean(source: str) -> Markup | None:
    """HTML from outside with only its words and their shape left; None where it is too deep.

    Links lose their address: where a link in a stranger's mail leads is nothing to click on.
    """
    shown = source[:MAX_SHOWN]
    if _depth(shown) > MAX_DEPTH:
        return None
    kept = nh3.clean(
        shown,
        tags=set(_TAGS),
        clean_content_tags={"script", "style", "title"},
        attributes={name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
        strip_comments=True,
        link_rel=None,
    )
    return Markup(kept)  # noqa: S704 - what nh3 has left is markup


def _depth(source: str) -> int:
    """How deep elements are nested at most, by their tags alone."""
    deepest = depth = 0
    for closing, name in _TAG.findall(source):
        if name.lower() in _FLAT:
            continue
        depth = max(depth - 1, 0) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest


def apart(message: Message) -> Iterator[tuple[bool, str]]:
    """The text of a mail in pieces, in order: (is it the sender's own, the text)."""
    at = 0
    for start, end in message.own:
        if message.text[at:start].strip():
            yield False, message.text[at:start].strip("\n")
        yield True, message.text[start:end].strip("\n")
        at = end
    if message.text[at:].strip():
        yield False, message.text[at:].strip("\n")
