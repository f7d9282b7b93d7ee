"""The turns a case takes: escalating, objecting, re-opening, ending, and what each brings along.

The same whether a customer's words, the page of the case, an agent or the clock is behind it. What
differs between codes (who takes an objection, what confirms a closing) is the provider's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plugin.cases.case import next_level, rank
from plugin.desk.casework import CaseWork
from plugin.desk.writing import write_letter


def hear(work: CaseWork, label: str, *, at: datetime, actor: str, contact: int) -> None:
    """A party's own words: a statement re-opens a closed case, objects to a proposed outcome,
    escalates where it asks for that. Words without a statement change nothing."""
    if label == "neither":
        return
    standing = work.picture.standing
    facts = {"contact": contact}
    if not standing.live:
        reopen(work, at=at, actor=actor, facts=facts, escalated=label == "escalation")
    elif standing.state == "outcome_proposed":
        object_(work, at=at, actor=actor, facts=facts, escalated=label == "escalation")
    elif label == "escalation":
        escalate(work, at=at, actor=actor, facts=facts)


def escalate(
    work: CaseWork,
    *,
    at: datetime | None = None,
    actor: str = "system",
    facts: Mapping[str, Any] | None = None,
    level: str | None = None,
    author: str = "system",
) -> bool:
    """One level up, or to `level`; a note where the case is at the top already.

    The customer is told who has the case now. Returns whether it went up.
    """
    above = level or next_level(work.picture.standing.level, work.ladder)
    if above is None:
        text = "Escalation asked for; the case is at the highest level already."
        work.record("noted", {"text": text}, at=at)
        _at_the_top(work)
        return False
    work.record("escalated", {**(facts or {}), "level": above}, at=at, actor=actor, answers=True)
    write_letter(work, "escalated", author=author)
    return True


def object_(
    work: CaseWork,
    *,
    at: datetime | None = None,
    actor: str = "system",
    facts: Mapping[str, Any] | None = None,
    escalated: bool = False,
    author: str = "system",
) -> None:
    """The customer does not accept the outcome: the case goes on, and up where the code says so."""
    before = work.picture.standing.level
    work.record("customer_objected", facts, at=at, actor=actor, answers=True)
    level = _higher(work, before, work.provider.file.escalation.on_objection, asked=escalated)
    if level is not None:
        escalate(work, at=at, actor=actor, facts=facts, level=level, author=author)
        return
    if escalated:
        escalate(work, at=at, actor=actor, facts=facts, author=author)
    elif next_level(before, work.ladder) is None:
        _at_the_top(work)
    write_letter(work, "reopened", author=author, facts={"was_closed": False})


def reopen(
    work: CaseWork,
    *,
    at: datetime | None = None,
    actor: str = "system",
    facts: Mapping[str, Any] | None = None,
    escalated: bool = False,
    author: str = "system",
) -> None:
    """A closed case is taken up again, with its reference and its first date; no clock is reset."""
    before = work.picture.standing.level
    work.record("reopened", facts, at=at, actor=actor, answers=True)
    level = _higher(work, before, work.provider.file.escalation.on_reopening, asked=escalated)
    if level is not None:
        told = {**(facts or {}), "level": level}
        work.record("escalated", told, at=at, actor=actor, answers=True)
    write_letter(work, "reopened", author=author, facts={"was_closed": True})


def end(
    work: CaseWork,
    how: str,
    *,
    at: datetime | None = None,
    actor: str = "system",
    facts: Mapping[str, Any] | None = None,
    author: str = "system",
    letter: bool = True,
) -> None:
    """The case is closed as `how`, and the customer told so, unless nobody took it for one."""
    work.record("closed", {**(facts or {}), "as": how}, at=at, actor=actor, answers=True)
    if letter:
        write_letter(work, "closed", author=author, facts=facts)


def _at_the_top(work: CaseWork) -> None:
    """Nobody above can decide: a person must answer, or say that the provider goes no further."""
    work.alert(
        "determination",
        f"top:{work.case.id}:{len(work.stored) + len(work.drafts)}",
        f"Case {work.case.reference} is at the highest level and the customer is not satisfied; "
        "answer, or declare deadlock.",
    )


def _higher(work: CaseWork, before: str, by_code: str | None, *, asked: bool) -> str | None:
    """The level a case goes to by its code, or by what the customer asked, whichever is higher;
    None where it is there already."""
    ladder = work.ladder
    levels = [by_code, next_level(before, ladder) if asked else None]
    best = max((one for one in levels if one), key=lambda one: rank(one, ladder), default=None)
    return best if best is not None and rank(best, ladder) > rank(before, ladder) else None
