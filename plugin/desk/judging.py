"""A person says what a contact is, whatever the rules heard and wherever it stands.

One word decides which act that is: a contact without a case is promoted or dismissed, one that
waits at a case too, and one that a case holds already is overruled. Each is on record with who
decided, and with why where they said so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row

from plugin.desk.act import Acted, ActionRefused, act, act_on_contact
from plugin.desk.doing import Doer
from plugin.desk.ports import Desk
from plugin.store import contacts

CHANGED = "somebody decided about it meanwhile; look at it again"
ALREADY = "it is taken for that already"
SAY_WHY = "say why: it stays on the record of the case"

Said = Literal["complaint", "escalation", "neither", "joined"]
SAID: tuple[Said, ...] = ("complaint", "escalation", "neither", "joined")
"""What a person may say of a contact: what it is, or that it belongs to the case proposed."""


def seen_as(row: Row[Any]) -> str:
    """How a contact stood when a person looked at it: they decide of that, and of nothing else."""
    return f"{row.label}.{row.waits or ''}.{row.case_id or ''}.{row.proposed_case_id or ''}"


def judge_contact(
    desk: Desk,
    provider: str,
    contact: int,
    said: Said,
    why: str,
    doer: Doer,
    now: datetime,
    *,
    seen: str | None = None,
) -> Acted:
    """Do what follows from `said`. Raises ActionRefused, LookupError for no such contact.

    `seen`: how it stood when the person looked (`seen_as`); where it stands otherwise by now, a
    colleague was faster, and nothing is done. A verdict is overruled only with a reason.
    """
    with desk.database.read() as connection:
        row = contacts.look(connection, provider, contact)
    if row is None:
        raise LookupError("there is no such contact")

    def guard(connection: Connection) -> None:
        found = contacts.get(connection, provider, contact)
        if found is None or (seen or seen_as(row)) != seen_as(found):
            raise ActionRefused(CHANGED)

    reason: dict[str, object] = {"text": why} if why.strip() else {}
    if said == "joined":
        kind, told = "joined", {}
    elif said == "neither":
        kind, told = "dismissed", reason
    else:
        kind, told = "promoted", {**reason, "label": said}
    if said == "joined" or row.case_id is None or row.waits is not None:
        return act_on_contact(desk, provider, contact, kind, told, doer, now, guard=guard)
    if said == row.label:
        raise ActionRefused(ALREADY)
    if not reason:
        raise ActionRefused(SAY_WHY)
    overruled = {"label": said, "contact": contact, **reason}
    return act(desk, provider, row.case_id, "overruled", overruled, doer, now, guard=guard)
