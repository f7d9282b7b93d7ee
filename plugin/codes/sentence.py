"""The shape of `templates/<provider>/sentences.toml`: what a published document says, one by one.

A provider is held to every sentence it has published, also to those that no deadline comes from.
So each is listed with what carries it or why nothing must, and a sentence that was overlooked is a
gap in the numbering that `trace.py` tells. Sentences are restated in our words, never copied.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from plugin.codes.model import Key, Line, Shape

Kind = Literal["promises", "limits", "permits", "tells_how", "informs"]

Part = Literal[
    "customer letters",
    "desk",
    "telephone",
    "helpdesk",
    "panel",
    "formats",
]
"""Parts of Answerable that a carrier may still have to wait for."""

Carrier = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(:[A-Za-z0-9_-]+)?$")]
"""What carries a sentence, e.g. "promise:acknowledge", "contact:phone", "triage"."""


class Sentence(Shape):
    """One sentence: where it stands, what it says, and what makes it come true."""

    document: Key
    section: Line
    n: int = Field(ge=1)
    """Its number within the section; an item of a list or of an address block counts as one."""
    says: Line
    kind: Kind
    lost: bool = False
    """The document evidently had it, and the copy supplied has lost it."""
    carried_by: tuple[Carrier, ...] = ()
    nothing: Line | None = None
    """Why nothing must carry it."""
    later: tuple[Part, ...] = ()
    """The parts that build the carriers which do not exist yet."""
    note: Line | None = None
    """How it is taken, where that is not what it says."""


class SentencesFile(Shape):
    """The whole of `sentences.toml`."""

    format: Literal[1]
    sentences: tuple[Sentence, ...] = Field(min_length=1)
