"""Does this contact explicitly say complaint or escalate? Pure rules, each with its reason.

Only the customer's own new words count; the caller of `judge` blanks out everything else, keeping
positions. The verdict carries the words that decided, where they stand and the rule, so that an
agent can see why. A contact without the words is never judged a complaint; one that sounds
dissatisfied is `possible`, for a person to decide (AMB-13).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from plugin.triage.rules import FUNCTION_WORDS, GUARDS, POSSIBLE, RULES, STEMS, Rule

MAX_JUDGED = 50_000
"""How many characters of a contact are judged; a statement is made sooner than that."""

MAX_CLAUSE = 400
"""The longest clause looked at in one piece, in characters."""

MAX_FOR_LANGUAGE = 2000
"""How many characters are looked at to find the language."""

WRAPPED_LINE = 50
"""A line this long, in characters, was broken by a program rather than ended by its writer."""

Label = Literal["complaint", "escalation", "neither"]

_CLAUSE_END = re.compile(
    r"[.!?;:]+(?=\s|$)|\n|,\s+(?=(?:but|so|and i|and we|mais|donc|maar)\b)|\s[-–—]\s"
)
_INVISIBLES = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_SPEAKER = re.compile(r"(?im)^[ \t]*(caller|agent|ivr)[ \t]*:")
_OURS = re.compile(
    r"^\s*(?:(?:re|rép|ré|fwd?|tr|aw|antw)\s*:\s*)+|^voicemail (?:from|\()|^call (?:from|back)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that decided: `text` stands at start..end of what `where` names."""

    text: str
    start: int
    end: int
    rule: str
    where: Literal["text", "subject"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, the language found, and the words that decided, first the deciding ones."""

    label: Label
    lang: str
    possible: bool
    evidence: tuple[Evidence, ...]


def judge(
    text: str, *, subject: str = "", channel: str = "email", lang: str | None = None
) -> Verdict:
    """Judge a contact by the customer's own new words.

    `text`: everything but those words already blanked out; of a call's transcript (`channel`
    "phone" or "voicemail") the caller's turns are picked out here. `lang`: "en", "fr" or "nl"
    where it is known; a region ("fr-CA") is ignored.
    """
    said = text[:MAX_JUDGED]
    if channel != "email":
        said = _callers_turns(said)
    spoken = lang.partition("-")[0] if lang else language(f"{subject}\n{said}")
    found = [*_statements(_subject(subject), "subject", spoken), *_statements(said, "text", spoken)]
    label = _label(found)
    evidence = tuple(evidence for rule, evidence in found if rule.label == label)
    possible = label == "neither" and _dissatisfied(f"{subject}\n{said}".lower(), spoken)
    return Verdict(label, spoken, possible, evidence)


def language(text: str) -> str:
    """English, French or Dutch, by which of their small words are most; English in doubt."""
    words = re.findall(r"[^\W\d_]+", text[:MAX_FOR_LANGUAGE].lower())
    counts = {lang: sum(map(small.__contains__, words)) for lang, small in FUNCTION_WORDS.items()}
    best = max(counts, key=lambda lang: counts[lang])
    return best if counts[best] > counts["en"] else "en"


def _statements(
    text: str, where: Literal["text", "subject"], lang: str
) -> Iterator[tuple[Rule, Evidence]]:
    """Every statement of the text with its evidence, in order."""
    stems = STEMS.get(lang)
    hidden = _INVISIBLES.search(text) is not None
    if stems is None or not (hidden or stems.search(text.lower())):
        return
    for start, end in _clauses(text):
        if not (hidden or stems.search(text[start:end].lower())):
            continue
        clause, places = _normal(text, start, end)
        if any(guard.lang == lang and guard.pattern.search(clause) for guard in GUARDS):
            continue
        for rule in RULES:
            match = rule.pattern.search(clause) if rule.lang == lang else None
            if match:
                begins, ends = places[match.start()], places[match.end() - 1] + 1
                yield rule, Evidence(text[begins:ends], begins, ends, rule.name, where)
                break


def _dissatisfied(text: str, lang: str) -> bool:
    """Does a lower-case text sound dissatisfied, in words that stand for themselves?"""
    feeling = POSSIBLE.get(lang)
    if feeling is None:
        return False
    return any(m.start() == 0 or not text[m.start() - 1].isalnum() for m in feeling.finditer(text))


def _label(found: list[tuple[Rule, Evidence]]) -> Label:
    """A complaint that is also to be escalated is an escalation."""
    labels = {rule.label for rule, _ in found}
    if "escalation" in labels:
        return "escalation"
    return "complaint" if labels else "neither"


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Half-open ranges of clauses, none longer than MAX_CLAUSE."""
    start = 0
    for mark in _CLAUSE_END.finditer(text):
        if mark[0] == "\n" and _wrapped(text, mark.start()):
            continue
        yield from _pieces(start, mark.start())
        start = mark.end()
    yield from _pieces(start, len(text))


def _wrapped(text: str, at: int) -> bool:
    """Does the sentence go on past the line break at `at`?

    A program breaks long lines; a writer ends short ones. What follows a list's bullet, a blank
    line or the end of a sentence begins anew.
    """
    line = text[text.rfind("\n", 0, at) + 1 : at].strip()
    ends = text.find("\n", at + 1)
    following = text[at + 1 : ends if ends >= 0 else len(text)].lstrip()
    if not line or not following[:1].isalnum() or line[-1] in ".!?;:":
        return False
    return len(line) >= WRAPPED_LINE or (following[0].islower() and line[-1] != ",")


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    for at in range(start, end, MAX_CLAUSE):
        yield at, min(at + MAX_CLAUSE, end)


def _normal(text: str, start: int, end: int) -> tuple[str, list[int]]:
    """A clause with white space folded and invisible characters gone, and where each stood."""
    kept: list[str] = []
    places: list[int] = []
    for at in range(start, end):
        character = text[at]
        if ord(character) in _INVISIBLE:
            continue
        if character.isspace():
            if not kept or kept[-1] == " ":
                continue
            character = " "
        kept.append(character)
        places.append(at)
    while kept and kept[-1] == " ":
        kept.pop()
    return "".join(kept), places


def _subject(subject: str) -> str:
    """The subject where the customer wrote it; one that answers ours or a machine's counts not."""
    return "" if _OURS.search(subject) else subject


def _callers_turns(text: str) -> str:
    """A transcript with everybody's turns but the caller's blanked out, positions kept."""
    marks = list(_SPEAKER.finditer(text))
    if not marks:
        return text
    kept = [" " * marks[0].start()]
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        turn = text[mark.end() : end]
        blank = re.sub(r"[^\n]", " ", turn)
        kept += [" " * len(mark[0]), turn if mark[1].lower() == "caller" else blank]
    return "".join(kept)
