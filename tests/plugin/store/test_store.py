"""The store on SQLite and on a real PostgreSQL: claims, lanes, blobs, versions, leases."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, column, func, insert, literal, select, text, update
from sqlalchemy.exc import StatementError

from plugin.keys import Key, KeyRing, SealBroken
from plugin.store import inbound, migrate, providers
from plugin.store.blobs import CHUNK_BYTES, BlobMissing, Blobs
from plugin.store.claims import Claim, ClaimLost, drop_lease, settle, take_lease
from plugin.store.engine import Database
from plugin.store.rows import insert_once
from plugin.store.schema import blob, blob_chunk, metadata, provider_version, secret
from plugin.store.schema import inbound as inbound_table
from plugin.store.secrets import SecretMissing, Secrets
from tests.plugin.support import NOW

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def database(any_database_url: str) -> Iterator[Database]:
    """A migrated database of each kind."""
    opened = Database(any_database_url)
    migrate.upgrade(opened)
    yield opened
    opened.close()


def arrival(number: int, *, lane: str = "", at: datetime = NOW) -> inbound.Arrival:
    return inbound.Arrival(
        id=number,
        provider="ooma",
        source="file",
        mailbox=None,
        raw=b"mail %d" % number,
        lane=lane,
        received_at=at,
        received_source="fetch",
        fetched_at=at,
    )


def keep(database: Database, *arrivals: inbound.Arrival) -> None:
    for one in arrivals:
        database.write(lambda c, one=one: inbound.add(c, [one]))  # type: ignore[misc]


def take(database: Database, worker: str = "a", limit: int = 10) -> list[inbound.Work]:
    return database.write(
        lambda c: inbound.take(database, c, "ooma", worker=worker, now=NOW, limit=limit)
    )


def test_migrations_make_the_schema_that_the_code_describes(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert migrate.problem(database) is None


def test_an_empty_database_says_what_to_run(tmp_path: Path) -> None:
    opened = Database(f"sqlite:///{tmp_path}/empty.db")
    assert migrate.problem(opened) == "the database is empty; run: answerable db upgrade"
    opened.close()


def test_moments_come_back_in_utc_and_naive_ones_are_refused(database: Database) -> None:
    keep(database, arrival(1))
    with database.read() as connection:
        (kept,) = connection.execute(select(inbound_table.c.received_at)).scalars()
    assert kept == NOW
    assert kept.tzinfo is UTC
    with pytest.raises(StatementError), database.engine.begin() as connection:
        connection.execute(update(inbound_table).values(received_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_a_claimed_row_is_nobody_elses(database: Database) -> None:
    keep(database, arrival(1), arrival(2))
    assert [work.id for work in take(database, "a")] == [1, 2]
    assert take(database, "b") == []


def test_one_senders_mail_is_worked_in_order(database: Database) -> None:
    keep(database, arrival(1, lane="jo"), arrival(2, lane="jo"), arrival(3, lane="kit"))
    (first, other) = take(database)
    assert (first.id, other.id) == (1, 3)
    assert take(database) == []
    database.write(lambda c: inbound.finish(c, first, inbound.Done("not_case")))
    assert [work.id for work in take(database)] == [2]


def test_a_failing_mail_holds_back_its_lane_and_no_other(database: Database) -> None:
    keep(database, arrival(1, lane="jo"), arrival(2, lane="jo"), arrival(3, lane="kit"))
    first, _ = take(database)
    later = NOW + timedelta(minutes=1)
    database.write(lambda c: inbound.retry_at(c, first, at=later, reason="a fault"))
    assert take(database) == []
    with database.read() as connection:
        assert inbound.next_at(database, connection, "ooma") is not None


def test_a_worker_that_slept_past_its_claim_is_told(database: Database) -> None:
    keep(database, arrival(1))
    (slow,) = take(database, "slow")
    with database.engine.begin() as connection:
        connection.execute(update(inbound_table).values(claimed_until=NOW - timedelta(days=365)))
    (quick,) = take(database, "quick")
    database.write(lambda c: inbound.finish(c, quick, inbound.Done("not_case")))
    with pytest.raises(ClaimLost), database.engine.begin() as connection:
        settle(connection, inbound_table, Claim(("ooma", 1), slow.held.fence), state="done")


def test_next_at_names_the_moment_the_next_row_is_due(database: Database) -> None:
    with database.read() as connection:
        assert inbound.next_at(database, connection, "ooma") is None
    keep(database, arrival(2, at=NOW + timedelta(hours=2)), arrival(1, at=NOW))
    with database.read() as connection:
        assert inbound.next_at(database, connection, "ooma") == NOW


def test_a_taken_key_is_told_not_raised(database: Database) -> None:
    values = {"name": "one", "sealed": b"x", "changed_at": NOW}
    with database.engine.begin() as connection:
        assert insert_once(connection, secret, **values)
        assert not insert_once(connection, secret, **values)


def test_equal_bytes_are_kept_once_and_go_with_their_last_reference(database: Database) -> None:
    data = os.urandom(CHUNK_BYTES * 2 + 17)
    with database.engine.begin() as connection:
        blobs = Blobs(connection)
        digest = blobs.put("ooma", data)
        assert blobs.put("ooma", data) == digest
        assert blobs.put("opus", data) == digest
        assert blobs.get("ooma", digest) == data
        assert connection.execute(select(func.count()).select_from(blob_chunk)).scalar() == 6
        blobs.drop("ooma", digest)
        assert blobs.get("ooma", digest) == data
        blobs.drop("ooma", digest)
        with pytest.raises(BlobMissing):
            blobs.get("ooma", digest)
        assert connection.execute(select(func.count()).select_from(blob)).scalar() == 1


def test_several_are_kept_at_once_each_once_and_the_small_ones_read_at_once(
    database: Database,
) -> None:
    noise = os.urandom(9000)
    long = os.urandom(CHUNK_BYTES + 1)
    words = b"I would like to make a complaint. " * 2000
    with database.engine.begin() as connection:
        blobs = Blobs(connection)
        first = blobs.put("ooma", words)
        digests = blobs.put_all("ooma", [noise, words, long, noise, b64encode(noise * 5)])
        assert digests[0] == digests[3]
        assert digests[1] == first
        small = blobs.get_small("ooma", digests)
        assert sorted(small) == sorted({digests[0], digests[1], digests[4]})
        assert [small[digests[0]], small[digests[1]]] == [noise, words]
        assert small[digests[4]] == b64encode(noise * 5)
        assert blobs.get("ooma", digests[2]) == long
        blobs.drop("ooma", digests[0])
        assert blobs.get("ooma", digests[0]) == noise


def test_a_database_that_dropped_every_connection_is_asked_again(postgres_url: str) -> None:
    database = Database(postgres_url)
    migrate.upgrade(database)
    other = Database(postgres_url)
    for work in (_read_one, _write_one):
        assert work(database) == 1
        with other.engine.connect() as connection:
            others = select(func.pg_terminate_backend(column("pid"), 5000)).select_from(
                text(
                    "pg_stat_activity"
                    " WHERE datname = current_database() AND pid != pg_backend_pid()"
                )
            )
            assert all(connection.execute(others).scalars().all())
        assert work(database) == 1
    database.close()
    other.close()


def _read_one(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(literal(1))).scalar_one())


def _write_one(database: Database) -> int:
    return database.write(lambda c: int(c.execute(select(literal(1))).scalar_one()))


def test_empty_bytes_are_bytes_too(database: Database) -> None:
    with database.engine.begin() as connection:
        assert Blobs(connection).get("ooma", Blobs(connection).put("ooma", b"")) == b""


def test_a_folder_is_stored_once_for_each_content(database: Database) -> None:
    with database.engine.begin() as connection:
        assert providers.store_folder(connection, "x", {"a": "1"}, now=NOW) == "new"
        assert providers.store_folder(connection, "x", {"a": "1"}, now=NOW) == "unchanged"
        assert providers.store_folder(connection, "x", {"a": "2"}, now=NOW) == "new"
        assert providers.newest(connection) == {"x": 2}
        assert providers.files_of(connection, "x", 1) == {"a": "1"}
        with pytest.raises(LookupError):
            providers.files_of(connection, "x", 3)


def test_a_folder_changed_after_an_admins_edit_changes_nothing(database: Database) -> None:
    with database.engine.begin() as connection:
        providers.store_folder(connection, "x", {"a": "1"}, now=NOW)
        connection.execute(
            insert(provider_version).values(
                provider="x", version=2, digest="d", source="admin", files="{}", created_at=NOW
            )
        )
        assert providers.store_folder(connection, "x", {"a": "1"}, now=NOW) == "unchanged"
        assert providers.store_folder(connection, "x", {"a": "9"}, now=NOW) == "conflict"
        assert providers.newest(connection) == {"x": 2}


def test_a_sealed_secret_is_unreadable_in_the_row_and_opens_by_its_name(database: Database) -> None:
    secrets = Secrets(KeyRing([Key("k1", b"1" * 32)]))
    with database.engine.begin() as connection:
        secrets.put(connection, "mailbox", "hunter2", now=NOW)
        secrets.put(connection, "mailbox", "hunter3", now=NOW)
        (row,) = connection.execute(select(secret)).all()
        assert b"hunter" not in row.sealed
        assert secrets.get(connection, "mailbox") == "hunter3"
        with pytest.raises(SecretMissing):
            secrets.get(connection, "other")
        with pytest.raises(SealBroken):
            Secrets(KeyRing([Key("k2", b"2" * 32)])).get(connection, "mailbox")


def test_a_lease_is_one_holders_until_it_ends_or_is_dropped(database: Database) -> None:
    minute = timedelta(minutes=1)
    with database.engine.begin() as connection:
        assert take_lease(database, connection, "box", "a", minute)
        assert take_lease(database, connection, "box", "a", minute)
        assert not take_lease(database, connection, "box", "b", minute)
        drop_lease(connection, "box", "a")
        assert take_lease(database, connection, "box", "b", timedelta(seconds=-1))
        assert take_lease(database, connection, "box", "a", minute)


def test_errors_of_the_database_show_no_values(database: Database) -> None:
    keep(database, arrival(1))
    with pytest.raises(Exception, match=r"(?i)unique|duplicate") as raised:
        keep(database, arrival(1, lane="jo.marsh@example.com"))
    assert "jo.marsh" not in str(raised.value)


_TAKER = """
import sys
from tests.plugin.support import NOW
from plugin.store import inbound
from plugin.store.engine import Database
database = Database(sys.argv[1])
done = []
while batch := database.write(
    lambda c: inbound.take(database, c, "ooma", worker=sys.argv[2], now=NOW, limit=7)
):
    for work in batch:
        database.write(lambda c, work=work: inbound.finish(c, work, inbound.Done("not_case")))
        done.append(work.id)
