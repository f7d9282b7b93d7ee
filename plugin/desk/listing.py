"""Lists for people: cases by what is due next, cases found by a word, mail that waits.

Every list is bounded and costs the same with a hundred cases and a million: the case row carries
what the list sorts by, a page begins where the last one ended, and nothing is counted through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    union_all,
)

from plugin.cases.case import FRONT_LINE
from plugin.cases.search import just_after, terms_typed
from plugin.codes.provider import Provider
from plugin.desk.ports import Desk
from plugin.store import inbound
from plugin.store.cases import NOTHING_DUE
from plugin.store.schema import case, case_term, contact, party

PAGE = 50
"""How many cases a page of the list shows."""

MAX_FOUND = 50
"""How many cases a search shows, the most urgent first."""

MAX_MATCHED = 1000
MAX_MATCHED_EACH = 20_000
"""How many cases of a provider are looked at for a single word, and for each of several."""

MAX_WAITING = 200
"""How many mails that wait for a person one list shows, the oldest first."""

MAX_COUNTED = 99
"""Counts go no further than this: beyond, the number says nothing to anybody."""

Which = Literal["due", "late", "settled"]


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a list. `due_at` is its nearest owed promise's, in UTC: the first moment too late.

    `last_day` is the last day it can be kept on, None where it is measured in hours; `zone` the
    provider's.
    """

    provider: str
    provider_name: str
    reference: str
    state: str
    level: str
    level_title: str | None
    customer: str
    received_at: datetime
    next_promise: str | None
    due_at: datetime | None
    last_day: date | None
    zone: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended: the next one begins behind it."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `str` wrote. Raises ValueError for anything else."""
        at, _, id = text.partition("-")
        moment = datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        number = int(id)
        if not 0 <= number < 2**63:
            raise ValueError("there is no such page")
        return cls(moment, number)


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, and where the next ones begin; None where these are the last."""

    lines: list[Line]
    next: Mark | None = None


def list_cases(
    desk: Desk,
    providers: Sequence[str] | None = None,
    *,
    which: Which = "due",
    now: datetime | None = None,
    after: Mark | None = None,
    limit: int = PAGE,
) -> Page:
    """Cases of these providers (None: all), what is due next first; the settled ones newest first.

    "due": somebody still owes the customer something. "late": of these, whose nearest promise was
    due before `now`. "settled": the rest.
    """
    with desk.database.read() as connection:
        known = desk.providers.newest(connection)
        wanted = _wanted(providers, known)
        if not wanted:
            return Page([])
        found = _rows(connection, wanted, which, now, after, limit + 1)
        lines = _lines(connection, found[:limit], known)
    more = found[limit - 1] if len(found) > limit else None
    return Page(lines, Mark(more.attention_at, more.id) if more else None)


@dataclass(frozen=True, slots=True)
class Found:
    """Cases found by words. `whole`: these are all there are."""

    lines: list[Line]
    whole: bool = True


def search_cases(desk: Desk, providers: Sequence[str] | None, text: str) -> Found:
    """Cases whose reference, names or addresses have words beginning with every word of `text`.

    At most MAX_FOUND, what is due next first. A word that very many cases share is not followed
    through all of them: more words find exactly.
    """
    terms = terms_typed(text)
    if not terms:
        return Found([])
    with desk.database.read() as connection:
        known = desk.providers.newest(connection)
        wanted = _wanted(providers, known)
        found = [row for one in wanted for row in _matches(connection, one, terms)]
        found.sort(key=lambda row: (not row.active, row.attention_at, -row.id))
        lines = _lines(connection, found[:MAX_FOUND], known)
    return Found(lines, whole=len(found) <= MAX_FOUND)


def count_late(desk: Desk, providers: Sequence[str] | None, now: datetime) -> int:
    """How many cases have a promise that is late, counted up to MAX_COUNTED + 1."""
    with desk.database.read() as connection:
        wanted = _wanted(providers, desk.providers.newest(connection))
        if not wanted:
            return 0
        late = [_of(one, "late", now, None, MAX_COUNTED + 1).subquery() for one in wanted]
        some = union_all(*(select(one.c.id) for one in late)).limit(MAX_COUNTED + 1).subquery()
        return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def list_quarantine(
    desk: Desk, providers: Sequence[str] | None = None
) -> list[Row[*tuple[Any, ...]]]:
    """What could not be read, with the reason."""
    with desk.database.read() as connection:
        wanted = _wanted(providers, desk.providers.newest(connection))
        return [row for one in wanted for row in inbound.quarantined(connection, one)]


def list_waiting(desk: Desk, providers: Sequence[str] | None = None) -> list[Row[*tuple[Any, ...]]]:
    """Contacts that wait for a person to decide, the oldest first, at most MAX_WAITING.

    Each with the reference of the case it may belong to, where there is one.
    """
    with desk.database.read() as connection:
        wanted = _wanted(providers, desk.providers.newest(connection))
        near = func.coalesce(contact.c.case_id, contact.c.proposed_case_id)
        same = and_(case.c.provider == contact.c.provider, case.c.id == near)
        rows = connection.execute(
            select(contact, case.c.reference)
            .outerjoin(case, same)
            .where(contact.c.provider.in_(wanted), contact.c.waits.is_not(None))
            .order_by(contact.c.received_at, contact.c.id)
            .limit(MAX_WAITING)
        )
        return list(rows)


def mask(name: str) -> str:
    """A name's initials, enough to tell two cases apart: "Jo Marsh" -> "J. M."."""
    return " ".join(f"{word[0]}." for word in name.split()[:4] if word[0].isalnum())


