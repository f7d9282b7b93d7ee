"""Small helpers that several repositories share."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Executable

KEY_LENGTH = 255
"""The longest Message-ID kept as it is; a longer one is kept by its digest."""


@lru_cache(maxsize=100)
def inserting(table: Table) -> Insert:
    """The INSERT into a table, built once: building it anew costs more than running it."""
    return table.insert()


def insert_once(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless its key is taken; says whether it did.

    The database decides, so two workers cannot both be told yes.
    """
    done = connection.execute(_insert_once(table, connection.dialect.name), values)
    return done.first() is not None


@lru_cache(maxsize=100)
def inserting_new(table: Table, dialect: str) -> Insert:
    """The INSERT into a table that leaves rows alone whose key is taken."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


@lru_cache(maxsize=100)
def _insert_once(table: Table, dialect: str) -> Executable:
    # Asked for the row itself, since not every driver counts inserted rows.
    return inserting_new(table, dialect).returning(*table.primary_key.columns)


def key_of(message_id: str) -> str:
    """A Message-ID in the form it is looked up by."""
    if len(message_id) <= KEY_LENGTH:
        return message_id
    return "sha256:" + hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()
