"""The tables of rules, one file a language: data that a complaints manager can read and mend.

A table is read from the top, and the first rule that fits a word decides what that word says. Each
rule states what it hears and gives examples, which the tests hold it to. Adding a language is
adding a file to `languages/`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from rapidfuzz import process
from rapidfuzz.distance import OSA

from plugin.triage.clauses import Clauses
from plugin.triage.grammar import PatternError, Vocabulary
from plugin.triage.phrases import Phrases, Retractions

FOLDER = Path(__file__).parent / "languages"

Search = Callable[[str], re.Match[str] | None]

Says = Literal["complaint", "escalation", "neither", "unclear"]

FLAGS = frozenset(("weak", "outweighs", "on_behalf", "look", "silent", "asks"))
PARTS = {
    "agreeing": {"unless", "words"},
    "behalf": {"phrases"},
    "machines": {"subjects", "last_words", "footers"},
    "feelings": {"words", "phrases"},
    "retractions": {"rule", "words"},
}
KEYS = PARTS.keys() | set(
    "small near initials unlike numbered heads fillers abbreviations forms read_as words clauses"
    " rules".split()
)
"""What a table holds, and what some of its parts hold."""

LONG_FORM = 8
"""Forms of so many letters may be two letters off, shorter ones one."""

SHORTEST = 5
"""The shortest word that may be a misspelling."""

LONGEST = 16
"""The longest word that may be one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a word says where one of the patterns fits around it.

    `says`: a statement, "neither", or "unclear", which a person must decide. A `weak` statement
    falls where something that `outweighs` it follows. `on_behalf`: it counts only where the text
    says that somebody speaks for the customer. `takes_back`: what it ends of what was
    said before. `look`: a person should see it all the same. `asks`: the customer asks how.
    `silent`: it explains nothing, and is not shown.
    """

    name: str
    says: Says
    hears: str
    examples: tuple[str, ...] = ()
    weak: bool = False
    outweighs: bool = False
    on_behalf: bool = False
    look: bool = False
    silent: bool = False
    takes_back: frozenset[str] = frozenset()
    asks: bool = False
    patterns: tuple[re.Pattern[str], ...] = ()
    needed: tuple[frozenset[str] | None, ...] = ()
    """Of each pattern, characters of which it needs one."""


TOO_MUCH = Rule("too_much", "unclear", "more than is judged: a person must read the rest")
"""What is heard of that which is not looked at."""


class Tried(NamedTuple):
    """A rule as it is tried on a form: not at all where none of `needed` is near."""

    rule: Rule
    needed: frozenset[str] | None
    search: Search


@dataclass(frozen=True, slots=True)
class Table:
    """One language: its words, how they are read, and its rules in order."""

    lang: str
    small: frozenset[str]
    letters: dict[str, str]
    forms: dict[str, str]
    """Form name -> character of the word looked at."""
    spelling: dict[str, str]
    """Form name -> its first spelling, as which another word of ours is read beside it."""
    known: dict[str, str]
    """Exact spelling -> form name."""
    one_words: frozenset[str]
    ones: re.Pattern[str] | None
    """What stands for a complaint spoken of before ("making one"); its words begin with these."""
    near: tuple[str, ...]
    """Spellings that a misspelling may be near to."""
    long: tuple[str, ...]
    """Spellings that a word put together from two may be near to."""
    initials: frozenset[str]
    """With one of these letters it begins."""
    unlike: frozenset[str]
    """Words near to one of ours that are none."""
    heads: frozenset[str]
    """With these begins a word of ours that recognition split in two."""
    fillers: frozenset[str]
    """What means nothing before an answer."""
    abbreviations: frozenset[str]
    numbered: frozenset[str]
    """Abbreviations only where a number follows: "no. 7"."""
    read_as: dict[str, tuple[str, ...]]
    clauses: Clauses
    rules: dict[str, tuple[Tried, ...]]
    """Form name -> the rules that may fit it, in the order of the table."""
    all_rules: tuple[Rule, ...]
    refusing: frozenset[str]
    agreeing: frozenset[str]
    """With these an answer says yes."""
    behalf: Phrases
    """By these somebody says that they speak for the customer."""
    machine_subjects: Phrases
    machine_footers: Phrases
    machine_words: frozenset[str]
    """What stands by itself in a mailing, "Unsubscribe"; and how."""
    machine_ends: re.Pattern[str]
    feelings: frozenset[str]
    feeling_phrases: Phrases
    retraction: Rule
    retractions: Retractions

    def may_be_near(self, word: str) -> bool:
        """Is the word one that is worth comparing?"""
        return SHORTEST <= len(word) <= LONGEST and word[0] in self.initials

    def near_form(self, word: str) -> str | None:
        """The form that a misspelling is at most two letters from; short forms at most one."""
        if not self.may_be_near(word) or word in self.unlike:
            return None
        found = process.extractOne(word, self.near, scorer=OSA.distance, score_cutoff=2)
        if found is None or found[1] > (2 if len(found[0]) >= LONG_FORM else 1):
            return None
        return self.known[found[0]]

    def joined_form(self, word: str, off: int) -> str | None:
        """The form that a word put together from two is at most `off` letters from."""
        found = process.extractOne(word, self.long, scorer=OSA.distance, score_cutoff=off)
        return self.known[found[0]] if found and word not in self.unlike else None


@cache
def tables() -> dict[str, Table]:
    """All languages, English first; raises PatternError naming file, rule and mistake."""
    files = sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != "en", path.stem))
    return {path.stem: read(path) for path in files}


def hears(rule: str) -> tuple[str, str] | None:
    """(language, what it hears) of the rule of that name; None where there is none any more."""
    for lang, table in tables().items():
        for one in (*table.all_rules, table.retraction, TOO_MUCH):
            if one.name == rule:
                return lang, one.hears
    return None


def read(path: Path) -> Table:
    """A language's table; raises PatternError naming file, rule and mistake."""
    try:
        given = tomllib.loads(path.read_text("utf-8"))
        _check(given)
        return _table(path.stem, given)
    except (PatternError, KeyError, TypeError, ValueError) as why:
        raise PatternError(f"{path.name}: {why}") from None


