"""The words by which a case is found: its reference, the names and addresses of its parties.

What is typed and what is kept go through the same folding, so that "amelie" finds "Amélie". A word
typed is the beginning of a word kept: that is a range of an index, whatever the number of cases.
"""

from __future__ import annotations

import re
import unicodedata

from voice.numbers import at_home

TERM_LENGTH = 64
"""Longer words are cut to this, in characters, kept and typed alike."""

MAX_KEPT = 20
"""How many words of one name or address are kept."""

MAX_TYPED = 5
"""How many of the words typed are looked for, the first ones."""

LEAST_TYPED = 2
"""A shorter word is not looked for: it would find everybody."""

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"[\d\s‐‑–—.-]+")


def terms_of_case(reference: str) -> set[str]:
    """The words by which a case itself is found."""
    return {re.sub(r"\D", "", reference)}


def terms_of_party(name: str, address: str) -> set[str]:
    """The words by which a party is found: its names, its address whole and in parts."""
    words = _WORD.findall(folded(name))[:MAX_KEPT]
    if address:
        local, _, domain = folded(address).rpartition("@")
        words += [folded(address), domain, *_WORD.findall(local)[:MAX_KEPT]]
    return {word[:TERM_LENGTH] for word in words if word}


def terms_of_number(number: str) -> set[str]:
    """The words by which a telephone number is found: its digits, with the country and without.

    `number`: E.164, or as somebody wrote it.
    """
    digits = (re.sub(r"\D", "", one) for one in (number, at_home(number)))
    return {one[:TERM_LENGTH] for one in digits if one}


def terms_typed(text: str) -> tuple[str, ...]:
    """The words to look for; empty where nothing typed is long enough."""
    said = text.strip()
    if _DIGITS.fullmatch(said):
        words = [re.sub(r"\D", "", said)]
    else:
        words = []
        for piece in folded(said).split():
            words += [piece] if "@" in piece.strip("@") else _WORD.findall(piece)
    found = [word[:TERM_LENGTH] for word in words if len(word) >= LEAST_TYPED]
    return tuple(dict.fromkeys(found))[:MAX_TYPED]


def folded(text: str) -> str:
    """Text without case, accents and the marks of its writing."""
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    return plain.casefold().replace("\x00", "")


def just_after(term: str) -> str:
    """A bound, in byte order, above every word that begins with `term` and below all later ones."""
    last = ord(term[-1]) + 1
    # Half characters are no text that a database takes.
    return term[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else min(last, 0x10FFFF))
