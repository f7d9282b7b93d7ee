"""8x8 Connect Voice: call actions answered with a call flow, call statuses that only tell.

Source: developer.8x8.com/connect/docs/voice/webhook-guides. A fixed header that the operator
chooses is all that authenticates; there is no speech recognition and no recording by call flow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voice.call import Event, Kind, Outcome
from voice.routing import Route, one_by_one
from voice.systems import (
    OVER,
    Links,
    System,
    bad_header,
    direction_of,
    id_of,
    moment_of,
    numbers,
    seconds_of,
    table_of,
    word_of,
)
from voice.webhook import Answer, Request, Unreadable, as_json, check_header, digest

_KINDS: Mapping[str, Kind] = {
    "CALL_INITIATED": "other",
    "CALL_RECEIVED": "call.started",
    "CALL_CONNECTED": "call.answered",
    "CALL_DISCONNECTED": "call.ended",
    "COMPLETED": "call.ended",
    "NO_ANSWER": "call.ended",
    "BUSY": "call.ended",
    "CANCELED": "call.ended",
    "FAILED": "call.ended",
    "ERROR": "call.ended",
}
_OUTCOMES: Mapping[str, Outcome] = {
    "COMPLETED": "answered",
    "NO_ANSWER": "no-answer",
    "BUSY": "busy",
    "CANCELED": "missed",
    "FAILED": "failed",
    "ERROR": "failed",
}
_STEP = "step-"


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """The header that was registered with the webhook. Raises Refused."""
    check_header(request, secrets, "Authorization")


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request. Raises Unreadable."""
    body = request.json()
    told = table_of(body.get("payload"))
    call_id = id_of(told.get("sessionId")) or id_of(told.get("callId"))
    if not call_id:
        raise Unreadable("it names no call (payload.sessionId)")
    caller, dialled = numbers(
        told.get("source"), told.get("destination"), regions, from_network=True
    )
    status = word_of(told.get("callStatus")) or word_of(told.get("sessionStatus")) or ""
    digits = word_of(table_of(told.get("eventData")).get("dtmf"))
    common: dict[str, Any] = {
        "key": id_of(told.get("eventId")) or digest(request.body),
        "call_id": call_id,
        "at": moment_of(told.get("timestamp")),
        "caller": caller,
        "dialled": dialled,
        "direction": direction_of(told.get("callDirection"), "out"),
        "caller_country": word_of(told.get("sourceCountryCode")),
    }
    if common["direction"] == "out" and told.get("sessionId"):
        # A leg that we rang: who answers it has answered the caller; no more of it is the call's.
        kind = "call.answered" if status == "CALL_CONNECTED" else "other"
        return [Event(kind, common["key"], call_id=call_id, at=common["at"])]  # type: ignore[arg-type]
    if digits:
        return [Event("input.dtmf", digits=digits, **common)]
    kind = _KINDS.get(status, "other")
    seconds = seconds_of(told.get("callDuration")) if kind == "call.ended" else None
    return [Event(kind, duration_s=seconds, outcome=_OUTCOMES.get(status), **common)]


def asks(request: Request) -> int | None:
    """A call action asks for instructions; after one of ours, for the next step."""
    body = request.json()
    if body.get("eventType") != "CALL_ACTION":
        return None
    told = table_of(body.get("payload"))
    if told.get("callStatus") == "CALL_RECEIVED":
        return 0
    label = id_of(told.get("clientActionId"))
    if told.get("callStatus") != "ACTION_COMPLETED" or not label.startswith(_STEP):
        return None
    if told.get("sipCode") == 200:
        return OVER
    return min((seconds_of(label.removeprefix(_STEP)) or 0) + 1, 20)


def answer(route: Route, step: int, links: Links) -> Answer:
    """A step of a route as a call flow; the label tells which step was done."""
    ours = route.action != "pass" and step != OVER
    flow = _flow(one_by_one(route), step) if ours else []
    return as_json({"clientActionId": f"{_STEP}{max(step, 0)}", "callflow": flow or [_HANG_UP]})


_HANG_UP: dict[str, Any] = {"action": "hangup"}


def _flow(route: Route, step: int) -> list[dict[str, Any]]:
    targets = [one.targets[0] for one in route.steps]
    if step < len(targets):
        return [_call(route, targets[step])]
    if step > len(targets):
        return [_HANG_UP]
    # It takes no message, so none is invited.
    said = [{"action": "say", "params": {"text": route.say}}] if route.say else []
    return [*said, _call(route, route.target) if route.target is not None else _HANG_UP]


def _call(route: Route, target: str) -> dict[str, Any]:
    params = {"destination": target}
    if route.line:
        params["source"] = route.line
    return {"action": "makeCall", "params": params}


SYSTEM = System(
    name="8x8",
    path="8x8",
    proof='the header registered with the webhook, e.g. "Authorization: a-long-secret"',
    verify=verify,
    problem=bad_header,
    read=read,
    asks=asks,
    answer=answer,
    rings=frozenset({"number"}),
    leaves=("vca", "vcs"),
)
