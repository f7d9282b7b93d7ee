"""The text of an HTML body, with its quoted parts marked as quotes.

Read with a real HTML parser and walked without recursion, so that no depth of nesting hurts. A
quoted letter comes out in lines that begin with "> ", as it would in plain text, and the step that
finds the sender's own words needs to know nothing of HTML.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_UNREAD = frozenset(
    ("script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "iframe")
)
_QUOTE_CLASSES = re.compile(
    r"\b(gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|OutlookMessageHeader"
    r"|gmail_extra_quote|zmail_extra|WordSection_quote)\b"
)
_QUOTE_IDS = frozenset(("divRplyFwdMsg", "appendonsend", "OLK_SRC_BODY_SECTION", "mail-editor-ref"))
_OUTLOOK_RULE = re.compile(r"border-top:\s*solid\s+#?[0-9a-f]{3,6}\s+1\.0pt", re.I)
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")


def to_text(source: str) -> str:
    """The readable text of an HTML document; quoted parts in lines that begin with "> "."""
    root = LexborHTMLParser(source).root
    if root is None:
        return ""
    page = _Page()
    stack: list[tuple[LexborNode, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        if leaving:
            page.leave(node)
            continue
        if not page.enter(node):
            continue
        stack.append((node, True))
        child = node.last_child
        while child is not None:
            stack.append((child, False))
            child = child.prev
    return page.text()


class _Page:
    """The lines written so far, and how deep in quotes the walk is."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._after_reply_mark = False

    def enter(self, node: LexborNode) -> bool:
        """Begin a node; False where nothing in it is read."""
        tag = node.tag or ""
        if tag == "-text":
            self._write(node.text_content or "")
            return False
        if tag in _UNREAD or (tag.startswith("-") and tag != "-document"):
            return False
        if tag == "br":
            self._end_line()
        elif tag in _BLOCKS:
            self._end_line()
            self._begin_block(node, tag)
        elif tag in ("td", "th"):
            self._write(" ")
        return True

    def leave(self, node: LexborNode) -> None:
        """End a node."""
        tag = node.tag or ""
        if tag not in _BLOCKS:
            return
        self._end_line()
        if _is_quote(node, tag):
            self._depth -= 1
        if tag in ("p", "h1", "h2", "h3", "ul", "ol", "table"):
            self._blank_line()

    def text(self) -> str:
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _begin_block(self, node: LexborNode, tag: str) -> None:
        if tag == "li":
            self._line.append("- ")
        if _is_reply_mark(node):
            # Outlook marks where the old mail begins, not where it ends: it is the rest.
            self._after_reply_mark = True
        if _is_quote(node, tag):
            self._depth += 1

    def _write(self, text: str) -> None:
        said = _SPACES.sub(" ", text)
        if not self._line or self._line[-1].endswith(" "):
            said = said.lstrip(" ")
        if said:
            self._line.append(said)

    def _end_line(self) -> None:
        said = "".join(self._line).strip()
        self._line = []
        if said and said != "-":
            quoted = self._depth > 0 or self._after_reply_mark
            self._lines.append(f"> {said}" if quoted else said)

    def _blank_line(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append("")


def _is_quote(node: LexborNode, tag: str) -> bool:
    if tag == "blockquote":
        return True
    return tag == "div" and bool(_QUOTE_CLASSES.search(node.attributes.get("class") or ""))


def _is_reply_mark(node: LexborNode) -> bool:
    attributes = node.attributes
    if (attributes.get("id") or "") in _QUOTE_IDS:
        return True
    return bool(_OUTLOOK_RULE.search((attributes.get("style") or "")[:500]))
