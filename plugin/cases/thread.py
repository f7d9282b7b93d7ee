"""Which case does this contact belong to? The most dangerous decision of the product.

A wrong answer shows one customer another's complaint, so the table of interfaces.md ("What joins
a case") stands here as code and every cell has a test. The store gathers the `Evidence`; nothing
here looks anything up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Statement = Literal["complaint", "escalation", "neither"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a contact beside its words.

    Case ids throughout. `token` is the case named by a Message-ID of ours whose signature holds;
    `known` those found by any other known Message-ID, newest first; `quoted` those whose reference
    the customer's own words or subject give. `party_to` are all cases to which the sender (address
    or number) is a party, `live` those of them that are not closed. A sender whose authentication
    failed counts as a stranger: both are then empty.
    """

    token: int | None = None
    known: tuple[int, ...] = ()
    quoted: tuple[int, ...] = ()
    party_to: frozenset[int] = frozenset()
    live: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Join:
    """The contact belongs to `case`. An unconfirmed party is on the record and moves nothing."""

    case: int
    escalate: bool = False
    confirmed: bool = True
    reopen: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """The contact opens a case of its own."""

    escalate: bool = False
    related: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Propose:
    """A person decides whether it belongs to `case`; meanwhile its silence clock is stopped."""

    case: int


@dataclass(frozen=True, slots=True)
class Wait:
    """It belongs to no case by what we know; a person may look."""

    why: Literal["no_statement", "stranger", "proposed"]


Decision = Join | Open | Propose | Wait


@dataclass(frozen=True, slots=True)
class Threaded:
    """The decision, and the cases whose reference or Message-ID a stranger to them used."""

    decision: Decision
    strangers_to: tuple[int, ...] = ()


def thread(statement: Statement, evidence: Evidence, *, thanks: bool = False) -> Threaded:
    """Decide by the table, first row that applies.

    `statement` is the verdict on the contact's own newest words; `thanks`: they are plain thanks,
    which nobody need look at where the case is closed.
    """
    said_something = statement != "neither"
    escalate = statement == "escalation"

    if evidence.token is not None:
        if evidence.token in evidence.party_to:
            return Threaded(_join(evidence.token, statement, evidence, thanks))
        return Threaded(Join(evidence.token, confirmed=False, waits=True))

    named = tuple(dict.fromkeys((*evidence.known, *evidence.quoted)))
    own = [case for case in named if case in evidence.party_to]
    others = tuple(case for case in named if case not in evidence.party_to)
    if own:
        return Threaded(_join(_best(own, evidence), statement, evidence, thanks), others)

    live = tuple(sorted(evidence.live))
    decision: Decision
    if len(live) == 1 and escalate:
        decision = Join(live[0], escalate=True)
    elif said_something:
        decision = Open(escalate=escalate, related=live)
    elif len(live) == 1:
        decision = Propose(live[0])
    elif live:
        decision = Wait("proposed")
    else:
        decision = Wait("stranger" if others else "no_statement")
    return Threaded(decision, others)


def _join(case: int, statement: Statement, evidence: Evidence, thanks: bool) -> Join:
    closed = case in evidence.closed
    stated = statement != "neither"
    return Join(
        case,
        escalate=statement == "escalation",
        reopen=closed and stated,
        waits=closed and not stated and not thanks,
    )


def _best(own: list[int], evidence: Evidence) -> int:
    """Of the sender's own cases named, the first that is still live, else the first."""
    return next((case for case in own if case in evidence.live), own[0])
