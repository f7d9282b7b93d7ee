"""Zammad's generic CTI, which many PBXs can send, and Asterisk's dialplan, which sends the same.

Source: docs.zammad.org/en/latest/api/generic-cti/. The secret is the last segment of the address.
A PBX with Zammad's CTI only tells; Asterisk's dialplan reads our answer as one line of text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from voice.call import Event, Kind, Outcome
from voice.routing import Route
from voice.systems import Links, System, bad_path, direction_of, fields_of, id_of, numbers, word_of
from voice.webhook import Answer, Request, Unreadable, check_path

EVENTS: Mapping[str, Kind] = {
    "newCall": "call.started",
    "answer": "call.answered",
    "hangup": "call.ended",
}

_CAUSES: Mapping[str, Outcome] = {
    "normalClearing": "answered",
    "busy": "busy",
    "cancel": "missed",
    "noAnswer": "no-answer",
    "congestion": "failed",
    "notFound": "failed",
    "forwarded": "answered",
}


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """The secret in the address. Raises Refused."""
    check_path(request, secrets)


def cti_outcome(told: Mapping[str, Any]) -> Outcome | None:
    """How a call ended, by the cause of its hangup."""
    return _CAUSES.get(word_of(told.get("cause")) or "")


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request, in JSON or as a form. Raises Unreadable."""
    told = _told(request)
    kind = EVENTS.get(word_of(told.get("event")) or "", "other")
    call_id = id_of(told.get("callId"))
    if not call_id:
        raise Unreadable("it names no call (callId)")
    caller, dialled = numbers(told.get("from"), told.get("to"), regions)
    answering = word_of(told.get("answeringNumber"))
    cause = word_of(told.get("cause")) or ""
    parts = (call_id, word_of(told.get("event")) or "", answering or "", cause)
    return [
        Event(
            kind,
            ":".join(parts),
            call_id=call_id,
            caller=caller,
            dialled=dialled,
            direction=direction_of(told.get("direction"), "out"),
            queue=word_of(told.get("queue")),
            agent_extension=answering,
            outcome=cti_outcome(told) if kind == "call.ended" else None,
        )
    ]


def _told(request: Request) -> Mapping[str, Any]:
    return request.json() if request.is_json else fields_of(request.form())


def asks(request: Request) -> int | None:
    """Asterisk asks where a new call should go."""
    told = _told(request)
    is_new = told.get("event") == "newCall" and told.get("direction") != "out"
    return 0 if is_new else None


def answer(route: Route, step: int, links: Links) -> Answer:
    """One line: "connect,20:1015,25:800&801,voicemail:500", "voicemail,500" or "pass".

    Nothing of it is the caller's: a dialplan must be able to trust every character.
    """
    if route.action == "connect":
        steps = [f"{one.rings_seconds}:{'&'.join(one.targets)}" for one in route.steps]
        steps += [f"voicemail:{route.target}"] if route.target else []
        return Answer(",".join(("connect", *steps)))
    return Answer(f"voicemail,{route.target or ''}" if route.action == "voicemail" else "pass")


def acknowledge(request: Request) -> Answer:
    """What only tells is answered with an empty object, or with nothing to a dialplan."""
    return Answer("{}", "application/json") if request.is_json else Answer("")


_PROOF = "a long random word, which is the last part of the address"

_ONE = System("", "cti", _PROOF, verify, read, problem=bad_path, secret_in_path=True)

SYSTEM = (
    replace(_ONE, name="zammad-cti"),
    replace(_ONE, name="asterisk", asks=asks, answer=answer, acknowledge=acknowledge),
)
