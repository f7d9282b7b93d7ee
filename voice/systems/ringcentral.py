"""RingCentral: telephony sessions, after a handshake. It only tells.

Source: developers.ringcentral.com/guide/notifications/webhooks. A fixed Verification-Token is all
that authenticates; one call yields several parties and is known by its telephonySessionId.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voice.call import Event, Kind
from voice.systems import (
    System,
    bad_header,
    id_of,
    list_of,
    moment_of,
    numbers,
    sequence_of,
    table_of,
    word_of,
)
from voice.webhook import Answer, Refused, Request, Unreadable, as_json, check_header

LONGEST_TOKEN = 255
"""Characters of a handshake's token that are sent back; the whole answer may have 1024 bytes."""

_CODES: Mapping[str, Kind] = {
    "Setup": "call.started",
    "Proceeding": "call.started",
    "Answered": "call.answered",
    "VoiceMail": "call.voicemail",
    "Disconnected": "call.ended",
    "Gone": "call.ended",
}


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """The Verification-Token of the subscription. Raises Refused.

    A handshake comes before any: it has a Validation-Token and nothing else, and changes nothing.
    """
    if is_handshake(request):
        if not _is_token(request.header("validation-token")):
            raise Refused("its Validation-Token is malformed", 400)
        if request.header("verification-token"):
            check_header(request, secrets, "Verification-Token")
        return
    check_header(request, secrets, "Verification-Token")


def is_handshake(request: Request) -> bool:
    """Is it the request that comes when a subscription is made?"""
    return bool(request.header("validation-token")) and not request.body


def _is_token(value: str) -> bool:
    return 0 < len(value) <= LONGEST_TOKEN and value.isascii() and value.isprintable()


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request. Raises Unreadable."""
    if is_handshake(request):
        return [Event("handshake", "")]
    told = request.json()
    body = table_of(told.get("body"))
    call_id = id_of(body.get("telephonySessionId"))
    key = id_of(told.get("uuid"))
    if not call_id:
        return [Event("other", key)] if key else _unreadable()
    parties = [table_of(one) for one in list_of(body.get("parties"))]
    party = next((one for one in parties if one.get("direction") == "Inbound"), None)
    number = sequence_of(body.get("sequence"))
    return [_event(party, parties, regions, key or f"{call_id}:{number}", call_id, number, body)]


def _unreadable() -> list[Event]:
    raise Unreadable("it names no call (body.telephonySessionId) and has no uuid")


def _event(
    party: Mapping[str, Any] | None,
    parties: Sequence[Mapping[str, Any]],
    regions: Sequence[str],
    key: str,
    call_id: str,
    sequence: int,
    body: Mapping[str, Any],
) -> Event:
    shown = party if party is not None else parties[0] if parties else {}
    caller, dialled = numbers(
        table_of(shown.get("from")).get("phoneNumber"),
        table_of(shown.get("to")).get("phoneNumber"),
        regions,
    )
    code = word_of(table_of(shown.get("status")).get("code")) or ""
    kind = _CODES.get(code, "other")
    if kind == "call.ended" and _goes_on(parties, shown):
        kind = "other"
    missed = kind == "call.ended" and shown.get("missedCall") is True
    extension = table_of(shown.get("to")).get("extensionNumber")
    return Event(
        kind,
        key,
        call_id=call_id,
        at=moment_of(body.get("eventTime")),
        sequence=sequence,
        caller=caller,
        dialled=dialled,
        direction="in" if party is not None else "out",
        agent_extension=word_of(extension) if kind == "call.answered" else None,
        outcome="missed" if missed else None,
    )


def _goes_on(parties: Sequence[Mapping[str, Any]], shown: Mapping[str, Any]) -> bool:
    """Is somebody else still talking? One party's end is not the call's."""
    codes = [table_of(one.get("status")).get("code") for one in parties if one is not shown]
    return "Answered" in codes


def acknowledge(request: Request) -> Answer:
    """The handshake's token goes back as it came."""
    if is_handshake(request):
        token = request.header("validation-token")
        return Answer("", "application/json", headers={"Validation-Token": token})
    return as_json({})


SYSTEM = System(
    name="ringcentral",
    path="ringcentral",
    proof="the verificationToken of the subscription",
    verify=verify,
    problem=bad_header,
    read=read,
    acknowledge=acknowledge,
)
