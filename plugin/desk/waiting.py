"""Contacts that wait for a person: promoted to a complaint, joined to a case, or dismissed.

What waits is never lost and never decided by itself; but it is not left lying either: somebody is
told before the provider's first answer would be due, had it been a complaint.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from plugin.cases.thread import Join, Open
from plugin.codes.derive import derive
from plugin.codes.history import History
from plugin.codes.moments import acts_at
from plugin.codes.provider import Provider
from plugin.contacts import route_kind
from plugin.desk import record, turns
from plugin.desk.casework import open_case_work
from plugin.desk.doing import ActionRefused, Doer
from plugin.desk.ports import Desk
from plugin.store import alerts, contacts, decisions, merges, parties

FIRST_ANSWERS = ("acknowledge", "manager_response")
"""The promises of a first answer, by which what waits must have been looked at."""


def alert_at(desk: Desk, provider: Provider, received_at: datetime) -> datetime:
    """When somebody must be told that a contact received then waits still."""
    rules = desk.providers.rules(provider, desk.settings, received_at)
    if provider.file.waiting is not None:
        return rules.calendar.ends(received_at, provider.file.waiting.alert)[0]
    found = derive(rules, History(received_at), received_at)
    first = [one for one in found if one.promise in FIRST_ANSWERS]
    if not first:
        return received_at
    return min(acts_at(one, rules.calendar) for one in first)


def alert_unheard(connection: Connection, provider: str, row: Row[Any], now: datetime) -> None:
    """Tell of a contact that waits, once."""
    contacts.heard(connection, provider, row.id)
    if row.waits is None:
        return
    alerts.raise_(
        connection,
        provider,
        key=f"waiting_contact:{row.id}",
        about="waiting_contact",
        text=f"A contact waits for a person ({row.waits.replace('_', ' ')}); the time for a first "
        "answer, if it is a complaint, is running out.",
        at=now,
        case=row.case_id or row.proposed_case_id,
    )


def decide(
    connection: Connection,
    desk: Desk,
    provider: str,
    contact: int,
    kind: str,
    told: dict[str, Any],
    doer: Doer,
    now: datetime,
) -> int | None:
    """Do what a person decided; returns the case the contact belongs to now, if any.

    Raises ActionRefused, LookupError for no such contact.
    """
    row = contacts.get(connection, provider, contact)
    if row is None:
        raise LookupError("there is no such contact")
    if kind != "dismissed" and row.ours:
        raise ActionRefused(
            f"{kind}: it is an answer of ours; record what it was, with answer={contact}, or "
            "dismiss it"
        )
    if kind != "dismissed" and (row.automatic != "no" or row.sender in desk.settings.addresses()):
        raise ActionRefused(f"{kind}: a machine or we ourselves wrote it, and nobody is answered")
    for about in ("waiting_contact", "sent_answer"):
        alerts.clear_key(connection, provider, f"{about}:{contact}", now=now)
    if row.waits == "unconfirmed_party" and kind != "dismissed" and not _is_party(connection, row):
        raise ActionRefused(f"{kind}: its sender is no party yet; use party_confirmed on its case")
    if kind == "promoted":
        return _promote(connection, desk, provider, row, told, doer, now)
    if row.waits is None:
        raise ActionRefused(f"{kind}: the contact waits for nobody")
    if kind == "joined":
        _keep(connection, desk, row, kind, row.label, told, doer, now)
        return _join(connection, desk, provider, row, doer, now)
    _keep(connection, desk, row, kind, "neither", told, doer, now)
    contacts.decide(connection, provider, contact, case=row.case_id)
    contacts.relabel(connection, provider, contact, label="neither")
    case = row.case_id or row.proposed_case_id
    if case is not None:
        work = open_case_work(connection, desk, provider, case, now)
        if work is not None:
            facts = {**told, "contact": contact}
            work.record("dismissed", facts, actor=doer.actor)
            work.commit()
    found: int | None = row.case_id
    return found


def _keep(
    connection: Connection,
    desk: Desk,
    row: Row[Any],
    kind: str,
    label: str,
    told: dict[str, Any],
    doer: Doer,
    now: datetime,
) -> None:
    """Put the decision on record, with the reason given."""
    decisions.add(
        connection,
        row,
        id=desk.draw.id(),
        at=now,
        kind=kind,
        label=label,
        had_case=row.case_id is not None or row.proposed_case_id is not None,
        reason=str(told.get("text", "")),
        actor=doer.actor,
    )


def _is_party(connection: Connection, row: Row[Any]) -> bool:
    """Is the address one of a confirmed party, though the mail itself was not believed?"""
    at = (connection, row.provider, row.case_id, route_kind(row.channel), row.sender)
    return parties.party_of(*at, confirmed=True) is not None


def _promote(
    connection: Connection,
    desk: Desk,
    provider: str,
    row: Row[Any],
    told: dict[str, Any],
    doer: Doer,
    now: datetime,
) -> int | None:
    """It is a complaint: as of when it arrived, in a case of its own or the one it answers."""
    heard = "escalation" if row.label == "escalation" else "complaint"
    label = str(told.get("label", "")) or heard
    if row.case_id is not None and row.waits is None:
        raise ActionRefused("promoted: the contact belongs to a case already; use overruled on it")
    _keep(connection, desk, row, "promoted", label, told, doer, now)
    why = {"text": told["text"]} if told.get("text") else {}
    if row.case_id is not None:
        contacts.decide(connection, provider, row.id, case=row.case_id)
        contacts.relabel(connection, provider, row.id, label=label)
        speaks = merges.speaks_for(connection, provider, row.case_id)
        work = open_case_work(connection, desk, provider, speaks, now)
        if work is None:
            raise LookupError("the case this contact belongs to is not in the database")
        work.record("promoted", {"contact": row.id, "label": label, **why}, actor=doer.actor)
        turns.hear(work, label, at=row.received_at, actor=doer.actor, contact=row.id)
        work.commit()
        return work.case.id
    newest = desk.providers.newest(connection)[provider]
    kind = route_kind(row.channel)
    standing = parties.standing_of_sender(connection, provider, kind, row.sender, [])
    related = tuple(sorted(case for case, live in standing.items() if live))
    done = record.open_case(
        connection,
        desk,
        newest,
        record.said_by(row, label),
        now,
        Open(escalate=label == "escalation", related=related),
        actor=doer.actor,
        promoted={"label": label, **why},
    )
    assert done.case is not None
    contacts.decide(connection, provider, row.id, case=done.case)
    contacts.relabel(connection, provider, row.id, label=label)
    if row.proposed_case_id is not None:
        # Nothing holds the silence of the case it was proposed to any more.
        work = open_case_work(connection, desk, provider, row.proposed_case_id, now)
        if work is not None:
            work.commit()
    return done.case


def _join(
    connection: Connection, desk: Desk, provider: str, row: Row[Any], doer: Doer, now: datetime
) -> int:
    """It belongs to the case it was proposed to, or was about."""
    case = row.proposed_case_id or row.case_id
    if case is None:
        raise ActionRefused("joined: no case is proposed for it; use promoted or dismissed")
    case = merges.speaks_for(connection, provider, case)
    contacts.decide(connection, provider, row.id, case=case)
    said = record.said_by(row, row.label)
    record.join(connection, desk, provider, said, now, Join(case), decided_by=doer.actor)
    return int(case)
