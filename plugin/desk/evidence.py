"""Gathering what the joining table asks for: a few queries, and no judgement of its own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from plugin.cases import reference as references
from plugin.cases.thread import Evidence
from plugin.contacts import Contact, route_kind
from plugin.desk.ports import Desk
from plugin.keys import case_of_message_id
from plugin.store import cases, letters, merges, parties

MAX_QUOTED = 10
"""How many case references in one mail are looked up."""


def gather(
    connection: Connection,
    desk: Desk,
    contact: Contact,
    known: tuple[int, ...],
    own_words: str,
    people: Sequence[str],
) -> Evidence:
    """Look up all that the joining table asks for.

    `known`: cases of the mails it answers. `people`: whose standing counts: the sender where it is
    believed, and of a mail of ours those it was sent to.
    """
    token = _token(connection, desk, contact)
    text = f"{contact.subject}\n{own_words}"
    written = [one for _, one in zip(range(MAX_QUOTED), references.find(text), strict=False)]
    quoted = cases.with_references(connection, contact.provider, written)
    named = [*known, *quoted.values(), *([token] if token is not None else [])]
    standing: dict[int, bool] = {}
    for address in people:
        standing |= parties.standing_of_sender(
            connection, contact.provider, route_kind(contact.channel), address, named
        )
    into = merges.survivors(connection, contact.provider, {*named, *standing})
    if into:
        living = cases.live_of(connection, contact.provider, set(into.values()))
        standing = {
            into.get(c, c): living.get(into.get(c, c), live) for c, live in standing.items()
        }
    return Evidence(
        token=into.get(token, token) if token is not None else None,
        known=tuple(dict.fromkeys(into.get(case, case) for case in known)),
        quoted=tuple(
            into.get(quoted[reference], quoted[reference])
            for reference in written
            if reference in quoted
        ),
        party_to=frozenset(standing),
        live=frozenset(case for case, live in standing.items() if live),
        closed=frozenset(case for case, live in standing.items() if not live),
    )


def _token(connection: Connection, desk: Desk, contact: Contact) -> int | None:
    """The case that a signature of ours names: in an id it answers, else in where it was sent."""
    signed = (case_of_message_id(desk.ring, contact.provider, id_) for id_ in contact.ids)
    case = next((found[0] for found in signed if found), None)
    if case is None and contact.letters:
        case = letters.case_of(connection, contact.provider, contact.letters[0])
    if case is None or not cases.exists(connection, contact.provider, case):
        return None
    return case
