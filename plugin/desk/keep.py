"""Keeping promises: when one wakes, its case is looked at, and what nobody did is done or said.

A promise is derived again from the timeline before anything is said of it, so that a wake-up that
comes late, twice or for nothing does no harm. What goes by itself, and when, is the architecture's
(section 4): notices that the law asks for, an honest word where an update was not supplied, the
warning before silence closes a case, and the closing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from plugin.cases.missing import MISSING
from plugin.cases.wanted import still_wanted
from plugin.codes.moments import acts_at, next_business_opening, opening_of, warns_at
from plugin.codes.promise import Promise, near_from
from plugin.desk import faults, turns, waiting
from plugin.desk.casework import CaseWork, open_case_work
from plugin.desk.faults import ANY_FAULT
from plugin.desk.ports import Desk
from plugin.desk.promises import LETTER_FOR, letter_key
from plugin.desk.writing import write_letter
from plugin.store import cases, contacts
from plugin.store.promises import cases_waking, next_wake, put_off

BATCH = 200
"""How many woken promises are looked at in one go."""

AFTER_FAULT = timedelta(hours=2)
"""When a case that could not be looked at is tried again."""

LATE = timedelta(hours=1)
"""What the desk does so long after its moment, or later, is recorded as late."""


def keep(desk: Desk, now: datetime) -> int:
    """Look at everything whose moment has come; returns how many cases and contacts."""
    done = 0
    with desk.database.read() as connection:
        providers = list(desk.providers.newest(connection))
    for key in providers:
        with desk.database.read() as connection:
            ids = cases_waking(connection, key, now=now, limit=BATCH)
            ids += cases.waking(connection, key, now=now, limit=BATCH)
            unheard = contacts.unheard(connection, key, now=now, limit=BATCH)
        for id in dict.fromkeys(ids):
            try:
                desk.database.write(lambda c, key=key, id=id: _look(c, desk, key, id, now))  # type: ignore[misc]
            except ANY_FAULT as fault:
                faults.say(desk, key, id, "look after this case", fault, now)
                later = now + AFTER_FAULT
                desk.database.write(
                    lambda c, key=key, id=id, later=later: put_off(c, key, id, until=later)  # type: ignore[misc]
                )
            done += 1
        for row in unheard:
            desk.database.write(
                lambda c, key=key, row=row: waiting.alert_unheard(c, key, row, now)  # type: ignore[misc]
            )
            done += 1
    return done


def next_at(desk: Desk) -> datetime | None:
    """The next moment anything must be looked at."""
    asked: tuple[Callable[[Connection, str], datetime | None], ...] = (
        next_wake,
        cases.next_wake,
        contacts.next_unheard,
    )
    with desk.database.read() as connection:
        keys = list(desk.providers.newest(connection))
        moments = [ask(connection, key) for key in keys for ask in asked]
    return min((moment for moment in moments if moment), default=None)


def _look(connection: Connection, desk: Desk, key: str, id: int, now: datetime) -> None:
    work = open_case_work(connection, desk, key, id, now)
    if work is None:
        return
    if work.case.merged_into is None:
        found = work.promises()
        for promise in found:
            _say(work, promise)
            _act(work, promise)
        _name_scheme(work, found)
        _miss(work, found)
    work.commit(looked=True)


def _act(work: CaseWork, promise: Promise) -> None:
    """Do for a promise what nobody has done, when its moment has come."""
    owed = promise.state == "open" or (promise.state == "broken" and promise.kept_at is None)
    if promise.promise == "assumed_closure":
        _end_of_silence(work, promise)
    elif owed and promise.promise in LETTER_FOR:
        calendar = work.rules.calendar
        moment = acts_at(promise, calendar)
        if moment > work.now or (promise.promise == "adr_notice" and _deadlocked_unnamed(work)):
            return
        kind = LETTER_FOR[promise.promise]
        if still_wanted(kind, work.events, work.picture, work.now) is not None:
            return
        queued = write_letter(
            work,
            kind,
            key=letter_key(promise),
            event=_NOTED.get(promise.promise),
            late=work.now >= promise.due_at,
        )
        if queued:
            _note_late(work, kind, moment)


_NOTED = {
    "adr_notice": "adr_notice_sent",
    "ccts_notice": "ccts_notice_sent",
    "data_protection_acknowledgement": "data_protection_acknowledged",
}


def _name_scheme(work: CaseWork, found: tuple[Promise, ...]) -> None:
    """A letter had to do without the scheme's name, and the name is known now: write again."""
    post = work.signpost
    if post is None or post.form == "missing" or not work.unnamed(found):
        return
    if _is_open(work):
        write_letter(work, "adr_notice", key="adr_notice:named", event="adr_notice_sent")


