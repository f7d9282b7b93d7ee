"""Sending: claimed deliveries handed to the mail server, and what follows from its answer.

A letter is sent under the Message-ID it was frozen with, however often it is tried, so that a
repeat after a crash can be recognised. What its sending promises is kept at the moment the server
accepted it, and not before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from mail.login import MailRefused, MailServerTrouble, MailUnavailable, MailUncertain
from mail.outgoing import NoRecipient, NotOurs, Outgoing, build
from plugin.cases.wanted import still_wanted
from plugin.desk import faults, inform, loops
from plugin.desk.casework import CaseWork, open_case_work
from plugin.desk.faults import ANY_FAULT
from plugin.desk.ports import Desk, Post
from plugin.desk.returns import Gone, failed, note_sent
from plugin.desk.writing import about
from plugin.keys import reply_address
from plugin.store import alerts, letters
from plugin.store.claims import ClaimLost
from plugin.store.letters import Letter, Posting

HOLD = timedelta(minutes=40)
"""How long a worker has a letter to itself; one at a time, so that none waits for the one before.

With `timeout_seconds` at its most, 60, a server that answers everything just in time is waited for
20 x 60 seconds up to DATA and 3 x 4 x 60 with the letter (`mail.smtp.longest`): 32 minutes. The
other 8 are for a sign-in service and the database.
"""

MAX_ATTEMPTS = 60
"""After so many temporary failures (about two days) a delivery fails for good.

Trouble with the mail server itself fails none: the letters wait until somebody has mended it.
"""

MAX_UNCERTAIN = 10
"""After so many ends of which nobody knows whether it went (about four hours) it is given up.

