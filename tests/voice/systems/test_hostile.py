"""Whatever arrives, a phone system's module refuses it, cannot read it, or keeps what is bounded.

Nothing else may come of it: a fault would be a call that nobody routes.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voice.systems.hostile import LEAVES, SCALARS, TEXT, requests
from tests.voice.systems.signing import JWT_KEY, SIGNERS, TOKEN, Signer, by_vonage
from tests.voice.systems.support import CONNECT, NOW, PASS, VOICEMAIL, links, request, system
from voice.call import MAX_TEXT, Event
from voice.record import event_of, event_text
from voice.systems import OVER, REGIONS, systems
from voice.webhook import Answer, Refused, Request, Unreadable

NAMES = sorted(systems())
SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", JWT_KEY, TOKEN, "X-Hook: user:password", "")


def asked(name: str, made: Request) -> Answer | None:
    """All that is done with a believed request. Raises Unreadable and nothing else."""
    one = system(name)
    try:
        events = one.read(made, REGIONS)
        step = one.asks(made)
    except Unreadable:
        return None
    assert len(events) == 1
    holds(events[0])
    assert step is None or step == OVER or 0 <= step <= 20
    route = {None: PASS, OVER: CONNECT, 0: CONNECT}.get(step, VOICEMAIL)
    answer = one.acknowledge(made) if step is None else one.answer(route, step, links(name))
    assert answer.status == 200
    return answer


def holds(event: Event) -> None:
    """Everything of an event that is kept is bounded, and can be kept."""
    for id in (event.call_id, event.conversation_id, event.recording_id or ""):
        assert len(id) <= 250
        assert id.isprintable()
    assert len(event.key) <= 520
    assert event.text is None or 0 < len(event.text) <= MAX_TEXT
    assert "\0" not in (event.text or "")
    for word in (
        *(event.queue, event.agent_extension, event.digits, event.language),
        *(event.caller_country, event.stir),
    ):
        assert word is None or (0 < len(word) <= 64 and word.isprintable())
    assert event.recording_url is None or len(event.recording_url) <= 2000
    assert event.confidence is None or 0 <= event.confidence <= 1
    assert event.duration_s is None or 0 <= event.duration_s < 10**9
    assert 0 <= event.sequence < 10**9
    for moment in (event.at, event.began_at):
        assert moment is None or moment.tzinfo is UTC
    for number in (event.caller, event.dialled):
        shown = (number.shown or "") if number else ""
        assert len(shown) <= 20
    assert event_of(event_text(event)) == event


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_believed_is_read_or_cannot_be_and_nothing_else(
    name: str, data: st.DataObject
) -> None:
    asked(name, data.draw(requests(name)))


HEADERS = (
    *("X-Twilio-Signature", "X-Twilio-Webhooks-Signature-Settings", "Authorization"),
    *("webhook-timestamp", "webhook-signature", "X-Sipgate-Signature", "Verification-Token"),
    *("Validation-Token", "X-Hook", "Content-Type"),
)
LONE = st.sampled_from(("\ud800", "\udfff é", "\udc80" * 9))
VALUES = (
    st.sampled_from(
        (
            *("Basic ", "Basic dXNlcjpwYXNzd29yZA==", "Bearer a.b.c", "Bearer e30.e30.e30"),
            *("Bearer eyJhbGciOlsxXX0.e30.", "v1,AAAA", "v1a", "v1," * 3000, "AAAA", "é" * 9000),
            *(str(int(NOW.timestamp())), "algorithm=HMAC_SHA256", "key=k,algorithm", "x" * 70_000),
        )
    )
    | LONE
    | TEXT
    | st.text(max_size=30).map(lambda one: f"Bearer {one}")
)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_not_believed_is_refused_and_nothing_else(name: str, data: st.DataObject) -> None:
    made = data.draw(requests(name))
    more = data.draw(st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=7))
    sent = request(made.url, made.body, {**made.headers, **more}, method=made.method)
    secrets = data.draw(st.permutations(SECRETS))
    try:
        system(name).verify(sent, secrets, data.draw(st.sampled_from(({}, {"api_key": "x"}))))
    except Refused as refused:
        why = refused
    else:
        # It was given the right words, or it is a handshake, which proves nothing.
        assert name in {"3cx", "8x8", "ringcentral", "freeswitch"}
        return
    assert why.reason.isprintable()
    assert 400 <= why.status < 600


BODIES = {
    "nothing": b"",
    "nested lists": b"[" * 100_000,
    "nested objects": b'{"a":' * 60_000 + b"1" + b"}" * 60_000,
    "nested where it is read": b'{"body":' * 300 + b"{}" + b"}" * 300,
    "many fields": b"&".join(b"CallSid=CA%d" % i for i in range(600)),
    "a field too many": b"&".join([b"callId=1"] * 501),
    "many ampersands": b"&" * 200_000,
    "bytes that are no UTF-8": b"\xff\xfe\x00",
    "UTF-16": '{"callId":"1"}'.encode("utf-16"),
    "a mark in front": b'\xef\xbb\xbf{"callId":"1"}',
    "percent signs": b"callId=%&CallSid=%zz&session_id=%ff%",
    "an endless number": b'{"callId":' + b"9" * 100_000 + b"}",
    "numbers that are none": b'{"callId":NaN,"uuid":Infinity,"sequence":-Infinity}',
    "a list": b'[{"callId":"1"}]',
    "a word": b'"callId"',
    "one name many times": b'{"callId":"1",' * 2 + b'"callId":"2"}',
    "a long number": b'{"event":"newCall","callId":"1","from":"' + b"+4" * 50_000 + b'"}',
    "a long form": b"event=newCall&callId=1&CallSid=1&session_id=1&from=" + b"%2B" * 60_000,
}


@pytest.mark.parametrize("content", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("name", NAMES)
def test_a_body_that_is_none_is_no_fault(name: str, body: bytes, content: str) -> None:
    for leaf in ("incoming", "dialled", "answer", "lookup"):
        for method in ("POST", "GET"):
            made = request(
                f"{system(name).path}/{leaf}", body, {"Content-Type": content}, method=method
            )
            asked(name, made)
            with pytest.raises(Refused):
                system(name).verify(made, SECRETS, {})


@pytest.mark.parametrize("name", NAMES)
def test_a_query_that_is_none_is_no_fault(name: str) -> None:
    for query in (
        "%ff",
        "a=%",
        "=&=&;",
        "step",
        "step=٣",
        "callId=1&callId=2",
        "é=1",
        "a" * 60_000,
    ):
        for method in ("GET", "POST"):
            for leaf in LEAVES:
                asked(name, request(f"{system(name).path}/{leaf}?{query}", b"", method=method))


@given(st.dictionaries(st.text(max_size=6), SCALARS | st.lists(SCALARS, max_size=2), max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_signed_token_may_say_anything(claims: dict[str, Any]) -> None:
    ours = {"iat", "jti", "payload_hash"}
    kept = {name: one for name, one in claims.items() if name not in ours}
    made = by_vonage(JWT_KEY, b"{}", NOW, **kept)
    system("vonage").verify(made, [JWT_KEY], {})


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda one: one.name)
@given(shift=st.integers(-(10**9), 10**9))
@settings(max_examples=20, deadline=None)
def test_a_moment_far_away_is_no_fault(signer: Signer, shift: int) -> None:
    good = signer.good()
    later = NOW + timedelta(seconds=shift)
    made = request(good.url, good.body, good.headers, method=good.method, at=later)
    if signer.timed and abs(shift) > 300:
        with pytest.raises(Refused):
            system(signer.system).verify(made, [signer.secret], {})
    else:
        system(signer.system).verify(made, [signer.secret], {})
