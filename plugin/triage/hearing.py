"""Where a text says one of our words, and what it says there: one finding for each.

The words are found once, in every language, also misspelt, split or spelled out; each is then read
within its sentence by the table of its language, whose first rule that fits decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from functools import cache
from itertools import islice

from plugin.triage.sentences import Word, sentence_at, words
from plugin.triage.table import TOO_MUCH, Rule, Table, tables

MAX_FINDINGS = 200
"""How many words of ours are looked at in one text and language; nobody says it so often."""

MAX_ONES = 50
"""How many words that only stand for one of ours."""

BEFORE, AFTER = 45, 30
"""How many words around the one looked at are read."""

MAX_REMEMBERED = 50_000
"""How many words a language remembers as none of ours, so as not to compare them again."""

_none_of_ours: dict[str, set[str]] = {}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one word of ours says; `start`..`end` are the words that decided, in the folded text."""

    rule: Rule
    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a word of ours stands, in which language and form."""

    start: int
    end: int
    lang: str
    form: str


@dataclass(frozen=True, slots=True)
class Context:
    """What else is known of the contact.

    `lang`: whose misspellings count. `mentioned`: somebody else spoke of a complaint before, so
    that "I am making one" is one. `speaks_for`: does the writer speak for the customer?
    """

    lang: str
    mentioned: bool
    speaks_for: Callable[[], bool]


def findings(text: str, spoken: Set[str], context: Context) -> Iterator[Finding]:
    """Everything a folded text says with our words, by language. `spoken`: its words."""
    if not spoken:
        return
    places = sorted(_places(text, spoken, context.lang))
    if places or context.mentioned:
        named = dict.fromkeys([place.lang for place in places] or [context.lang])
        first = 0 if context.mentioned else places[0].start
        places = sorted(
            [*places, *(one for name in named for one in _ones(text, spoken, name, first))]
        )
    for name in dict.fromkeys(place.lang for place in places):
        mine = [place for place in places if place.lang == name]
        if len(mine) > MAX_FINDINGS:
            # The latest wish counts, and how it began; what stands between is for a person.
            left_out = mine[MAX_FINDINGS // 2]
            yield Finding(TOO_MUCH, left_out.start, left_out.end)
            mine = [*mine[: MAX_FINDINGS // 2], *mine[-MAX_FINDINGS // 2 :]]
        yield from _read(text, tables()[name], mine, context)


def mentions(spoken: Set[str]) -> bool:
    """Is one of our words among these, rightly spelt?"""
    return any(not table.known.keys().isdisjoint(spoken) for table in tables().values())


def _places(text: str, spoken: Set[str], lang: str) -> Iterator[Place]:
    for word, (name, form) in _ours(spoken, lang).items():
        yield from (Place(at, at + len(word), name, form) for at in _standing(text, word))
    heads, split = _split()
    if not heads.isdisjoint(spoken):
        for match in split.finditer(text):
            yield from _joined(match, lang)


def _ours(spoken: Set[str], lang: str) -> dict[str, tuple[str, str]]:
    """Which of the words are ours: word -> (language, form). The text's own language goes first."""
    every = tables()
    own = every.get(lang)
    found: dict[str, tuple[str, str]] = {}
    for name, table in every.items():
        for word in table.known.keys() & spoken:
            if name == lang or word not in found:
                found[word] = (name, table.known[word])
    if own is None:
        return found
    none_of_ours = _none_of_ours.setdefault(lang, set())
    if len(none_of_ours) > MAX_REMEMBERED:
        none_of_ours.clear()
    for word in spoken - none_of_ours - found.keys():
        if len(found) > MAX_FINDINGS:
            break
        if not own.may_be_near(word):
            continue
        form = own.near_form(word)
        if form is not None:
            found[word] = (lang, form)
        else:
            none_of_ours.add(word)
    return found


def _standing(text: str, word: str) -> Iterator[int]:
    """Where the word stands as a word of its own."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        before = at == 0 or not text[at - 1].isalnum()
        if before and (end == len(text) or not text[end].isalnum()):
            yield at
        at = text.find(word, end)


@cache
def _split() -> tuple[frozenset[str], re.Pattern[str]]:
    """With what a split word of ours begins, and such a beginning with what follows it."""
    heads = frozenset().union(*(table.heads for table in tables().values()))
    first = "|".join(sorted(heads, key=len, reverse=True))
    more = r"(?: +|-)([^\W_]{1,12})"
    return heads, re.compile(rf"(?<![^\W_])(?=({first}){more}(?:{more})?(?![^\W_]))")


def _joined(match: re.Match[str], lang: str) -> Iterator[Place]:
    """A word that recognition split, "com plaint"; a near one, since chance joins much."""
    head, second, third = match.groups()
    off = 2 if head[0] in "ex" else 1
    joins = [(head + second, match.end(2))]
    if third:
        joins.append((head + second + third, match.end(3)))
    for word, end in joins:
        for name, table in tables().items():
            form = table.known.get(word) or (table.joined_form(word, off) if name == lang else None)
            if form:
                yield Place(match.start(), end, name, form)
                return


def _ones(text: str, spoken: Set[str], name: str, first: int) -> Iterator[Place]:
    """Words that stand for a complaint spoken of before: "I am making one"."""
    table = tables()[name]
    if table.ones is not None and not table.one_words.isdisjoint(spoken):
        for match in islice(table.ones.finditer(text, first), MAX_ONES):
            yield Place(match.start(), match.end(), name, "ONE")


def _read(text: str, table: Table, places: list[Place], context: Context) -> Iterator[Finding]:
    end = -1
    said: list[Word] = []
    for place in places:
        if place.start >= end:
            start, end, question = sentence_at(text, place.start, table)
            mine = {one.start: one for one in places if start <= one.start < end}
            said = words(text, start, end, question, table, mine)
        found = _judged(said, table, place, context)
        if found is not None:
            yield found


def _judged(said: list[Word], table: Table, place: Place, context: Context) -> Finding | None:
    stands = (place.start, place.end)
    at = next((n for n, word in enumerate(said) if (word.start, word.end) == stands), None)
    if at is None:
        return None
    first = max(0, at - BEFORE)
    window = (
        "".join([word.letter for word in said[first:at]])
        + table.forms[place.form]
        + "".join([word.letter for word in said[at + 1 : at + 1 + AFTER]])
    )
    near = frozenset(window)
    for rule, needed, search in table.rules[place.form]:
        if needed is not None and needed.isdisjoint(near):
            continue
        match = search(window)
        if match and (not rule.on_behalf or context.speaks_for()):
            begins, ends = said[first + match.start()], said[first + match.end() - 1]
            return Finding(rule, min(begins.start, place.start), max(ends.end, place.end))
    return None
