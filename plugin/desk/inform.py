"""Answering who asks how to complain: the code in a letter, and no case.

Such a letter tells nothing about anybody, so it may go to an address of which nothing is known. But
nothing owes it, so it is strict where acknowledgements are not: to no sender for whom our server
could vouch and does not, to no machine, once in a week to an address, and so many in an hour.
Whatever stands against sending it, a person answers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from mail.message import Automatic
from plugin.codes.history import Customer
from plugin.codes.provider import Provider
from plugin.codes.signpost import signpost
from plugin.contacts import Contact
from plugin.desk import loops
from plugin.desk.compose import compose, language_for
from plugin.desk.ports import Desk
from plugin.desk.publish import explained, local_date
from plugin.desk.values import without_case
from plugin.desk.writing import EXPLAINS
from plugin.letters.render import LetterError
from plugin.published.fill import PublishError
from plugin.store import contacts, decisions, letters, parties
from plugin.store.alerts import raise_
from plugin.store.letters import Posting

AGAIN_AFTER = timedelta(days=7)
"""Before that the same address is sent the code no second time by itself."""

AN_HOUR = timedelta(hours=1)
MAX_AN_HOUR = 60
"""So many letters a provider sends in an hour to who asks; for the others a person answers."""


def answer(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    contact: Contact,
    *,
    id: int,
    spoken: str,
    now: datetime,
) -> bool:
    """Queue the letter that explains the code to who wrote contact `id`; False where a person must.

    `spoken`: the language that triage heard.
    """
    if not may_answer(contact) or _often(connection, contact, now):
        return False
    language = language_for(provider, spoken)
    today = local_date(provider, contact.received_at)
    number = desk.draw.id()
    sender = desk.settings.sender(provider.key) or f"nobody@{provider.key}.invalid"
    try:
        rules = desk.providers.rules(provider, desk.settings, contact.received_at)
        values = desk.settings.for_provider(provider.key).values
        post = signpost(provider, rules, values, Customer())
        said = without_case(
            provider,
            language,
            contact.sender_name,
            post=post,
            code=explained(desk.settings, provider, language, today, scheme=post is not None),
        )
        made = compose(
            desk,
            provider,
            EXPLAINS,
            said,
            language=language,
            case=None,
            contact=id,
            sender=sender,
            id=number,
        )
    except (LetterError, PublishError, ValueError) as error:
        raise_(
            connection,
            provider.key,
            key=f"held:contact:{id}",
            about=EXPLAINS,
            text=f"The letter that explains how complaints are handled could not be made: {error}",
            at=now,
        )
        return False
    return letters.queue(
        connection,
        made.letter,
        key=EXPLAINS,
        delivery_id=desk.draw.id(),
        channel="email",
        recipient=contact.sender,
        in_reply_to=contact.message_id or None,
        now=now,
    )


def may_answer(contact: Contact) -> bool:
    """Is the sender somebody a letter may go to by itself?"""
    believed = contact.authenticated and contact.open_to_letters and not contact.from_us
    return bool(contact.sender) and believed and contact.automatic is Automatic.NO


def _often(connection: Connection, contact: Contact, now: datetime) -> bool:
    """Was it sent to this address lately, or too often to anybody?"""
    key = contact.provider
    newest = letters.newest_answers(connection, key, MAX_AN_HOUR)
    if len(newest) == MAX_AN_HOUR and newest[-1] > now - AN_HOUR:
        raise_(
            connection,
            key,
            key=f"information:{now:%Y-%m-%dT%H}",
            about="auto_reply_loop",
            text=f"More than {MAX_AN_HOUR} letters in an hour answered who asked how to complain; "
            "the others wait for a person. Does a machine ask?",
            at=now,
        )
        return True
    return letters.explained(connection, key, contact.sender, EXPLAINS, since=now - AGAIN_AFTER)


def begin(connection: Connection, desk: Desk, posting: Posting, now: datetime) -> bool:
    """Is the letter wanted still? Note the attempt then; False where it ends."""
    why = _unwanted(connection, desk, posting, now)
    if why is not None:
        letters.cancel(connection, posting, reason=why)
        return False
    letters.trying(connection, posting, now=now)
    return True


def _unwanted(connection: Connection, desk: Desk, posting: Posting, now: datetime) -> str | None:
    """Why the letter is no longer to go; None where it is."""
    letter, to = posting.letter, posting.recipient
    key, number = letter.provider, letter.contact or 0
    asked = contacts.get(connection, key, number)
    if asked is None:
        return "who asked is no longer on record"
    if decisions.of_contact(connection, key, number):
        return "a person has decided about the question"
    if any(parties.standing_of_sender(connection, key, "email", to, []).values()):
        return "who asked has a case by now"
    if loops.waits_until(connection, desk, letter, to, now) is not None:
        _person_answers(connection, key, number, now)
        return "too many letters went to the address in one day"
    return None


def _person_answers(connection: Connection, provider: str, contact: int, now: datetime) -> None:
    contacts.wait(connection, provider, contact, waits="information_request", alert_at=now)


def came_back(
    connection: Connection, provider: str, letter: int, reason: str, now: datetime
) -> None:
    """A letter without a case came back, if it is one that was sent."""
    answered = letters.answers(connection, provider, letter)
    if answered is not None and letters.returned(connection, provider, letter, reason=reason):
        failed(connection, provider, answered, now)


def failed(connection: Connection, provider: str, contact: int, now: datetime) -> None:
    """It does not reach who asked: a person is told, and finds them under what waits."""
    _person_answers(connection, provider, contact, now)
    raise_(
        connection,
        provider,
        key=f"undelivered:contact:{contact}",
        about="undeliverable",
        text="The letter that explains how complaints are handled could not be delivered; the "
        "question waits for a person.",
        at=now,
    )
