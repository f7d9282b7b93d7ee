"""Provider versions: each content of a folder, once, never changed.

Cases and letters name the version they were made under, so that what was promised can always be
shown as it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, select

from plugin.store.schema import provider_version as table

_NEWEST = select(table.c.provider, func.max(table.c.version).label("version")).group_by(
    table.c.provider
)

Source = Literal["folder", "admin"]
Stored = Literal["new", "unchanged", "conflict"]


def digest_of(files: Mapping[str, str]) -> str:
    """What two contents must agree in to be the same version."""
    text = json.dumps(dict(files), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def store_folder(
    connection: Connection, provider: str, files: Mapping[str, str], *, now: datetime
) -> Stored:
    """Keep a folder's content as a version, if it is new.

    "conflict": the folder changed after an admin edited the provider; nothing is stored and a
    person must decide.
    """
    digest = digest_of(files)
    versions = connection.execute(
        select(table.c.version, table.c.digest, table.c.source)
        .where(table.c.provider == provider)
        .order_by(table.c.version)
        .with_for_update()
    ).all()
    from_folder = [row for row in versions if row.source == "folder"]
    if from_folder and from_folder[-1].digest == digest:
        return "unchanged"
    if versions and versions[-1].source == "admin":
        return "conflict"
    connection.execute(
        table.insert().values(
            provider=provider,
            version=len(versions) + 1,
            digest=digest,
            source="folder",
            files=json.dumps(dict(files), sort_keys=True, ensure_ascii=False),
            created_at=now,
        )
    )
    return "new"


def newest(connection: Connection) -> dict[str, int]:
    """The newest version number of every provider; asked by every job at every turn."""
    return {row.provider: row.version for row in connection.execute(_NEWEST)}


def files_of(connection: Connection, provider: str, version: int) -> dict[str, str]:
    """The files of one version. Raises LookupError where there is none."""
    text = connection.execute(
        select(table.c.files).where(table.c.provider == provider, table.c.version == version)
    ).scalar_one_or_none()
    if text is None:
        raise LookupError(f"provider {provider!r} has no version {version}")
    files: dict[str, str] = json.loads(text)
    return files


def version_at(connection: Connection, provider: str, moment: datetime) -> int | None:
    """The newest version stored by then, else the first there is; None where none was stored."""
    stored = select(func.max(table.c.version)).where(
        table.c.provider == provider, table.c.created_at <= moment
    )
    first = select(func.min(table.c.version)).where(table.c.provider == provider)
    return connection.execute(stored).scalar() or connection.execute(first).scalar()
