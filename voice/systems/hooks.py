"""The generic signed webhook and Kamailio: Standard Webhooks in, JSON out.

For any PBX, or a bridge to one, that can send JSON and an HMAC: docs/phone.md says how.
Kamailio's configuration sends the short shape of a CTI event; either shape is read from both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from voice.call import Event, Kind, Outcome
from voice.routing import Route
from voice.systems import (
    OVER,
    Links,
    System,
    direction_of,
    id_of,
    moment_of,
    numbers,
    seconds_of,
    share_of,
    table_of,
    text_of,
    url_of,
    word_of,
)
from voice.systems.cti import EVENTS, cti_outcome
from voice.webhook import Answer, Request, Unreadable, as_json, check_standard, standard_key

TYPES: Mapping[str, Kind] = {
    "call.started": "call.started",
    "call.answered": "call.answered",
    "call.voicemail": "call.voicemail",
    "call.ended": "call.ended",
    "input.speech": "input.speech",
    "input.dtmf": "input.dtmf",
    "recording.ready": "recording.ready",
    "recording.failed": "recording.failed",
    "transcription.ready": "transcription.ready",
    "transcription.failed": "transcription.failed",
    "voicemail.transcribed": "transcription.ready",
}
"""What `type` may say; others are kept and change nothing."""

_OUTCOMES: Mapping[str, Outcome] = {
    "answered": "answered",
    "missed": "missed",
    "no-answer": "no-answer",
    "busy": "busy",
    "failed": "failed",
    "rejected": "rejected",
    "voicemail": "voicemail",
}


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """Standard Webhooks. Raises Refused."""
    check_standard(request, secrets)


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request. Raises Unreadable."""
    body = request.json()
    short = EVENTS.get(body["event"]) if isinstance(body.get("event"), str) else None
    kind = short or TYPES.get(word_of(body.get("type")) or "", "other")
    told = body if short else table_of(body.get("data"))
    call_id = id_of(told.get("callId"))
    if kind != "other" and not call_id:
        raise Unreadable("it names no call (callId)")
    caller, dialled = numbers(told.get("from"), told.get("to"), regions)
    common: dict[str, Any] = {
        "key": request.header("webhook-id"),
        "call_id": call_id,
        "conversation_id": id_of(told.get("conversationId")),
        "at": moment_of(body.get("timestamp")),
        "caller": caller,
        "dialled": dialled,
        "direction": direction_of(told.get("direction"), "out"),
        "queue": word_of(told.get("queue")),
        "agent_extension": word_of(told.get("answeringNumber")) or word_of(told.get("agent")),
        "language": word_of(told.get("language")),
    }
    return [_event(kind, told, common)]


def _event(kind: Kind, told: Mapping[str, Any], common: dict[str, Any]) -> Event:
    recording: dict[str, Any] = {
        "recording_id": id_of(told.get("recordingId")) or None,
        "recording_url": url_of(told.get("recordingUrl")),
    }
    if kind in ("input.speech", "transcription.ready"):
        text = text_of(told.get("text"))
        if text is None:
            kind = "transcription.failed" if kind == "transcription.ready" else "other"
        return Event(
            kind, text=text, confidence=share_of(told.get("confidence")), **recording, **common
        )
    if kind == "input.dtmf":
        digits = word_of(told.get("digits"))
        return Event(kind if digits else "other", digits=digits, **common)
    if kind == "call.ended":
        outcome = _OUTCOMES.get(word_of(told.get("outcome")) or "") or cti_outcome(told)
        seconds = seconds_of(told.get("durationSeconds"))
        return Event(kind, outcome=outcome, duration_s=seconds, **common)
    return Event(kind, **recording, **common)


def asks(request: Request) -> int | None:
    """A call that starts asks where it should go; it is told every step at once."""
    body = request.json()
    short = isinstance(body.get("event"), str) and body["event"] in EVENTS
    if (body["event"] != "newCall") if short else (body.get("type") != "call.started"):
        return None
    told = body if short else table_of(body.get("data"))
    return OVER if told.get("direction") == "out" else 0


def answer(route: Route, step: int, links: Links) -> Answer:
    """A route as JSON: `action`, the first `target`, and all `steps`."""
    if step == OVER or route.action == "pass":
        return as_json({"action": "pass", "reason": route.reason})
    steps = [
        {"name": one.name, "seconds": one.rings_seconds, "targets": [_uri(t) for t in one.targets]}
        for one in route.steps
    ]
    target = route.steps[0].targets[0] if route.steps else route.target
    told = {
        "action": "dial" if route.steps else "voicemail",
        "target": _uri(target) if target else None,
        "steps": steps,
        "voicemail": _uri(route.target) if route.target else None,
        "provider": route.provider,
        "queue": route.queue,
        "level": route.level,
        "case": route.case,
        "language": route.language,
        "say": route.say,
        "invite": route.invite,
        "reason": route.reason,
    }
    return as_json(told)


def _uri(target: str) -> str:
    """A number as a tel: URI (RFC 3966); SIP addresses and extensions as they are."""
    return f"tel:{target}" if target.startswith("+") else target


def problem(secret: str) -> str | None:
    """What is wrong with a secret, None where nothing is."""
    if not secret.startswith("whsec_") or not 24 <= len(standard_key(secret)) <= 64:
        return f"it is not {_PROOF}"
    return None


_PROOF = '"whsec_" and 24 to 64 random bytes in base64'

# Such a secret has no space in it, so that a text may give two.
_ONE = System("", "hooks", _PROOF, verify, read, asks, answer, problem=problem, several=str.split)

SYSTEM = (
    replace(_ONE, name="standard-webhooks"),
    replace(_ONE, name="kamailio", rings=frozenset({"number", "sip"})),
)
