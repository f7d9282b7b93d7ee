"""A published document as HTML: one page, without script, alone or as part of the website."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from plugin.published.document import Document, colon

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Link:
    """A link at the head of the page: to another language, form or document."""

    name: str
    href: str
    rel: str = ""
    language: str = ""
    current: bool = False


def to_html(
    document: Document,
    *,
    stylesheet: str | None = None,
    links: Sequence[Link] = (),
    large: bool = False,
    paper: str = "a4",
    screen: bool = True,
) -> str:
    """The page. `stylesheet`: its address on the website; None puts the style into the page.

    `large`: for large print on paper; `paper`: "a4" or "letter"; `screen`: for screens too.
    """
    return _template().render(
        document=document,
        stylesheet=stylesheet,
        css=Markup(css(screen=screen)),  # noqa: S704 - our own file
        links=links,
        colon=colon(document.language),
        look="large" if large else "normal",
        paper=paper,
    )


@cache
def css(*, screen: bool = True) -> str:
    """The style sheet; `screen`: with what only a screen can be."""
    names = ("published.css", "screen.css") if screen else ("published.css",)
    return "".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("document.html.j2")
