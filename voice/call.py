"""A call, as all phone systems tell of it: events, and what they add up to.

The rule: events arrive late, twice and out of order, so a call is a function of the set of its
events and of nothing else. What has ended stays ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from voice.numbers import Number

Kind = Literal[
    "call.started",
    "call.answered",
    "call.voicemail",
    "call.ended",
    "input.speech",
    "input.dtmf",
    "recording.ready",
    "recording.failed",
    "transcription.ready",
    "transcription.failed",
    "lookup",
    "handshake",
    "other",
]
Direction = Literal["in", "out"]
Outcome = Literal["answered", "missed", "no-answer", "busy", "failed", "rejected", "voicemail"]
"""How a call ended: "missed" where the caller gave up, "no-answer" where it rang out."""

ABOUT_A_CALL: frozenset[Kind] = frozenset(get_args(Kind)) - {"lookup", "handshake", "other"}
"""What is kept: the others are questions and news of no call."""

OLDEST = timedelta(days=7)
"""An event that says to be older when it arrives happened, for us, when it arrived."""

EARLIER = timedelta(minutes=10)
"""How far before the moment it was told to start an event of a call may lie: clocks differ."""

LONGEST = timedelta(days=1)
"""A call that says to have begun longer before one of its events did not."""

MAX_TEXT = 20_000
"""Characters of speech or transcript that one event keeps."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a phone system told.

    `key`: what makes it this event and no other among those of its phone system; a repeat has the
    same. `at`: when it happened, UTC, None where the system does not say. `sequence`: the system's
    own order. `began_at`: when its call began. `duration_s`: seconds.
    """

    kind: Kind
    key: str
    call_id: str = ""
    conversation_id: str = ""
    at: datetime | None = None
    sequence: int = 0
    caller: Number | None = None
    dialled: Number | None = None
    direction: Direction | None = None
    began_at: datetime | None = None
    caller_country: str | None = None
    stir: str | None = None
    queue: str | None = None
    agent_extension: str | None = None
    digits: str | None = None
    text: str | None = None
    confidence: float | None = None
    language: str | None = None
    recording_id: str | None = None
    recording_url: str | None = None
    duration_s: int | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Words of the caller, as a machine heard them, and where they are from."""

    text: str
    at: datetime
    by: Literal["speech", "transcript"]
    confidence: float | None = None
    recording_id: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What the events of one call add up to.

    `began_at`: the earliest moment that any of them tells of, which is when the contact was
    received. `stage`: how far it has come; it never goes back.
    """

    call_id: str = ""
    conversation_id: str = ""
    told_direction: Direction | None = None
    caller: Number | None = None
    dialled: Number | None = None
    began_at: datetime | None = None
    answered_at: datetime | None = None
    voicemail_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    duration_s: int | None = None
    agent_extension: str | None = None
    queue: str | None = None
    keyed: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    recordings: tuple[tuple[str, str | None], ...] = ()
    """(id, address) of each recording."""
    failed: tuple[str, ...] = ()
    """Recordings, or transcripts of them, that were told to have failed."""
    seen: frozenset[str] = frozenset()

    @property
    def stage(self) -> Literal["ringing", "answered", "voicemail", "ended"]:
        """How far it has come."""
        if self.ended_at is not None:
            return "ended"
        if self.voicemail_at is not None:
            return "voicemail"
        return "answered" if self.answered_at is not None else "ringing"

    @property
    def direction(self) -> Direction:
        """Who calls whom: a customer us ("in"), unless a system said otherwise."""
        return self.told_direction or "in"

    @property
    def unheard(self) -> tuple[str, ...]:
        """Recordings that no machine could transcribe: a person must listen."""
        heard = {said.recording_id for said in self.said}
        return tuple(one for one in dict.fromkeys(self.failed) if one not in heard)


def call_of(events: Iterable[tuple[Event, datetime]]) -> Call:
    """A call from its events, each with when it arrived (UTC), in whatever order they are given."""
    unique: dict[str, tuple[Event, datetime]] = {}
    for event, arrived in events:
        known = unique.get(event.key)
        if known is None or arrived < known[1]:
            unique[event.key] = (event, arrived)
    timed = [(_moment(event, arrived), event) for event, arrived in unique.values()]
    timed.sort(key=lambda pair: (pair[0], pair[1].sequence, pair[1].key))
    started = [at for at, event in timed if event.kind == "call.started"]
    earliest = min(started) - EARLIER if started else None
    call = Call()
    for at, event in timed:
        call = _with(call, event, at, earliest)
    if call.outcome == "answered" and call.answered_at is None and call.voicemail_at is not None:
        # Who was taken to voicemail was answered by nobody, whatever the carrier calls it.
        return replace(call, outcome="voicemail")
    return call


def _moment(event: Event, arrived: datetime) -> datetime:
    """When it happened. No event happens after it was told, and none is told a week late."""
    if event.at is None or arrived - event.at > OLDEST:
        return arrived
    return min(event.at, arrived)


def _with(call: Call, event: Event, at: datetime, earliest: datetime | None) -> Call:
    """`earliest`: what lies before it says nothing of when the call began."""
    told = event.began_at
    if told is not None and not at - LONGEST <= told <= at:
        told = None
    moments = [one for one in (told, at) if one is not None]
    if earliest is not None:
        moments = [max(one, earliest) for one in moments]
    began = [one for one in (call.began_at, *moments) if one is not None]
    call = replace(
        call,
        call_id=call.call_id or event.call_id,
        conversation_id=call.conversation_id or event.conversation_id,
        told_direction=call.told_direction or event.direction,
        caller=_better(call.caller, event.caller),
        dialled=_better(call.dialled, event.dialled),
        began_at=min(began),
        agent_extension=event.agent_extension or call.agent_extension,
        queue=event.queue or call.queue,
        seen=call.seen | {event.key},
    )
    add = _ADDS.get(event.kind)
    return add(call, event, at) if add else call


def _better(known: Number | None, told: Number | None) -> Number | None:
    """The first that names somebody; else whatever there is."""
    if known is None or (told is not None and known.shown is None and told.shown is not None):
        return told or known
    return known


def _answered(call: Call, _event: Event, at: datetime) -> Call:
    return replace(call, answered_at=call.answered_at or at)


def _voicemail(call: Call, _event: Event, at: datetime) -> Call:
    return replace(call, voicemail_at=call.voicemail_at or at)


def _ended(call: Call, event: Event, at: datetime) -> Call:
    if event.text is not None:
        # A report after the call brings its transcript along.
        call = _heard(call, event, at)
    return replace(
        call,
        ended_at=call.ended_at or at,
        outcome=call.outcome or event.outcome,
        duration_s=call.duration_s if call.duration_s is not None else event.duration_s,
    )


def _keyed(call: Call, event: Event, _at: datetime) -> Call:
    return replace(call, keyed=(*call.keyed, event.digits or ""))


def _heard(call: Call, event: Event, at: datetime) -> Call:
    by: Literal["speech", "transcript"] = "speech" if event.kind == "input.speech" else "transcript"
    said = Said(event.text or "", at, by, event.confidence, event.recording_id)
    return replace(call, said=(*call.said, said))


def _recorded(call: Call, event: Event, _at: datetime) -> Call:
    id = event.recording_id or event.key
    if any(known == id for known, _ in call.recordings):
        return call
    return replace(call, recordings=(*call.recordings, (id, event.recording_url)))


def _not_heard(call: Call, event: Event, _at: datetime) -> Call:
    return replace(call, failed=(*call.failed, event.recording_id or event.key))


_ADDS = {
    "call.answered": _answered,
    "call.voicemail": _voicemail,
    "call.ended": _ended,
    "input.dtmf": _keyed,
    "input.speech": _heard,
    "transcription.ready": _heard,
    "transcription.failed": _not_heard,
    "recording.ready": _recorded,
    "recording.failed": _not_heard,
}
