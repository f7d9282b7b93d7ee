"""The verdict on a contact: what all its findings come to, and by which words.

Findings are taken in the order of the text, subject first, and the latest wish counts. What no rule
is sure of, and what sounds dissatisfied without the words, is `possible`: a person looks (AMB-13).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Literal

from plugin.triage.fold import Folded, read, words_of
from plugin.triage.hearing import Context, Finding, findings, mentions
from plugin.triage.phrases import Phrases
from plugin.triage.table import TOO_MUCH, tables
from plugin.triage.transcript import Turn, callers_words, turns

MAX_JUDGED = 50_000
"""How many characters of a contact's own words are judged; a person looks at what is longer."""

MAX_FOOTER = 600
"""How many characters at the end may be a mailing's footer."""

SUBJECT_BEGINS = 6
"""So many words of a subject tell a machine's."""

ANSWER_BEGINS = 3
"""So many words of an answer tell a yes."""

DISSATISFIED = "dissatisfied"
"""The rule by which words without a statement are `possible`."""

MAX_FEELINGS = 3
"""How many of such words are shown."""

Label = Literal["complaint", "escalation", "neither"]
Where = Literal["text", "subject"]
Found = tuple[Finding, Where]
_PLACES: tuple[Where, ...] = ("subject", "text")

_WORDS = re.compile(r"\S+")
_ANSWERS = re.compile(r"^\s*(?:(?:re|rép|ré|rif|fwd?|fw|tr|aw|antw|doorst)\s*:\s*)+", re.I)
"""A subject that answers or forwards repeats what somebody else wrote."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that decided: `text` stands at start..end of what `where` names."""

    text: str
    start: int
    end: int
    rule: str
    where: Where


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, the language found, and the words that decided, first the deciding ones.

    Of "neither", the words that were heard and why they do not count; of what a machine wrote,
    what would count otherwise. `possible`: nothing is stated, but a person should look.
    `asks_how`: the customer asks how to complain, or for the code, and is to be told.
    """

    label: Label
    lang: str
    possible: bool
    evidence: tuple[Evidence, ...]
    asks_how: bool = False


def judge(
    text: str, *, subject: str = "", channel: str = "email", lang: str | None = None
) -> Verdict:
    """Judge a contact by the customer's own new words.

    `text`: everything but those words already blanked out; of a call's transcript (`channel`
    "phone" or "voicemail") the caller's turns are picked out here. `subject`: an e-mail's, which
    counts unless it repeats ours. `lang`: "en", "fr" or "nl" where it is known; a region ("fr-CA")
    is ignored, another language is as if unknown.
    """
    limit = _limit(text)
    heard = _hear(text[:limit], subject, channel, lang)
    label, deciding = _label(heard.found)
    machine = bool(heard.found) and _machine(heard)
    stated = any(not one.rule.weak for one, _ in deciding) and label != "neither"
    if machine:
        # What looks like a mailing and yet states a wish is looked at.
        label, possible = "neither", stated
    else:
        possible = label == "neither" and (_wants_a_look(heard) or limit < len(text))
    evidence = [_evidence(finding, heard.place(where)) for finding, where in deciding]
    if possible:
        evidence += _feelings(heard)
    if limit < len(text):
        evidence.append(Evidence("", limit, limit, TOO_MUCH.name, "text"))
    asks = label == "neither" and not machine and any(one.rule.asks for one, _ in heard.found)
    return Verdict(label, heard.lang, possible, tuple(evidence), asks)


def _limit(text: str) -> int:
    """Where what is judged of a text ends; blanks, as which a quote is given, do not count."""
    if len(text) <= MAX_JUDGED:
        return len(text)
    counted = 0
    for word in _WORDS.finditer(text):
        if counted + len(word[0]) > MAX_JUDGED:
            return word.start() + MAX_JUDGED - counted
        counted += len(word[0]) + 1
    return len(text)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A contact as it was read: texts in one spelling, their words, and what was found in them."""

    text: str
    title: str
    folded: Folded
    titled: Folded
    words: list[str]
    every: frozenset[str]
    lang: str
    agrees: bool
    found: list[Found]

    def place(self, where: Where) -> tuple[str, Folded, Where]:
        """The text that positions of `where` stand in, original and folded."""
        if where == "subject":
            return self.title, self.titled, where
        return self.text, self.folded, where


def _hear(said: str, subject: str, channel: str, lang: str | None) -> _Heard:
    told = [] if channel == "email" else turns(said)
    own = callers_words(said, told)
    title = "" if channel != "email" or _ANSWERS.search(subject) else subject[:MAX_JUDGED]
    (folded, in_text), (titled, in_title) = read(own), read(title)
    every = frozenset((*in_title, *in_text))
    known = (lang or "").partition("-")[0]
    spoken = known if known in tables() else _language(every)
    others = "\n".join(said[turn.start : turn.end] for turn in told if turn.speaker != "caller")
    spoke_of = bool(others) and mentions(frozenset(read(others)[1]))
    context = Context(spoken, spoke_of, lambda: _speaks_for(in_text, every))
    in_order = sorted(findings(titled.text, frozenset(in_title), context), key=_begins)
    found: list[Found] = [(one, "subject") for one in in_order]
    said_in_text = [*findings(folded.text, every, context)]
    if any(finding.rule.says in ("complaint", "escalation") for finding in said_in_text) or found:
        said_in_text += _retractions(folded.text, every)
    found += [(one, "text") for one in sorted(said_in_text, key=_begins)]
    agrees = spoke_of and _agrees(said, told)
    words = [*in_title, *in_text]
    return _Heard(own, title, folded, titled, words, every, spoken, agrees, found)


