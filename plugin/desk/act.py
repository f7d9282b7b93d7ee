"""Acting on a case: one way for pages, commands, the simulator and customers.

An action that does not fit the case, the facts or the person is refused with the reason and the
remedy, and nothing changes. What it causes is written in one transaction with it: the events, the
letter that follows from it, the promises derived anew.

An action that writes to the customer records what the letter says only when the letter has gone: a
promise is kept by what was sent, never by what was meant to be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection

from plugin.cases.actions import ACTIONS, AT, WAITING, Action
from plugin.cases.case import standing as standing_of
from plugin.cases.facts import FactError, read_facts
from plugin.desk import correct, money, sent, standing, waiting
from plugin.desk.answers import ANSWERING
from plugin.desk.casework import CaseWork, open_case_work
from plugin.desk.doing import ActionRefused, Doer, Doing
from plugin.desk.ports import Desk
from plugin.desk.writing import write_letter
from plugin.store import cases, letters

__all__ = ["Acted", "ActionRefused", "Doer", "act", "act_on_contact"]

AT_ONCE = frozenset({"handed_to_engineering", "contact_time_agreed", "information_given"})
"""What has happened whether or not a letter tells of it."""

OF_ITS_OWN = frozenset({"unmerged", "noted", "letter_sent", "letter_undelivered"})
"""What may still be done to a case that was merged: its letters are its own."""

Do = Callable[[CaseWork, Doing], None]
Guard = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Acted:
    """What an action did: the case it is about now, the events it recorded, the letters queued."""

    case: int
    events: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()


def act(
    desk: Desk,
    provider: str,
    case: int,
    kind: str,
    facts: Mapping[str, object],
    doer: Doer,
    now: datetime,
    *,
    guard: Guard | None = None,
) -> Acted:
    """Do `kind` (cases/actions.py) to a case. Raises ActionRefused, LookupError for no such case.

    `facts` as people give them: text or JSON values; `at` may say when it happened. `guard`: looks,
    in the same transaction, whether it may still be done; raises ActionRefused.
    """
    action = ACTIONS.get(kind)
    if action is None:
        near = get_close_matches(kind, ACTIONS, 1)
        hint = f"is {near[0]} meant?" if near else "`answerable case do --help` lists them"
        raise ActionRefused(f"there is no action {kind!r}; {hint}")
    told = _told(action, facts)
    _may(action, doer)

    def write(connection: Connection) -> Acted:
        if guard is not None:
            guard(connection)
        return _act(connection, desk, provider, case, action, told, doer, now)

    return desk.database.write(write)


def act_on_contact(
    desk: Desk,
    provider: str,
    contact: int,
    kind: str,
    facts: Mapping[str, object],
    doer: Doer,
    now: datetime,
    *,
    guard: Guard | None = None,
) -> Acted:
    """Do `kind` (promoted, joined, dismissed) to a contact that waits for a person.

    `guard`: looks, in the same transaction, whether it may still be done. Raises ActionRefused,
    LookupError for no such contact.
    """
    action = WAITING.get(kind)
    if action is None:
        raise ActionRefused(f"there is no action {kind!r}; there are: {', '.join(WAITING)}")
    told = _told(action, facts)
    _may(action, doer)

    def write(connection: Connection) -> Acted:
        if guard is not None:
            guard(connection)
        found = waiting.decide(connection, desk, provider, contact, kind, told, doer, now)
        return Acted(found or 0, (kind,))

    return desk.database.write(write)


def _act(
    connection: Connection,
    desk: Desk,
    provider: str,
    case: int,
    action: Action,
    told: dict[str, Any],
    doer: Doer,
    now: datetime,
) -> Acted:
    work = open_case_work(connection, desk, provider, case, now)
    if work is None:
        raise LookupError("there is no such case")
    _fits(work, action)
    before = len(work.stored)
    if "answer" in told:
        told = sent.told_by(work, action.kind, told)
    doing = Doing(action, told, doer, _at(work, action, told))
    _not_twice(work, doing)
    _DO.get(action.kind, _simply)(work, doing)
    letters = tuple(one.letter.kind for one in work.queued)
    work.commit()
    return Acted(work.case.id, tuple(event.kind for event in work.stored[before:]), letters)


def _not_twice(work: CaseWork, doing: Doing) -> None:
    """The same letter again while the first waits to go is a second click. Raises ActionRefused."""
    kind = doing.action.letter
    if kind is None:
        return
    for row in letters.of_case(work.connection, work.key, work.case.id):
        if row.kind != kind or row.state != "queued" or row.channel != "email":
            continue
        said = json.loads(row.told).get(doing.action.kind, {})
        same = all(said.get(name) == doing.told.get(name) for name in ("text", "elements"))
        if same and row.author == doing.actor and "level" not in doing.told:
            raise doing.refused("the same letter is on its way already")


def _told(action: Action, facts: Mapping[str, object]) -> dict[str, Any]:
    try:
        return read_facts(action.needs, [*action.takes, AT], facts)
    except FactError as error:
        raise ActionRefused(f"{action.kind}: {error}") from None


def _may(action: Action, doer: Doer) -> None:
    """Whether this person may do it at all. The desk itself may do everything."""
    if doer.actor == "system":
        return
    if doer.role is None:
        if not action.by_customer:
            raise ActionRefused(f"{action.kind}: a customer cannot do this")
        return
    if doer.role < action.least:
        raise ActionRefused(
            f"{action.kind}: it takes the role {action.least.word} or higher, "
            f"and yours is {doer.role.word}"
        )


def _fits(work: CaseWork, action: Action) -> None:
    if work.case.merged_into is not None and action.kind not in OF_ITS_OWN:
        into = cases.reference_of(work.connection, work.key, work.case.merged_into)
        raise ActionRefused(f"{action.kind}: this case was merged into {into}; act there")
    state = work.picture.standing.state
    if state not in action.fits:
        raise ActionRefused(
            f"{action.kind}: the case is {state.replace('_', ' ')}, and this fits {action.states}"
        )


def _at(work: CaseWork, action: Action, told: dict[str, Any]) -> datetime:
    """When it happened: now, unless it says otherwise and could be so."""
    said = told.pop("at", None)
    if said is None:
        return work.now
    at = datetime.fromisoformat(said)
    if at > work.now:
        raise ActionRefused(f"{action.kind}: at: {said} has not come yet; leave it out for now")
    if at < work.case.first_received_at:
        raise ActionRefused(f"{action.kind}: at: {said} is before the complaint was received")
    then = standing_of([event for event in work.events if event.at <= at], work.ladder).state
    if then not in action.fits:
        raise ActionRefused(
            f"{action.kind}: at: the case was {then.replace('_', ' ')} at {said}, "
            f"and this fits {action.states}"
        )
    return at


def _simply(work: CaseWork, doing: Doing) -> None:
    """Record it, or write the letter that records it once it has gone."""
    action, told = doing.action, doing.told
    _not_past(work, doing)
    if not writes(action, told):
        written = action.letter in correct.WRITTEN or action.kind == "deadlock_letter_sent"
        if written and set(told.get("by", ())) == {"phone"}:
            raise doing.refused("by: it must be in writing; post it, or leave `by` out to mail it")
        if action.kind in ("adr_notice_sent", "deadlock_letter_sent"):
            # By whatever way they were told: of the scheme, where we know which it is.
            post = work.signpost
            told = {**told, "scheme": post.scheme if post and post.form != "missing" else ""}
        work.record(action.kind, told, at=doing.at, actor=doing.actor)
        return
    doing.only_now(work)
    if action.kind in AT_ONCE:
        work.record(action.kind, told, at=doing.at, actor=doing.actor)
        event = None
    else:
        event = action.kind
    if action.letter:
        # A letter alone is no call: where the code asks for both, it says how the customer heard.
        told = {**told, "by": list(dict.fromkeys([*told.get("by", ()), "email"]))}
        queued = write_letter(work, action.letter, author=doing.actor, event=event, facts=told)
        doing.must_write(queued, work)


def _not_past(work: CaseWork, doing: Doing) -> None:
    """What the customer is told to expect lies ahead. Raises ActionRefused."""
    meets = doing.told.get("contact_at")
    if meets is not None and datetime.fromisoformat(meets) <= doing.at:
        raise doing.refused("contact_at: it lies in the past")
    day = (doing.told.get("elements") or {}).get("timeframe_date")
    if day is not None and date.fromisoformat(day) < work.rules.calendar.local_date(doing.at):
        raise doing.refused("elements.timeframe_date: it lies in the past")


def writes(action: Action, told: Mapping[str, Any]) -> bool:
    """Does it make its letter? If it carries what the customer is told, or needs nothing more."""
    if action.letter is None or "answer" in told:
        return False
    if action.sends == "always":
        return "by" not in told
    return bool(told.get("text") or told.get("elements"))


_DO: dict[str, Do] = {**ANSWERING, **standing.DOING, **correct.DOING, **money.DOING}
