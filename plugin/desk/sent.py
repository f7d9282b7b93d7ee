"""Answers that were sent from a mail program, as the folder of sent mail shows them.

A case that was answered so must not look unanswered. The answer goes on the record of its case, as
of when it was sent; what it was (an update, with all that the code asks of one) only a person can
say, so it waits until somebody does. It is never taken for a customer's word.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from mail.message import Automatic
from mail.parse import parse
from plugin.cases.thread import Evidence
from plugin.codes.provider import Provider
from plugin.contacts import Contact
from plugin.desk import record
from plugin.desk.casework import CaseWork, open_case_work
from plugin.desk.doing import ActionRefused
from plugin.desk.evidence import gather
from plugin.desk.hearing import Heard
from plugin.desk.ports import Desk
from plugin.keys import case_of_message_id
from plugin.store import alerts, contacts, inbound, merges, parties
from plugin.store.blobs import Blobs
from plugin.store.inbound import Done, Work

MAX_RECIPIENTS = 10
"""How many of those it was sent to are looked up."""

WAITS = "sent_answer"

PATIENCE = timedelta(minutes=15)
A_WHILE = timedelta(minutes=3)
"""How long an answer waits for the mail that it answers, and how often that is looked for."""


def settle(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    work: Work,
    heard: Heard,
    now: datetime,
) -> Done:
    """What one mail from the folder of sent mail causes; "waiting" where it is looked at again."""
    done = _settle(connection, desk, provider, work, heard, now)
    if done.why == "no_statement" and heard.contact.ids and now - work.received_at < PATIENCE:
        # The two folders are read one after the other: what it answers may still be on its way.
        why = "what it answers has not come yet"
        inbound.retry_at(connection, work, at=now + A_WHILE, reason=why)
        return Done("waiting", "no_statement")
    return done


def _settle(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    work: Work,
    heard: Heard,
    now: datetime,
) -> Done:
    contact = heard.contact
    if case_of_message_id(desk.ring, provider.key, contact.message_id):
        return Done("automatic", "own_address")  # a copy of a letter of ours
    if contact.automatic is not Automatic.NO:
        return Done("automatic", contact.automatic.value)
    known = contacts.known(connection, contact, heard.key)
    id = desk.draw.id()
    kept, ours = known.duplicate, desk.settings.addresses()
    if kept is not None and not contacts.is_copy_of_ours(connection, provider.key, kept, ours):
        return Done("duplicate", "duplicate", contact=kept)
    assert heard.message is not None  # a folder of sent mail holds mails
    written = (one.address for one in (*heard.message.to, *heard.message.cc))
    people = list(dict.fromkeys(written))[:MAX_RECIPIENTS]
    evidence = gather(connection, desk, contact, known.cases, heard.own_words, people)
    case = _case(evidence)
    if _is_customers(connection, contact, evidence):
        # A customer's mail that somebody moved here is no answer to them.
        return Done("not_case", "stranger")
    if case is None and not evidence.live and not known.answers_waiting:
        return Done("not_case", "no_statement")
    if kept is None and not contacts.claim_key(connection, contact, heard.key, id=id):
        return Done("duplicate", "duplicate")
    if kept is not None:
        # It came to the mailbox as well, as a copy, and was kept as a mail from ourselves.
        id = kept
        contacts.take_for_ours(connection, provider.key, id, case=case, waits=WAITS)
    else:
        arrival = record.Arrival(id, work.blob, now)
        said = (heard.judged, heard.own_words, arrival, case)
        record.keep_contact(connection, contact, *said, waits=WAITS, ours=True)
    if case is None:
        alerts.raise_(
            connection,
            provider.key,
            key=f"{WAITS}:{id}",
            about=WAITS,
            text="An answer went from a mail program, and nobody can tell which case it is about; "
            f"record what it was at the right one, with answer={id}, or dismiss it.",
            at=now,
        )
        return Done("not_case", "proposed", contact=id)
    contacts.set_case(connection, contact, heard.key, case)
    _on_record(connection, desk, provider.key, case, id, contact.received_at, now)
    return Done("joined", contact=id, case=case)


def _is_customers(connection: Connection, contact: Contact, evidence: Evidence) -> bool:
    """Is its sender a party to a live case, or to one of those it is about?"""
    at = (connection, contact.provider, "email", contact.sender)
    named = [*evidence.known, *evidence.quoted, *([evidence.token] if evidence.token else [])]
    return bool(parties.standing_of_sender(*at, named))


def _case(evidence: Evidence) -> int | None:
    """The case it answers: one that it names and to whose party it went, or their only live one."""
    named = (evidence.token, *evidence.known, *evidence.quoted)
    own = [case for case in named if case is not None and case in evidence.party_to]
    if own:
        return next((case for case in own if case in evidence.live), own[0])
    return next(iter(evidence.live)) if len(evidence.live) == 1 else None


def _on_record(
    connection: Connection,
    desk: Desk,
    provider: str,
    case: int,
    id: int,
    at: datetime,
    now: datetime,
) -> None:
    work = open_case_work(connection, desk, provider, case, now)
    if work is None:
        raise LookupError("the case this answer belongs to is not in the database")
    work.record("answer_sent", {"contact": id, "channel": "email"}, at=at)
    work.alert(
        WAITS,
        f"{WAITS}:{id}",
        f"An answer to the customer of case {work.case.reference} went from a mail program; record "
        f"what it was, with answer={id}, or dismiss it.",
    )
    work.commit()


def told_by(work: CaseWork, kind: str, told: dict[str, Any]) -> dict[str, Any]:
    """The facts of an action that was done by such an answer: how and when the customer heard.

    Raises ActionRefused where the case has no such answer.
    """
    row = contacts.get(work.connection, work.key, int(told["answer"]))
    if row is None or not row.ours or not _is_of(work, row.case_id):
        raise ActionRefused(f"{kind}: answer: the case has no such answer from a mail program")
    if row.case_id is None and not _went_to_a_party(work, row):
        raise ActionRefused(f"{kind}: answer: it went to nobody who is a party to this case")
    if row.waits != WAITS:
        raise ActionRefused(f"{kind}: answer: somebody has said what it was already")
    if "at" in told:
        raise ActionRefused(f"{kind}: at: the answer says when; leave it out")
    if kind == "progress_given" and not told.get("elements"):
        raise ActionRefused(
            f"{kind}: elements: say what it told (progress, proposed_actions, timeframe); without "
            "them it keeps no promise"
        )
    contacts.decide(work.connection, work.key, row.id, case=row.case_id or work.case.id)
    alerts.clear_like(work.connection, work.key, WAITS, f"{WAITS}:{row.id}", now=work.now)
    by = list(dict.fromkeys([*told.get("by", ()), "email"]))
    return {**told, "by": by, "at": row.received_at.isoformat()}


def _is_of(work: CaseWork, case: int | None) -> bool:
    """Is an answer of that case one of this? One that nobody could place is whose it is said of."""
    if case is None:
        return True
    return merges.speaks_for(work.connection, work.key, case) == work.case.id


def _went_to_a_party(work: CaseWork, row: Row[Any]) -> bool:
    """Is one of those it was written to a party to this case?"""
    message = parse(Blobs(work.connection).get(work.key, row.blob))
    at = (work.connection, work.key, work.case.id, "email")
    people = (one.address for one in (*message.to, *message.cc))
    return any(parties.party_of(*at, one, confirmed=True) is not None for one in people)


def wait_again(work: CaseWork, answer: int) -> None:
    """What was said of an answer was taken back: somebody must say anew what it was."""
    contacts.wait(work.connection, work.key, answer, waits=WAITS)
    work.alert(
        WAITS,
        f"{WAITS}:{answer}:{len(work.stored)}",
        f"What an answer from a mail program to the customer of case {work.case.reference} was has "
        f"been taken back; record it anew, with answer={answer}, or dismiss it.",
    )
