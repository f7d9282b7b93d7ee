"""Fills the slots of a text: names in braces, each with its value and nothing else.

Texts are an admin's; a slot may not look into a value, format it, or stay empty unseen.
"""

from __future__ import annotations

from string import Formatter


class PublishError(ValueError):
    """The document cannot be made; the message names what is missing and where."""


def fill(text: str, **slots: str) -> str:
    """The text with its slots filled. Raises PublishError for a slot that there is not."""
    parts = []
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise PublishError(f"the braces of a text are wrong: {error}: {text[:60]!r}") from None
    for said, name, form, turned in pieces:
        parts.append(said)
        if name is None:
            continue
        if name not in slots or form or turned:
            raise PublishError(
                f"a text has a slot {{{name[:40]}}} that nothing fills: {text[:60]!r}"
            )
        parts.append(slots[name])
    return "".join(parts)