def _check(given: dict[str, Any]) -> None:
    """Raises PatternError for what a table does not hold, and for what stands in it twice."""
    missing, unknown = KEYS - given.keys(), given.keys() - KEYS
    if missing or unknown:
        said = "is missing" if missing else "is not known"
        raise PatternError(f"{min(missing or unknown)!r} {said}")
    for name, keys in PARTS.items():
        if set(given[name]) != keys:
            raise PatternError(f"{name}: it holds {', '.join(sorted(keys))}, and nothing else")
    spelt = [word for words in given["forms"].values() for word in words.split()]
    names = [str(one.get("name")) for one in given["rules"]]
    for what, every in (("form", spelt), ("rule", names)):
        twice = next((one for one in every if every.count(one) > 1), None)
        if twice:
            raise PatternError(f"{what} {twice!r} stands there twice")


def _table(lang: str, given: dict[str, Any]) -> Table:
    forms: dict[str, list[str]] = {name: words.split() for name, words in given["forms"].items()}
    vocabulary = Vocabulary(given["words"], forms)
    rules = tuple(_rule(one, vocabulary) for one in given["rules"])
    by_form: dict[str, list[Tried]] = {name: [] for name in forms}
    for rule in rules:
        for name, letter in vocabulary.forms.items():
            fitting = [at for at, one in enumerate(rule.patterns) if letter in one.pattern]
            if fitting:
                search = re.compile("|".join(rule.patterns[at].pattern for at in fitting)).search
                by_form[name].append(Tried(rule, _union(rule.needed[at] for at in fitting), search))
    for word in given["near"].split():
        if not any(word in words for words in forms.values()):
            raise PatternError(f"near: {word!r} is no spelling of a form")
    known = {word: name for name, words in forms.items() for word in words if name != "ONE"}
    ones = "|".join(re.escape(one).replace("_", " +") for one in forms.get("ONE", ()))
    feelings = given["feelings"]
    return Table(
        lang=lang,
        small=frozenset(given["small"].split()),
        letters=vocabulary.letters,
        forms=vocabulary.forms,
        spelling={name: words[0] for name, words in forms.items()},
        known=known,
        one_words=frozenset(one.split("_")[0] for one in forms.get("ONE", ())),
        ones=re.compile(rf"\b(?:{ones})\b") if ones else None,
        near=tuple(given["near"].split()),
        long=tuple(word for word in known if len(word) >= LONG_FORM - 1),
        initials=frozenset(given["initials"].split()),
        unlike=frozenset(given["unlike"].split()) - set(known),
        heads=frozenset(given["heads"].split()),
        fillers=frozenset(given["fillers"].split()),
        abbreviations=frozenset(given["abbreviations"].split()),
        numbered=frozenset(given["numbered"].split()),
        read_as={word: tuple(words.split()) for word, words in given["read_as"].items()},
        clauses=Clauses.read(given["clauses"]),
        rules={name: tuple(found) for name, found in by_form.items()},
        all_rules=rules,
        agreeing=frozenset(given["agreeing"]["words"].split()),
        refusing=frozenset(given["agreeing"]["unless"].split()),
        behalf=Phrases.read(given["behalf"]["phrases"]),
        machine_subjects=Phrases.read(given["machines"]["subjects"]),
        machine_footers=Phrases.read(given["machines"]["footers"]),
        machine_words=frozenset(given["machines"]["last_words"].split()),
        machine_ends=_alone(given["machines"]["last_words"]),
        feelings=frozenset(feelings["words"].split()),
        feeling_phrases=Phrases.read(feelings["phrases"]),
        retraction=_retraction(**given["retractions"]["rule"]),
        retractions=Retractions.read(**given["retractions"]["words"]),
    )