Each try may have brought the customer one more copy.
"""

ALERT_AFTER = 3
"""After so many failed attempts, trouble with the mail server is said to a person, once a day."""

SERVER = "mail_server"
"""What an alert about the mail server is about."""

_ADDRESS = re.compile(r"[^\s<>;:]+@[^\s<>;:]+")


def send(desk: Desk, post: Post, now: Callable[[], datetime]) -> int:
    """Try every delivery that is due when it begins; returns how many were tried.

    `now` is asked again for each letter and once it is gone: a server may take its time.
    """
    began = now()
    with desk.database.read() as connection:
        providers = desk.providers.newest(connection)
    done = 0
    for key in providers:
        while posting := _take(desk, key, began):
            _deliver(desk, post, posting, now)
            done += 1
    return done


def next_at(desk: Desk) -> datetime | None:
    """When the next delivery is due."""
    with desk.database.read() as connection:
        moments = [
            letters.next_at(desk.database, connection, key)
            for key in desk.providers.newest(connection)
        ]
    return min((moment for moment in moments if moment), default=None)


def backoff(attempts: int, below: Callable[[int], int]) -> timedelta:
    """How long to wait after so many failed attempts: a minute, doubling, at most an hour.

    Up to a quarter more is drawn with `below`, so that what failed together does not come back
    together.
    """
    minutes = min(2 ** min(max(attempts - 1, 0), 6), 60)
    return timedelta(minutes=minutes, milliseconds=below(minutes * 15_000 + 1))


def _take(desk: Desk, provider: str, due: datetime) -> Posting | None:
    taken = desk.database.write(
        lambda connection: letters.take(
            desk.database,
            connection,
            provider,
            worker=desk.worker,
            now=due,
            limit=1,
            hold=HOLD,
        )
    )
    return next(iter(taken), None)


def _deliver(desk: Desk, post: Post, posting: Posting, now: Callable[[], datetime]) -> None:
    """One delivery, from the last look at its case to the note of how it went."""
    letter, began = posting.letter, now()
    try:
        if not desk.database.write(lambda c: _begin(c, desk, posting, began)):
            return
    except ClaimLost:
        return
    except ANY_FAULT as fault:
        _stands_still(desk, posting, fault, began)
        return
    desk.step("sending")
    try:
        reply = _hand_over(desk, post, posting, began)
        # A clock that is put back must not have it gone before it was tried.
        at = max(began, now())
    except MailUnavailable as error:
        why, at = error, now()
        _noted(desk, posting, lambda c: _again(c, desk, posting, why, at), at)
        return
    except MailRefused as error:
        reason, at = str(error), now()
        _noted(desk, posting, lambda c: _failed(c, desk, posting, reason, at), at)
        return
    except ANY_FAULT as fault:
        _stands_still(desk, posting, fault, now())
        return
    desk.step("accepted")
    try:
        _note(desk, posting, lambda c: _sent(c, desk, posting, reply, at))
    except ANY_FAULT as fault:
        # It is gone: whatever is wrong with the record, it must not go again.
        _note(desk, posting, lambda c: letters.sent(c, posting, now=at, reply=reply))
        what = f"put on record that the {letter.kind} was sent"
        faults.say(desk, letter.provider, letter.case, what, fault, at)
    desk.step("noted")
    desk.tell("sent", provider=letter.provider, case=letter.case, letter=letter.kind)


def _begin(connection: Connection, desk: Desk, posting: Posting, now: datetime) -> bool:
    """Look at the case again and note the attempt; False where the letter is not wanted now."""
    letter = posting.letter
    if letter.case is None:
        return inform.begin(connection, desk, posting, now)
    work = open_case_work(connection, desk, letter.provider, letter.case, now)
    if work is None:
        letters.cancel(connection, posting, reason="its case is gone")
        return False
    queued_at = next(
        (
            event.recorded_at
            for event in work.stored
            if event.kind == "letter_queued" and (event.facts or {}).get("letter") == letter.id
        ),
        now,
    )
    reason = still_wanted(letter.kind, work.events, work.picture, queued_at)
    if reason is None and _held_back(connection, desk, work, posting, now):
        return False
    if reason is None:
        letters.trying(connection, posting, now=now)
        return True
    letters.cancel(connection, posting, reason=reason)
    facts = {"letter": letter.id, "kind": letter.kind, "reason": reason}
    work.record("letter_cancelled", facts)
    if letter.author != "system":
        # Somebody wrote it and believes that it went.
        work.alert(
            about(letter.kind),
            f"cancelled:{letter.id}",
            f"The {letter.kind} of case {work.case.reference} was not sent: {reason}.",
        )
    work.commit()
    return False


def _held_back(
    connection: Connection, desk: Desk, work: CaseWork, posting: Posting, now: datetime
) -> bool:
    """Where too many letters went by themselves already: it waits, and a person is told."""
    letter = posting.letter
    if letter.author != "system" or loops.owed(work.rules, letter.kind):
        return False
    until = loops.waits_until(connection, desk, letter, posting.recipient, now)
    if until is None:
        return False
    letters.wait(connection, posting, at=until, reason="too many letters went in one day")
    work.alert(
        "auto_reply_loop",
        f"budget:{letter.id}",
        f"The {letter.kind} of case {work.case.reference} waits until {until:%d %b %H:%M} UTC: too "
        "many letters went by themselves in one day. Does a machine answer them?",
    )
    return True


def _hand_over(desk: Desk, post: Post, posting: Posting, now: datetime) -> str:
    letter = posting.letter
    sender = desk.settings.sender(letter.provider)
    if sender is None:
        raise MailServerTrouble(
            f"no sender address; set provider.{letter.provider}.sender or configure a mailbox"
        )
    with desk.database.read() as connection:
        provider = desk.providers.at(connection, letter.provider, letter.rules_version)
    made = Outgoing(
        sender=sender,
        sender_name=provider.file.signs_as,
        recipient=posting.recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        language=letter.language,
        message_id=letter.message_id,
        date=now,
        loop=letter.provider,
        automatic=True,
        references=(posting.in_reply_to,) if posting.in_reply_to else (),
        reply_to=_reply_to(desk, letter),
    )
    try:
        raw = build(made)
    except NoRecipient as error:
        raise MailRefused(str(error)) from error
    except NotOurs as error:
        remedy = f"correct provider.{letter.provider}.sender and the addresses of its mailboxes"
        raise MailServerTrouble(f"{error}; {remedy}") from error
    return post.send(raw, sender=sender, recipient=posting.recipient)


def _reply_to(desk: Desk, letter: Letter) -> str:
    """Where answers to this letter go, where our mailbox takes addresses of a letter's own."""
    box = desk.settings.plus_mailbox(letter.provider)
    return reply_address(desk.ring, letter.provider, letter.id, box) if box else ""


