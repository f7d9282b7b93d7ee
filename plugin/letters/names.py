"""How a letter may address somebody whose name we only know from a mail header.

A From name is whatever its sender typed, and a letter goes to an address its sender may not own.
So only what looks like a person's or firm's name is used; anything else is greeted without one.
"""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 40
"""The longest name used in a greeting, in characters."""

_NAME = re.compile(r"[^\W\d_]+(?:[ '’.-]{1,2}[^\W\d_]+){0,4}\.?")


def greeting_name(name: str) -> str:
    """The name to greet with, or "" where it does not look like one."""
    tidy = unicodedata.normalize("NFC", " ".join(name.split()).strip("'\""))
    if len(tidy) > MAX_NAME or not _NAME.fullmatch(tidy):
        return ""
    # A dot between letters without a space makes a link of it in many mail programs.
    return "" if re.search(r"\.\w", tidy) else tidy
