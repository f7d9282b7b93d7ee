"""Is the schema current, and bring it there. Run by one at a time, whoever starts at once.

Alembic is imported by the functions that need it: it takes longer than all a short command does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, literal, select, text

from plugin.bundle import folder
from plugin.store import schema
from plugin.store.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x416E7377  # "Answ": an advisory lock number of our own


def upgrade(database: Database, to: str = "head") -> None:
    """Run every migration that has not run yet, up to `to`, in one transaction."""
    from alembic import command

    with database.engine.connect() as connection:
        if database.is_sqlite:
            # SQLite changes a table by copying it and dropping the old one, which what refers to it
            # would forbid; and it takes this only outside a transaction.
            _pragma(connection, "foreign_keys=OFF")
        try:
            with connection.begin():
                if not database.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, to)
                if database.is_sqlite:
                    _refers_to_nothing(connection)
        finally:
            if database.is_sqlite:
                _pragma(connection, "foreign_keys=ON")


def _pragma(connection: Connection, said: str) -> None:
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.cursor().execute(f"PRAGMA {said}")


def _refers_to_nothing(connection: Connection) -> None:
    """Raises RuntimeError where a row refers to one that is not there; nothing is changed then."""
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if lost is not None:
        raise RuntimeError(f"after the migration a row of {lost[0]} would refer to nothing")


def is_in_use(database: Database) -> bool:
    """Has anything been signed or sealed with its keys yet?"""
    with database.read() as connection:
        there = set(inspect(connection).get_table_names())
        used = (table for table in (schema.letter, schema.secret) if table.name in there)
        return any(
            connection.execute(select(literal(1)).select_from(table).limit(1)).first()
            for table in used
        )


def problem(database: Database) -> str | None:
    """What stands between this schema and the one the code needs, or None."""
    from alembic.script import ScriptDirectory

    with database.read() as connection:
        found = revision(connection)
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if found == wanted:
        return None
    if found is None:
        return "the database is empty; run: answerable db upgrade"
    return (
        f"the database is at migration {found}, the code needs {wanted}; run: answerable db upgrade"
    )


def revision(connection: Connection) -> str | None:
    """The migration the database is at; None for an empty one."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    from alembic.config import Config

    return Config(folder("migrations") / "alembic.ini")
