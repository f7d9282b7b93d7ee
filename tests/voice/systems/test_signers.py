"""Senders' own libraries sign: a good request is believed, a changed one never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voice.systems.signing import (
    SETTINGS,
    SIGNERS,
    TOKEN,
    WHSEC,
    WHSEC_OTHER,
    Signer,
    by_shared_key,
    by_twilio,
    with_header,
    without,
)
from tests.voice.systems.support import FORM, NOW, believed, request
from voice.webhook import TOLERANCE

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

each = pytest.mark.parametrize("signer", SIGNERS, ids=lambda one: one.name)


def fields(body: bytes) -> list[tuple[str, str]]:
    """What a form says, in order of the names, which is how Twilio signs it."""
    return sorted(parse_qsl(body.decode("latin-1"), keep_blank_values=True))


def means_the_same(signer: Signer, body: bytes) -> bool:
    """Twilio signs a form's fields, not its bytes: %2b is %2B."""
    is_form = signer.sign in (by_twilio, by_shared_key)
    return is_form and fields(body) == fields(signer.body)


def other(character: str) -> str:
    """Another character: in base64 one whose first bit differs, so that no padding hides it."""
    place = BASE64.find(character.translate(str.maketrans("-_", "+/")))
    return BASE64[place ^ 32] if place >= 0 else "A"


@each
def test_a_good_one_is_believed(signer: Signer) -> None:
    assert signer.believes(signer.good())


@each
def test_each_changed_byte_of_the_body_is_refused(signer: Signer) -> None:
    good = signer.good()
    for place in range(len(good.body)):
        for mask in (0x01, 0x20, 0x80):
            changed = bytearray(good.body)
            changed[place] ^= mask
            if not means_the_same(signer, bytes(changed)):
                assert not signer.believes(replace(good, body=bytes(changed)))


@each
def test_a_body_cut_short_or_drawn_out_is_refused(signer: Signer) -> None:
    good = signer.good()
    for body in (b"", good.body[:-1], good.body[1:], good.body + b"0", b"0" + good.body):
        assert not signer.believes(replace(good, body=body))


@each
def test_each_changed_character_of_the_proof_is_refused(signer: Signer) -> None:
    good = signer.good()
    for name in signer.proof:
        value = good.headers[name]
        # Of a SharedKey's settings only the algorithm proves anything: its id is for the sender.
        start = value.find("algorithm") if name == SETTINGS else 0
        for place in range(start, len(value)):
            changed = value[:place] + other(value[place]) + value[place + 1 :]
            assert not signer.believes(with_header(good, name, changed)), changed


@each
def test_a_proof_that_is_missing_or_empty_is_refused(signer: Signer) -> None:
    good = signer.good()
    for name in signer.proof:
        assert not signer.believes(without(good, name))
        assert not signer.believes(with_header(good, name, ""))
        assert not signer.believes(with_header(good, name, good.headers[name] + "A"))


@each
def test_only_the_right_secrets_believe(signer: Signer) -> None:
    good, right, wrong = signer.good(), signer.secret, signer.other
    assert not believed(signer.system, good)
    for none in (("",), (wrong,), ("", wrong), (right[:-8],), (right.swapcase(),)):
        assert not signer.believes(good, *none)
    for some in ((right, wrong), (wrong, right), ("", right), (wrong, "", right)):
        assert signer.believes(good, *some)
    # While a secret is changed for another, both are believed.
    assert signer.believes(signer.sign(wrong, signer.body, NOW), right, wrong)


@each
def test_a_signed_moment_counts_and_no_other(signer: Signer) -> None:
    good = signer.good()
    for seconds in (-TOLERANCE, TOLERANCE, 0):
        assert signer.believes(replace(good, at=NOW + timedelta(seconds=seconds)))
    for seconds in (-TOLERANCE - 1, TOLERANCE + 1, 86_400, -86_400, 10**8):
        late = replace(good, at=NOW + timedelta(seconds=seconds))
        assert signer.believes(late) is not signer.timed


@each
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_body_is_believed_as_signed_and_in_no_other_form(
    signer: Signer, data: st.DataObject
) -> None:
    if signer.sign in (by_twilio, by_shared_key):
        pairs = st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=20)))
        body = urlencode(data.draw(pairs)).encode()
    else:
        body = data.draw(st.text(max_size=60)).encode()
    signer = replace(signer, body=body)
    good = signer.good()
    assert signer.believes(good)
    if body:
        place = data.draw(st.integers(0, len(body) - 1))
        changed = bytearray(body)
        changed[place] ^= data.draw(st.integers(1, 255))
        if not means_the_same(signer, bytes(changed)):
            assert not signer.believes(replace(good, body=bytes(changed)))


WORKED = (
    ("CallSid", "CA0001"),
    ("From", "+447700900123"),
    ("FromCity", ""),
    ("SpeechResult", "I want to make a complaint"),
    ("To", "+442079460101"),
)
KNOWN = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+12349013030"),
    ("Digits", "1234"),
    ("From", "+12349013030"),
    ("To", "+18005551212"),
)
HERE = "https://voice.complaints.example/voice/twilio/gather/speech"


@pytest.mark.parametrize(
    ("token", "url", "told", "signature", "more"),
    [
        (
            "12345",
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            KNOWN,
            "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
            {},
        ),
        (TOKEN, HERE, WORKED, "Dk7ycVrsyYcdWo4A8oKPAL0VXoc=", {}),
        (
            TOKEN,
            HERE,
            WORKED,
            "alL+LVQOlQBCLzUZq/ZxYaRDEEoNMcJNhT4b014Zt3Q=",
            {SETTINGS: "key=k1,algorithm=HMAC_SHA256"},
        ),
    ],
)
def test_twilios_published_vectors(
    token: str,
    url: str,
    told: tuple[tuple[str, str], ...],
    signature: str,
    more: Mapping[str, str],
) -> None:
    headers = {**FORM, "X-Twilio-Signature": signature, **more}
    for order in (told, told[::-1]):
        assert believed("twilio", request(url, urlencode(order), headers), token)
    assert not believed("twilio", request(url, urlencode(told[1:]), headers), token)
    assert not believed("twilio", request(url, urlencode([*told, ("a", "")]), headers), token)


@pytest.mark.parametrize(
    ("secret", "id", "moment", "body", "signature"),
    [
        (
            WHSEC,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            '{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            WHSEC_OTHER,
            "msg_demo1",
            1795330798,
            '{"type":"call.started","data":{"from":"+447700900123","to":"+442079460101"}}',
            "v1,Q04KRJW+mJKSEDhxf0a+nceXYX2Ud87PbW+vJEBuoUM=",
        ),
    ],
)
def test_the_vectors_of_standard_webhooks(
    secret: str, id: str, moment: int, body: str, signature: str
) -> None:
    told = {"webhook-id": id, "webhook-timestamp": str(moment), "webhook-signature": signature}
    at = datetime.fromtimestamp(moment, NOW.tzinfo)
    for name in ("standard-webhooks", "kamailio"):
        assert believed(name, request("hooks", body, told, at=at), secret)
        assert not believed(name, request("hooks", body + " ", told, at=at), secret)
