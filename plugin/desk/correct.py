"""Putting right: merging, splitting, undoing, overruling, and letters that came back.

Nothing is erased and no event moves: what was wrong stays on record, with what put it right.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from plugin.cases.actions import UNDOABLE
from plugin.cases.case import effective, rank
from plugin.cases.events import Event
from plugin.cases.reference import is_valid
from plugin.cases.roles import Role
from plugin.cases.thread import Open
from plugin.desk import links, record, returns, sent, turns
from plugin.desk.casework import CaseWork, open_case_work
from plugin.desk.doing import Doing
from plugin.desk.standing import restore
from plugin.store import cases, contacts, decisions, letters, merges

WRITTEN = frozenset({"adr_notice", "deadlock_letter", "outcome", "determination"})
"""Letters that no call replaces."""


def _merged(work: CaseWork, doing: Doing) -> None:
    """The other case speaks for both from now on; what this one is stays as it is."""
    reference = str(doing.told["into"])
    if not is_valid(reference):
        raise doing.refused(f"into: {reference} is no case reference; check its digits")
    found = cases.with_references(work.connection, work.key, [reference])
    other = found.get(reference)
    if other is None:
        raise doing.refused(f"into: there is no case {reference}")
    if other == work.case.id:
        raise doing.refused("into: a case cannot be merged into itself")
    survivor = open_case_work(work.connection, work.desk, work.key, other, work.now)
    if survivor is None or survivor.case.merged_into is not None:
        raise doing.refused(f"into: case {reference} was merged itself; name the one that goes on")
    if not survivor.picture.standing.live:
        raise doing.refused(f"into: case {reference} is closed; re-open it first")
    _same_customer(work, survivor, doing)
    for letter in letters.of_case(work.connection, work.key, work.case.id):
        if letter.state == "queued":
            letters.drop(
                work.connection, work.key, work.case.id, letter.id, reason="its case was merged"
            )
    work.record("merged", {"into": reference}, at=doing.at, actor=doing.actor)
    work.case.merged_into = other
    work.commit()
    _take_in(survivor, work, doing)


def _same_customer(work: CaseWork, survivor: CaseWork, doing: Doing) -> None:
    """Cases with no address in common may be two customers': a supervisor decides, and no link
    given in one opens the other. Raises ActionRefused."""
    ours, theirs = (
        {route for party in one.parties if party.confirmed for route in party.routes}
        for one in (work, survivor)
    )
    if ours & theirs:
        return
    if doing.doer.role is not None and doing.doer.role < Role.SUPERVISOR:
        raise doing.refused("the two cases have no address in common; a supervisor must decide")
    links.revoke(work.connection, work.key, work.case.id, now=work.now)


def _take_in(survivor: CaseWork, work: CaseWork, doing: Doing) -> None:
    """One complaint is dated by its first word and stands at the highest level either reached."""
    survivor.others = [
        *survivor.others,
        *merges.whole_timeline(work.connection, work.key, work.case.id),
    ]
    first = min(survivor.case.first_received_at, work.case.first_received_at)
    survivor.case.first_received_at = first
    facts = {"from": work.case.reference}
    survivor.record("merged", facts, at=doing.at, actor=doing.actor)
    survivor.commit()


def _unmerged(work: CaseWork, doing: Doing) -> None:
    """A merge is taken back: both cases stand as their own events have them."""
    into = work.case.merged_into
    if into is None:
        raise doing.refused("this case was not merged; act on the one that was")
    survivor = open_case_work(work.connection, work.desk, work.key, into, work.now)
    reference = survivor.case.reference if survivor else ""
    facts = {**doing.told, "from": reference}
    work.record("unmerged", facts, at=doing.at, actor=doing.actor)
    work.case.merged_into = None
    work.commit()
    if survivor is None:
        return
    above: int | None = into
    while above is not None:
        again = open_case_work(work.connection, work.desk, work.key, above, work.now)
        assert again is not None
        again.case.first_received_at = min(
            event.at for event in again.events if event.kind == "received"
        )
        if above == into:
            told = {"from": work.case.reference}
            again.record("unmerged", told, at=doing.at, actor=doing.actor)
        above = again.case.merged_into
        again.commit()


def _split(work: CaseWork, doing: Doing) -> None:
    """A contact of the case becomes a case of its own, as of when it arrived."""
    of_case = _written(work)
    opened = {
        (event.facts or {}).get("contact") for event in work.stored if event.kind == "received"
    }
    further = [row for row in of_case if row.id not in opened]
    named = doing.told.get("contact")
    row = next((one for one in reversed(further) if named is None or one.id == named), None)
    if row is None:
        raise doing.refused("contact: the case has no further contact that could be split off")
    said = record.said_by(row, "complaint" if row.label == "neither" else row.label)
    provider = work.desk.providers.newest(work.connection)[work.key]
    done = record.open_case(
        work.connection,
        work.desk,
        provider,
        said,
        work.now,
        Open(escalate=said.label == "escalation"),
        actor=doing.actor,
    )
    assert done.case is not None
    contacts.decide(work.connection, work.key, row.id, case=done.case)
    reference = cases.reference_of(work.connection, work.key, done.case)
    facts = {"contact": row.id, "into": reference}
    work.record("split", facts, at=doing.at, actor=doing.actor)


def _written(work: CaseWork) -> list[Any]:
    """The contacts of the case that people wrote: what a machine sends moves nothing."""
    rows = contacts.of_case(work.connection, work.key, work.case.id)
    return [row for row in rows if row.automatic == "no"]


def _undone(work: CaseWork, doing: Doing) -> None:
    """Something a person recorded by mistake has not happened."""
    number = doing.told["event"]
    event = next((one for one in work.stored if one.seq == number), None)
    if event is None:
        raise doing.refused(f"event: the case has no event {number}")
    facts = event.facts or {}
    if event.kind not in UNDOABLE or event.actor.partition(":")[0] not in ("user", "helpdesk"):
        what = event.kind.replace("_", " ")
        raise doing.refused(f"event: {number} ({what}) is not something a person can take back")
    if event not in effective(list(work.stored)):
        raise doing.refused(f"event: {number} was taken back already")
    together = _done_with(work, event)
    written = _letters_of(work, together)
    told_already = "letter" in facts or any(
        row.state == "sent" and row.kind != "authority_request" for row in written
    )
    waiting = [row for row in written if row.state == "queued"]
    if told_already or not all(
        letters.drop(work.connection, work.key, work.case.id, row.id, reason="taken back")
        for row in waiting
    ):
        raise doing.refused(
            f"event: {number} was told to the customer by a letter; write to them again instead"
        )
    for row in waiting:
        gone = {"letter": row.id, "kind": row.kind, "reason": "what it tells was taken back"}
        work.record("letter_cancelled", gone, actor=doing.actor)
    for one in together:
        if one.kind == "representative_named":
            restore(work, one.facts or {})
        if "answer" in (one.facts or {}):
            sent.wait_again(work, int((one.facts or {})["answer"]))
        if one.kind != "letter_queued":
            told = {**doing.told, "event": one.seq, "kind": one.kind}
            work.record("undone", told, at=doing.at, actor=doing.actor)


def _letters_of(work: CaseWork, events: list[Event]) -> list[Any]:
    """The letters that these events queued."""
    ids = {(one.facts or {}).get("letter") for one in events if one.kind == "letter_queued"}
    of_case = letters.of_case(work.connection, work.key, work.case.id)
    return [row for row in of_case if row.id in ids]


def _done_with(work: CaseWork, event: Event) -> list[Event]:
    """The event with all that the same action brought along: a closing, an escalation, letters."""
    together = [event]
    for one in work.stored[event.seq :]:
        same = one.recorded_at == event.recorded_at and one.actor == event.actor
        if not same or one.kind == "undone":
            break
        together.append(one)
    return together


def _overruled(work: CaseWork, doing: Doing) -> None:
    """A person judges what the customer said otherwise than the rules did."""
    rows = _written(work)
    named = doing.told.get("contact")
    row = next((one for one in reversed(rows) if named is None or one.id == named), None)
    if row is None:
        raise doing.refused("contact: the case has no such contact")
    label = str(doing.told["label"])
    if label == row.label:
        raise doing.refused(f"label: the contact is taken for {label} already")
    facts = {**doing.told, "contact": row.id, "was": row.label}
    work.record("overruled", facts, at=doing.at, actor=doing.actor)
    told: dict[str, Any] = {"contact": row.id}
    opened = any(
        (one.facts or {}).get("contact") == row.id for one in work.stored if one.kind == "received"
    )
    decisions.add(
        work.connection,
        row,
        id=work.desk.draw.id(),
        at=work.now,
        kind="overruled",
        label=label,
        had_case=not opened,
        reason=str(doing.told.get("text", "")),
        actor=doing.actor,
    )
    contacts.relabel(work.connection, work.key, row.id, label=label)
    standing = work.picture.standing
    if label == "neither":
        if opened and standing.live:
            turns.end(
                work,
                "out_of_scope",
                at=doing.at,
                actor=doing.actor,
                facts=told,
                author=doing.actor,
                letter=False,
            )
    elif label == "escalation" and row.label != "escalation":
        if not standing.live:
            turns.reopen(work, actor=doing.actor, facts=told, escalated=True, author=doing.actor)
        elif rank(standing.level, work.ladder) < len(work.ladder):
            turns.escalate(work, actor=doing.actor, facts=told, author=doing.actor)
    elif opened and standing.state == "closed_out_of_scope":
        turns.reopen(work, actor=doing.actor, facts=told, author=doing.actor)
    elif row.label == "neither" and not opened:
        turns.hear(work, label, at=work.now, actor=doing.actor, contact=row.id)


def _letter_sent(work: CaseWork, doing: Doing) -> None:
    """A letter that waited for a person reached the customer, with all that it says."""
    number = doing.told["letter"]
    rows = letters.of_case(work.connection, work.key, work.case.id)
    row = next(
        (one for one in rows if one.id == number and one.channel != "email"),
        None,
    )
    if row is None:
        raise doing.refused(f"letter: no letter {number} of this case waits for a person")
    if row.kind in WRITTEN and set(doing.told["by"]) == {"phone"}:
        raise doing.refused(f"by: the {row.kind.replace('_', ' ')} must be in writing; post it")
    if doing.at < row.created_at:
        raise doing.refused(f"at: letter {number} was not written yet")
    if not letters.carried_out(work.connection, work.key, row.delivery_id, at=doing.at):
        raise doing.refused(f"letter: {number} was carried out or dropped already")
    gone = returns.Gone(
        row.id, row.kind, row.author, json.loads(row.elements), json.loads(row.told)
    )
    returns.note_sent(
        work, gone, channel=row.channel, at=doing.at, actor=doing.actor, by=doing.told["by"]
    )


def _letter_undelivered(work: CaseWork, doing: Doing) -> None:
    number = doing.told["letter"]
    if not returns.take_back(
        work, number, reason=str(doing.told.get("text", "it came back")), actor=doing.actor
    ):
        raise doing.refused(f"letter: no letter {number} of this case is out")


def _links_revoked(work: CaseWork, doing: Doing) -> None:
    links.revoke(work.connection, work.key, work.case.id, now=work.now)
    work.record("links_revoked", doing.told, at=doing.at, actor=doing.actor)


DOING: dict[str, Callable[[CaseWork, Doing], None]] = {
    "merged": _merged,
    "unmerged": _unmerged,
    "split": _split,
    "undone": _undone,
    "overruled": _overruled,
    "letter_sent": _letter_sent,
    "letter_undelivered": _letter_undelivered,
    "links_revoked": _links_revoked,
}
