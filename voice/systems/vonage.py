"""Vonage Voice: signed webhooks (JWT) in, NCCO out.

Sources: developer.vonage.com/en/voice/voice-api/webhook-reference and /ncco-reference;
/en/getting-started/concepts/webhooks; api.support.vonage.com/hc/en-us/articles/19033783342876 for
what `payload_hash` covers. Vonage tries again on 503, so what is unsigned is answered so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from voice.call import Event, Kind, Outcome
from voice.routing import Route, one_by_one
from voice.systems import (
    OVER,
    Links,
    System,
    direction_of,
    id_of,
    list_of,
    moment_of,
    numbers,
    seconds_of,
    share_of,
    table_of,
    text_of,
    url_of,
    word_of,
)
from voice.webhook import (
    TOLERANCE,
    Answer,
    Refused,
    Request,
    Unreadable,
    as_bytes,
    as_json,
    digest,
    same,
)

_ENDED: Mapping[str, Outcome] = {
    "completed": "answered",
    "busy": "busy",
    "failed": "failed",
    "cancelled": "missed",
    "unanswered": "no-answer",
    "timeout": "no-answer",
    "rejected": "rejected",
    "disconnected": "answered",
}
_NOT_CONNECTED = {"busy", "failed", "cancelled", "unanswered", "timeout", "rejected"}
LONGEST_MESSAGE = 120
"""Seconds of a message."""

LONGEST_TEXT = 1500
"""Characters of one talk."""


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """A JWT with HS256 over the account's signature secret, and the payload's hash in it.

    The options `api_key` and `application_id`, where given, are what its claims must say. Raises
    Refused.
    """
    scheme, _, token = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused("it is unsigned", 503)
    claims = _claims(token.strip(), secrets)
    issued, hashed = claims.get("iat"), claims.get("payload_hash")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        raise Refused("its token says no moment (iat)")
    if not 0 <= issued < 10**12:
        raise Refused("its token says no moment (iat)")
    if not abs(request.at.timestamp() - issued) <= TOLERANCE:
        raise Refused("it was signed too long ago, or in the future")
    if not id_of(claims.get("jti")):
        raise Refused("its token has no id (jti)")
    if not isinstance(hashed, str) or not same(hashed, payload_hash(request)):
        raise Refused("the content is not the one that was signed")
    for name in ("api_key", "application_id"):
        wanted = options.get(name)
        if wanted and not same(id_of(claims.get(name)), wanted):
            raise Refused(f"its token is for another {name}")


def _claims(token: str, secrets: Sequence[str]) -> dict[str, Any]:
    for secret in secrets:
        try:
            found: dict[str, Any] = jwt.decode(
                token,
                secret,
                algorithms=["HS256"],
                # The clock is the request's own: what PyJWT would look up is checked above.
                options={
                    "verify_iat": False,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_aud": False,
                    "verify_iss": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            continue
        return found
    raise Refused("its token is not signed with the signature secret")


def payload_hash(request: Request) -> str:
    """SHA-256 of the raw body; of a GET, of its query as compact JSON in the order received."""
    said = request.body
    if request.method == "GET":
        try:
            pairs = request.query()
        except Unreadable:
            raise Refused("its query cannot be read") from None
        fields = dict(pairs)
        if len(fields) < len(pairs):
            raise Refused("a field of its query is there twice")
        said = as_bytes(json.dumps(fields, separators=(",", ":"), ensure_ascii=False))
    return hashlib.sha256(said).hexdigest()


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request. Raises Unreadable."""
    told: dict[str, Any] = dict(request.query()) if request.method == "GET" else request.json()
    call_id = id_of(told.get("uuid")) or id_of(told.get("call_uuid"))
    conversation = id_of(told.get("conversation_uuid"))
    if not (call_id or conversation):
        raise Unreadable("it names no call (uuid, conversation_uuid)")
    caller, dialled = numbers(told.get("from"), told.get("to"), regions, from_network=True)
    common: dict[str, Any] = {
        "key": _key(request),
        "call_id": call_id,
        "conversation_id": conversation,
        "at": moment_of(told.get("timestamp")),
        "caller": caller,
        "dialled": dialled,
        "direction": direction_of(told.get("direction"), "out"),
    }
    return _events(told, request, common)


def _key(request: Request) -> str:
    """The id of its token, which was believed by now."""
    token = request.header("authorization").partition(" ")[2].strip()
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return id_of(claims.get("jti")) or digest(request.url, request.body)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return digest(request.url, request.body)