def _rule(one: dict[str, Any], vocabulary: Vocabulary) -> Rule:
    try:
        unknown = set(one) - {field.name for field in fields(Rule) if field.name != "needed"}
        if unknown:
            raise PatternError(f"{min(unknown)!r} is not known")
        if one["says"] not in get_args(Says):
            raise PatternError(f"says {one['says']!r}, which is none of {get_args(Says)}")
        takes_back = one.get("takes_back", [])
        if not isinstance(takes_back, list) or not set(takes_back) <= {"complaint", "escalation"}:
            raise PatternError('takes_back is a list of "complaint" and "escalation"')
        for key in FLAGS & one.keys():
            if not isinstance(one[key], bool):
                raise PatternError(f"{key} is true or false, without quotation marks")
        patterns = tuple(vocabulary.compile(pattern) for pattern in one["patterns"])
        given = {
            **one,
            "examples": tuple(one["examples"]),
            "takes_back": frozenset(takes_back),
            "patterns": patterns,
            "needed": tuple(vocabulary.needed(pattern) for pattern in one["patterns"]),
        }
        return Rule(**given)
    except (PatternError, re.error, KeyError, TypeError) as why:
        raise PatternError(f"rule {one.get('name', '?')}: {why}") from None


def _union(needed: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """What one of several patterns needs at least; None where one of them needs nothing."""
    every: set[str] = set()
    for one in needed:
        if one is None:
            return None
        every |= one
    return frozenset(every)


def _retraction(name: str, hears: str) -> Rule:
    """The rule under which words that take everything back are shown."""
    both = frozenset(("complaint", "escalation"))
    return Rule(name=name, says="neither", hears=hears, look=True, takes_back=both)


def _alone(words: str) -> re.Pattern[str]:
    choices = "|".join(words.split())
    return re.compile(rf"(?:^|[.|>\n])\s{{0,20}}(?:{choices})\s{{0,20}}(?:$|[.|<\n])")
