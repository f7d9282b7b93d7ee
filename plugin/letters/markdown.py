"""From a letter's Markdown to what is sent: HTML, plain text, and a subject of one line.

One parser reads the source once; both forms come from its tokens, so that they cannot say
different things. Raw HTML is not read, and pictures do not exist.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

WIDTH = 72
"""Columns of the plain text."""

_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
_GAPS = re.compile(r"[^\S\u00a0\u202f]+")
"""Room between words that may change; a no-break space, which French needs, may not."""

_ITEM = re.compile(r"( *)(-|\d+)\.? ")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")

_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{title}</title></head>'
    '<body style="font:16px/1.5 Arial,Helvetica,sans-serif;max-width:38em;margin:1em">'
    "{body}</body></html>\n"
)


def literal(value: str) -> str:
    """A value as Markdown that shows exactly its characters, on one line."""
    return _PUNCTUATION.sub(r"\\\1", _tidy(value))


def parse(source: str) -> list[Token]:
    """The tokens of a Markdown text."""
    return _PARSER.parse(source)


def to_html(tokens: Sequence[Token], *, language: str, title: str) -> str:
    """A whole HTML page without scripts, pictures or anything fetched."""
    body = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return _PAGE.format(language=escape(language), title=escape(title), body=body)


def to_text(tokens: Sequence[Token]) -> str:
    """Plain text in paragraphs of WIDTH columns; lists keep their marks."""
    blocks: list[str] = []
    lists: list[int | None] = []
    mark: str | None = None
    for token in tokens:
        if token.type == "bullet_list_open":
            lists.append(None)
        elif token.type == "ordered_list_open":
            lists.append(int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            mark = "- " if number is None else f"{number}. "
            if number is not None:
                lists[-1] = number + 1
        elif token.type == "inline":
            blocks.append(_paragraph(inline_text(token), mark, len(lists)))
            mark = None
        elif token.type == "hr":
            blocks.append("-" * 24)
    return _join(blocks)


def inline_text(token: Token) -> str:
    """The characters of an inline token, marks of emphasis gone, hard breaks kept.

    A link that shows its own address shows it as it is opened, never decoded for the eye.
    """
    parts = []
    address = ""
    for child in token.children or []:
        if child.type == "link_open" and child.markup == "autolink":
            address = str(child.attrGet("href") or "")
        elif child.type == "link_close":
            address = ""
        elif address:
            parts.append(address)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        else:
            parts.append(child.content)
    return "".join(parts)


def one_line(source: str) -> str:
    """The characters of a one-line Markdown text: how a subject is read."""
    tokens = _PARSER.parseInline(source)
    return _tidy(" ".join(inline_text(token) for token in tokens))


def _tidy(text: str) -> str:
    return _GAPS.sub(" ", text).strip()


def _paragraph(text: str, mark: str | None, depth: int) -> str:
    indent = "  " * max(depth - 1, 0) + (" " * len(mark) if mark else "  " * bool(depth))
    first = "  " * max(depth - 1, 0) + (mark or ("  " * bool(depth)))
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        lines += textwrap.wrap(
            line,
            WIDTH,
            initial_indent=indent if number else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def _join(blocks: Sequence[str]) -> str:
    """Blank lines between paragraphs and lists, none between the items of a list."""
    text = ""
    for before, block in zip(["", *blocks], blocks, strict=False):
        if text:
            text += "\n" if _in_one_list(before, block) else "\n\n"
        text += block
    return text + "\n"


def _in_one_list(before: str, block: str) -> bool:
    """Is each an item, and the second of the same list or of one inside or around it?"""
    first, second = _ITEM.match(before), _ITEM.match(block)
    if not first or not second:
        return False
    return first[1] != second[1] or first[2].isdigit() == second[2].isdigit()
