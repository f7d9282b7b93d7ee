"""Sentences and clauses of a folded text, as words with their places.

A statement is understood by clause: "no need to worry, I want to complain" refuses nothing. Where
people write no commas, and speech recognition never does, a clause also ends where a new one begins
(`clauses.py`). Nothing here depends on capitals, and white space only where a line is broken.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from plugin.triage.clauses import Clauses
from plugin.triage.grammar import NUMBER, QUESTION, QUOTE, SOFT, UNKNOWN, UNQUOTE
from plugin.triage.table import Table

WRAPPED_LINE = 45
"""A line this long, in characters, was broken by a program rather than ended by its writer."""

MAX_SENTENCE = 500
"""How far a sentence is read to either side of a word looked at, in characters."""

_RUNS = ".!?;…。"
_MARKS = f"{_RUNS}\n\0"
# A run of marks is read from its beginning alone, so that a long one costs no more than its length.
_END = re.compile(r"(?<![.!?;…。])(?:[.!?;…。]+[\"')\]]*(?=\s|$)|[.!?]{2,})|[\n\0]")
_TOKEN = re.compile(
    r"[^\W_]+(?:'[^\W_]+)*|[,:()\"/]|(?<=\s)[-–—]+(?=\s)|[–—]"
    r"|(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})"
)
_LAST_WORD = re.compile(r"([^\W_]+(?:[.'][^\W_]+)*)[^\w\n]*$")
_ENDS_CLAUSE = frozenset((SOFT, QUOTE, UNQUOTE))
_QUOTED = re.compile(r"(?<![^\W_])'([^\W_]{3}[^'\n]{0,80}|[^\W_][^'\n]{3,80})'(?![^\W_])")
_BULLET = re.compile(r"[ \t]*(?:[-*•·]|\d{1,2}[.)])[ \t]")


class Place(Protocol):
    """Where a word of ours ends, and its form."""

    @property
    def end(self) -> int: ...

    @property
    def form(self) -> str: ...


class Word(NamedTuple):
    """A word as it is read, the character the grammar knows it by, and where it stands."""

    text: str
    letter: str
    start: int
    end: int


def sentence_at(text: str, at: int, table: Table) -> tuple[int, int, bool]:
    """(start, end, is it a question) of the sentence that `at` stands in, within MAX_SENTENCE."""
    low, start = max(0, at - MAX_SENTENCE), 0
    before = at
    while True:
        before = max(text.rfind(mark, low, before) for mark in _MARKS)
        if before < 0:
            start = low
            break
        while before > low and text[before] in _RUNS and text[before - 1] in _RUNS:
            before -= 1
        found = _END.match(text, before)
        if found and _is_end(text, low, found, table):
            start = found.end()
            break
    high = min(len(text), at + MAX_SENTENCE)
    for found in _END.finditer(text, at, high):
        if _is_end(text, start, found, table):
            return start, found.start(), "?" in found[0]
    return start, high, False


def _is_end(text: str, start: int, mark: re.Match[str], table: Table) -> bool:
    if mark[0] == "\n":
        return not _goes_on(text, start, mark.start(), table)
    return mark[0] != "." or not _abbreviates(text, start, mark.start(), table)


def words(
    text: str,
    start: int,
    end: int,
    question: bool,
    table: Table,
    ours: Mapping[int, Place],
) -> list[Word]:
    """The words of one sentence as the table reads them, with the ends of its clauses.

    `ours`: by their start the words looked at, however they are spelt.
    """
    found: list[Word] = []
    spans = list(_tokens(text, start, end, table))
    clauses, letters, read_as = table.clauses, table.letters, table.read_as
    quoted = False
    done = start
    for number, (raw, begins, ends) in enumerate(spans):
        if begins < done:
            continue
        if begins in ours:
            done = ours[begins].end
            form = ours[begins].form
            spelt = raw if form == "ONE" else table.spelling[form]
            _mark_clause(found, spelt, begins, "", False, clauses)
            found.append(Word(spelt, letters.get(spelt, UNKNOWN), begins, done))
            continue
        if raw == '"':
            quoted = not quoted
            found.append(Word(raw, QUOTE if quoted else UNQUOTE, begins, ends))
            continue
        if not raw[0].isalnum():
            _boundary(found, begins)
            continue
        parts = read_as.get(raw) or (raw,)
        next_raw, next_at, _ = spans[number + 1] if number + 1 < len(spans) else ("", end, end)
        following = parts[1] if len(parts) > 1 else read_as.get(next_raw, (next_raw,))[0]
        _mark_clause(found, parts[0], begins, following, next_at in ours, clauses)
        for part in parts:
            letter = NUMBER if part[0].isdigit() else letters.get(part, UNKNOWN)
            found.append(Word(part, letter, begins, ends))
        if parts[-1] in clauses.closers and any(w.text in clauses.denies for w in found[-4:-1]):
            _boundary(found, ends)
    if question:
        found.append(Word("?", QUESTION, end, end))
    return found


def _tokens(text: str, start: int, end: int, table: Table) -> Iterator[tuple[str, int, int]]:
    """Words and marks with their places: "don't" is "dont", "l'escalade" two words."""
    said = text[start:end]
    if "'" in said:
        said = _QUOTED.sub(r'"\1"', said)
    for match in _TOKEN.finditer(said):
        raw, at = match.group(), start + match.start()
        whole = raw.replace("'", "")
        if len(whole) == len(raw) or whole in table.read_as:
            yield whole or raw, at, at + len(raw)
            continue
        for part in raw.split("'"):
            if part:
                yield part, at, at + len(part)
            at += len(part) + 1


def _boundary(found: list[Word], at: int) -> None:
    if found and found[-1].letter not in _ENDS_CLAUSE:
        found.append(Word(",", SOFT, at, at))


def _mark_clause(
    found: list[Word], word: str, at: int, following: str, ours_next: bool, clauses: Clauses
) -> None:
    """End the clause before the word at `at` where one begins with it, though nothing marks it."""
    if not found or found[-1].letter in _ENDS_CLAUSE:
        return
    if clauses.may_wish(word, following):
        clause = [one.text for one in itertools.takewhile(_in_clause, reversed(found))][::-1]
        leads = clauses.wish_begins(clause)
        if leads is not None:
            begins = found[-leads].start if leads else at
            found.insert(len(found) - leads, Word(",", SOFT, begins, begins))
            return
    if clauses.begins(found[-1].text, word, following, ours_next):
        found.append(Word(",", SOFT, at, at))


def _in_clause(word: Word) -> bool:
    return word.letter not in _ENDS_CLAUSE


def _goes_on(text: str, start: int, at: int, table: Table) -> bool:
    """Does the sentence go on past the line break at `at`?"""
    begins = max(start, text.rfind("\n", 0, at) + 1)
    line = " ".join(text[begins:at].split())
    ends = text.find("\n", at + 1)
    following = text[at + 1 : ends if ends >= 0 else len(text)]
    if not line or not following.strip() or _BULLET.match(following):
        return False
    if len(line) >= WRAPPED_LINE:
        return line[-1] not in ".!?;:"
    last = _LAST_WORD.search(line)
    return last is not None and line[-1].isalnum() and last[1] in table.clauses.open_ends


def _abbreviates(text: str, start: int, at: int, table: Table) -> bool:
    before = text[max(start, at - 8) : at]
    last = before.rsplit(None, 1)[-1] if before.split() else ""
    if last in table.numbered:
        return text[at + 1 : at + 3].strip()[:1].isdigit()
    return last in table.abbreviations or (len(last) == 1 and last.isalpha() and last not in "iy")
