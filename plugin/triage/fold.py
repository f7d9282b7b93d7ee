"""One spelling for text that looks alike, and where each letter of it stood.

Rules compare words; people, programs and tricksters write the same word with capitals, accents,
no-break and zero-width characters, full-width letters, letters of other alphabets that look
Latin, and stray HTML. All of these are folded away, and no position is lost: evidence is shown in
the original.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

_FOREIGN = re.compile(r"[^\x00-\x7f]")


def _runs(more: str) -> re.Pattern[str]:
    """Letters with the same gap between them; one that a shorter gap follows begins another run."""
    letter = r"[^\W_](?![^\W_])"
    kinds = []
    for gap, shorter in (
        ("-", " "),
        *((" " * n, f" {{1,{n - 1}}}|-") for n in range(2, 5)),
        (" ", "-"),
    ):
        kinds.append(f"{gap}{letter}(?:{gap}{letter}){more}(?!(?:{shorter}){letter})")
    return re.compile(rf"(?<![^\W_])[^\W_](?:{'|'.join(kinds)})")


_SPELLED = _runs("{3,}")
_LETTERS = _runs("*")
_MARKUP = re.compile(
    r"</?(?:(?P<block>p|br|div|li|tr|td|ul|ol|table|blockquote|h[1-6])\b|[a-z])[^<>]{0,200}>"
    r"|&(?:(?P<space>nbsp|ensp|emsp|thinsp|#160|#xa0)|shy|zwnj|zwj|#173|#xad|#8203|#x200b);",
    re.IGNORECASE,
)
_LETTER_WORDS = "aiy"
_LETTERS_ALONE = frozenset("abcdefghijklmnopqrstuvwxyz")

MAX_LETTERS = 3
"""So many letters of a ligature are read, "ffi" at most: some characters stand for a sentence."""

SPELLED = 4
"""A text with so many different letters that stand alone may spell a word out."""

# Letters of other alphabets that are drawn as a Latin one (Unicode Technical Standard 39,
# confusables.txt), as far as a word of ours could be written with them.
_LOOKALIKES = str.maketrans(
    "аеорсхуіѕјԁһкмтӏпгαορεικντυηχıɑɡɩʟ",
    "aeopcxyisjdhkmtlnraopeikvtunxiagil",
)
_SPECIAL = {
    **dict.fromkeys("\u2018\u2019\u201b\u02bc\u00b4\u0060\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a", '"'),
    **dict.fromkeys("\u2010\u2011", "-"),
    **dict.fromkeys("\u2028\u2029\u0085", "\n"),
    "\u00df": "ss",
    "\u0153": "oe",
    "\u0152": "oe",
    "\u00e6": "ae",
    "\u00c6": "ae",
    "\u0142": "l",
    "\u00f8": "o",
    "\ufb01": "fi",
}
_GAPS = str.maketrans(dict.fromkeys("'.,;:!?()[]{}<>\"/\\|*_=+&%#@~^`-–—…•·¿¡€£$\t\r\n", " "))
_GONE = frozenset({"Cf", "Mn", "Me"})


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """What one character outside ASCII is read as; "" for one that nobody sees."""
    if character in _SPECIAL:
        return _SPECIAL[character]
    if unicodedata.category(character) in _GONE:
        return ""
    seen = unicodedata.normalize("NFKD", character).lower().translate(_LOOKALIKES)
    return "".join(c for c in seen if unicodedata.category(c) not in _GONE)[:MAX_LETTERS]


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in one spelling: lower case, without accents, mostly ASCII.

    `moved`: for each change of length the position in `text` where it takes effect, and how far the
    original is ahead from there on.
    """

    text: str
    length: int
    moved: tuple[tuple[int, int], ...] = ()
    inner: Folded | None = None
    """The folded text that this one was made of; None where that is the original."""

    def place(self, at: int) -> int:
        """Where position `at` of the folded text stands in the original."""
        found = bisect_right(self.moved, at, key=lambda move: move[0])
        there = min(at + (self.moved[found - 1][1] if found else 0), self.length)
        return self.inner.place(there) if self.inner else there


def read(text: str) -> tuple[Folded, list[str]]:
    """A text folded, words spelled out joined again, and its words. Linear in its length."""
    folded = fold(text)
    words = words_of(folded.text)
    if len(_LETTERS_ALONE.intersection(words)) >= SPELLED and _SPELLED.search(folded.text):
        folded = _join_letters(folded)
        words = words_of(folded.text)
    return folded, words


def fold(text: str) -> Folded:
    """Fold a text; linear in its length."""
    if "<" in text or "&" in text:
        text = _MARKUP.sub(_unmarked, text)
    return Folded(text.lower(), len(text)) if text.isascii() else _fold(text)


def _unmarked(markup: re.Match[str]) -> str:
    """What stray markup is read as, at the same length: a line's end, space, or nothing at all."""
    length = len(markup[0])
    if markup["block"]:
        return "\n".ljust(length)
    return " " * length if markup["space"] else "\u00ad" * length


def _join_letters(folded: Folded) -> Folded:
    """Words spelled out, as words: "c o m p l a i n", "c-o-m-p-l-a-i-n"."""
    pieces: list[str] = []
    moved: list[tuple[int, int]] = []
    last = gone = 0
    for run in _LETTERS.finditer(folded.text):
        gap = len(run[0]) - len(run[0][1:].lstrip(" -")) - 1
        # "a c o m p l a i n t": an article, or "I", is a word of its own.
        first = run.start() + 1 + (1 + gap) * (run[0][0] in _LETTER_WORDS)
        # "j o n e s i complain": so is one at the end, and none of our words ends with it.
        last_letter = run.end() - (1 + gap) * (run[0][-1] in _LETTER_WORDS)
        for at in range(first, last_letter, 1 + gap):
            pieces.append(folded.text[last:at])
            last = at + gap
            gone += gap
            moved.append((last - gone, gone))
    pieces.append(folded.text[last:])
    return Folded("".join(pieces), len(folded.text), tuple(moved), folded)


def _fold(text: str) -> Folded:
    pieces: list[str] = []
    moved: list[tuple[int, int]] = []
    last = ahead = written = 0
    for found in _FOREIGN.finditer(text):
        at = found.start()
        plain = _plain(found[0])
        pieces += (text[last:at], plain)
        written += at - last + len(plain)
        last = at + 1
        # Of a character that became several, each stands where that one stood.
        for number in range(1, len(plain)):
            moved.append((written - len(plain) + number, ahead - number))
        if len(plain) != 1:
            ahead += 1 - len(plain)
            moved.append((written, ahead))
    pieces.append(text[last:])
    return Folded("".join(pieces).lower(), len(text), tuple(moved))


def words_of(folded: str) -> list[str]:
    """The words of a folded text, without what stands between them."""
    return folded.translate(_GAPS).split()
