"""A small pattern language over words, so that rules can state grammar and be read by people.

Every word a table knows becomes one character, every other word the same one; a pattern becomes a
regular expression over these characters. So a rule costs a look at some eighty characters, gaps are
a bounded number of words, and nothing can run away.

    word          that word; `put_in` two words in a row
    <class>       any word of a class of the table
    a|<b>|c_d     any of these
    FORM          the word looked at, in this form (`COMPLAINT`); forms can be alternatives too
    x?            x or nothing
    ~3            up to three words, within the clause
    ~~8           up to eight words, also over the ends of clauses, within the sentence
    ~3-on|<class> up to three words, none of them one of these (single words)
    ^  $          begin and end of the sentence
    ^,  $,        begin and end of a clause
    #             a number
    ?             the sentence's question mark
    ,             the end of a clause
    " ''           a quotation mark that opens, and one that closes; they end a clause too
    !x            here does not stand x
    -x            before this does not stand x (single words)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

UNKNOWN, NUMBER, SOFT, QUESTION, QUOTE, UNQUOTE = "x", "#", ",", "?", '"', "'"
"""A word no table knows; a number; the end of a clause; a question; marks of quotation."""

_FIRST = 0x4E00
_FORMS = 0xE000
_CLASS = re.compile(r"<(\w+)>")
_LOWER = re.compile(r"[a-z0-9]+")
_ENDS = {"^": "^", "$": r"(?=\??$)", "^,": "^|[,\"']", "$,": r"(?=[,\"']|\??$)"}
_GAP = re.compile(r"(~~?)(\d+)(?:-(\S+))?")


class PatternError(ValueError):
    """A pattern, or a class of words, cannot be read; says which and why."""


class Vocabulary:
    """The words that a table's patterns speak of, each with the character that stands for it.

    `classes`: name -> words, of which several in a row are joined by "_"; a class may name others
    as `<other>`, if these stand before it. `forms`: the names of the forms of the word looked at.
    """

    def __init__(self, classes: Mapping[str, str], forms: Iterable[str]) -> None:
        self.letters: dict[str, str] = {}
        self.forms = {name: chr(_FORMS + number) for number, name in enumerate(forms)}
        self._classes: dict[str, list[str]] = {}
        for name, words in classes.items():
            self._classes[name] = self._spread(words, f"class {name}")

    def letter(self, word: str) -> str:
        """The character of a word, made for it where it has none yet."""
        return self.letters.setdefault(word, chr(_FIRST + len(self.letters)))

    def compile(self, pattern: str) -> re.Pattern[str]:
        """The expression of a pattern; raises PatternError."""
        parts = [self._item(item, pattern) for item in pattern.split()]
        source = "".join(parts)
        if not any(letter in source for letter in self.forms.values()):
            raise PatternError(f"{pattern!r}: no form of the word looked at stands in it")
        return re.compile(source)

    def needed(self, pattern: str) -> frozenset[str] | None:
        """Characters of which one must stand in what a pattern fits; None where it needs none.

        Of several such sets the smallest, so that a rule need not be tried where it cannot fit.
        """
        sets = [self._begins_with(item, pattern) for item in pattern.split()]
        return min((one for one in sets if one), key=len, default=None)

    def _begins_with(self, item: str, pattern: str) -> frozenset[str] | None:
        """With which characters the words of an item begin; None where it may fit without one."""
        if item == QUESTION:
            return frozenset(item)
        if _GAP.fullmatch(item) or item[0] in "!-" or item.endswith("?"):
            return None
        begins: set[str] = set()
        for choice in item.split("|"):
            if choice in _ENDS or choice in self.forms:
                return None
            named = _CLASS.fullmatch(choice)
            for word in self.members(named[1]) if named else [choice]:
                begins.add(self._letters(word, pattern)[0])
        return frozenset(begins)

    def members(self, name: str) -> list[str]:
        """The words of a class; raises PatternError for an unknown one."""
        try:
            return self._classes[name]
        except KeyError:
            raise PatternError(f"there is no class <{name}>") from None

    def _spread(self, words: str, where: str) -> list[str]:
        spread: list[str] = []
        for word in words.split():
            named = _CLASS.fullmatch(word)
            if not named:
                spread.append(word)
            elif named[1] in self._classes:
                spread += self._classes[named[1]]
            else:
                raise PatternError(f"{where}: there is no class {word} before it")
        return spread

    def _item(self, item: str, pattern: str) -> str:
        if item == QUESTION:
            return re.escape(item)
        if gap := _GAP.fullmatch(item):
            barred = "?" if gap[1] == "~~" else "?,\"'"
            return f"[^{barred}{self._single(gap[3], pattern)}]{{0,{gap[2]}}}?"
        if item[0] in "!-":
            look = "(?!" if item[0] == "!" else "(?<!"
            return f"{look}{self._one_of(item[1:], pattern)})"
        if item.endswith("?"):
            return f"(?:{self._one_of(item[:-1], pattern)})?"
        return self._one_of(item, pattern)

    def _single(self, choices: str | None, pattern: str) -> str:
        """The characters of single words; raises PatternError for several in a row."""
        letters = ""
        for choice in choices.split("|") if choices else ():
            named = _CLASS.fullmatch(choice)
            for word in self.members(named[1]) if named else [choice]:
                letters += self._letters(word, pattern)
                if "_" in word:
                    raise PatternError(f"{pattern!r}: {word!r} is more than a word")
        return letters

    def _one_of(self, item: str, pattern: str) -> str:
        single: list[str] = []
        several: list[str] = []
        ends: list[str] = []
        for choice in item.split("|"):
            if choice in _ENDS:
                ends.append(_ENDS[choice])
                continue
            named = _CLASS.fullmatch(choice)
            for word in self.members(named[1]) if named else [choice]:
                letters = self._letters(word, pattern)
                (single if len(letters) == 1 else several).append(letters)
        ones = "".join(sorted(set(single)))
        choices = sorted(set(several), key=lambda s: (-len(s), s))
        if ones:
            choices.append(f"[{re.escape(ones)}]")
        choices += ends
        return f"(?:{'|'.join(choices)})"

    def _letters(self, word: str, pattern: str) -> str:
        if word in (SOFT, NUMBER, QUESTION, QUOTE):
            return word
        if word == "''":
            return UNQUOTE
        letters = ""
        for one in word.split("_"):
            if one not in self.forms and not _LOWER.fullmatch(one):
                raise PatternError(f"{pattern!r}: {one!r} is no form, nor in lower case and ASCII")
            letters += self.forms.get(one) or self.letter(one)
        return letters
