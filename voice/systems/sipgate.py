"""sipgate.io push: signed forms in, XML out.

Source: developer.sipgate.io/push-api/api-reference. The signature is RSA-SHA256 (PKCS#1 v1.5) over
the raw body, with sipgate's key; the key is a setting.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from voice.call import Event, Outcome
from voice.routing import Route
from voice.systems import OVER, Links, System, direction_of, fields_of, id_of, numbers, word_of
from voice.webhook import Answer, Refused, Request, Unreadable, digest

MOST_TARGETS = 5
"""Numbers that one Dial rings together."""

CAUSES: Mapping[str, Outcome] = {
    "normalClearing": "answered",
    "busy": "busy",
    "cancel": "missed",
    "noAnswer": "no-answer",
    "congestion": "failed",
    "notFound": "failed",
    "forwarded": "answered",
}


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """X-Sipgate-Signature over the raw body. Raises Refused."""
    given = request.header("x-sipgate-signature")
    if not given:
        raise Refused("X-Sipgate-Signature is missing", 401)
    try:
        signature = base64.b64decode(given.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("X-Sipgate-Signature is malformed") from None
    for key in filter(None, map(_key, secrets)):
        try:
            key.verify(signature, request.body, PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return
    raise Refused("X-Sipgate-Signature does not match")


@lru_cache(maxsize=16)
def _key(pem: str) -> RSAPublicKey | None:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def problem(secret: str) -> str | None:
    """What is wrong with a key, None where nothing is."""
    return None if _key(secret) else "it is no RSA public key in PEM"


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request. Raises Unreadable."""
    told = fields_of(request.form())
    call_id = id_of(told.get("callId"))
    if not call_id:
        raise Unreadable("it names no call (callId)")
    caller, dialled = numbers(
        told.get("from"), told.get("diversion") or told.get("to"), regions, from_network=True
    )
    common: dict[str, Any] = {
        "key": digest(request.body),
        "call_id": id_of(told.get("origCallId")) or call_id,
        "caller": caller,
        "dialled": dialled,
        "direction": direction_of(told.get("direction"), "out"),
    }
    match told.get("event"):
        case "newCall":
            return [Event("call.started", **common)]
        case "answer":
            answered = word_of(told.get("userId")) or word_of(told.get("answeringNumber"))
            return [Event("call.answered", agent_extension=answered, **common)]
        case "hangup":
            outcome = CAUSES.get(told.get("cause", ""))
            return [Event("call.ended", outcome=outcome, **common)]
        case "dtmf":
            digits = word_of(told.get("dtmf"))
            return [Event("input.dtmf" if digits else "other", digits=digits, **common)]
    return [Event("other", **common)]


def asks(request: Request) -> int | None:
    """A new call asks for instructions; what happens to it later only tells."""
    told = fields_of(request.form())
    return 0 if told.get("event") == "newCall" and told.get("direction") != "out" else None


def answer(route: Route, step: int, links: Links) -> Answer:
    """A route as XML. sipgate tries one Dial alone, so those of the first step are rung."""
    response = Element("Response", onAnswer=links.base, onHangup=links.base)
    if step == OVER or route.action == "pass":
        return _xml(Element("Response"))
    dial = SubElement(response, "Dial")
    if route.steps:
        for number in route.steps[0].targets[:MOST_TARGETS]:
            SubElement(dial, "Number").text = number.lstrip("+")
    else:
        SubElement(dial, "Voicemail")
    return _xml(response)


def acknowledge(request: Request) -> Answer:
    """Its answers to what only tells are ignored."""
    return _xml(Element("Response"))


def _xml(response: Element) -> Answer:
    text = tostring(response, encoding="unicode")
    return Answer(f'<?xml version="1.0" encoding="UTF-8"?>{text}', "application/xml")


SYSTEM = System(
    name="sipgate",
    path="sipgate",
    proof="sipgate's public key as PEM",
    verify=verify,
    read=read,
    asks=asks,
    answer=answer,
    acknowledge=acknowledge,
    problem=problem,
    rings=frozenset({"number"}),
)
