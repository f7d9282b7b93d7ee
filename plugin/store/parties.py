"""Who belongs to a case, by which addresses and numbers, and in which standing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, or_, select, update

from plugin.cases.search import terms_of_case, terms_of_party
from plugin.store.cases import LIVE
from plugin.store.merges import survivors
from plugin.store.rows import inserting, inserting_new
from plugin.store.schema import case, case_term, party, route

MAX_LIVE = 50
"""How many live cases of one sender are considered; the newest."""

_NAMED = case.c.id.in_(bindparam("named", expanding=True))
_STANDING_OF_SENDER = (
    select(case.c.id, LIVE.label("live"))
    .join(route, and_(route.c.provider == case.c.provider, route.c.case_id == case.c.id))
    .where(
        route.c.provider == bindparam("provider"),
        route.c.kind == bindparam("kind"),
        route.c.value == bindparam("value"),
        route.c.confirmed,
        or_(LIVE, _NAMED),
    )
    .order_by(_NAMED.desc(), case.c.id.desc())
    .limit(bindparam("most"))
)


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


def add_party(
    connection: Connection,
    provider: str,
    case_id: int,
    *,
    id: int,
    name: str,
    kind: str,
    value: str,
    confirmed: bool,
    reference: str,
) -> None:
    """Make the sender a party to a case, with the route it used ("" for none).

    `reference` is the case's; it and the party's name and address are what the case is found by.
    """
    connection.execute(
        inserting(party),
        {
            "provider": provider,
            "id": id,
            "case_id": case_id,
            "role": "customer",
            "name": name,
            "confirmed": confirmed,
            "authorised": True,
        },
    )
    if value:
        add_route(connection, provider, case_id, id, kind, value, confirmed=confirmed)
    words = terms_of_case(reference) | terms_of_party(name, value)
    add_terms(connection, provider, case_id, words)


def add_terms(connection: Connection, provider: str, case_id: int, words: set[str]) -> None:
    """Let a case be found by these words."""
    connection.execute(
        inserting_new(case_term, connection.dialect.name),
        [{"provider": provider, "term": word, "case_id": case_id} for word in sorted(words)],
    )


def standing_of_sender(
    connection: Connection, provider: str, kind: str, value: str, named: Sequence[int]
) -> dict[int, bool]:
    """Cases to which this sender is a confirmed party -> whether each is live.

    All of `named` and the newest MAX_LIVE live ones.
    """
    if not value:
        return {}
    rows = connection.execute(
        _STANDING_OF_SENDER,
        {
            "provider": provider,
            "kind": kind,
            "value": value,
            "named": list(named),
            "most": MAX_LIVE + len(named),
        },
    )
    return {row.id: bool(row.live) for row in rows}


def live_cases_of(
    connection: Connection, provider: str, kind: str, value: str
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(reference, level, handler) of the live cases to which this sender is a confirmed party.

    A case that was merged is the one that speaks for it. At most MAX_LIVE are looked at.
    """
    theirs = connection.execute(
        select(case.c.id)
        .join(route, and_(route.c.provider == case.c.provider, route.c.case_id == case.c.id))
        .where(
            route.c.provider == provider,
            route.c.kind == kind,
            route.c.value == value,
            route.c.confirmed,
            or_(LIVE, case.c.merged_into.is_not(None)),
        )
        .order_by(case.c.id.desc())
        .limit(MAX_LIVE)
    )
    ids = set(theirs.scalars())
    if not ids:
        return []
    into = survivors(connection, provider, ids)
    meant = {into.get(id, id) for id in ids}
    return connection.execute(
        select(case.c.reference, case.c.level, case.c.handler)
        .where(case.c.provider == provider, case.c.id.in_(meant), LIVE)
        .order_by(case.c.id)
    ).all()


def party_of(
    connection: Connection,
    provider: str,
    id: int,
    kind: str,
    value: str,
    *,
    confirmed: bool = False,
) -> int | None:
    """The party as which this sender stands on the case; None for a stranger.

    `confirmed`: only one that is known to belong to it.
    """
    query = select(route.c.party_id).where(
        route.c.provider == provider,
        route.c.kind == kind,
        route.c.value == value,
        route.c.case_id == id,
    )
    return connection.execute(query.where(route.c.confirmed) if confirmed else query).scalar()


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
    connection: Connection,
    provider: str,
    case: int,
    id: int,
    kind: str,
    value: str,
    *,
    confirmed: bool = True,
) -> None:
    """The party writes from there, and can be reached there where it is `confirmed`."""
    connection.execute(
        inserting(route),
        {
            "provider": provider,
            "kind": kind,
            "value": value,
            "party_id": id,
            "case_id": case,
            "confirmed": confirmed,
        },
    )


def remove_route(connection: Connection, provider: str, id: int, value: str) -> None:
    """The party is not reached there any more, and is not known by it."""
    connection.execute(
        delete(route).where(
            route.c.provider == provider, route.c.party_id == id, route.c.value == value
        )
    )
