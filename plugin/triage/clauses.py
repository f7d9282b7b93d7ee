"""Where a clause begins though nothing marks it, by a language's own words.

People leave out commas, and speech recognition always does: "it is not on i want to complain" has
two clauses, and the first one's "not" refuses nothing. Which words tell is data of each table; that
a clause ends where a new subject or wish begins, unless the words before need it, is the rule here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Clauses:
    """The words by which a language's clauses begin; `[clauses]` of its table."""

    breaks: frozenset[str]
    """A clause begins with these, whatever stands before: "but", "because"."""
    joins: frozenset[str]
    """... with these, where a subject or one of `resumes` follows: "and", "so"."""
    resumes: frozenset[str]
    """Verbs of a wish whose subject is left out: "and want"."""
    results: frozenset[str]
    """Those of `joins` that do so right before a word of ours or a command too: "so complaint"."""
    restarts: frozenset[str]
    """Subjects, and what asks: "i", "please". They begin a clause unless it is held."""
    subjects: frozenset[str]
    """Subjects that may be objects too: "you", "it". They do where one of `finite` follows."""
    finite: frozenset[str]
    """Verbs in a form that has a subject."""
    holds: frozenset[str]
    """After these a subject goes on with the clause: "that", "if", "did"."""
    wishes: frozenset[str]
    """Two words by which a wish begins, "i_want": a clause, unless one of `needs` stands before."""
    needs: frozenset[str]
    """Words a wish may depend on: "what", "if"."""
    leads: frozenset[str]
    """What may stand before a wish and belongs to it: "and now"."""
    questions: frozenset[str]
    """What begins a question, whose verb stands first anyhow; only where `inverted`."""
    inverted: bool
    """The verb of a wish stands first ("wil ik"), so that it begins a clause only where the words
    before have a verb or a denial of their own."""
    imperatives: frozenset[str]
    """Commands that need no object: "escalate"."""
    commands: frozenset[str]
    """Commands that begin a clause where one of `objects` follows: "log this"."""
    objects: frozenset[str]
    leads_imperative: frozenset[str]
    """After these a command is none: "to", "will"."""
    interjections: frozenset[str]
    """"No", "yes": what follows begins a clause if it is one of `after_interjection`."""
    after_interjection: frozenset[str]
    closers: frozenset[str]
    """With these a denied clause ends: "I am not happy"."""
    denies: frozenset[str]
    open_ends: frozenset[str]
    """After these a line that was broken goes on."""

    @classmethod
    def read(cls, given: Mapping[str, str | bool]) -> Clauses:
        """Of a table's section. Raises KeyError for a missing line, ValueError for an unknown."""
        unknown = set(given) - {one.name for one in fields(cls)}
        if unknown:
            raise ValueError(f"clauses: {min(unknown)!r} is not known")
        if not isinstance(given["inverted"], bool):
            raise ValueError("clauses: inverted is true or false, without quotation marks")
        made: dict[str, frozenset[str]] = {
            one.name: frozenset(str(given[one.name]).split())
            for one in fields(cls)
            if one.name != "inverted"
        }
        return cls(inverted=bool(given["inverted"]), **made)

    def begins(self, last: str, word: str, following: str, ours_next: bool) -> bool:
        """Does a new clause begin with `word`?

        `last`: the word before it in its clause. `following`: the next word as it is read, "" where
        there is none. `ours_next`: is that a word of ours?
        """
        if last in self.interjections and self._answers(word):
            return True
        if word in self.breaks:
            return True
        if word in self.imperatives or (word in self.commands and following in self.objects):
            return last not in self.leads_imperative
        if word in self.joins:
            return (
                following in self.restarts
                or following in self.subjects
                or following in self.resumes
                or ((ours_next or following in self.commands) and word in self.results)
            )
        if word in self.subjects and following not in self.finite and word not in self.restarts:
            return False
        return (word in self.restarts or word in self.subjects) and last not in self.holds

    def may_wish(self, word: str, following: str) -> bool:
        """Do these two words begin a wish, if the words before let them?"""
        return f"{word}_{following}" in self.wishes

    def wish_begins(self, before: Sequence[str]) -> int | None:
        """How many of the words before, all of one clause, belong to a wish that follows them; None
        where what follows goes on with their clause."""
        end = len(before)
        while end and before[end - 1] in self.leads:
            end -= 1
        if not end or before[end - 1] in self.needs:
            return None
        if self.inverted and not self._stands_alone(before[:end]):
            return None
        return len(before) - end

    def _answers(self, word: str) -> bool:
        return word in self.after_interjection or word in self.commands or word in self.restarts

    def _stands_alone(self, words: Sequence[str]) -> bool:
        """Has a clause in front of an inverted wish a verb or a denial of its own?"""
        if words[0] in self.questions:
            return False
        return len(words) > 1 and any(one in self.finite or one in self.denies for one in words)
