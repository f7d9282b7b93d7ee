"""What keeps two machines from writing to each other for ever.

Standards let most machines be known (`mail.automatic`); this is for the others. The same words from
one address, over and over, are kept and answered no more; and what goes out by itself to one
address, or of one case, has a budget. A letter that keeps a commitment or a promise of the law goes
all the same: missing it would break a promise, and each of those is owed only once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from plugin.codes.rules import Rules
from plugin.contacts import Contact
from plugin.desk.ports import Desk
from plugin.desk.writing import ANSWERS
from plugin.store import budgets, contacts, letters

WINDOW = timedelta(hours=24)

NEVER_HELD = ANSWERS | {"acknowledgement"}
"""Letters that go whatever went before, also where no promise hangs on them."""


def repeats(connection: Connection, desk: Desk, contact: Contact, own_words: str) -> bool:
    """Does this sender say the same words once too often in a day? Empty ones never count."""
    words = contacts.words_digest(own_words)
    if words is None or not contact.sender or contact.forged:
        return False
    since = contact.received_at - WINDOW
    before = contacts.count_same(
        connection, contact.provider, contact.sender, words, since, contact.received_at
    )
    return before + 1 >= desk.settings.sending.identical


def owed(rules: Rules, kind: str) -> bool:
    """Must a letter of this kind go: does it keep a commitment or a promise of the law?"""
    if kind in NEVER_HELD:
        return True
    does = rules.implied.get(kind, frozenset())
    return any(
        does & one.kept_by
        and any(span.legal or one.rule.severity != "target" for span in one.spans)
        for one in rules.promises
    )


def waits_until(
    connection: Connection, desk: Desk, letter: letters.Letter, recipient: str, now: datetime
) -> datetime | None:
    """When the budget of the address and of the case has room again; None where it has now."""
    budget = desk.settings.sending
    since, key = now - WINDOW, letter.provider
    moments = [budgets.room_at(connection, key, most=budget.per_address, since=since, to=recipient)]
    if letter.case is not None:
        moments.append(
            budgets.room_at(connection, key, most=budget.per_case, since=since, case=letter.case)
        )
    freed = [moment + WINDOW for moment in moments if moment is not None]
    return max(freed, default=None)
