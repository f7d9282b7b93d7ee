"""A fault in our own code must not cost more than the one mail, case or letter it happens with.

What fails is kept, said to a person once, and tried again later; everybody else's work goes on.
"""

from __future__ import annotations

from datetime import datetime
from email.errors import MessageError

from sqlalchemy import Connection

from plugin.desk.ports import Desk
from plugin.store.alerts import raise_
from plugin.store.engine import ROW_REFUSED

FAULTS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MessageError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""Faults of ours that one mail or case can cause; they must not stop another's."""

ANY_FAULT = (*FAULTS, *ROW_REFUSED, AssertionError)
"""The same, with rows that the database will not take."""


def place_of(fault: Exception) -> str:
    """What went wrong and where, without a word of anybody's: "ValueError in derive:41"."""
    place = fault.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else "unknown"
    return f"{type(fault).__name__} in {where}"


def say(
    desk: Desk, provider: str, case: int | None, what: str, fault: Exception, now: datetime
) -> None:
    """Tell a person that a case (None: a letter without one) stands still, once a kind of fault."""
    where = place_of(fault)

    def write(connection: Connection) -> None:
        raise_(
            connection,
            provider,
            key=f"fault:{case}:{what}:{where}"[:160],
            about="fault",
            text=f"Answerable could not {what} ({where}); it tries again. Please report it.",
            at=now,
            case=case,
        )

    desk.database.write(write)
