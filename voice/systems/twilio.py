"""Twilio Programmable Voice: signed forms in, TwiML out.

Sources: twilio.com/docs/usage/webhooks/webhooks-security, /docs/voice/twiml; the signature's finer
points (ports, repeated names, SharedKeys) are those of Twilio's own library, github.com/twilio/
twilio-python. The Idempotency-Token is not signed, so a repeat is known by what is signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from voice.call import Event, Outcome
from voice.routing import Route
from voice.systems import (
    OVER,
    Links,
    System,
    direction_of,
    fields_of,
    id_of,
    numbers,
    seconds_of,
    share_of,
    text_of,
    url_of,
    word_of,
)
from voice.webhook import Answer, Refused, Request, Unreadable, as_bytes, digest, one_of, same

_PORTS = {"https": 443, "http": 80}
_ENDED: Mapping[str, Outcome] = {
    "completed": "answered",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "no-answer",
    "canceled": "missed",
}
_CONNECTED = {"completed", "answered"}
LONGEST_MESSAGE = 120
"""Seconds of a message: Twilio transcribes no more."""


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """X-Twilio-Signature, over the address and the form. Raises Refused.

    The option `signature` ("hmac-sha1" or "hmac-sha256") is what is expected; without it the header
    of the newer SharedKeys says which, and the secrets are the same.
    """
    given = request.header("x-twilio-signature")
    if not given:
        raise Refused("X-Twilio-Signature is missing", 401)
    algorithm = _algorithm(request)
    if options.get("signature") not in (None, "", algorithm):
        raise Refused("it is signed with another algorithm than settings say")
    try:
        hashed = _body_hash(request)
        if hashed is not None and not same(hashed, hashlib.sha256(request.body).hexdigest()):
            raise Refused("the body is not the one that was signed")
        if hashed is None and request.is_json:
            raise Refused("a JSON body without its hash in the address is not signed")
        fields = _signed_fields(request)
    except Unreadable as why:
        raise Refused(f"what is signed cannot be read: {why}") from None
    name = "sha256" if algorithm == "hmac-sha256" else "sha1"
    matches = (
        same(given, _mac(secret, url + fields, name))
        for secret in secrets
        if secret
        for url in _spellings(request.url)
    )
    if not one_of(matches):
        raise Refused("X-Twilio-Signature does not match")


def _algorithm(request: Request) -> str:
    said = request.header("x-twilio-webhooks-signature-settings")
    if not said:
        return "hmac-sha1"
    told = dict(one.strip().partition("=")[::2] for one in said.split(",")[:10])
    if told.get("algorithm") != "HMAC_SHA256":
        raise Refused("it names an algorithm that is unknown here")
    return "hmac-sha256"


def _body_hash(request: Request) -> str | None:
    """The body's hash in the address, which is signed; None where the body is a form."""
    return next((value for name, value in request.query() if name == "bodySHA256"), None)


def _signed_fields(request: Request) -> str:
    """The fields as they are signed: sorted, each distinct value once, nothing between.

    Of a GET, and where the body is no form, the address says it all.
    """
    if request.method == "GET" or _body_hash(request) is not None:
        return ""
    values: dict[str, set[str]] = {}
    for name, value in request.form():
        values.setdefault(name, set()).add(value)
    return "".join(name + value for name in sorted(values) for value in sorted(values[name]))


def _mac(secret: str, text: str, name: str) -> str:
    return base64.b64encode(hmac.digest(as_bytes(secret), as_bytes(text), name)).decode()