print(" ".join(map(str, done)))
"""


def test_two_processes_share_the_work_and_double_nothing(
    database: Database, any_database_url: str
) -> None:
    keep(database, *(arrival(n, lane=f"sender{n % 40}") for n in range(1, 201)))
    takers = [
        subprocess.Popen(
            [sys.executable, "-c", _TAKER, any_database_url, name],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    done = [[int(n) for n in taker.communicate(timeout=60)[0].split()] for taker in takers]
    assert sorted(done[0] + done[1]) == list(range(1, 201))
    with database.read() as connection:
        fences = connection.execute(select(func.max(inbound_table.c.fence))).scalar()
    assert fences == 1


def test_the_file_of_a_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    opened = Database(f"sqlite:///{tmp_path}/new/one.db")
    migrate.upgrade(opened)
    found = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "new").iterdir()}
    opened.close()
    assert "one.db" in found
    assert set(found.values()) == {0}


def test_what_nobody_misses_is_left_where_somebody_writes(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(insert(secret).values(name="one", sealed=b"x", changed_at=NOW))

    assert database.try_write(work)
    with database.engine.begin() as connection:
        connection.execute(update(secret).values(sealed=b"y"))
        done = database.try_write(lambda c: c.execute(update(secret).values(sealed=b"z")))
        assert not done
    with database.read() as connection:
        assert connection.execute(select(secret.c.sealed)).scalar_one() == b"y"
