"""Requests that are almost a phone system's own, for tests to be drawn from.

A sample is taken, and some of its fields are given what no such field should hold. Names of fields
are each system's own, so that values of a wrong type come where a right one is expected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hypothesis import strategies as st

from tests.voice.systems.samples import BELIEVED, SAME_PROTOCOL, sent
from tests.voice.systems.support import request, system
from voice.webhook import Request

LEAVES = (
    *("incoming", "dialled", "recorded", "recording", "transcription", "status", "json", "answer"),
    *("event", "input", "record", "lookup", "report", "vca", "vcs", "gather/speech", "", "x/y/z"),
)
UNSAMPLED: Mapping[str, str] = {
    "twilio": "ParentCallSid DialCallStatus RecordingStatus Timestamp again step",
    "vonage": "call_uuid start_time recording_uuid digits results",
    "8x8": "sessionStatus callId",
    "goto": "data callEnded dialString caller",
    "ringcentral": "extensionNumber missedCall",
    "sipgate": "diversion answeringNumber direction",
    "zammad-cti": "cause answeringNumber queue",
    "freeswitch": "Unique-ID exiting answerable_step",
    "3cx": "line recordingUrl",
    "standard-webhooks": "conversationId recordingId recordingUrl digits outcome durationSeconds",
}
SHAPES = {other: one for one, other in SAME_PROTOCOL.items()}

WORDS = st.sampled_from(
    (
        *("newCall", "answer", "hangup", "dtmf", "in", "out", "inbound", "outbound", "OUTBOUND"),
        *("completed", "answered", "timeout", "in-progress", "no-answer", "CALL_ACTION", "BUSY"),
        *("CALL_RECEIVED", "ACTION_COMPLETED", "CALL_DISCONNECTED", "step-1", "step-", "step-x"),
        *("call-events-report", "STARTING", "ACTIVE", "ENDING", "EXTERNAL", "LINE", "CONNECTED"),
        *("call.started", "call.ended", "input.speech", "transcription.ready", "Inbound", "true"),
        *("Proceeding", "Answered", "Disconnected", "VoiceMail", "[Transcription]", "00:03:04"),
        *("2026-11-22T07:00:00.000Z", "2026-11-22T07:00:00", "0001-01-01T00:00:00+23:59"),
        *("9999-12-31T23:59:59-23:59", "Sun, 22 Nov 2026 07:00:00 +0000", "Sun, 99 Foo 1 +9"),
        *("+447700900123", "447700900123", "anonymous", "+266696687", "sip:a@[::1]", "tel:;ext="),
        *("1e999", "nan", "-1", "0", "200", "99999999", "٣", "²", "0.5", "1_0", "", " ", "\0"),
        *("x" * 251, "x" * 30_000, "9" * 4000, "\u202e\ufeff", "\r\nX: y", '"/><Dial>', "{}", "[]"),
    )
)
TEXT = WORDS | st.text(max_size=30)
NUMBERS = st.sampled_from(
    (0, 1, -1, 200, 10**9, 10**40, -(10**300), 0.5, 1.5, -0.0, 1e308, float("inf"), float("nan"))
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
URLS = st.builds(
    "{}?{}".format,
    st.sampled_from(LEAVES),
    st.sampled_from(("", "step=1", "step=-1", "step=99999999999", "step=%ff", "again", "a=%zz"))
    | st.dictionaries(TEXT, TEXT, max_size=3).map(urlencode),
)
METHODS = st.sampled_from(("POST", "GET", "PUT", "HEAD", "", "post", "\N{SNOWMAN}"))
CONTENT = st.sampled_from(
    ("application/json", "application/x-www-form-urlencoded", "", "é", "APPLICATION/JSON;x", "text")
)
FEW = st.integers(0, 4)


def shaped(name: str) -> list[str]:
    """The samples that a system believes."""
    one = SHAPES.get(name, name)
    return [sample for sample in BELIEVED if sample.startswith(f"{one}/")]


def told(sample: str) -> Any:
    """What a sample's body says: an object, or a form's fields as one."""
    made = sent(sample)
    if made.is_json and made.body:
        return json.loads(made.body)
    return dict(made.query() if made.method == "GET" else parse_qsl(made.text()))


def places(value: Any, under: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each value within a value stands."""
    if under:
        yield under
    if isinstance(value, dict):
        for name, one in value.items():
            yield from places(one, (*under, name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from places(one, (*under, place))


def put(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """The same value with another in that place; as it was where the place is gone."""
    if not place:
        return new
    first, rest = place[0], place[1:]
    if isinstance(value, dict):
        return {**value, first: put(value.get(first), rest, new)}
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [put(one, rest, new) if at == first else one for at, one in enumerate(value)]
    return value


def names_of(name: str) -> list[str]:
    """The names of the fields that a system reads."""
    found = set(UNSAMPLED.get(SHAPES.get(name, name), "").split())
    for sample in shaped(name):
        found.update(place[-1] for place in places(told(sample)) if isinstance(place[-1], str))
    return sorted(found)


def values(names: list[str]) -> st.SearchStrategy[Any]:
    """JSON of any shape, with a system's own names in it."""
    keys = st.sampled_from(names) | TEXT
    deep = st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
        max_leaves=8,
    )
    return SCALARS | deep


def scalar(value: Any) -> Any:
    """A value as a form has it."""
    return value if isinstance(value, str) else json.dumps(value)


@st.composite
def bodies(draw: st.DrawFn, name: str, sample: str, as_json: bool) -> bytes:
    """A sample's body with some fields wrong; sometimes cut, mixed up or no such thing at all."""
    said, names = told(sample), names_of(name)
    for _ in range(draw(FEW)):
        known = st.sampled_from(list(places(said)) or [("x",)])
        place = draw(known | st.sampled_from(names).map(lambda one: (one,)))
        said = put(said, place, draw(values(names)))
    if name == "vonage" and isinstance(said.get("status"), dict | list):
        said["status"] = ""
    body = json.dumps(said).encode()
    if not as_json:
        body = urlencode({key: scalar(value) for key, value in said.items()}).encode()
    if draw(st.integers(0, 9)) == 0:
        cut = draw(st.integers(0, len(body)))
        return body[:cut] + draw(st.binary(max_size=4)) + body[draw(st.integers(cut, len(body))) :]
    return body


@st.composite
def requests(draw: st.DrawFn, name: str) -> Request:
    """A request to a system that might be anybody's."""
    sample = draw(st.sampled_from(shaped(name)))
    made = sent(sample)
    usual = draw(st.integers(0, 4)) > 0
    as_json = made.is_json and bool(made.body) if usual else draw(st.booleans())
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    body = draw(bodies(name, sample, as_json))
    headers = {"Content-Type": kind if usual else draw(CONTENT)}
    if system(name).path == "hooks":
        headers["webhook-id"] = draw(TEXT)[:200]  # what `verify` lets through
    method = made.method if usual else draw(METHODS)
    leaf = made.url.partition(f"/voice/{system(name).path}")[2].partition("?")[0]
    url = f"{system(name).path}{leaf}" if usual else f"{system(name).path}/{draw(URLS)}"
    if method == "GET" and body:
        return request(f"{url}?{body.decode('latin-1')}", b"", headers, method="GET")
    return request(url, body, headers, method=method)
