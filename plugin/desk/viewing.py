"""One case, one contact, one letter as a person reads them, without changing anything.

Every question names the providers whose records may be shown; what stands under another provider
is not there. A contact's whole text is read from its raw mail, so that nothing shown can differ
from what arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from mail.authentication import UNKNOWN, Authentication, authenticate
from mail.message import Message, Unreadable
from mail.parse import attachment, parse
from plugin.cases.events import Event, verify
from plugin.codes.compensation import Suggestion
from plugin.codes.promise import Promise
from plugin.codes.provider import Provider
from plugin.desk import money, promises
from plugin.desk.listening import call_named
from plugin.desk.ports import Desk
from plugin.desk.publish import local_date
from plugin.store import alerts, calls, cases, decisions, letters, merges
from plugin.store.blobs import BlobMissing, Blobs
from plugin.store.schema import contact, delivery, inbound, letter, party, promise, route

MAX_SHOWN = 200
"""How many contacts, and how many letters, of one case are shown; the newest."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a person reads it. `chain` says what is wrong with its record, None if nothing.

    `promises` is the projection as written; `explained` gives them with clause and reckoning.
    `timeline` is the case's own, as its chain has it.
    """

    row: Row[Any]
    provider: Provider
    parties: list[Row[Any]]
    routes: list[Row[Any]]
    contacts: list[Row[Any]]
    promises: list[Row[Any]]
    letters: list[Row[Any]]
    alerts: list[Row[Any]]
    timeline: list[Event]
    others: list[Event]
    """Every event of the cases merged into this one."""
    standing: list[Event]
    """What stands of all of them, in order of time."""
    chain: str | None

    @property
    def union(self) -> list[Event]:
        """The timeline with that of the cases merged into this one, in order of time."""
        return sorted([*self.timeline, *self.others], key=lambda event: event.at)


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact and the mail it was read from; `problem` says why the mail cannot be shown."""

    row: Row[Any]
    provider: Provider
    reference: str | None
    proposed: str | None
    message: Message | None
    """None where it was a call, or cannot be shown."""
    call: Row[Any] | None
    """The call it was; None where it was a mail."""
    problem: str | None
    authentication: Authentication
    """What our receiving server found out about its sender."""
    decisions: Sequence[Row[Any]] = ()
    """What people decided of it, the first first."""
    answer: Row[Any] | None = None
    """The letter that explained the code to its sender, where it has no case."""


def show_cases(desk: Desk, providers: Sequence[str] | None, reference: str) -> list[CaseView]:
    """Every case of these providers (None: all) with that reference: at most one a provider."""
    with desk.database.read() as connection:
        known = list(desk.providers.newest(connection)) if providers is None else providers
        return [_view(connection, desk, row) for row in cases.find(connection, known, reference)]


def explained(desk: Desk, view: CaseView, now: datetime) -> tuple[Promise, ...]:
    """Every promise of a case as it stands at `now`, the clause behind it, how it was counted.

    A case that was merged owes nothing any more: the one that speaks for it does.
    """
    if view.row.merged_into is not None:
        return ()
    received = view.row.first_received_at
    return promises.find(desk, view.provider, received, view.standing, now, explained=True)


def readings(desk: Desk, view: CaseView) -> dict[str, str]:
    """How this installation reads each ambiguous clause of the code, by the name of the reading."""
    rules = desk.providers.rules(view.provider, desk.settings, view.row.first_received_at)
    known = view.provider.file.readings
    return {name: known[name].choices[chosen].says for name, chosen in rules.readings.items()}


def compensation(desk: Desk, view: CaseView, now: datetime) -> list[Suggestion]:
    """What the undecided claims of a case come to, with the calculation in words."""
    today = local_date(view.provider, now)
    return money.suggestions(desk.settings, view.provider, view.standing, today)


def show_letter(desk: Desk, provider: str, reference: str, id: int) -> tuple[CaseView, Row[Any]]:
    """A letter of a case as it was frozen. Raises LookupError where the case has no such letter."""
    for view in show_cases(desk, [provider], reference):
        for row in view.letters:
            if row.id == id:
                return view, row
    raise LookupError("there is no such letter")


