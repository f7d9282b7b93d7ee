"""Answers, and what follows from them: outcome, objection, escalation, decision, deadlock, end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from plugin.cases.case import FRONT_LINE, rank
from plugin.cases.picture import last
from plugin.cases.roles import Role, role
from plugin.desk import turns
from plugin.desk.casework import CaseWork
from plugin.desk.doing import Doing
from plugin.desk.writing import write_letter

A_DAY = timedelta(days=1)
"""How far back an end may be dated."""


def _outcome(work: CaseWork, doing: Doing) -> None:
    """The outcome goes in writing, from whoever has the case to decide."""
    doing.only_now(work)
    told = {**doing.told, "by_level": _deciding_level(work, doing, needed=True)}
    _answer(work, doing, "outcome", told)


def _determined(work: CaseWork, doing: Doing) -> None:
    level = _deciding_level(work, doing, needed=False)
    if level == FRONT_LINE:
        raise doing.refused("the case is at the front line; use outcome_advised, or escalate it")
    if level != work.picture.standing.level:
        now = work.picture.standing.level.replace("_", " ")
        raise doing.refused(f"by_level: the case is at {now}, and that level decides")
    facts = {name: fact for name, fact in doing.told.items() if name == "text"}
    work.record("determined", {**facts, "by_level": level}, at=doing.at, actor=doing.actor)
    if doing.told.get("text"):
        doing.only_now(work)
        _answer(work, doing, "determination", {**doing.told, "by_level": level})


def _answer(work: CaseWork, doing: Doing, letter: str, told: dict[str, Any]) -> None:
    closes = told.pop("silence_closes", True)
    queued = write_letter(
        work,
        letter,
        author=doing.actor,
        event="outcome_advised",
        facts=told,
        silence=closes,
    )
    doing.must_write(queued, work)


def _confirmed(work: CaseWork, doing: Doing) -> None:
    """The customer's yes closes the case where the code lets it come by this channel."""
    work.record("customer_confirmed", doing.told, at=doing.at, actor=doing.actor, answers=True)
    channels = work.rules.confirmed_by
    if not channels or doing.told["channel"] in channels:
        turns.end(work, "confirmed", at=doing.at, actor=doing.actor, author=doing.actor)
        return
    ways = ", ".join(sorted(channels))
    work.alert(
        "assumed_closure",
        f"unconfirmed:{work.case.id}:{len(work.stored)}",
        f"The customer of case {work.case.reference} says it is resolved, but the code closes it "
        f"only when they say so by one of: {ways}. Ask for that.",
    )


def _objected(work: CaseWork, doing: Doing) -> None:
    turns.object_(work, at=doing.at, actor=doing.actor, facts=doing.told, author=doing.actor)


def _escalated(work: CaseWork, doing: Doing) -> None:
    level = doing.told.get("level")
    ladder, now = work.ladder, work.picture.standing.level
    if level is not None and level not in ladder:
        there = ", ".join(ladder) or "none"
        raise doing.refused(f"level: {level!r} is none of the provider's; there are: {there}")
    if level is not None and rank(level, ladder) <= rank(now, ladder):
        raise doing.refused(f"level: the case is at {now.replace('_', ' ')} already")
    if level is None and rank(now, ladder) == len(ladder):
        raise doing.refused("the case is at the highest level; answer, or declare deadlock")
    facts = {name: fact for name, fact in doing.told.items() if name != "level"}
    turns.escalate(
        work, at=doing.at, actor=doing.actor, facts=facts, level=level, author=doing.actor
    )


def _deadlocked(work: CaseWork, doing: Doing) -> None:
    """Declared, closed, and the letter that names the scheme queued at once."""
    doing.only_now(work)
    work.record("deadlocked", doing.told, at=doing.at, actor=doing.actor, answers=True)
    work.record("closed", {"as": "deadlock"}, at=doing.at, actor=doing.actor, answers=True)
    queued = write_letter(work, "deadlock_letter", author=doing.actor, facts=doing.told)
    doing.must_write(queued, work)


def _not_long_ago(doing: Doing, work: CaseWork) -> None:
    """An end is recorded when it comes: nothing that was missed meanwhile is made good by a date.

    Raises ActionRefused.
    """
    if work.now - doing.at > A_DAY:
        raise doing.refused("at: an end counts when it is recorded; say in the text when it was")


def _closed(work: CaseWork, doing: Doing) -> None:
    _not_long_ago(doing, work)
    facts = {name: fact for name, fact in doing.told.items() if name != "as"}
    turns.end(
        work, doing.told["as"], at=doing.at, actor=doing.actor, facts=facts, author=doing.actor
    )


