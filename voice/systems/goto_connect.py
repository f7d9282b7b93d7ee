"""GoTo Connect (formerly Jive): call events, and reports after the call. It only tells.

Source: developer.goto.com/guides/GoToConnect (notification channels, call events, reports). How a
delivery is signed is not documented, so the secret is the last segment of the address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voice.call import Event, Kind
from voice.systems import (
    System,
    bad_path,
    direction_of,
    id_of,
    list_of,
    moment_of,
    numbers,
    sequence_of,
    table_of,
    word_of,
)
from voice.webhook import Request, Unreadable, check_path

_STATES: Mapping[str, Kind] = {
    "STARTING": "call.started",
    "ACTIVE": "call.answered",
    "ENDING": "call.ended",
}


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """The secret in the address. Raises Refused."""
    check_path(request, secrets)


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request; unknown fields are ignored. Raises Unreadable."""
    body = request.json()
    body = table_of(body["data"]) if "data" in body else body
    content = table_of(body.get("content"))
    if body.get("source") == "call-events-report":
        return [_report(content, regions)]
    about, state = table_of(content.get("metadata")), table_of(content.get("state"))
    call_id = _call(about)
    people = [table_of(one) for one in list_of(state.get("participants"))]
    caller, dialled = numbers(_outside(people), about.get("dialString"), regions)
    number = sequence_of(state.get("sequenceNumber"))
    inside = _inside(people)
    kind = _STATES.get(word_of(state.get("type")) or "", "other")
    if kind == "call.answered" and inside is None:
        kind = "other"
    ended = moment_of(about.get("callEnded")) if kind == "call.ended" else None
    return [
        Event(
            kind,
            f"{call_id}:{number}" if number else f"{call_id}:{id_of(state.get('id'))}",
            call_id=call_id,
            at=ended or moment_of(body.get("timestamp")),
            sequence=number,
            caller=caller,
            dialled=dialled,
            direction=direction_of(about.get("direction"), "out"),
            began_at=moment_of(about.get("callCreated")),
            agent_extension=inside,
        )
    ]


def _report(content: Mapping[str, Any], regions: Sequence[str]) -> Event:
    call_id = _call(content)
    people = [table_of(one) for one in list_of(content.get("participants"))]
    told = table_of(content.get("caller")).get("number") or _outside(people)
    caller, dialled = numbers(told, content.get("dialString"), regions)
    began, ended = moment_of(content.get("callCreated")), moment_of(content.get("callEnded"))
    length = int((ended - began).total_seconds()) if began and ended and ended >= began else None
    return Event(
        "call.ended",
        f"{call_id}:report",
        call_id=call_id,
        at=ended,
        caller=caller,
        dialled=dialled,
        direction=direction_of(content.get("direction"), "out"),
        began_at=began,
        duration_s=length,
        agent_extension=_inside(people),
    )


def _call(told: Mapping[str, Any]) -> str:
    call_id = id_of(told.get("conversationSpaceId"))
    if not call_id:
        raise Unreadable("it names no call (conversationSpaceId)")
    return call_id


def _outside(people: Sequence[Mapping[str, Any]]) -> object:
    """The number of who is outside: no field beside the participants carries it."""
    kinds = [table_of(one.get("type")) for one in people]
    return next((one.get("number") for one in kinds if one.get("value") == "EXTERNAL"), None)


def _inside(people: Sequence[Mapping[str, Any]]) -> str | None:
    """The extension of who took the call, where somebody is connected."""
    for one in people:
        kind, status = table_of(one.get("type")), table_of(one.get("status"))
        if kind.get("value") == "LINE" and status.get("value", "CONNECTED") == "CONNECTED":
            return word_of(kind.get("extensionNumber"))
    return None


SYSTEM = System(
    name="goto",
    path="goto",
    proof="a long random word, which is the last part of the address",
    verify=verify,
    problem=bad_path,
    read=read,
    secret_in_path=True,
)
