"""Writes what was decided of a contact: a case opened, a case joined, a contact kept.

Each function runs inside its caller's transaction and adds nothing of its own judgement. What a
party's words do to a case (objecting, escalating, re-opening) follows from `turns.py`, as it does
when an agent records them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from plugin.cases import reference as references
from plugin.cases.case import Standing
from plugin.cases.thread import Join, Open
from plugin.codes.provider import Provider
from plugin.contacts import Contact, route_kind
from plugin.desk import turns
from plugin.desk.casework import CaseWork, open_case_work
from plugin.desk.compose import language_for
from plugin.desk.ports import Desk
from plugin.desk.writing import write_letter
from plugin.store import cases, contacts, merges, parties
from plugin.store.alerts import raise_
from plugin.store.cases import OpenCase
from plugin.store.contacts import Judged
from plugin.store.inbound import Done
from plugin.store.parties import Party

SOON = timedelta(hours=1)
"""A case that opens so soon after its complaint arrived has missed nothing."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The contact's id, its raw bytes, when we learnt of it, and what is odd about it."""

    id: int
    blob: str | None
    now: datetime
    flagged: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said, as much of it as opening or joining a case needs."""

    contact: int
    channel: str
    received_at: datetime
    sender: str
    sender_name: str
    message_id: str
    label: str
    language: str


def said_in(contact: Contact, judged: Judged, arrival: Arrival) -> Said:
    """What a contact that just arrived says."""
    return Said(
        arrival.id,
        contact.channel,
        contact.received_at,
        contact.sender,
        contact.sender_name,
        contact.message_id,
        judged.label,
        judged.language,
    )


def said_by(row: Row[Any], label: str) -> Said:
    """What a contact kept before says, taken as `label`."""
    return Said(
        row.id,
        row.channel,
        row.received_at,
        row.sender,
        row.sender_name,
        row.message_id,
        label,
        row.language,
    )


def keep_contact(
    connection: Connection,
    contact: Contact,
    judged: Judged,
    own_words: str,
    arrival: Arrival,
    case: int | None,
    *,
    proposed: int | None = None,
    waits: str | None = None,
    alert_at: datetime | None = None,
    ours: bool = False,
) -> None:
    """Keep a contact with what was made of it."""
    contacts.add(
        connection,
        contact,
        judged,
        id=arrival.id,
        own_words=own_words,
        blob=arrival.blob,
        case=case,
        proposed=proposed,
        waits=waits,
        flagged=arrival.flagged,
        alert_at=alert_at,
        ours=ours,
    )


def open_case(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    said: Said,
    now: datetime,
    decision: Open,
    *,
    actor: str | None = None,
    promoted: dict[str, Any] | None = None,
) -> Done:
    """Open a case for a contact, derive its promises and queue the letters of its opening.

    `actor`: the person who promoted the contact, and `promoted` what they said of it; None where it
    opened the case by itself.
    """
    party = Party(
        id=desk.draw.id(),
        role="customer",
        name=said.sender_name,
        confirmed=True,
        stands_for=None,
        authorised=True,
        routes=((route_kind(said.channel), said.sender),) if said.sender else (),
    )
    work = CaseWork(
        connection, desk, provider, _new_case(connection, desk, provider, said, now), now, ()
    )
    work.new, work.answers, work._parties = True, (said.sender, said.message_id), [party]
    customer = f"customer:{party.id}"
    facts = {"contact": said.contact, "channel": said.channel, "statement": said.label}
    work.record("received", facts, at=said.received_at, actor=customer)
    if actor is not None:
        work.record("promoted", {"contact": said.contact, **(promoted or {})}, actor=actor)
    late = _is_late(work)
    for kind in provider.file.letters.on_opening:
        write_letter(work, kind, key=f"{kind}#1", late=late)
    if decision.escalate:
        turns.escalate(work, at=said.received_at, actor=customer, facts={"contact": said.contact})
    for other in decision.related:
        work.record("related", {"case": other})
    work.commit()
    parties.add_party(
        connection,
        provider.key,
        work.case.id,
        id=party.id,
        name=party.name,
        kind=route_kind(said.channel),
        value=said.sender,
        confirmed=True,
        reference=work.case.reference,
    )
    for other in decision.related:
        work.alert(
            "possibly_related",
            f"possibly_related:{work.case.id}:{other}",
            f"Case {work.case.reference} may belong with another live case of the same customer.",
        )
    return Done("case_opened", contact=said.contact, case=work.case.id)


def join(
    connection: Connection,
    desk: Desk,
    provider: str,
    said: Said,
    now: datetime,
    decision: Join,
    *,
    decided_by: str | None = None,
) -> Done:
    """Put a contact on the record of a case, and let it do there what it says.

    `decided_by`: the person who put it there; None where it joined by itself.
    Raises LookupError where the case is gone: the caller's transaction must not go on.
    """
    work = open_case_work(connection, desk, provider, decision.case, now)
    if work is None:
        raise LookupError("the case this contact belongs to is not in the database")
    work.answers = (said.sender, said.message_id)
    actor = _speaker(work, said, decision, decided_by)
    facts: dict[str, Any] = {
        "contact": said.contact,
        "channel": said.channel,
        "statement": said.label,
        "confirmed": decision.confirmed,
    }
    if decided_by is not None:
        facts["decided_by"] = decided_by
    asked = work.picture.standing.state == "outcome_proposed"
    work.record("customer_wrote", facts, at=said.received_at, actor=actor)
    if decision.confirmed:
        turns.hear(work, said.label, at=said.received_at, actor=actor, contact=said.contact)
    work.commit()
    if decision.waits:
        work.alert(
            "waiting_contact",
            f"waiting_contact:{said.contact}",
            f"Somebody wrote about case {work.case.reference}; a person must decide what follows.",
        )
    elif asked and decision.confirmed and said.label == "neither":
        # Their word ended the silence, and nothing else would ever end the case.
        work.alert(
            "waiting_contact",
            f"waiting_contact:{said.contact}",
            f"The customer of case {work.case.reference} answered the outcome; "
            "record whether they confirm or object.",
        )
    return Done("joined", contact=said.contact, case=work.case.id)


def propose(
    connection: Connection, desk: Desk, provider: str, said: Said, now: datetime, case: int
) -> None:
    """A party wrote, perhaps about this case: any word of theirs ends its silence."""
    work = open_case_work(connection, desk, provider, case, now)
    if work is None:
        raise LookupError("the case this contact is proposed to is not in the database")
    party = _known_party(work, said)
    actor = f"customer:{party}" if party is not None else "system"
    facts = {"contact": said.contact, "channel": said.channel, "proposed": True}
    work.record("customer_wrote", facts, at=said.received_at, actor=actor)
    work.commit()


def strangers(
    connection: Connection, provider: str, arrival: Arrival, others: tuple[int, ...]
) -> None:
    """Alert each case whose reference or Message-ID was used by somebody no party to it."""
    for other in others:
        raise_(
            connection,
            provider,
            key=f"stranger_quoted_reference:{other}:{arrival.id}",
            about="stranger_quoted_reference",
            text="Somebody who is no party to this case quoted its reference; nothing was joined.",
            at=arrival.now,
            case=other,
        )


def _new_case(
    connection: Connection, desk: Desk, provider: Provider, said: Said, now: datetime
) -> OpenCase:
    reference = references.make(desk.draw.below)
    while cases.reference_taken(connection, provider.key, reference):
        reference = references.make(desk.draw.below)
    return OpenCase(
        provider=provider.key,
        id=desk.draw.id(),
        reference=reference,
        language=language_for(provider, said.language),
        opened_at=now,
        first_received_at=said.received_at,
        rules_version=provider.version,
        standing=Standing(),
    )


def _is_late(work: CaseWork) -> bool:
    """Has something been missed before the case opened? Only a late opening is worth the asking."""
    if work.now - work.case.first_received_at < SOON:
        return False
    return any(one.state == "broken" for one in work.promises())


def _speaker(work: CaseWork, said: Said, decision: Join, decided_by: str | None) -> str:
    """Who stands on the record for what was said.

    A confirmed party whose mail was not believed (it failed authentication) said nothing: somebody
    wrote in their name, and until a person decides, nobody knows who.
    """
    known = _known_party(work, said, sure=True)
    if known is not None and not decision.confirmed and decided_by is None:
        return "system"
    return f"customer:{known if known is not None else _party(work, said)}"


def _known_party(work: CaseWork, said: Said, *, sure: bool = False) -> int | None:
    """The party of the case, or of one merged into it, who has this address; `sure`: confirmed."""
    spoken_for = merges.all_merged(work.connection, work.key, work.case.id)
    for case in (work.case.id, *spoken_for):
        party = parties.party_of(
            work.connection,
            work.key,
            case,
            route_kind(said.channel),
            said.sender,
            confirmed=sure,
        )
        if party is not None:
            return party
    return None


def _party(work: CaseWork, said: Said) -> int:
    """The party who speaks; a stranger to the case becomes an unconfirmed one."""
    party = _known_party(work, said)
    if party is not None:
        return party
    id = work.desk.draw.id()
    parties.add_party(
        work.connection,
        work.key,
        work.case.id,
        id=id,
        name=said.sender_name,
        kind=route_kind(said.channel),
        value=said.sender,
        confirmed=False,
        reference=work.case.reference,
    )
    work.forget_parties()
    work.record("party_joined", {"party": id, "confirmed": False})
    return id
