"""Calls as contacts: what a caller said, as far as a machine heard it, is judged as a mail is.

The rule: a call is a contact received when it began. What is heard of it later, such as the
transcript of its message, is a further contact that answers the first, received at the same moment;
nothing that was judged is judged again. A message that no machine could write down waits for a
person.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mail.message import Automatic, Unreadable
from plugin.contacts import Channel, Contact
from plugin.desk.hearing import Heard, Listening
from plugin.desk.ports import Desk
from plugin.store import calls, contacts
from plugin.store.calls import Known
from plugin.store.inbound import CALL, Arrival
from plugin.store.inbound import add as keep
from plugin.triage import judge
from plugin.triage.transcript import callers_words, own_spans, turns
from voice.call import MAX_TEXT, Call, Event, Kind
from voice.numbers import read

WRITTEN = "written"
"""Stands for the phone system of a call that somebody wrote down."""

SETTLE = timedelta(minutes=15)
"""How long a call that tells no end is waited for before what was said in it counts."""


class Elsewhere(Exception):
    """The call turned out to be another provider's; it is listened to there."""


_WORTH_HEARING = frozenset(
    {
        "call.ended",
        "call.voicemail",
        "input.speech",
        "transcription.ready",
        "transcription.failed",
        "recording.ready",
        "recording.failed",
    }
)


def overheard(
    desk: Desk,
    provider: str,
    id: str,
    *,
    caller: str | None,
    transcript: str | None,
    is_message: bool,
    now: datetime,
) -> None:
    """A call that somebody else writes down, e.g. a scenario: it began, was said, and has ended.

    `id` tells it from every other; `caller`: as it was written, None for withheld; `is_message`: it
    was left on voicemail.
    """
    with desk.database.read() as connection:
        country = desk.providers.newest(connection)[provider].file.calendar.country
    number = read(caller, country)
    started = Event("call.started", f"{id}:1", call_id=id, at=now, caller=number)
    told = [started]
    if is_message:
        told.append(Event("call.voicemail", f"{id}:2", call_id=id, at=now))
    if transcript is not None:
        kind: Kind = "transcription.ready" if is_message else "input.speech"
        told.append(Event(kind, f"{id}:3", call_id=id, at=now, text=transcript[:MAX_TEXT]))
    ended = Event("call.ended", f"{id}:4", call_id=id, at=now)

    def write(connection: Connection) -> None:
        known = calls.begin(connection, provider, WRITTEN, started, id=desk.draw.id(), now=now)
        for event in (*told, ended):
            calls.add(connection, known, WRITTEN, event, b"", at=now)
        call = calls.of(connection, provider, known.id)
        calls.write(connection, known, call, route=None)
        await_words(connection, desk, known, call, ended, now)

    desk.database.write(write)


def await_words(
    connection: Connection,
    desk: Desk,
    known: Known,
    call: Call,
    event: Event,
    now: datetime,
    *,
    moved: bool = False,
) -> None:
    """Queue a call to be listened to, where an event gives reason to.

    `moved`: it came from another provider, where what was queued is void.
    """
    waits = event.kind in _WORTH_HEARING or (moved and (call.ended_at is not None or call.said))
    if not waits or call.direction == "out":
        return
    ended = call.ended_at is not None
    sender = call.caller.shown if call.caller else None
    arrival = Arrival(
        id=desk.draw.id(),
        provider=known.provider,
        source=CALL,
        mailbox=None,
        raw=json.dumps({"call": known.id}).encode(),
        # What waits for an end holds up nothing of who called.
        lane=sender if ended and sender else f"call:{known.id}:{event.key}"[:320],
        received_at=call.began_at or now,
        received_source="fetch",
        fetched_at=now,
        due_at=now if ended else now + SETTLE,
    )
    keep(connection, [arrival])


def call_named(raw: bytes) -> int:
    """The id of the call that an arrival names. Raises Unreadable."""
    try:
        return int(json.loads(raw)["call"])
    except (ValueError, KeyError, TypeError):
        raise Unreadable("it does not name the call") from None


def hear_call(desk: Desk, provider: str, raw: bytes) -> Heard:
    """What there is to hear of a call that was not heard before. Raises Unreadable, Elsewhere."""
    id = call_named(raw)
    with desk.database.read() as connection:
        try:
            known = calls.listened(connection, provider, id)
        except LookupError:
            raise Elsewhere from None
        call = calls.of(connection, provider, id)
    new = call.said[known.heard :]
    text = "\n".join(said.text for said in new)
    own = callers_words(text, turns(text))
    is_message = call.voicemail_at is not None or any(one.by == "transcript" for one in new)
    is_message = is_message or bool(call.recordings or call.unheard)
    channel: Channel = "voicemail" if is_message else "phone"
    listening = Listening(
        id,
        len(call.said),
        known.contacts,
        # A recording of which nothing was written down, whether or not anybody tried.
        unheard=is_message and not call.said,
        nothing=known.contacts > 0 and not new,
        own=tuple(own_spans(own)),
    )
    contact = _contact(provider, known, call, channel, text, own)
    return Heard(contact, judge(text, channel=channel), call=listening)


def _contact(
    provider: str, known: calls.Listened, call: Call, channel: Channel, text: str, own: str
) -> Contact:
    first = calls.contact_id(known.phone, known.call_id, 1)
    id = calls.contact_id(known.phone, known.call_id, known.contacts + 1)
    caller = call.caller
    sender = (caller.shown or "") if caller is not None and not caller.withheld else ""
    assert call.began_at is not None
    return Contact(
        provider=provider,
        channel=channel,
        received_at=call.began_at,
        sender=sender,
        sender_name="",
        subject="",
        text=text,
        own_text=own.replace("\0", " "),
        message_id=id,
        ids=(first,) if known.contacts else (),
        digest=hashlib.sha256(f"{id}\n{text}".encode("utf-8", "surrogatepass")).hexdigest(),
        automatic=Automatic.NO,
        automatic_why="",
        authenticated=bool(sender),
        open_to_letters=False,
    )


def note(connection: Connection, heard: Heard) -> bool:
    """Take the words as heard, in the transaction of what they cause; False where others did."""
    listening, provider = heard.call, heard.contact.provider
    if listening is None:
        return True
    now = calls.listened(connection, provider, listening.call, lock=True)
    if listening.nothing or now.contacts != listening.contacts:
        return False
    calls.listen(
        connection,
        provider,
        listening.call,
        heard=listening.heard,
        contacts=listening.contacts + 1,
    )
    for first in heard.contact.ids:
        contacts.let_go(connection, provider, first, "message_unheard")
    return True