def show_contact(desk: Desk, provider: str, id: int) -> ContactView:
    """A contact with its whole mail. Raises LookupError where there is none."""
    with desk.database.read() as connection:
        row = _contact(connection, provider, id)
        known = desk.providers.newest(connection)[provider]
        message, problem, known_by = None, None, UNKNOWN
        call = None
        try:
            raw = Blobs(connection).get(provider, row.blob or "")
            if row.channel == "email":
                message = parse(raw)
            else:
                call = calls.get(connection, provider, call_named(raw))
        except Unreadable as why:
            problem = str(why)
        except BlobMissing:
            problem = "what arrived is not kept"
        if message is not None:
            servers = desk.settings.authserv_ids(provider)
            results = message.authentication_results
            known_by = authenticate(results, servers, message.author)
        return ContactView(
            row=row,
            provider=known,
            reference=_reference(connection, provider, row.case_id),
            proposed=_reference(connection, provider, row.proposed_case_id),
            message=message,
            call=call,
            problem=problem,
            authentication=known_by,
            decisions=decisions.of_contact(connection, provider, id),
            answer=letters.answering(connection, provider, id),
        )


def raw_contact(desk: Desk, provider: str, id: int) -> bytes:
    """The mail a contact arrived in. Raises LookupError where there is none."""
    with desk.database.read() as connection:
        row = _contact(connection, provider, id)
        if row.channel != "email":
            raise LookupError("it was no mail")
        return Blobs(connection).get(provider, row.blob or "")


def attachment_of(desk: Desk, provider: str, id: int, digest: str) -> tuple[str, bytes]:
    """An attachment's file name and bytes. Raises LookupError where the mail has no such part."""
    raw = raw_contact(desk, provider, id)
    try:
        found = next((one for one in parse(raw).attachments if one.digest == digest), None)
        data = attachment(raw, digest) if found else None
    except Unreadable as why:
        raise LookupError(str(why)) from None
    if found is None or data is None:
        raise LookupError("there is no such attachment")
    return found.filename, data


def raw_quarantined(desk: Desk, provider: str, id: int) -> bytes:
    """The bytes of a quarantined arrival. Raises LookupError where there is none."""
    with desk.database.read() as connection:
        digest = connection.execute(
            select(inbound.c.blob).where(
                inbound.c.provider == provider,
                inbound.c.id == id,
                inbound.c.state == "quarantined",
            )
        ).scalar()
        return Blobs(connection).get(provider, digest or "")


def _contact(connection: Connection, provider: str, id: int) -> Row[Any]:
    row = connection.execute(
        select(contact).where(contact.c.provider == provider, contact.c.id == id)
    ).one_or_none()
    if row is None:
        raise LookupError("there is no such contact")
    return row


def _reference(connection: Connection, provider: str, id: int | None) -> str | None:
    return None if id is None else cases.reference_of(connection, provider, id)


def _view(connection: Connection, desk: Desk, row: Row[Any]) -> CaseView:
    def of_case(table: Any, *order: Any, limit: int | None = None) -> list[Row[Any]]:
        query = select(table).where(table.c.provider == row.provider, table.c.case_id == row.id)
        return list(connection.execute(query.order_by(*order).limit(limit)))

    timeline = cases.timeline(connection, row.provider, row.id)
    newest = of_case(contact, contact.c.received_at.desc(), contact.c.id.desc(), limit=MAX_SHOWN)
    return CaseView(
        row=row,
        provider=desk.providers.at(connection, row.provider, row.rules_version),
        parties=of_case(party, party.c.id),
        routes=of_case(route, route.c.party_id, route.c.value),
        contacts=newest[::-1],
        promises=of_case(promise, promise.c.due_at, promise.c.name),
        letters=_letters(connection, row),
        alerts=list(alerts.of_case(connection, row.provider, row.id)),
        timeline=timeline,
        others=merges.merged_timelines(connection, row.provider, row.id),
        standing=merges.whole_timeline(connection, row.provider, row.id),
        chain=verify(timeline, head=row.head, count=row.events),
    )


def _letters(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    same = and_(letter.c.provider == delivery.c.provider, letter.c.id == delivery.c.letter_id)
    sent = connection.execute(
        select(
            letter,
            delivery.c.recipient,
            delivery.c.channel,
            delivery.c.state,
            delivery.c.sent_at,
            delivery.c.attempts,
            delivery.c.next_at,
            delivery.c.reason,
        )
        .join(delivery, same)
        .where(letter.c.provider == row.provider, letter.c.case_id == row.id)
        .order_by(letter.c.created_at.desc(), letter.c.id.desc())
        .limit(MAX_SHOWN)
    )
    return list(sent)[::-1]
