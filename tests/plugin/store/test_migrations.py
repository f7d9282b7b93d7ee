"""A database with cases in it comes through each migration with what the newer code needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, insert, select

from plugin.store import migrate
from plugin.store.cases import NOTHING_DUE
from plugin.store.engine import Database
from plugin.store.schema import case, case_term
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


def _old_case(connection: Connection, id: int, state: str, promises: list[Any]) -> None:
    """A case as the first migration's code wrote it."""
    key = {"provider": "ooma", "case_id": id}

    def put(into: str, **values: Any) -> None:
        table = Table(into, MetaData(), autoload_with=connection)
        connection.execute(insert(table), values)

    put(
        "case",
        provider="ooma",
        id=id,
        reference=f"1111-1111-{id:02d}",
        state=state,
        level="frontline",
        language="en",
        opened_at=NOW,
        first_received_at=NOW,
        rules_version=1,
        head="0" * 64,
        events=1,
    )
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
