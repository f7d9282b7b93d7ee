"""What a letter does on the record when it reached somebody, and when it turns out that it did not.

A promise is kept at the moment the letter was accepted. One that comes back takes with it all that
it had said; somebody must then reach the customer in another way, and has a task for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from plugin.cases.picture import Picture
from plugin.desk import links
from plugin.desk.casework import CaseWork
from plugin.desk.writing import title_of, write_letter
from plugin.store import letters

FOLLOW_UP = "undeliverable_followup"


@dataclass(frozen=True, slots=True)
class Gone:
    """A letter that reached somebody, as the record needs it."""

    id: int
    kind: str
    author: str
    elements: Mapping[str, str]
    told: Mapping[str, Any]


def note_sent(
    work: CaseWork,
    letter: Gone,
    *,
    channel: str,
    at: datetime,
    actor: str = "system",
    by: Sequence[str] | None = None,
) -> None:
    """On record: the letter went, and what its going does by the provider's own data.

    `by`: the ways a person used to bring it over; None where it went by mail.
    """
    facts: dict[str, Any] = {"letter": letter.id, "kind": letter.kind, "channel": channel}
    work.record("letter_sent", facts, at=at, actor=actor)
    rule = work.provider.file.letters.kinds.get(letter.kind)
    for kind in rule.implies if rule else ():
        if kind == "ccts_notice_sent" and "scheme" not in letter.elements:
            # It went to one whom CCTS would not take, and says nothing of CCTS.
            continue
        told = dict(letter.told.get(kind, {}))
        said = {
            name: value
            for name, value in told.pop("elements", {}).items()
            if rule is None or name not in rule.elements
        }
        told |= {"letter": letter.id, "elements": {**said, **letter.elements}}
        if by is not None:
            told["by"] = list(by)
        work.record(kind, told, at=at, actor=letter.author)


def take_back(work: CaseWork, letter: int, *, reason: str, actor: str = "system") -> bool:
    """A letter of this case came back: it has said nothing. False where none such was out."""
    rows = letters.of_case(work.connection, work.key, work.case.id)
    row = next((one for one in rows if one.id == letter), None)
    if row is None or not letters.returned(work.connection, work.key, letter, reason=reason):
        return False
    before = work.picture
    facts = {"letter": letter, "kind": row.kind, "reason": reason}
    work.record("letter_undelivered", facts, actor=actor)
    links.revoke(work.connection, work.key, work.case.id, now=work.now)
    work.alert(
        "undeliverable",
        f"returned:{letter}",
        f"The letter {row.kind} of case {work.case.reference} came back; "
        "what it promised is not kept. Reach the customer another way.",
    )
    _reopen(work, before)
    if row.kind != FOLLOW_UP:
        _follow_up(work, row)
    return True


def _reopen(work: CaseWork, before: Picture) -> None:
    """A silence says nothing where the outcome, or the warning of it, did not reach anybody."""
    if before.standing.state != "closed_assumed":
        return
    after = work.picture
    lost = "outcome" if after.outcome_at != before.outcome_at else "warning"
    if lost == "outcome" or after.warned_at != before.warned_at:
        why = f"the {lost} did not reach the customer, so that their silence says nothing"
        work.record("reopened", {"reason": why}, answers=True)


def failed(work: CaseWork, letter: int, kind: str) -> None:
    """A letter could not be delivered at all: it has said nothing, and is somebody's task now."""
    work.alert(
        "undeliverable",
        f"undeliverable:{letter}",
        f"The letter {kind} of case {work.case.reference} could not be delivered; "
        "reach the customer another way.",
    )
    rows = letters.of_case(work.connection, work.key, work.case.id)
    row = next((one for one in rows if one.id == letter), None)
    if row is not None and kind != FOLLOW_UP:
        _follow_up(work, row)


def _follow_up(work: CaseWork, row: Any) -> None:
    """A task: to tell the customer by another address, by telephone, or as can be found out."""
    zone = ZoneInfo(work.provider.file.calendar.zone)
    sent = row.sent_at or row.created_at
    original = {
        "kind": row.kind,
        "title": title_of(work, row.kind),
        "sent_on": sent.astimezone(zone).date(),
    }
    write_letter(
        work,
        FOLLOW_UP,
        key=f"{FOLLOW_UP}:{row.id}",
        facts={"original": original},
        way=_another_way(work, row.recipient),
    )


def _another_way(work: CaseWork, lost: str) -> tuple[str, str]:
    party = work.addressee()
    routes = party.routes if party else ()
    returned = {
        row.recipient
        for row in letters.of_case(work.connection, work.key, work.case.id)
        if row.state in ("returned", "failed")
    }
    for kind, value in routes:
        if kind == "email" and value != lost and value not in returned:
            return kind, value
    phone = next((value for kind, value in routes if kind == "phone"), "")
    return "phone", phone
