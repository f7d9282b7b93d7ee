"""Writes what was decided of a contact: a case opened, a case joined, a contact kept.

Each function runs inside its caller's transaction and adds nothing of its own judgement. Events
are appended under the case's row lock, the promises derived again from the whole timeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from plugin.cases import reference as references
from plugin.cases.case import FRONT_LINE, Standing, next_level
from plugin.cases.events import Draft
from plugin.cases.thread import Join, Open
from plugin.codes.provider import Provider
from plugin.contacts import Contact
from plugin.desk import promises
from plugin.desk.compose import compose, language_for
from plugin.desk.ports import Desk
from plugin.letters.render import LetterError
from plugin.store import cases, contacts, letters
from plugin.store.alerts import raise_
from plugin.store.cases import OpenCase
from plugin.store.contacts import Judged
from plugin.store.inbound import Done


@dataclass(frozen=True, slots=True)
class Arrival:
    """The contact's id, its raw bytes, when we learnt of it, and what is odd about it."""

    id: int
    blob: str | None
    now: datetime
    flagged: str | None = None


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
    )


def open_case(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    contact: Contact,
    judged: Judged,
    arrival: Arrival,
    decision: Open,
) -> Done:
    """Open a case for a contact, derive its promises and queue the letters of its opening."""
    opened = _new_case(connection, desk, provider, contact, judged, arrival)
    party = desk.draw.id()
    actor = f"customer:{party}"
    drafts = [
        Draft(
            "received",
            contact.received_at,
            actor,
            {"contact": arrival.id, "channel": contact.channel, "statement": judged.label},
        )
    ]
    if decision.escalate:
        drafts += _escalation(provider, FRONT_LINE, contact, arrival, actor)
    drafts += [
        Draft("related", arrival.now, "system", {"case": other}) for other in decision.related
    ]
    composed = _opening_letters(connection, desk, provider, opened, contact, arrival)
    drafts += [
        Draft("letter_queued", arrival.now, "system", {"letter": c.id, "kind": c.kind})
        for c in composed
    ]
    rows = opened.extend(drafts, recorded_at=arrival.now, salt=desk.draw.salt)
    found = promises.find(desk, provider, contact.received_at, drafts, arrival.now)
    cases.insert(connection, opened, rows, promises.attention(opened, found))
    cases.add_party(
        connection,
        provider.key,
        opened.id,
        id=party,
        name=contact.sender_name,
        kind="email",
        value=contact.sender,
        confirmed=True,
        reference=opened.reference,
    )
    for letter in composed:
        letters.queue(
            connection,
            letter,
            key=f"{letter.kind}#1",
            delivery_id=desk.draw.id(),
            channel="email",
            recipient=contact.sender,
            in_reply_to=contact.message_id or None,
            now=arrival.now,
        )
    promises.write(connection, desk, provider, opened, found, now=arrival.now, new=True)
    for other in decision.related:
        _alert(
            connection,
            opened,
            f"possibly_related:{opened.id}:{other}",
            "possibly_related",
            f"Case {opened.reference} may belong with another live case of the same customer.",
            arrival.now,
        )
    return Done("case_opened", contact=arrival.id, case=opened.id)


