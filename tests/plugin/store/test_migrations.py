"""A database with cases in it comes through each migration with what the newer code needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from plugin.store import migrate
from plugin.store.cases import NOTHING_DUE
from plugin.store.engine import Database
from plugin.store.schema import case, case_term, delivery, letter
from tests.plugin.support import NOW


@pytest.fixture
def database(any_database_url: str) -> Iterator[Database]:
    opened = Database(any_database_url)
    yield opened
    opened.close()


def test_the_second_migration_says_of_old_cases_what_is_due_and_how_they_are_found(
    database: Database,
) -> None:
    migrate.upgrade(database, "0001")
    due = NOW + timedelta(days=3)
    cases: dict[int, tuple[str, list[Any]]] = {
        1: ("open", [("progress_update", due, "open", None)]),
        2: ("open", [("acknowledge", NOW, "broken", None), ("outcome_notice", due, "open", None)]),
        3: ("closed_assumed", [("adr_notice", due, "open", None)]),
        4: ("closed_confirmed", [("acknowledge", NOW, "broken", None)]),
        5: ("open", [("acknowledge", NOW, "broken", NOW), ("acknowledge", due, "kept", NOW)]),
    }
    with database.engine.begin() as connection:
        for id, (state, promises) in cases.items():
            _old_case(connection, id, state, promises)
    migrate.upgrade(database)
    assert migrate.problem(database) is None
    columns = (case.c.active, case.c.next_promise, case.c.attention_at, case.c.next_last_day)
    with database.read() as connection:
        found = {row[0]: tuple(row[1:]) for row in connection.execute(select(case.c.id, *columns))}
        terms = set(
            connection.execute(select(case_term.c.term).where(case_term.c.case_id == 1)).scalars()
        )
    assert found == {
        1: (True, "progress_update", due, due.date()),
        2: (True, "acknowledge", NOW, NOW.date()),
        3: (True, "adr_notice", due, due.date()),
        4: (False, None, NOTHING_DUE, None),
        5: (True, None, NOTHING_DUE, None),
    }
    assert terms == {"1111111101", "amelie", "gagnon", "amelie@example.com", "example.com"}


def test_the_fifth_migration_keeps_letters_with_their_cases_and_deliveries(
    database: Database,
) -> None:
    migrate.upgrade(database, "0004")
    with database.engine.begin() as connection:
        for id in (1, 2):
            _answered_case(connection, id)
        before = _rows(connection)
    migrate.upgrade(database)
    assert migrate.problem(database) is None
    with database.read() as connection:
        after = _rows(connection)
    letters, deliveries = after
    assert {row.pop("contact_id") for row in letters} == {None}
    assert after == before
    assert [(row["id"], row["case_id"]) for row in letters] == [(11, 1), (12, 2)]
    assert [(row["letter_id"], row["case_id"]) for row in deliveries] == [(11, 1), (12, 2)]


@pytest.mark.parametrize(
    "breaks",
    [
        delete(letter).where(letter.c.id == 11),
        delete(case).where(case.c.id == 1),
        update(letter).where(letter.c.id == 11).values(case_id=3),
        update(delivery).where(delivery.c.id == 21).values(letter_id=13),
        # One letter answers a contact, and no second.
        update(letter).values(contact_id=5),
    ],
    ids=["letter gone", "case gone", "no such case", "no such letter", "answered twice"],
)
def test_after_the_fifth_migration_the_database_still_refuses_what_does_not_fit(
    database: Database, breaks: Any
) -> None:
    migrate.upgrade(database, "0004")
    with database.engine.begin() as connection:
        for id in (1, 2):
            _answered_case(connection, id)
    migrate.upgrade(database)
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(breaks)


def _rows(connection: Connection) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The letters and the deliveries, with every column they have at this migration."""
    found = []
    for name in ("letter", "delivery"):
        table = Table(name, MetaData(), autoload_with=connection)
        rows = connection.execute(select(table).order_by(table.c.id)).mappings()
        found.append([dict(row) for row in rows])
    letters, deliveries = found
    return letters, deliveries


def _put(connection: Connection, into: str, **values: Any) -> None:
    """A row as the database takes it at this migration."""
    table = Table(into, MetaData(), autoload_with=connection)
    connection.execute(insert(table), values)


def _put_case(connection: Connection, id: int, **values: Any) -> None:
    """A case with what every migration asks of one, and these values."""
    _put(
        connection,
        "case",
        provider="ooma",
        id=id,
        reference=f"1111-1111-{id:02d}",
        level="frontline",
        language="en",
        opened_at=NOW,
        first_received_at=NOW,
        rules_version=1,
        head="0" * 64,
        events=1,
        **values,
    )


def _answered_case(connection: Connection, id: int) -> None:
    """A case with a letter that was sent, as the fourth migration's code wrote them."""
    key = {"provider": "ooma", "case_id": id}
    put = partial(_put, connection)
    _put_case(connection, id, state="open", active=True, attention_at=NOW)
    put(
        "letter",
        **key,
        id=10 + id,
        kind="acknowledgement",
        language="en",
        format="standard",
        rules_version=1,
        template="0" * 64,
        message_id=f"{id}@ooma.example",
        subject="Your complaint",
        text="Chère Amélie,",
        html="<p>Chère Amélie,</p>",
        elements='["reference"]',
        created_at=NOW,
        shadow=False,
        author="system",
        told="{}",
    )
    put(
        "delivery",
        **key,
        id=20 + id,
        letter_id=10 + id,
        channel="email",
        recipient="amelie@example.com",
        in_reply_to="first@example.com",
        state="sent",
        tried_at=NOW,
        repeats=0,
        sent_at=NOW,
        fence=1,
        attempts=1,
    )


def _old_case(connection: Connection, id: int, state: str, promises: list[Any]) -> None:
    """A case as the first migration's code wrote it."""
    key = {"provider": "ooma", "case_id": id}
    put = partial(_put, connection)
    _put_case(connection, id, state=state)
    put("party", **key, id=id, role="customer", name="Amélie Gagnon", confirmed=True)
    put("route", **key, kind="email", value="amelie@example.com", party_id=id, confirmed=True)
    for number, (name, due, promised, kept) in enumerate(promises, start=1):
        put(
            "promise",
            **key,
            name=name,
            occurrence=number,
            severity="commitment",
            starts_at=NOW,
            due_at=due,
            last_day=due.date(),
            state=promised,
            kept_at=kept,
            fence=0,
            attempts=0,
        )