def _withdrawn(work: CaseWork, doing: Doing) -> None:
    _not_long_ago(doing, work)
    work.record("withdrawn", doing.told, at=doing.at, actor=doing.actor, answers=True)
    write_letter(work, "closed", author=doing.actor)


def _reopened(work: CaseWork, doing: Doing) -> None:
    turns.reopen(work, at=doing.at, actor=doing.actor, facts=doing.told, author=doing.actor)


def _wrote(work: CaseWork, doing: Doing) -> None:
    """A word told late may show that there was no silence when the case was closed on it."""
    closed = work.picture.standing.state == "closed_assumed"
    ended = last(work.events, "closed")
    work.record("customer_wrote", doing.told, at=doing.at, actor=doing.actor)
    if closed and ended is not None and doing.at <= ended.at:
        why = "the customer had said something before their silence closed the case"
        work.record("reopened", {"reason": why}, answers=True)
        write_letter(work, "reopened", author=doing.actor, facts={"was_closed": True})


def _excepted(work: CaseWork, doing: Doing) -> None:
    """A named person decides; only for a reason that the code or the law knows."""
    known = {
        reason
        for ruled in work.rules.promises
        if ruled.rule.name in ("adr_notice", "deadlock_letter")
        for waived in ruled.rule.waived_by
        for reason in waived.reasons
    }
    if doing.told["reason"] not in known:
        raise doing.refused("by this provider's code and law no reason holds the notice back")
    work.record("adr_excepted", doing.told, at=doing.at, actor=doing.actor)


def _flagged(work: CaseWork, doing: Doing) -> None:
    """A flag does nothing by itself; what it calls for is put before a person."""
    flag, on = str(doing.told["flag"]), doing.told.get("on", True)
    work.record("flagged", {**doing.told, "on": on}, at=doing.at, actor=doing.actor)
    if not on:
        return
    said = f"Case {work.case.reference} is flagged {flag.replace('_', ' ')}"
    escalation = work.provider.file.escalation
    higher = rank(work.picture.standing.level, work.ladder) < len(work.ladder)
    if flag in escalation.discretionary and higher and work.picture.standing.live:
        text = f"{said}; the code lets you escalate it. Decide whether to."
        work.alert("escalation_suggested", f"flag:{work.case.id}:{flag}", text)
    elif flag == "technical":
        text = f"{said}; if engineers or a carrier must act, record handed_to_engineering."
        work.alert("technical_resolution", f"flag:{work.case.id}:{flag}", text)
    elif flag in ("vexatious", "out_of_jurisdiction"):
        text = f"{said}; the notice still goes unless a named person excepts it (adr_excepted)."
        work.alert("adr_notice", f"flag:{work.case.id}:{flag}", text)


def _deciding_level(work: CaseWork, doing: Doing, *, needed: bool) -> str:
    """The level that decided, and whether this person may decide there.

    Left out, it is the front line, or the level whose decision is only being told; a case that
    stands higher must say. `needed`: even a level that only now decides must be said.
    """
    seen = work.picture
    level = doing.told.get("by_level") or seen.decided_by
    if level is None:
        level = seen.standing.level
        if needed and level != FRONT_LINE:
            there = ", ".join([FRONT_LINE, *work.ladder])
            raise doing.refused(
                f"by_level: it is missing, and the case is at {level.replace('_', ' ')}; "
                f"say who decided: {there}"
            )
    rungs = {rung.level: rung for rung in work.provider.file.ladder}
    if level != FRONT_LINE and level not in rungs:
        there = ", ".join([FRONT_LINE, *rungs])
        raise doing.refused(f"by_level: {level!r} is no level here; there are: {there}")
    stands = seen.standing.level
    if rank(level, work.ladder) < rank(stands, work.ladder):
        now = stands.replace("_", " ")
        raise doing.refused(f"by_level: the case is at {now}, and no level below decides it")
    least = role(rungs[level].role) if level in rungs else Role.AGENT
    if doing.doer.role is not None and doing.doer.role < least:
        raise doing.refused(
            f"by_level: {level.replace('_', ' ')} takes the role {least.word} or higher, "
            f"and yours is {doing.doer.role.word}"
        )
    return level


ANSWERING: dict[str, Callable[[CaseWork, Doing], None]] = {
    "outcome_advised": _outcome,
    "determined": _determined,
    "customer_confirmed": _confirmed,
    "customer_objected": _objected,
    "escalated": _escalated,
    "deadlocked": _deadlocked,
    "closed": _closed,
    "withdrawn": _withdrawn,
    "reopened": _reopened,
    "adr_excepted": _excepted,
    "customer_wrote": _wrote,
    "flagged": _flagged,
}