def _deadlocked_unnamed(work: CaseWork) -> bool:
    """Did the case end by a deadlock letter that had to go without the scheme's name?

    The customer knows of the right then; what they still wait for is the name.
    """
    closed = work.picture.standing.state == "closed_deadlock"
    return closed and work.went_unnamed("deadlock_letter_sent")


def _is_open(work: CaseWork) -> bool:
    """Is it a business day, and has work begun?"""
    calendar = work.rules.calendar
    day = calendar.local_date(work.now)
    return calendar.is_business_day(day) and work.now >= opening_of(day, calendar)


def _end_of_silence(work: CaseWork, promise: Promise) -> None:
    """Warn before silence closes a case; close it when the silence is complete, the customer was
    warned, and nothing of theirs waits for a person."""
    if promise.state != "open":
        return
    calendar = work.rules.calendar
    moment, seen = warns_at(promise, calendar), work.picture
    if moment > work.now:
        return
    if seen.warned_at is None:
        key = f"closure_warning:{promise.promise}#{promise.occurrence}"
        late = work.now >= promise.due_at
        if write_letter(work, "closure_warning", key=key, silence=True, late=late):
            _note_late(work, "closure_warning", moment)
        return
    if work.now < promise.due_at or work.is_waiting():
        return
    if work.now >= next_business_opening(seen.warned_at, calendar):
        turns.end(work, "assumed", facts={"promise": promise.promise})


def _note_late(work: CaseWork, kind: str, moment: datetime) -> None:
    """Lateness of ours is on record, so that it can be seen and answered for."""
    late = work.now - moment
    if late >= LATE:
        hours = round(late.total_seconds() / 3600, 1)
        facts = {
            "text": f"The {kind} was due to go by itself at {moment.isoformat()}.",
            "late_hours": hours,
        }
        work.record("noted", facts)


def _say(work: CaseWork, promise: Promise) -> None:
    """Near and missed, once each."""
    said = _said(promise, work)
    if said is not None:
        stage, text = said
        key = f"{stage}:{work.case.id}:{promise.promise}#{promise.occurrence}"
        work.alert(promise.promise, key, text)


def _said(promise: Promise, work: CaseWork) -> tuple[str, str] | None:
    """("near" or "missed", the sentence) for a promise that calls for one."""
    name, reference = promise.promise.replace("_", " "), work.case.reference
    until = f"{promise.due_at:%a %d %b %Y %H:%M}"
    if promise.state == "broken" and promise.kept_at is None:
        if work.now < promise.due_at:
            return None  # broken by the way the case ended
        what = "Target missed" if promise.severity == "target" else "Promise broken"
        return "missed", f"{what}: {name} of case {reference} was due before {until}."
    if promise.state != "open" or promise.reason is not None:
        return None
    if work.is_answered(promise):
        return None
    if promise.last_day is not None and promise.starts_at >= work.now:
        return None  # it begins only now, and may be kept by what is just being done
    if near_from(promise, work.rules.calendar) <= work.now:
        act_by = promise.act_by if promise.last_day is None else None
        latest = f"; the last working moment is {act_by:%a %d %b %Y %H:%M}" if act_by else ""
        return "near", f"Due soon: {name} of case {reference}, before {until}{latest}."
    return None


def _miss(work: CaseWork, found: tuple[Promise, ...]) -> None:
    """What the case lacks is said each business day, from the end of the first one on."""
    calendar = work.rules.calendar
    first = next_business_opening(work.case.opened_at, calendar, days=2)
    if work.now < first:
        return
    day = calendar.local_date(work.now)
    if not _is_open(work):
        return
    for about in work.lacks(found):
        text = f"Case {work.case.reference} {MISSING[about]}."
        work.alert(about, f"{about}:{work.case.id}:{day.isoformat()}", text)
