"""What two editions of a code say differently, sentence by sentence.

Both are whole documents, so that a change of the law shows just as a change of the code does: what
counts is what a customer is promised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from plugin.published.document import Document


@dataclass(frozen=True, slots=True)
class Change:
    """Something one of two documents says. `before`, `after`: "" where it is not said there."""

    document: str
    section: str
    key: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Do they differ?"""
        return self.before != self.after


_EVERY_DAY = "edition:dated"
"""The day a document was made for: another one is no change."""


def compare(before: Document, after: Document) -> list[Change]:
    """Everything the two say, in the order of reading, what was dropped where it stood."""
    old, new = _said(before), _said(after)
    order = list(new)
    last = ""
    for key in old:
        if key not in new:
            order.insert(order.index(last) + 1 if last in order else 0, key)
        last = key
    found = []
    for key in order:
        section = (new.get(key) or old[key])[0]
        was, now = old.get(key, ("", ""))[1], new.get(key, ("", ""))[1]
        if key == _EVERY_DAY:
            was = now = now or was
        found.append(Change(after.title, section, key, was, now))
    return found


def changes(before: Document, after: Document) -> list[Change]:
    """What differs between the two."""
    return [one for one in compare(before, after) if one.changed]


def by_section(found: list[Change]) -> Iterator[tuple[str, list[Change]]]:
    """The changes under the titles of their document and section."""
    for titles, many in groupby(found, key=lambda one: (one.document, one.section)):
        yield ": ".join(titles), list(many)


def _said(document: Document) -> dict[str, tuple[str, str]]:
    """What a document says by key; the number of a text in its file is no part of the key."""
    found: dict[str, tuple[str, str]] = {}
    for section, key, text in document.statements():
        name, count = key, 1
        while name in found:
            count += 1
            name = f"{key}#{count}"
        found[name] = (section, text)
    return found
