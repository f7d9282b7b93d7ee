"""Who belongs to a case, by which addresses and numbers, and in which standing."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from plugin.store.rows import inserting
from plugin.store.schema import party, route


@dataclass(frozen=True, slots=True)
class Party:
    """A party and its confirmed routes, e.g. `("email", "jo@example.com")`.

    `stands_for`: whom a representative speaks for, "" where nobody said; None for a customer.
    `authorised`: is the customer's authority on record? A customer needs none.
    """

    id: int
    role: str
    name: str
    confirmed: bool
    stands_for: str | None
    authorised: bool
    routes: tuple[tuple[str, str], ...]

    def to(self, kind: str) -> str | None:
        """The first route of a kind, e.g. "email"; None where there is none."""
        return next((value for found, value in self.routes if found == kind), None)


def of_case(connection: Connection, provider: str, case: int) -> list[Party]:
    """The parties of a case, the first to come first; routes in the order they were used."""
    rows = connection.execute(
        select(party).where(party.c.provider == provider, party.c.case_id == case).order_by("id")
    ).all()
    used = connection.execute(
        select(route.c.party_id, route.c.kind, route.c.value)
        .where(route.c.provider == provider, route.c.case_id == case)
        .order_by(route.c.kind, route.c.value)
    ).all()
    return [
        Party(
            id=row.id,
            role=row.role,
            name=row.name,
            confirmed=row.confirmed,
            stands_for=row.stands_for,
            authorised=row.authorised,
            routes=tuple((one.kind, one.value) for one in used if one.party_id == row.id),
        )
        for row in rows
    ]


def confirm(connection: Connection, provider: str, id: int) -> None:
    """The party belongs to its case, and so do the addresses it used."""
    connection.execute(
        update(party).where(party.c.provider == provider, party.c.id == id).values(confirmed=True)
    )
    connection.execute(
        update(route)
        .where(route.c.provider == provider, route.c.party_id == id)
        .values(confirmed=True)
    )


def represent(connection: Connection, provider: str, id: int, *, stands_for: str) -> None:
    """The party speaks for somebody; whether it may is not on record yet."""
    connection.execute(
        update(party)
        .where(party.c.provider == provider, party.c.id == id)
        .values(role="representative", stands_for=stands_for, authorised=False)
    )


def is_customer(connection: Connection, provider: str, id: int) -> None:
    """The party speaks for itself after all."""
    connection.execute(
        update(party)
        .where(party.c.provider == provider, party.c.id == id)
        .values(role="customer", stands_for=None, authorised=True)
    )


def authorise(connection: Connection, provider: str, id: int) -> None:
    """The customer's authority for this representative is on record."""
    connection.execute(
        update(party).where(party.c.provider == provider, party.c.id == id).values(authorised=True)
    )


def add_route(
    connection: Connection, provider: str, case: int, id: int, kind: str, value: str
) -> None:
    """The party can be reached there too, and may write from there."""
    connection.execute(
        inserting(route),
        {
            "provider": provider,
            "kind": kind,
            "value": value,
            "party_id": id,
            "case_id": case,
            "confirmed": True,
        },
    )


def remove_route(connection: Connection, provider: str, id: int, value: str) -> None:
    """The party is not reached there any more, and is not known by it."""
    connection.execute(
        delete(route).where(
            route.c.provider == provider, route.c.party_id == id, route.c.value == value
        )
    )
