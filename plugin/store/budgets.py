"""How much went out by itself lately: to one address, of one case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, select

from plugin.store.schema import delivery, letter


def room_at(
    connection: Connection,
    provider: str,
    *,
    most: int,
    since: datetime,
    to: str | None = None,
    case: int | None = None,
) -> datetime | None:
    """With `most` automatic letters sent since then, when the oldest of those that fill it went.

    Of those to one address, or of one case; None where there is room.
    """
    whose = delivery.c.recipient == to if to is not None else delivery.c.case_id == case
    return connection.execute(
        select(delivery.c.sent_at)
        .join(
            letter,
            and_(letter.c.provider == delivery.c.provider, letter.c.id == delivery.c.letter_id),
        )
        .where(
            delivery.c.provider == provider,
            whose,
            delivery.c.sent_at > since,
            delivery.c.channel == "email",
            letter.c.author == "system",
        )
        .order_by(delivery.c.sent_at.desc())
        .offset(most - 1)
        .limit(1)
    ).scalar_one_or_none()