def _begins(finding: Finding) -> int:
    return finding.start


def _retractions(text: str, spoken: Set[str]) -> Iterator[Finding]:
    """Where a folded text takes back all that it said; in any language."""
    for table in tables().values():
        for begins, ends in table.retractions.stand_in(text, spoken):
            yield Finding(table.retraction, begins, ends)


def language(text: str) -> str:
    """English, French or Dutch, by which of their small words are most; English in doubt."""
    return _language(frozenset(read(text[:MAX_JUDGED])[1]))


def _language(words: Set[str]) -> str:
    counts = {name: len(table.small & words) for name, table in tables().items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] > counts["en"] else "en"


def _label(found: list[Found]) -> tuple[Label, list[Found]]:
    """What all findings come to, and those that decided.

    A complaint that is also to be escalated is an escalation. What was wished falls where it is
    taken back later; a weak statement already where other business follows.
    """
    complaint: list[Found] = []
    escalation: list[Found] = []
    for one in found:
        rule = one[0].rule
        if "escalation" in rule.takes_back:
            escalation.clear()
        if "complaint" in rule.takes_back:
            complaint.clear()
        if rule.outweighs and all(finding.rule.weak for finding, _ in complaint):
            complaint.clear()
        if rule.says == "complaint":
            complaint.append(one)
        elif rule.says == "escalation":
            escalation.append(one)
    if escalation:
        return "escalation", [*escalation, *complaint]
    if complaint:
        return "complaint", complaint
    return "neither", [one for one in found if not one[0].rule.silent]


def _speaks_for(words: list[str], every: Set[str]) -> bool:
    """Does the writer say that they speak for the customer?"""
    return any(_says(words, every, table.behalf) for table in tables().values())


def _machine(heard: _Heard) -> bool:
    """Did a machine or an advertiser write it?"""
    every = heard.every
    titled, end = words_of(heard.titled.text)[:SUBJECT_BEGINS], heard.folded.text[-MAX_FOOTER:]
    return any(
        _says(titled, every, table.machine_subjects)
        or _says(end, every, table.machine_footers)
        or (not table.machine_words.isdisjoint(every) and table.machine_ends.search(end))
        for table in tables().values()
    )


def _wants_a_look(heard: _Heard) -> bool:
    """Is there a reason why a person should see what states nothing?"""
    if heard.agrees or any(one.rule.says == "unclear" or one.rule.look for one, _ in heard.found):
        return True
    table = tables()[heard.lang]
    if not table.feelings.isdisjoint(heard.every):
        return True
    return _says(heard.words, heard.every, table.feeling_phrases)


def _feelings(heard: _Heard) -> list[Evidence]:
    """The words of the text that sound dissatisfied, the first few."""
    table, every = tables()[heard.lang], heard.every
    phrases = [phrase.split() for phrase in table.feeling_phrases.near(every)]
    said = [*([word] for word in table.feelings & every), *phrases]
    if not said:
        return []
    either = "|".join(r"[\W_]+".join(words) for words in said)
    pattern = re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])")
    found = []
    for where in _PLACES:
        text, folded, _ = heard.place(where)
        for match in itertools.islice(pattern.finditer(folded.text), MAX_FEELINGS):
            begins, ends = folded.place(match.start()), folded.place(match.end() - 1) + 1
            found.append(Evidence(text[begins:ends], begins, ends, DISSATISFIED, where))
    return found[:MAX_FEELINGS]


def _agrees(text: str, told: list[Turn]) -> bool:
    """Does the caller say yes where one of our words was the agent's?"""
    agreeing = frozenset().union(*(table.agreeing for table in tables().values()))
    refusing = frozenset().union(*(table.refusing for table in tables().values()))
    for asked, answer in itertools.pairwise(told):
        if asked.speaker != "agent" or answer.speaker != "caller":
            continue
        said = read(text[asked.start : asked.end])[1]
        begins = read(text[answer.start : answer.end])[1][:ANSWER_BEGINS]
        says_yes = refusing.isdisjoint(begins) and not agreeing.isdisjoint(begins)
        if says_yes and mentions(frozenset(said)):
            return True
    return False


def _says(said: str | list[str], every: Set[str], phrases: Phrases) -> bool:
    """Does one of the phrases stand in what is said? `every`: at least its words."""
    near = phrases.near(every)
    if not near:
        return False
    words = said if isinstance(said, list) else words_of(said)
    return any(map(f" {' '.join(words)} ".__contains__, near))


def _evidence(finding: Finding, place: tuple[str, Folded, Where]) -> Evidence:
    text, folded, where = place
    start, end = folded.place(finding.start), folded.place(finding.end - 1) + 1
    return Evidence(text[start:end], start, end, finding.rule.name, where)