def _spellings(url: str) -> list[str]:
    """With the usual port and without: Twilio is inconsistent about it."""
    try:
        parts = urlsplit(url)
        port, usual = parts.port, _PORTS.get(parts.scheme)
    except ValueError:
        return [url]
    if usual is None or parts.hostname is None or port not in (None, usual):
        return [url]
    bare = parts.netloc.removesuffix(f":{usual}")
    return [urlunsplit(parts._replace(netloc=one)) for one in (bare, f"{bare}:{usual}")]


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request. Raises Unreadable."""
    if _body_hash(request) is not None:
        return [Event("other", _key(request))]
    told = fields_of(request.query() if request.method == "GET" else request.form())
    parent = id_of(told.get("ParentCallSid"))
    call_id = parent or id_of(told.get("CallSid"))
    if not call_id:
        raise Unreadable("it names no call (CallSid)")
    caller, dialled = numbers(told.get("From"), told.get("To"), regions)
    said = Event(
        "other",
        _key(request),
        call_id=call_id,
        at=_moment(told.get("Timestamp")),
        sequence=seconds_of(told.get("SequenceNumber")) or 0,
        caller=caller,
        dialled=dialled,
        direction=direction_of(told.get("Direction"), "out"),
        caller_country=word_of(told.get("FromCountry")),
        stir=word_of(told.get("StirVerstat")),
    )
    if parent:
        # A leg that we rang: whoever answers it has answered the caller, and nothing else of it is
        # the call's, its numbers least of all.
        kind = "call.answered" if told.get("CallStatus") == "in-progress" else "other"
        return [Event(kind, said.key, call_id=call_id, at=said.at)]  # type: ignore[arg-type]
    return [_event(said, request, told)]


def _event(said: Event, request: Request, told: Mapping[str, str]) -> Event:
    status = told.get("CallStatus", "")
    recording = {
        "recording_id": id_of(told.get("RecordingSid")) or None,
        "recording_url": url_of(told.get("RecordingUrl")),
    }
    if "TranscriptionStatus" in told or "TranscriptionText" in told:
        text = text_of(told.get("TranscriptionText"))
        done = told.get("TranscriptionStatus", "completed") == "completed" and text is not None
        kind = "transcription.ready" if done else "transcription.failed"
        return replace(said, kind=kind, text=text, **recording)  # type: ignore[arg-type]
    if "RecordingStatus" in told:
        ready = {"completed": "recording.ready", "absent": "recording.failed"}
        kind = ready.get(told["RecordingStatus"], "other")
        kind = "recording.failed" if told["RecordingStatus"] == "failed" else kind
        seconds = seconds_of(told.get("RecordingDuration"))
        return replace(said, kind=kind, duration_s=seconds, **recording)  # type: ignore[arg-type]
    if told.get("SpeechResult"):
        return replace(
            said,
            kind="input.speech",
            text=text_of(told["SpeechResult"]),
            confidence=share_of(told.get("Confidence")),
            language=word_of(told.get("Language")),
        )
    if request.leaf == "recorded":
        return replace(said, kind="call.voicemail")
    if told.get("Digits"):
        return replace(said, kind="input.dtmf", digits=word_of(told["Digits"]))
    if "DialCallStatus" in told:
        return said
    if status in _ENDED:
        seconds = seconds_of(told.get("CallDuration"))
        return replace(said, kind="call.ended", outcome=_ENDED[status], duration_s=seconds)
    if status == "in-progress" and told.get("CallbackSource") == "call-progress-events":
        return replace(said, kind="call.answered")
    if _comes_in(request, told):
        return replace(said, kind="call.started")
    return said


def _key(request: Request) -> str:
    """What is signed, and so cannot be changed by who repeats it: never the bytes it came in."""
    return digest(_spellings(request.url)[0] + _signed_fields(request))


def _moment(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, IndexError, OverflowError):
        return None


def _comes_in(request: Request, told: Mapping[str, str]) -> bool:
    """Is it a call that comes in? Whatever the address is called that was typed at Twilio."""
    if request.leaf in _LEAVES:
        return False
    return request.leaf == "incoming" or (
        told.get("CallStatus") == "ringing" and not told.get("Direction", "").startswith("out")
    )


_LEAVES = {"dialled", "recorded", "recording", "transcription", "status"}


def asks(request: Request) -> int | None:
    """The first request of a call, and what follows a Dial, ask for instructions."""
    if request.leaf == "recorded":
        return OVER
    if _body_hash(request) is not None:
        return None
    told = fields_of(request.query() if request.method == "GET" else request.form())
    if _comes_in(request, told):
        return 0
    if request.leaf != "dialled":
        return None
    if told.get("DialCallStatus") in _CONNECTED:
        return OVER
    return min(seconds_of(dict(request.query()).get("step")) or 1, 20)


def answer(route: Route, step: int, links: Links) -> Answer:
    """A step of a route as TwiML."""
    response = Element("Response")
    if route.action == "pass" and step != OVER:
        SubElement(response, "Reject")
    elif step == OVER:
        SubElement(response, "Hangup")
    elif step < len(route.steps):
        _dial(response, route, step, links)
    else:
        _voicemail(response, route, links)
    return _twiml(response)


def acknowledge(request: Request) -> Answer:
    """Callbacks that only tell want an empty response."""
    return _twiml(Element("Response"))


def _dial(response: Element, route: Route, step: int, links: Links) -> None:
    rung = route.steps[step]
    dial = SubElement(response, "Dial", timeout=str(rung.rings_seconds), answerOnBridge="true")
    dial.set("action", links.to("dialled", step=step + 1))
    dial.set("method", "POST")
    if route.line:
        dial.set("callerId", route.line)
    for target in rung.targets:
        rung_at = SubElement(dial, "Number" if target.startswith("+") else "Sip")
        rung_at.set("statusCallback", links.to("status"))
        rung_at.set("statusCallbackEvent", "answered")
        rung_at.text = target


def _voicemail(response: Element, route: Route, links: Links) -> None:
    for words in (route.say, route.invite):
        if words:
            SubElement(response, "Say", language=route.language).text = words
    SubElement(
        response,
        "Record",
        maxLength=str(LONGEST_MESSAGE),
        playBeep="true",
        finishOnKey="#",
        transcribe="true",
        transcribeCallback=links.to("transcription"),
        recordingStatusCallback=links.to("recording"),
        recordingStatusCallbackEvent="completed absent",
        action=links.to("recorded"),
    )
    SubElement(response, "Hangup")


def _twiml(response: Element) -> Answer:
    text = tostring(response, encoding="unicode")
    return Answer(f'<?xml version="1.0" encoding="UTF-8"?>{text}', "text/xml; charset=utf-8")


SYSTEM = System(
    name="twilio",
    path="twilio",
    proof="the account's Auth Token, or a SharedKey's secret",
    verify=verify,
    read=read,
    asks=asks,
    answer=answer,
    acknowledge=acknowledge,
    rings=frozenset({"number", "sip"}),
    options={"signature": '"hmac-sha1" (Auth Token) or "hmac-sha256" (SharedKey)'},
    allowed={"signature": ("hmac-sha1", "hmac-sha256")},
    leaves=("incoming",),
)
