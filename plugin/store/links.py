"""The links that letters gave to parties: rows that a signed token must still find.

A token proves that we made it; whether its link still opens anything is decided by its row and the
rows it leads to, each time it is used. A case that was merged is asked for at its survivor.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, select, update

from plugin.store.merges import all_merged
from plugin.store.rows import inserting
from plugin.store.schema import customer_link, party


def add(
    connection: Connection,
    provider: str,
    *,
    id: int,
    case: int,
    party: int,
    letter: int,
    expires_at: datetime,
) -> None:
    """Give a party a link to a case, in a letter."""
    connection.execute(
        inserting(customer_link),
        {
            "provider": provider,
            "id": id,
            "case_id": case,
            "party_id": party,
            "letter_id": letter,
            "expires_at": expires_at,
        },
    )


def find(connection: Connection, provider: str, id: int, now: datetime) -> tuple[int, int] | None:
    """(case, party) of a link that holds at `now`, None where it holds no more.

    Its party must belong to the case still, and speak for its customer with authority.
    """
    row = connection.execute(
        select(customer_link.c.case_id, customer_link.c.party_id)
        .join(
            party,
            and_(
                party.c.provider == customer_link.c.provider,
                party.c.id == customer_link.c.party_id,
                party.c.case_id == customer_link.c.case_id,
            ),
        )
        .where(
            customer_link.c.provider == provider,
            customer_link.c.id == id,
            customer_link.c.expires_at > now,
            customer_link.c.revoked_at.is_(None),
            party.c.confirmed,
            party.c.authorised,
        )
    ).one_or_none()
    return None if row is None else (row.case_id, row.party_id)


def revoke(connection: Connection, provider: str, id: int, now: datetime) -> int:
    """Take back every link that opens this case, those of cases merged into it included."""
    every = [id, *all_merged(connection, provider, id)]
    done = connection.execute(
        update(customer_link)
        .where(
            customer_link.c.provider == provider,
            customer_link.c.case_id.in_(every),
            customer_link.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    return int(done.rowcount)
