"""The text of an HTML body, with its quoted parts marked as quotes.

A quoted letter comes out in lines that begin with "> ", as it would in plain text, so the step that
finds the sender's own words needs to know nothing of HTML. The scan only ever moves forward and
builds no tree: tree builders, fast as they are on real mail, take minutes for a megabyte of
hostile nesting or attributes (docs/dependencies.md has the figures).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body center dd div dl dt fieldset footer form h1 h2 h3 h4"
        " h5 h6 header hr li main nav ol p pre section table tbody tfoot thead tr ul",
    )
)
_SPACED = frozenset(("p", "h1", "h2", "h3", "ul", "ol", "table"))
_UNREAD = frozenset(("script", "style", "title", "template", "noscript", "svg", "math", "iframe"))
_CELLS = frozenset(("td", "th"))

_QUOTE_CLASS = re.compile(
    r"\bclass\s*=\s*[\"']?[^\"'>]*\b(?:gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote"
    r"|OutlookMessageHeader|gmail_extra_quote|zmail_extra)\b"
)
_REPLY_MARK = re.compile(
    r"\bid\s*=\s*[\"']?(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|mail-editor-ref)\b"
    r"|border-top:\s?solid\s?#[0-9a-f]{3,6}\s?1\.0pt",
    re.I,
)
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")
_TO_QUOTE_OR_END = re.compile(r"[^\"'>]*")
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")

MAX_ATTRIBUTES = 4000
"""How many characters of a tag's attributes are looked at."""

MAX_OPEN = 1000
"""How many open div and blockquote elements are remembered; beyond, depth is no longer tracked."""


def to_text(source: str) -> str:
    """The readable text of an HTML document; quoted parts in lines that begin with "> "."""
    page = _Page()
    for tag, text in _tokens(source):
        if tag is None:
            page.write(text)
        elif tag.startswith("/"):
            page.end(tag[1:])
        else:
            page.begin(tag, text)
    return page.text()


def _tokens(source: str) -> Iterator[tuple[str | None, str]]:
    """(None, text), or (tag, attributes) with a tag in lower case, "/" before an end tag's."""
    at, length = 0, len(source)
    while at < length:
        mark = source.find("<", at)
        if mark < 0:
            yield None, source[at:]
            return
        if mark > at:
            yield None, source[at:mark]
        name = _NAME.match(source, mark + 1)
        if name is None:
            if source[mark + 1 : mark + 2] in ("!", "?", "/"):
                at = _after_declaration(source, mark)
            else:
                yield None, "<"
                at = mark + 1
            continue
        end = _tag_end(source, name.end())
        tag = name[0].lower()
        yield tag, source[name.end() : min(end, name.end() + MAX_ATTRIBUTES)]
        at = end + 1
        if tag in _UNREAD:
            at = _after_element(source, at, tag)


def _after_declaration(source: str, mark: int) -> int:
    """Behind a comment, a doctype or an end tag without a name; at the end where it has none."""
    comment = source.startswith("<!--", mark)
    closes = "-->" if comment else ">"
    end = source.find(closes, mark + 2)
    return len(source) if end < 0 else end + len(closes)


def _tag_end(source: str, at: int) -> int:
    """Where a tag's ">" stands, quoted ones passed over; the end of the text where it has none."""
    length = len(source)
    while at < length:
        match = _TO_QUOTE_OR_END.match(source, at)
        at = match.end() if match else length
        if at >= length or source[at] == ">":
            return at
        closing = source.find(source[at], at + 1)
        if closing < 0:
            return length
        at = closing + 1
    return length


def _after_element(source: str, at: int, tag: str) -> int:
    """Behind the end tag of an element whose content is not read."""
    end = re.compile(rf"</{tag}\b[^>]*>?", re.I).search(source, at)
    return end.end() if end else len(source)


class _Page:
    """The lines written so far, and how deep in quotes the scan is."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._depth = 0
        self._old_mail = False

    def begin(self, tag: str, attributes: str) -> None:
        """A start tag."""
        if tag == "br":
            self._end_line()
        elif tag in _CELLS:
            self.write(" ")
        elif tag in _BLOCKS:
            self._end_line()
            if tag == "li":
                self._line.append("- ")
        if tag in ("div", "blockquote", "span"):
            # Outlook marks where the old mail begins and not where it ends: it is the rest.
            self._old_mail = self._old_mail or bool(_REPLY_MARK.search(attributes))
        if tag in ("div", "blockquote") and len(self._open) < MAX_OPEN:
            quote = tag == "blockquote" or bool(_QUOTE_CLASS.search(attributes))
            self._open.append((tag, quote))
            self._depth += quote

    def end(self, tag: str) -> None:
        """An end tag; one that closes nothing is passed over."""
        if tag not in _BLOCKS:
            return
        self._end_line()
        if self._open and self._open[-1][0] == tag:
            self._depth -= self._open.pop()[1]
        if tag in _SPACED and self._lines and self._lines[-1]:
            self._lines.append("")

    def write(self, text: str) -> None:
        """Some text, its entities read, white space folded."""
        said = _SPACES.sub(" ", unescape(text))
        if not self._line or self._line[-1].endswith(" "):
            said = said.lstrip(" ")
        if said:
            self._line.append(said)

    def text(self) -> str:
        """Everything written."""
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _end_line(self) -> None:
        said = "".join(self._line).strip()
        self._line = []
        if said and said != "-":
            quoted = self._depth > 0 or self._old_mail
            self._lines.append(f"> {said}" if quoted else said)
