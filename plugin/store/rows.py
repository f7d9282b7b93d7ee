"""Small helpers that several repositories share."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

KEY_LENGTH = 255
"""The longest Message-ID kept as it is; a longer one is kept by its digest."""


def insert_once(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless its key is taken; says whether it did.

    The database decides, so two workers cannot both be told yes.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values(**values).on_conflict_do_nothing()
    # Asked for the row itself, since not every driver counts inserted rows.
    done = connection.execute(statement.returning(*table.primary_key.columns))
    return done.first() is not None


def key_of(message_id: str) -> str:
    """A Message-ID in the form it is looked up by."""
    if len(message_id) <= KEY_LENGTH:
        return message_id
    return "sha256:" + hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()
