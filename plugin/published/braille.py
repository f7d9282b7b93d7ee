"""A published document in contracted Braille, as a BRF file that an embosser takes.

liblouis translates, by the tables its own people keep; ours is only the page: 40 cells, 25 lines,
headings apart, one sentence a paragraph. Debian's package is liblouis-bin.
"""

from __future__ import annotations

import shutil
import subprocess
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plugin.published.document import Document, Point, colon

CELLS, LINES = 40, 25
"""The usual page of an embosser."""

TABLES = {"en": "en-ueb-g2.ctb", "fr": "fr-bfu-g2.ctb"}
"""liblouis's table for a language: Unified English Braille, French unified Braille, contracted."""

DISPLAY = "en-us-brf.dis"
"""Which character of the file stands for which cell: North American ASCII Braille."""

SECONDS = 60
"""A translation that takes longer is stopped; a whole code takes a tenth of a second."""


class NoBraille(RuntimeError):
    """No Braille can be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph to be laid out: its first and further lines are indented by so many cells."""

    text: str
    first: int = 2
    rest: int = 0
    heading: bool = False


def to_braille(document: Document, *, program: str | None = None) -> str:
    """The document as BRF: ASCII, lines of 40 cells, a form feed after every 25.

    `program`: where lou_translate is, if not on the path. Raises NoBraille.
    """
    table = TABLES.get(document.language.partition("-")[0])
    if table is None:
        known = ", ".join(TABLES)
        raise NoBraille(f"there is no Braille table for {document.language}; there are: {known}")
    blocks = list(_blocks(document))
    cells = _translate([block.text for block in blocks], table, program)
    lines: list[str] = []
    for block, text in zip(blocks, cells, strict=True):
        lines += _lines(block, text)
    return _pages(lines)


def available() -> bool:
    """Can this machine make Braille?"""
    return shutil.which("lou_translate") is not None


def _blocks(document: Document) -> Iterator[_Block]:
    yield _Block(document.title, heading=True)
    for section in document.sections:
        yield _Block(section.title, heading=True)
        yield from (_Block(_said(document, point)) for point in section.before)
        for reach in section.reaches:
            yield _Block(reach.said(document.language), first=0, rest=2)
        for number, point in enumerate(section.steps, start=1):
            mark = f"{number}. " if section.numbered else ""
            yield _Block(mark + _said(document, point), *((0, 2) if mark else (2, 0)))
        yield from (_Block(_said(document, point)) for point in section.after)


def _said(document: Document, point: Point) -> str:
    law = f"{document.words['by_law']}{colon(document.language)} " if point.law else ""
    source = f" ({point.law})" if point.law else ""
    page = f" {point.href}" if point.href else ""
    return f"{law}{point.text}{page}{source}"


def _translate(texts: Sequence[str], table: str, program: str | None) -> list[str]:
    found = program or shutil.which("lou_translate")
    if found is None:
        raise NoBraille("Braille needs liblouis; on Debian: apt-get install liblouis-bin")
    asked = "\n".join(" ".join(text.split()) for text in texts) + "\n"
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, no shell, no word of anybody's
            [found, "--forward", f"{DISPLAY},{table}"],
            input=asked.encode(),
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoBraille(
            f"lou_translate failed ({type(error).__name__}); reinstall liblouis"
        ) from None
    cells = done.stdout.decode("ascii", "replace").splitlines()
    if len(cells) != len(texts):
        raise NoBraille(
            f"lou_translate gave {len(cells)} lines for {len(texts)}; reinstall liblouis"
        )
    return cells


def _lines(block: _Block, cells: str) -> list[str]:
    if block.heading:
        wrapped = textwrap.wrap(cells, CELLS - 8, break_on_hyphens=False)
        return ["", *(line.center(CELLS).rstrip() for line in wrapped), ""]
    return textwrap.wrap(
        cells,
        CELLS,
        initial_indent=" " * block.first,
        subsequent_indent=" " * block.rest,
        break_on_hyphens=False,
    )


def _pages(lines: Sequence[str]) -> str:
    """Pages of 25 lines; none begins blank, and no heading stands alone at the foot of one."""
    pages: list[list[str]] = [[]]
    for number, line in enumerate(lines):
        page = pages[-1]
        follows = lines[number + 1 : number + 4]
        heading = line == "" and len(follows) > 1 and follows[0].startswith(" ") and "" in follows
        if len(page) >= LINES or (heading and len(page) > LINES - 5):
            pages.append([])
            page = pages[-1]
        if line or page:
            page.append(line)
    return "".join("\r\n".join(page) + "\r\n\f" for page in pages if page)
