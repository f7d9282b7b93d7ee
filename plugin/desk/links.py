"""The signed links that letters give to customers: made, opened, taken back.

Whoever holds a link is let in as the party it was given to, at this case and nowhere else. A token
that we did not make costs one HMAC and no query; why a link does not open is never said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from plugin.desk.ports import Desk
from plugin.keys import customer_token, link_of_token
from plugin.store import cases, links, merges

EXPIRES = timedelta(days=180)
"""How long a link opens the page. Every later letter of the case brings a new one."""

PATH = "/c/"
"""Where the customer's page is; the token follows."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that opens: the party who holds it, and the case it leads to now.

    `given_for` is the case it was given for; another one where that was merged into `case`.
    """

    provider: str
    case: int
    party: int
    given_for: int


def make(desk: Desk, provider: str) -> tuple[int, str]:
    """A new link: its number and its token. It opens nothing before it is given to somebody."""
    id = desk.draw.id()
    return id, customer_token(desk.ring, provider, id)


def give(
    connection: Connection,
    provider: str,
    id: int,
    *,
    case: int,
    party: int,
    letter: int,
    now: datetime,
) -> None:
    """Give a link that was made to a party of a case, in a letter."""
    expires = now + EXPIRES
    links.add(
        connection, provider, id=id, case=case, party=party, letter=letter, expires_at=expires
    )


def url(desk: Desk, token: str) -> str:
    """The address to print; "" where the settings do not say where people reach us.

    A letter then has no link: one that nobody can open is not printed.
    """
    base = desk.settings.web.url
    return f"{base}{PATH}{token}" if base else ""


def is_ours(desk: Desk, token: str) -> bool:
    """Did we make this token? Asked before a connection is, so that a guess costs little."""
    return link_of_token(desk.ring, token) is not None


def open_(connection: Connection, desk: Desk, token: str, now: datetime) -> Link | None:
    """What a token opens at `now`; None for every reason that it does not."""
    known = link_of_token(desk.ring, token)
    if known is None:
        return None
    provider, id = known
    found = links.find(connection, provider, id, now)
    if found is None:
        return None
    given_for, party = found
    case = cases.get(connection, provider, merges.speaks_for(connection, provider, given_for))
    if case is None or case.merged_into is not None:
        return None
    return Link(provider, case.id, party, given_for)


def revoke(connection: Connection, provider: str, case: int, *, now: datetime) -> int:
    """Take back every link that opens this case; returns how many there were."""
    return links.revoke(connection, provider, case, now)
