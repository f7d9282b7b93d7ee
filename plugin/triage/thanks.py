"""Are these words plain thanks and nothing else? In English, French and Dutch. Pure.

Thanks to a closed case need nobody's attention. The question is asked strictly: one word that could
mean more, and a person looks.
"""

from __future__ import annotations

import re
import unicodedata

MAX_WORDS = 20
"""Longer texts say more than thanks."""

_THANKS = frozenset(
    [
        "thanks",
        "thank",
        "thx",
        "ty",
        "cheers",
        "appreciated",
        "appreciate",
        "grateful",
        "merci",
        "remercie",
        "remerciements",
        "bedankt",
        "dank",
        "dankjewel",
        "dankuwel",
    ]
)
_POLITE = frozenset(
    [
        "you",
        "so",
        "very",
        "much",
        "many",
        "a",
        "lot",
        "again",
        "for",
        "your",
        "the",
        "help",
        "all",
        "everything",
        "it",
        "i",
        "is",
        "we",
        "am",
        "and",
        "hi",
        "hello",
        "dear",
        "team",
        "that",
        "this",
        "kind",
        "best",
        "warm",
        "regards",
        "yours",
        "sincerely",
        "great",
        "good",
        "perfect",
        "lovely",
        "brilliant",
        "wonderful",
        "ok",
        "okay",
        "noted",
        "really",
        "indeed",
        "reply",
        "email",
        "message",
        "letter",
        "support",
        "assistance",
        "patience",
        "time",
        "update",
        "quick",
        "prompt",
        "sorting",
        "have",
        "nice",
        "day",
        "weekend",
        "bonjour",
        "bonsoir",
        "beaucoup",
        "bien",
        "infiniment",
        "mille",
        "pour",
        "votre",
        "vos",
        "aide",
        "le",
        "la",
        "les",
        "de",
        "du",
        "tout",
        "toute",
        "je",
        "nous",
        "vous",
        "cordialement",
        "salutations",
        "bonne",
        "journée",
        "soirée",
        "à",
        "et",
        "réponse",
        "message",
        "hartelijk",
        "heel",
        "erg",
        "u",
        "jullie",
        "wel",
        "voor",
        "uw",
        "het",
        "hulp",
        "alles",
        "goed",
        "goede",
        "met",
        "vriendelijke",
        "groet",
        "groeten",
        "fijne",
        "dag",
        "en",
        "antwoord",
        "bericht",
    ]
)
_WORD = re.compile(r"[^\W\d_]+")


def only_thanks(text: str, writer: str = "") -> bool:
    """Does the text thank, and say nothing else? The line with the writer's name is no more.

    `writer`: name and address as the mail gives them. A last line that is none of these may say
    anything ("Still down"), so it is not taken for a name.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or re.search(r"[\d?]", text):
        return False
    words = _words(" ".join(lines))
    if len(words) > MAX_WORDS or not _THANKS & set(words):
        return False
    if _plain(words):
        return True
    last = _words(lines[-1])
    rest = _words(" ".join(lines[:-1]))
    named = len(lines) > 1 and len(last) <= 4 and bool(last) and set(last) <= set(_words(writer))
    return named and bool(_THANKS & set(rest)) and _plain(rest)


def _plain(words: list[str]) -> bool:
    return all(word in _THANKS or word in _POLITE for word in words)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())