def _note(desk: Desk, posting: Posting, write: Callable[[Connection], None]) -> None:
    """Note how it went, unless somebody else has the delivery by now."""
    try:
        desk.database.write(write)
    except ClaimLost:
        letter = posting.letter
        desk.tell("claim_lost", provider=letter.provider, case=letter.case, letter=letter.kind)


def _noted(
    desk: Desk, posting: Posting, write: Callable[[Connection], None], now: datetime
) -> None:
    """Note that it did not go; where its case cannot be worked on, the letter waits."""
    try:
        _note(desk, posting, write)
    except ANY_FAULT as fault:
        _stands_still(desk, posting, fault, now)


def _sent(connection: Connection, desk: Desk, posting: Posting, reply: str, now: datetime) -> None:
    """On the record: sent, and what sending this letter does by the provider's own data."""
    letter = posting.letter
    work = _work(connection, desk, letter, now)
    letters.sent(connection, posting, now=now, reply=reply)
    if posting.attempts >= ALERT_AFTER:
        alerts.clear(connection, letter.provider, None, SERVER, now=now)
    else:
        key = _alert_key(connection, desk, letter, now)
        alerts.clear_key(connection, letter.provider, key, now=now)
    if work is None:
        return
    gone = Gone(letter.id, letter.kind, letter.author, letter.elements, letter.told)
    note_sent(work, gone, channel="email", at=now)
    work.commit()


def _work(connection: Connection, desk: Desk, letter: Letter, now: datetime) -> CaseWork | None:
    """The letter's case under lock; None where it has none, or that is gone."""
    if letter.case is None:
        return None
    return open_case_work(connection, desk, letter.provider, letter.case, now)


def _stands_still(desk: Desk, posting: Posting, fault: Exception, now: datetime) -> None:
    """Its case cannot be worked on: the letter waits as long as that takes; a person is told."""
    letter = posting.letter
    faults.say(desk, letter.provider, letter.case, f"send the {letter.kind}", fault, now)
    _note(
        desk,
        posting,
        lambda c: letters.again(
            c,
            posting,
            attempts=posting.attempts,
            at=now + timedelta(hours=1),
            reason="its case could not be looked at",
            uncertain=False,
        ),
    )


def _again(
    connection: Connection, desk: Desk, posting: Posting, why: MailUnavailable, now: datetime
) -> None:
    attempts, uncertain = posting.attempts + 1, isinstance(why, MailUncertain)
    if isinstance(why, MailServerTrouble):
        if attempts >= ALERT_AFTER:
            _raise_alert(connection, desk, posting.letter, str(why), now)
        # Half of its attempts are left to the letter itself, however long this lasts.
        attempts = min(attempts, max(posting.attempts, MAX_ATTEMPTS // 2))
    ended_so = posting.repeats + (posting.tried_at is not None) + 1
    if attempts >= MAX_ATTEMPTS or (uncertain and ended_so >= MAX_UNCERTAIN):
        said = f"given up after {attempts} attempts: {why}"
        _failed(connection, desk, posting, said, now)
        return
    letters.again(
        connection,
        posting,
        attempts=attempts,
        at=now + backoff(attempts, desk.draw.below),
        reason=str(why),
        uncertain=uncertain,
    )


def _alert_key(connection: Connection, desk: Desk, letter: Letter, now: datetime) -> str:
    """One alert about the mail server for each of the provider's days."""
    provider = desk.providers.at(connection, letter.provider, letter.rules_version)
    return f"mail_server:{now.astimezone(ZoneInfo(provider.file.calendar.zone)).date()}"


def _raise_alert(
    connection: Connection, desk: Desk, letter: Letter, why: str, now: datetime
) -> None:
    """Tell a person, once a day, that letters wait; addresses that the server named stay out."""
    alerts.raise_(
        connection,
        letter.provider,
        key=_alert_key(connection, desk, letter, now),
        about=SERVER,
        text=f"Letters cannot be sent: {_ADDRESS.sub('(address)', why)}",
        at=now,
    )


def _failed(
    connection: Connection, desk: Desk, posting: Posting, reason: str, now: datetime
) -> None:
    letter = posting.letter
    work = _work(connection, desk, letter, now)
    letters.failed(connection, posting, reason=reason)
    if letter.case is None:
        inform.failed(connection, letter.provider, letter.contact or 0, now)
    if work is not None:
        failed(work, letter.id, letter.kind)
        work.commit()
