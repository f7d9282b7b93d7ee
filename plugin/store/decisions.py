"""What people decided of contacts: one row for each decision, never changed.

A decision about a contact of a case is an event of that case as well; a contact that has none has
only this. From these rows the rules can be measured on the provider's own mail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from plugin.store.rows import inserting
from plugin.store.schema import contact
from plugin.store.schema import decision as table

BATCH = 200
"""How many corrections are read at a time."""


def add(
    connection: Connection,
    about: Row[Any],
    *,
    id: int,
    at: datetime,
    kind: str,
    label: str,
    had_case: bool,
    reason: str,
    actor: str,
) -> None:
    """Keep a decision about a contact, `about` its row as it was before.

    What the rules had heard is what the first decision about it found.
    """
    first = of_contact(connection, about.provider, about.id)
    connection.execute(
        inserting(table),
        {
            "provider": about.provider,
            "id": id,
            "contact_id": about.id,
            "at": at,
            "kind": kind,
            "heard": first[0].heard if first else about.label,
            "label": label,
            "had_case": first[0].had_case if first else had_case,
            "reason": reason,
            "actor": actor,
        },
    )


def of_contact(connection: Connection, provider: str, contact_id: int) -> Sequence[Row[Any]]:
    """The decisions about a contact, the first taken first."""
    return connection.execute(
        select(table)
        .where(table.c.provider == provider, table.c.contact_id == contact_id)
        .order_by(table.c.at, table.c.id)
    ).all()


def corrections(connection: Connection, provider: str) -> Iterator[Row[Any]]:
    """Contacts that people judged otherwise than the rules, with the last decision of each.

    In batches, so that memory does not grow with their number.
    """
    later = table.alias()
    newest = ~(
        select(later.c.id)
        .where(
            later.c.provider == table.c.provider,
            later.c.contact_id == table.c.contact_id,
            or_(later.c.at > table.c.at, and_(later.c.at == table.c.at, later.c.id > table.c.id)),
        )
        .exists()
    )
    same = and_(contact.c.provider == table.c.provider, contact.c.id == table.c.contact_id)
    after = 0
    while True:
        rows = connection.execute(
            select(
                contact,
                table.c.id.label("decision"),
                table.c.label.label("said"),
                table.c.had_case,
                table.c.reason,
            )
            .join(contact, same)
            .where(
                table.c.provider == provider,
                newest,
                table.c.id > after,
                table.c.label != table.c.heard,
            )
            .order_by(table.c.id)
            .limit(BATCH)
        ).all()
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1].decision
