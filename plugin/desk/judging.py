"""A person says what a contact is, whatever the rules heard and wherever it stands.

One word decides which act that is: a contact without a case is promoted or dismissed, one that
waits at a case too, and one that a case holds already is overruled. Each is on record with who
decided and why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from plugin.desk.act import Acted, ActionRefused, act, act_on_contact
from plugin.desk.doing import Doer
from plugin.desk.ports import Desk
from plugin.store import contacts

Said = Literal["complaint", "escalation", "neither", "joined"]
SAID: tuple[Said, ...] = ("complaint", "escalation", "neither", "joined")
"""What a person may say of a contact: what it is, or that it belongs to the case proposed."""


def judge_contact(
    desk: Desk, provider: str, contact: int, said: Said, why: str, doer: Doer, now: datetime
) -> Acted:
    """Do what follows from `said`. Raises ActionRefused, LookupError for no such contact."""
    with desk.database.read() as connection:
        row = contacts.look(connection, provider, contact)
    if row is None:
        raise LookupError("there is no such contact")
    facts: dict[str, object] = {"text": why} if why.strip() else {}
    if said == "joined":
        return act_on_contact(desk, provider, contact, "joined", {}, doer, now)
    if row.case_id is None or row.waits is not None:
        kind = "dismissed" if said == "neither" else "promoted"
        label = {} if said == "neither" else {"label": said}
        return act_on_contact(desk, provider, contact, kind, {**label, **facts}, doer, now)
    if said == row.label:
        raise ActionRefused(f"it is taken for {said} already")
    told = {"label": said, "contact": contact, **facts}
    return act(desk, provider, row.case_id, "overruled", told, doer, now)
