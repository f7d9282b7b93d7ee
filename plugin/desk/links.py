"""Placeholder until the customer's page is merged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection


def revoke(connection: Connection, provider: str, case: int, *, now: datetime) -> None:
    """All links of a case end."""
