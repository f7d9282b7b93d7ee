"""Receiving: from a raw arrival to a case, a joined case, or a reason why neither.

Reading a mail and judging its words is pure and happens before the transaction; everything the
arrival causes is then written in one transaction, the letter included. A few arrivals share one,
since a commit costs as much as a row or two; where any of them fails, each has its own. A crash
leaves the arrivals waiting, and their message keys make a second run harmless. A mail that cannot
be read is quarantined with the reason, and stops nobody else's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from mail.message import Automatic, Unreadable
from plugin.cases.thread import Decision, Evidence, Join, Open, Propose, Threaded, Wait, thread
from plugin.codes.provider import Provider
from plugin.desk import inform, loops, record, returns, sent, waiting
from plugin.desk.casework import open_case_work
from plugin.desk.evidence import gather
from plugin.desk.faults import ANY_FAULT, place_of
from plugin.desk.hearing import Heard, hear
from plugin.desk.listening import Elsewhere, hear_call, note
from plugin.desk.ports import Desk
from plugin.keys import case_of_message_id
from plugin.store import cases, contacts, inbound, letters
from plugin.store.alerts import raise_
from plugin.store.blobs import Blobs
from plugin.store.claims import ClaimLost
from plugin.store.inbound import CALL, SENT, Done, Work
from plugin.triage.thanks import only_thanks

BATCH = 50
"""How many arrivals one worker claims at a time."""

TOGETHER = 10
"""How many arrivals are finished in one transaction: no longer than another writer can wait."""

WAITS_FOR_PERSON = frozenset(
    {"possible_complaint", "attachment_only", "message_unheard", "stranger", "proposed"}
)


def receive(desk: Desk, now: datetime) -> int:
    """Process what waits, a batch a provider; returns how many arrivals were finished."""
    with desk.database.read() as connection:
        providers = desk.providers.newest(connection)
    return sum(_receive_for(desk, provider, now) for provider in providers.values())


def next_at(desk: Desk) -> datetime | None:
    """When the next arrival can be processed."""
    with desk.database.read() as connection:
        moments = [
            inbound.next_at(desk.database, connection, key)
            for key in desk.providers.newest(connection)
        ]
    return min((moment for moment in moments if moment), default=None)


def _receive_for(desk: Desk, provider: Provider, now: datetime) -> int:
    batch = desk.database.write(
        lambda connection: inbound.take(
            desk.database, connection, provider.key, worker=desk.worker, now=now, limit=BATCH
        )
    )
    if not batch:
        return 0
    with desk.database.read() as connection:
        small = Blobs(connection).get_small(provider.key, [work.blob for work in batch])
    for at in range(0, len(batch), TOGETHER):
        _process(desk, provider, batch[at : at + TOGETHER], small, now)
    return len(batch)


def _process(
    desk: Desk, provider: Provider, group: list[Work], small: dict[str, bytes], now: datetime
) -> None:
    """Finish some arrivals, in one transaction if nothing stands against it.

    `small`: the bytes that are at hand; a large mail's are read only now, one at a time.
    """
    heard: list[tuple[Work, Heard]] = []
    for work in group:
        raw = small.get(work.blob)
        one = _hear(desk, provider, work, raw, now)
        if one is not None and raw is not None:
            heard.append((work, one))
        elif one is not None:
            _finish_alone(desk, provider, work, one, now)
    try:
        done = desk.database.write(
            lambda c: [_finish(c, desk, provider, work, one, now) for work, one in heard]
        )
    except (OperationalError, *ANY_FAULT):
        for work, one in heard:
            _finish_alone(desk, provider, work, one, now)
        return
    for finished in done:
        _tell(desk, provider, finished)


def _hear(
    desk: Desk, provider: Provider, work: Work, raw: bytes | None, now: datetime
) -> Heard | None:
    """What one arrival says; None where it cannot be read, which is then dealt with.

    A fault of ours is tried again, then quarantined.
    """
    try:
        if work.problem:
            raise Unreadable(work.problem)
        if raw is None:
            with desk.database.read() as connection:
                raw = Blobs(connection).get(provider.key, work.blob)
        if work.source == CALL:
            return hear_call(desk, provider.key, raw)
        return hear(desk, provider.key, raw, work.received_at)
    except Elsewhere:
        done = Done("duplicate", "duplicate")
        desk.database.write(lambda c: inbound.finish(c, work, done))
    except Unreadable as why:
        reason = str(why)
        done = desk.database.write(lambda c: _quarantine(c, provider, work, reason, now))
    except ANY_FAULT as fault:
        done = _try_later(desk, provider, work, fault, now)
    _tell(desk, provider, done)
    return None


def _finish_alone(desk: Desk, provider: Provider, work: Work, heard: Heard, now: datetime) -> None:
    """Finish one arrival in a transaction of its own; what fails stops no other."""
    try:
        done = desk.database.write(lambda c: _finish(c, desk, provider, work, heard, now))
    except ClaimLost:
        return
    except ANY_FAULT as fault:
        done = _try_later(desk, provider, work, fault, now)
    _tell(desk, provider, done)


def _finish(
    connection: Connection, desk: Desk, provider: Provider, work: Work, heard: Heard, now: datetime
) -> Done:
    """Everything one mail causes, in the transaction of its caller."""
    settle = sent.settle if work.source == SENT else _settle
    done = settle(connection, desk, provider, work, heard, now)
    if done.outcome != "waiting":
        inbound.finish(connection, work, done)
    return done


def _tell(desk: Desk, provider: Provider, done: Done) -> None:
    desk.step("received")
    desk.tell("received", provider=provider.key, outcome=done.outcome, why=done.why, case=done.case)


def _try_later(desk: Desk, provider: Provider, work: Work, fault: Exception, now: datetime) -> Done:
    """A fault in our own code: keep the mail, try again a little later, at last quarantine it."""
    reason = f"Answerable could not process it ({place_of(fault)}); please report it"
    if work.attempts + 1 >= inbound.MAX_ATTEMPTS:
        return desk.database.write(lambda c: _quarantine(c, provider, work, reason, now))
    at = now + timedelta(seconds=10 * 4**work.attempts)
    desk.database.write(lambda c: inbound.retry_at(c, work, at=at, reason=reason))
    return Done("waiting", type(fault).__name__)


def _quarantine(
    connection: Connection, provider: Provider, work: Work, reason: str, now: datetime
) -> Done:
    """A mail that cannot be read waits for a person, once however often it comes."""
    if inbound.is_quarantined(connection, work):
        done = Done("duplicate", "duplicate")
        inbound.finish(connection, work, done)
        return done
    done = Done("quarantined", reason)
    inbound.finish(connection, work, done)
    raise_(
        connection,
        provider.key,
        key=f"quarantined:{work.id}",
        about="quarantined",
        text=f"A mail could not be read and waits in quarantine: {reason}",
        at=now,
    )
    return done


def _settle(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    work: Work,
    heard: Heard,
    now: datetime,
) -> Done:
    """What a mail that arrived causes."""
    contact = heard.contact
    if not note(connection, heard):
        return Done("duplicate", "duplicate")
    known = contacts.known(connection, contact, heard.key)
    id = desk.draw.id()
    if known.duplicate is not None or not contacts.claim_key(connection, contact, heard.key, id=id):
        return Done("duplicate", "duplicate", contact=known.duplicate, case=known.its_case)

    arrival = record.Arrival(id, work.blob, now, "same_message_id" if known.same_id else None)
    people = [contact.sender] if contact.authenticated else []
    evidence = gather(connection, desk, contact, known.cases, heard.own_words, people)
    if contact.from_us or contact.automatic is not Automatic.NO:
        done = _keep_automatic(connection, desk, heard, arrival, evidence)
    else:
        writer = f"{contact.sender_name} {contact.sender}"
        # Only to a closed case are thanks another thing than any words.
        thanks = bool(evidence.closed) and only_thanks(heard.own_words, writer)
        threaded = thread(heard.verdict.label, evidence, thanks=thanks)
        if _is_answered(threaded.decision) and loops.repeats(
            connection, desk, contact, heard.own_words
        ):
            done = _keep_repeated(connection, desk, provider, heard, arrival, evidence)
        else:
            done = _apply(connection, desk, provider, heard, arrival, threaded)
    if done.case is not None:
        contacts.set_case(connection, contact, heard.key, done.case)
    return done


def _keep_automatic(
    connection: Connection, desk: Desk, heard: Heard, arrival: record.Arrival, evidence: Evidence
) -> Done:
    """Automatic mail is kept with its case where it has one; it is not answered, moves nothing.

    Save a report that a letter of ours came back: what the letter said was not said.
    """
    contact = heard.contact
    returned = _returned(desk, heard)
    named = (returned[0] if returned else None, evidence.token, *evidence.known)
    case = next((one for one in named if one is not None), None)
    if returned is not None and letters.is_on_its_way(connection, contact.provider, returned[1]):
        raise LookupError("the letter it returns is not on record as sent yet")
    if returned is not None and not cases.exists(connection, contact.provider, returned[0]):
        inform.came_back(connection, contact.provider, returned[1], _reason(heard), arrival.now)
        case, returned = None, None
    record.keep_contact(connection, heard.contact, heard.judged, heard.own_words, arrival, case)
    if returned is not None:
        work = open_case_work(connection, desk, contact.provider, returned[0], arrival.now)
        if work is not None and returns.take_back(work, returned[1], reason=_reason(heard)):
            work.commit()
    if contact.from_us:
        return Done("automatic", "own_address", contact=arrival.id, case=case)
    return Done("automatic", contact.automatic.value, contact=arrival.id, case=case)


def _is_answered(decision: Decision) -> bool:
    """Does a letter follow by itself?"""
    if isinstance(decision, Join):
        return decision.confirmed and (decision.escalate or decision.reopen)
    return isinstance(decision, Open)


def _keep_repeated(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    heard: Heard,
    arrival: record.Arrival,
    evidence: Evidence,
) -> Done:
    """The same words once too often: on record with the case they are about, and not answered.

    It may be a person all the same, so a person looks.
    """
    contact, live = heard.contact, sorted(evidence.live)
    named = (evidence.token, *evidence.known, *evidence.quoted)
    case = next((one for one in named if one in evidence.party_to), None)
    proposed = live[0] if case is None and len(live) == 1 else None
    record.keep_contact(
        connection,
        contact,
        heard.judged,
        heard.own_words,
        arrival,
        case,
        proposed=proposed,
        waits="auto_reply_loop",
        alert_at=waiting.alert_at(desk, provider, contact.received_at),
    )
    said = contacts.words_digest(f"{contact.sender} {heard.own_words}") or ""
    raise_(
        connection,
        contact.provider,
        key=f"auto_reply_loop:{said[:32]}:{contact.received_at:%Y-%m-%d}",
        about="auto_reply_loop",
        text="The same words came from one address again and again; they are kept, and answered no "
        "more today. Look whether a person writes.",
        at=arrival.now,
        case=case or proposed,
    )
    return Done("automatic", "auto_reply", contact=arrival.id, case=case)


def _returned(desk: Desk, heard: Heard) -> tuple[int, int] | None:
    """(case, letter) where this reports for good that a letter of ours was not delivered.

    Only the signed id of the letter itself counts: who does not have it cannot take it back.
    """
    if heard.message is None or heard.contact.automatic is not Automatic.BOUNCE:
        return None
    report = heard.message.returned
    if not report.permanent:
        return None
    found = (case_of_message_id(desk.ring, heard.contact.provider, id_) for id_ in report.ids)
    return next((one for one in found if one), None)


def _reason(heard: Heard) -> str:
    """Why a letter of ours came back."""
    return heard.message.returned.why if heard.message is not None else ""


def _apply(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    heard: Heard,
    arrival: record.Arrival,
    threaded: Threaded,
) -> Done:
    """Carry out what `thread` decided."""
    decision, key = threaded.decision, heard.contact.provider
    said = record.said_in(heard.contact, heard.judged, arrival)
    case = decision.case if isinstance(decision, Join) else None
    proposed = decision.case if isinstance(decision, Propose) else None
    waits = _waits(decision, heard)
    asks = isinstance(decision, Wait) and _asks(decision, heard)
    again = asks and loops.repeats(connection, desk, heard.contact, heard.own_words)
    done = Done("not_case", contact=arrival.id)
    if isinstance(decision, Open):
        done = record.open_case(connection, desk, provider, said, arrival.now, decision)
        case = done.case
    record.keep_contact(
        connection,
        heard.contact,
        heard.judged,
        heard.own_words,
        arrival,
        case,
        proposed=proposed,
        waits=waits,
        alert_at=waiting.alert_at(desk, provider, said.received_at)
        if waits in WAITS_FOR_PERSON
        else None,
    )
    if isinstance(decision, Join):
        done = record.join(connection, desk, key, said, arrival.now, decision)
    elif isinstance(decision, Propose):
        record.propose(connection, desk, key, said, arrival.now, decision.case)
        done = Done("proposed", "proposed", contact=arrival.id)
    elif isinstance(decision, Wait):
        done = Done("not_case", _why(decision, heard), contact=arrival.id)
        if asks:
            told = not again and inform.answer(
                connection,
                desk,
                provider,
                heard.contact,
                id=arrival.id,
                spoken=heard.verdict.lang,
                now=arrival.now,
            )
            if not told and waits is None:
                _person_answers(connection, desk, provider, said.received_at, arrival.id)
    record.strangers(connection, heard.contact.provider, arrival, threaded.strangers_to)
    return done


def _waits(decision: Decision, heard: Heard) -> str | None:
    """Why a person must look at the contact; None where nobody must."""
    if isinstance(decision, Join):
        if not decision.confirmed:
            return "unconfirmed_party"
        return "closed_case" if decision.waits else None
    if isinstance(decision, Propose):
        return "proposed"
    why = _why(decision, heard) if isinstance(decision, Wait) else ""
    if why == "possible_complaint" and not heard.verdict.possible:
        return "attachment_only" if heard.call is None else "message_unheard"
    return why if why in WAITS_FOR_PERSON else None


def _why(decision: Wait, heard: Heard) -> str:
    """Why it opens nothing. Without words of its own, its attachment may be the complaint."""
    if decision.why == "no_statement" and (heard.verdict.possible or heard.unread):
        return "possible_complaint"
    return "information_request" if _asks(decision, heard) else decision.why


def _asks(decision: Wait, heard: Heard) -> bool:
    """Does somebody of whom nothing is known ask how to complain?"""
    return decision.why == "no_statement" and heard.verdict.asks_how


def _person_answers(
    connection: Connection, desk: Desk, provider: Provider, received_at: datetime, contact: int
) -> None:
    """The code could not go by itself to who asks how to complain."""
    at = waiting.alert_at(desk, provider, received_at)
    contacts.wait(connection, provider.key, contact, waits="information_request", alert_at=at)
