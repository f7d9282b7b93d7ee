"""Corrections of what was heard, as lines of the form that `triage --report` measures.

A line holds a customer's words as they arrived: it is personal data, and goes only where somebody
asked for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from mail.message import Unreadable
from mail.parse import parse
from plugin.codes.provider import Provider
from plugin.desk.ports import Desk
from plugin.store import decisions
from plugin.store.blobs import BlobMissing, Blobs


def corrections(desk: Desk, providers: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """Every contact that a person judged otherwise than the rules did.

    `providers`: whose; None: all of them. Raises LookupError for one that is not there.
    """
    with desk.database.read() as connection:
        known = desk.providers.newest(connection)
        asked = list(known) if providers is None else providers
        for key in asked:
            if key not in known:
                raise LookupError(f"there is no provider {key!r}; there are: {', '.join(known)}")
        for key in asked:
            for row in decisions.corrections(connection, key):
                yield _line(connection, known[key], row)


def _line(connection: Connection, provider: Provider, row: Row[Any]) -> dict[str, Any]:
    languages = provider.file.languages
    spoken = next((one for one in languages if one.partition("-")[0] == row.language), row.language)
    return {
        "id": f"{row.provider}-{row.id}",
        "channel": row.channel,
        "lang": spoken,
        "subject": row.subject,
        "text": _whole(connection, row),
        "has_open_case": row.had_case,
        "label": row.said,
        "why": row.reason,
        "hard": True,  # The rules went wrong here.
    }


def _whole(connection: Connection, row: Row[Any]) -> str:
    """The text as it arrived; of a call, and where it is no longer kept, the own words."""
    if row.channel != "email":
        return str(row.own_words)
    try:
        return parse(Blobs(connection).get(row.provider, row.blob or "")).text
    except (BlobMissing, Unreadable):
        return str(row.own_words)
