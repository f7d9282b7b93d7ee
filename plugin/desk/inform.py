"""Answering who asks how to complain: the code in a letter, and no case.

Such a letter tells nothing about anybody, so it may go to an address of which nothing is known; but
not to one that somebody else may have written, since it would be a letter to a stranger. Whatever
stands against sending it, a person is told and answers.
"""

from __future__ import annotations

from datetime import datetime

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
from plugin.store import contacts, letters
from plugin.store.alerts import raise_
from plugin.store.letters import Posting


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
    if not may_answer(contact):
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
    believed = contact.authenticated and not contact.from_us
    return bool(contact.sender) and believed and contact.automatic is Automatic.NO


def begin(connection: Connection, desk: Desk, posting: Posting, now: datetime) -> bool:
    """Is the letter wanted still? Note the attempt then; False where it waits or ends."""
    letter = posting.letter
    asked = contacts.get(connection, letter.provider, letter.contact or 0)
    if asked is None or asked.case_id is not None:
        why = "it is gone" if asked is None else "a case was opened for who asked"
        letters.cancel(connection, posting, reason=why)
        return False
    until = loops.waits_until(connection, desk, letter, posting.recipient, now)
    if until is not None:
        letters.wait(connection, posting, at=until, reason="too many letters went in one day")
        return False
    letters.trying(connection, posting, now=now)
    return True


def came_back(
    connection: Connection, provider: str, letter: int, reason: str, now: datetime
) -> None:
    """A letter without a case came back, if it is one that was sent."""
    if letters.case_of(connection, provider, letter) is None and letters.returned(
        connection, provider, letter, reason=reason
    ):
        failed(connection, provider, letter, now)


def failed(connection: Connection, provider: str, letter: int, now: datetime) -> None:
    """It does not reach who asked: a person is told."""
    raise_(
        connection,
        provider,
        key=f"undelivered:{letter}",
        about="undeliverable",
        text="A letter that explains how complaints are handled could not be delivered.",
        at=now,
    )