def join(
    connection: Connection,
    desk: Desk,
    contact: Contact,
    judged: Judged,
    arrival: Arrival,
    decision: Join,
) -> Done:
    """Put a contact on the record of a case.

    Raises LookupError where the case is gone: the caller's transaction must not go on.
    """
    locked = cases.lock(connection, contact.provider, decision.case)
    if locked is None:
        raise LookupError("the case this contact belongs to is not in the database")
    provider = desk.providers.at(connection, contact.provider, locked.rules_version)
    drafts: list[Draft] = []
    party = cases.party_of(connection, contact.provider, locked.id, "email", contact.sender)
    if party is None:
        party = desk.draw.id()
        drafts.append(_unconfirmed_party(connection, party, contact, locked, arrival))
    actor = f"customer:{party}"
    facts = {
        "contact": arrival.id,
        "channel": contact.channel,
        "statement": judged.label,
        "confirmed": decision.confirmed,
    }
    drafts.append(Draft("customer_wrote", contact.received_at, actor, facts))
    if decision.reopen:
        drafts.append(Draft("reopened", contact.received_at, actor, {"contact": arrival.id}))
    if decision.escalate:
        drafts += _escalation(provider, locked.standing.level, contact, arrival, actor)
    rows = locked.extend(drafts, recorded_at=arrival.now, salt=desk.draw.salt)
    cases.append(connection, locked, rows)
    promises.project(connection, desk, provider, locked, now=arrival.now)
    if decision.waits:
        _alert(
            connection,
            locked,
            f"waiting_contact:{arrival.id}",
            "waiting_contact",
            f"Somebody wrote about case {locked.reference}; a person must decide what follows.",
            arrival.now,
        )
    return Done("joined", contact=arrival.id, case=locked.id)


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
    connection: Connection,
    desk: Desk,
    provider: Provider,
    contact: Contact,
    judged: Judged,
    arrival: Arrival,
) -> OpenCase:
    reference = references.make(desk.draw.below)
    while cases.reference_taken(connection, provider.key, reference):
        reference = references.make(desk.draw.below)
    return OpenCase(
        provider=provider.key,
        id=desk.draw.id(),
        reference=reference,
        language=language_for(provider, judged.language),
        opened_at=arrival.now,
        first_received_at=contact.received_at,
        rules_version=provider.version,
        standing=Standing(),
    )


def _opening_letters(
    connection: Connection,
    desk: Desk,
    provider: Provider,
    opened: OpenCase,
    contact: Contact,
    arrival: Arrival,
) -> list[letters.Letter]:
    """The letters that go when a case opens; what cannot be made becomes an alert."""
    sender = desk.settings.sender(provider.key)
    made = []
    for kind in provider.file.letters.on_opening:
        if not contact.sender:
            said = f"Case {opened.reference} has no address to write to; find another way."
            about = "contact_route_missing"
            _alert(connection, opened, f"{about}:{opened.id}", about, said, arrival.now)
            continue
        try:
            composed = compose(
                desk,
                provider,
                opened,
                kind,
                customer=contact.sender_name,
                sender=sender or f"nobody@{provider.key}.invalid",
            )
        except (LetterError, ValueError) as error:
            said = f"The letter {kind} of case {opened.reference} could not be made: {error}"
            _alert(connection, opened, f"held:{opened.id}:{kind}", "acknowledge", said, arrival.now)
            continue
        for element in composed.lacking:
            said = f"The {kind} of case {opened.reference} lacks its {element}, which is promised."
            key = f"lacking:{opened.id}:{kind}:{element}"
            _alert(connection, opened, key, "acknowledge", said, arrival.now)
        made.append(composed.letter)
    return made


def _escalation(
    provider: Provider, level: str, contact: Contact, arrival: Arrival, actor: str
) -> list[Draft]:
    """One rung up, or a note where the case is at the top already."""
    above = next_level(level, [rung.level for rung in provider.file.ladder])
    if above is None:
        facts = {"text": "Escalation asked for; the case is at the highest level already."}
        return [Draft("noted", contact.received_at, "system", facts)]
    facts = {"level": above, "contact": str(arrival.id)}
    return [Draft("escalated", contact.received_at, actor, facts)]


def _unconfirmed_party(
    connection: Connection, party: int, contact: Contact, locked: OpenCase, arrival: Arrival
) -> Draft:
    cases.add_party(
        connection,
        contact.provider,
        locked.id,
        id=party,
        name=contact.sender_name,
        kind="email",
        value=contact.sender,
        confirmed=False,
        reference=locked.reference,
    )
    facts = {"party": party, "confirmed": False}
    return Draft("party_joined", arrival.now, "system", facts)


def _alert(
    connection: Connection, case: OpenCase, key: str, about: str, text: str, now: datetime
) -> None:
    raise_(connection, case.provider, key=key, about=about, text=text, at=now, case=case.id)