def _events(told: dict[str, Any], request: Request, common: dict[str, Any]) -> list[Event]:
    recording = url_of(told.get("recording_url"))
    if recording or told.get("recording_uuid"):
        return [
            Event(
                "recording.ready",
                recording_id=id_of(told.get("recording_uuid")) or None,
                recording_url=recording,
                began_at=moment_of(told.get("start_time")),
                **common,
            )
        ]
    if "dtmf" in told or "speech" in told:
        return _inputs(told, common)
    status = told.get("status")
    if isinstance(status, str):
        return [_status(status, told, common)]
    if request.leaf not in _LEAVES and common["call_id"]:
        return [Event("call.started", **common)]
    return [Event("other", **common)]


def _inputs(told: dict[str, Any], common: dict[str, Any]) -> list[Event]:
    """Speech, best hypothesis first, and keys, in the present shape and the older one."""
    speech = table_of(told.get("speech"))
    results = [table_of(one) for one in list_of(speech.get("results"))]
    heard = next((one for one in results if text_of(one.get("text"))), None)
    if heard is not None:
        return [
            Event(
                "input.speech",
                text=text_of(heard["text"]),
                confidence=share_of(heard.get("confidence")),
                **common,
            )
        ]
    dtmf = told.get("dtmf")
    digits = word_of(dtmf.get("digits") if isinstance(dtmf, dict) else dtmf)
    return [Event("input.dtmf" if digits else "other", digits=digits, **common)]


def _status(status: str, told: dict[str, Any], common: dict[str, Any]) -> Event:
    began = moment_of(told.get("start_time"))
    if common["direction"] == "out" and common["conversation_id"]:
        # A leg that we rang: whoever answers it has answered the caller, and nothing else of it is
        # the call's, its numbers least of all.
        kind: Kind = "call.answered" if status == "answered" else "other"
        names = ("key", "conversation_id", "at")
        return Event(kind, **{name: common[name] for name in names})
    if status in _ENDED:
        seconds = seconds_of(told.get("duration"))
        return Event(
            "call.ended", outcome=_ENDED[status], duration_s=seconds, began_at=began, **common
        )
    if status == "answered":
        return Event("call.answered", **common)
    return Event("call.started" if status in {"started", "ringing"} else "other", **common)


_LEAVES = {"event", "input", "record", "dialled"}


def asks(request: Request) -> int | None:
    """The answer webhook, and the event of a connect that reached nobody, ask for instructions."""
    told = dict(request.query()) if request.method == "GET" else request.json()
    if request.leaf not in _LEAVES:
        # Whatever the address is called: events say a status, the answer webhook does not.
        return 0 if "status" not in told and "recording_url" not in told else None
    if request.leaf != "dialled":
        return None
    if word_of(told.get("status")) not in _NOT_CONNECTED:
        return None
    return min(seconds_of(dict(request.query()).get("step")) or 1, 20)


def answer(route: Route, step: int, links: Links) -> Answer:
    """A step of a route as an NCCO."""
    if route.action == "pass" or step == OVER:
        return as_json([])
    route = one_by_one(route)
    if step < len(route.steps):
        return as_json([_connect(route, step, links)])
    talk = [
        {"action": "talk", "text": _plain(words), "language": route.language}
        for words in (route.say, route.invite)
        if words
    ]
    record = {
        "action": "record",
        "beepStart": True,
        "endOnSilence": 5,
        "endOnKey": "#",
        "timeOut": LONGEST_MESSAGE,
        "format": "wav",
        "eventUrl": [links.to("record")],
    }
    return as_json([*talk, record])


def _plain(words: str) -> str:
    """Words that are read as they stand: no markup, and no longer than Vonage reads."""
    return words.replace("<", " ")[:LONGEST_TEXT]


def _connect(route: Route, step: int, links: Links) -> dict[str, Any]:
    rung = route.steps[step]
    connect: dict[str, Any] = {
        "action": "connect",
        "timeout": rung.rings_seconds,
        "eventType": "synchronous",
        "eventUrl": [links.to("dialled", step=step + 1)],
        "endpoint": [_endpoint(rung.targets[0])],
    }
    if route.line:
        connect["from"] = route.line.lstrip("+")
    return connect


def _endpoint(target: str) -> dict[str, str]:
    if target.startswith(("sip:", "sips:")):
        return {"type": "sip", "uri": target}
    return {"type": "phone", "number": target.lstrip("+")}


SYSTEM = System(
    name="vonage",
    path="vonage",
    proof="the account's signature secret",
    verify=verify,
    read=read,
    asks=asks,
    answer=answer,
    rings=frozenset({"number", "sip"}),
    leaves=("answer", "event"),
    options={
        "api_key": "the account's API key",
        "application_id": "the application's id",
    },
)