def _wanted(providers: Sequence[str] | None, known: dict[str, Provider]) -> list[str]:
    return [key for key in known if providers is None or key in providers]


def _rows(
    connection: Connection,
    providers: Sequence[str],
    which: Which,
    now: datetime | None,
    after: Mark | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """The first rows over all providers, from as many of each: every branch reads an index."""
    branches = [_of(provider, which, now, after, limit) for provider in providers]
    order = _newest_first if which == "settled" else _soonest_first
    if len(branches) == 1:
        return connection.execute(branches[0]).all()
    some = union_all(*(select(branch.subquery()) for branch in branches)).subquery()
    return connection.execute(select(some).order_by(*order(some.c)).limit(limit)).all()


def _of(
    provider: str, which: Which, now: datetime | None, after: Mark | None, limit: int
) -> Select[Any]:
    c = case.c
    query = select(case).where(c.provider == provider, c.active == (which != "settled"))
    if which == "late" and now is not None:
        query = query.where(c.attention_at <= now)
    if which == "settled":
        if after is not None:
            query = query.where(c.id < after.id)
        return query.order_by(*_newest_first(c)).limit(limit)
    if after is not None:
        query = query.where(_behind(after))
    return query.order_by(*_soonest_first(c)).limit(limit)


def _behind(mark: Mark) -> ColumnElement[bool]:
    same = and_(case.c.attention_at == mark.at, case.c.id > mark.id)
    return and_(case.c.attention_at >= mark.at, or_(case.c.attention_at > mark.at, same))


def _soonest_first(c: Any) -> tuple[Any, ...]:
    return c.attention_at, c.id


def _newest_first(c: Any) -> tuple[Any, ...]:
    # Every settled case has the same attention_at; naming it lets the index give the order.
    return c.attention_at.desc(), c.id.desc()


def _matches(connection: Connection, provider: str, terms: Sequence[str]) -> Sequence[Row[Any]]:
    t = case_term.c
    query = select(case).where(case.c.provider == provider)
    most = MAX_MATCHED if len(terms) == 1 else MAX_MATCHED_EACH
    for term in terms:
        begins = and_(t.provider == provider, t.term >= term, t.term < just_after(term))
        query = query.where(case.c.id.in_(select(t.case_id).where(begins).limit(most)))
    order = (case.c.active.desc(), case.c.attention_at, case.c.id.desc())
    return connection.execute(query.order_by(*order).limit(MAX_FOUND + 1)).all()


def _lines(
    connection: Connection, rows: Sequence[Row[Any]], known: dict[str, Provider]
) -> list[Line]:
    customers = _customers(connection, [(row.provider, row.id) for row in rows])
    return [
        Line(
            provider=row.provider,
            provider_name=known[row.provider].file.name,
            reference=row.reference,
            state=row.state,
            level=row.level,
            level_title=level_title(known[row.provider], row.level),
            customer=customers.get((row.provider, row.id), ""),
            received_at=row.first_received_at,
            next_promise=row.next_promise,
            due_at=row.attention_at if row.attention_at < NOTHING_DUE else None,
            last_day=row.next_last_day,
            zone=known[row.provider].file.calendar.zone,
        )
        for row in rows
    ]


def level_title(provider: Provider, level: str) -> str | None:
    """A rung's name in the provider's own words; None for the front line."""
    if level == FRONT_LINE:
        return None
    rungs = (rung.title for rung in provider.file.ladder if rung.level == level)
    return next(rungs, level)


def _customers(connection: Connection, ids: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Each case's first confirmed party by name."""
    if not ids:
        return {}
    by_provider: dict[str, list[int]] = {}
    for provider, id in ids:
        by_provider.setdefault(provider, []).append(id)
    # A provider at a time: SQLite reads the whole table for a list of pairs.
    theirs = or_(
        *(
            and_(party.c.provider == provider, party.c.case_id.in_(some))
            for provider, some in by_provider.items()
        )
    )
    rows = connection.execute(
        select(party.c.provider, party.c.case_id, party.c.name)
        .where(theirs, party.c.confirmed)
        .order_by(party.c.id.desc())
    )
    return {(row.provider, row.case_id): row.name for row in rows}
