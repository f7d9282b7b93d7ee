"""Requests that are signed, but otherwise than we were told: each is refused.

Algorithms that a header names, addresses that differ, tokens of somebody else, hashes left out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import Any
from urllib.parse import quote, urlencode

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tests.voice.systems.signing import (
    CALL,
    JWT_KEY,
    JWT_OTHER,
    OTHER,
    PAIRS,
    SAID,
    SETTINGS,
    SIGNED,
    TOKEN,
    WHSEC,
    RequestValidator,
    by_shared_key,
    by_standard,
    by_twilio,
    by_twilio_in_json,
    by_vonage,
    with_header,
    without,
)
from tests.voice.systems.support import FORM, JSON, NOW, believed, form, request
from voice.webhook import Request

verify_signature: Any = import_module("vonage_jwt").verify_signature

INCOMING = "https://voice.complaints.example/voice/twilio/incoming"
ODD_FIELDS = [
    [("To", "+442079460101"), ("From", ""), ("FromCity", "")],
    [("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b"), ("CallSid", "CA1")],
    [("SpeechResult", "£40 – «plainte» 日本 🙂"), ("CallerName", " O'Neill & Co ")],
    [("a=b", "c&d"), ("%41", "100%"), ("b", "+"), ("B", "upper before lower"), ("_", "\r\n\t")],
    [("", "a name that is empty"), ("x", "")],
    [],
]


def signed(url: str, fields: list[tuple[str, str]], token: str = TOKEN, **more: str) -> Request:
    """A form as Twilio signs it for an address; sent there."""
    signature = RequestValidator(token).compute_signature(url, MultiDict(fields))
    return request(url, urlencode(fields), {**FORM, SIGNED: signature, **more})


def segment(said: object) -> str:
    """A part of a JWT."""
    text = json.dumps(said, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def forged(alg: object, key: bytes, digest: str = "sha256", **header: object) -> Request:
    """A JWT whose header says one thing, and whose MAC is by that key and hash."""
    hashed = hashlib.sha256(SAID).hexdigest()
    claims = {"iat": int(NOW.timestamp()), "jti": "a", "payload_hash": hashed}
    said = f"{segment({'alg': alg, 'typ': 'JWT', **header})}.{segment(claims)}"
    mac = base64.urlsafe_b64encode(hmac.digest(key, said.encode(), digest)).rstrip(b"=").decode()
    return request("vonage/event", SAID, {**JSON, "Authorization": f"Bearer {said}.{mac}"})


@pytest.mark.parametrize("fields", ODD_FIELDS)
def test_odd_fields_are_believed_as_twilio_signs_them(fields: list[tuple[str, str]]) -> None:
    made = signed(INCOMING, fields)
    assert believed("twilio", made, TOKEN)
    assert not believed("twilio", made, OTHER)
    trimmed = [(name, value.strip()) for name, value in fields if value.strip()]
    if sorted(trimmed) != sorted(fields):
        assert not believed("twilio", replace(made, body=urlencode(trimmed).encode()), TOKEN)


@pytest.mark.parametrize("fields", ODD_FIELDS[:-1])
def test_with_get_twilio_signs_the_address_alone(fields: list[tuple[str, str]]) -> None:
    url = f"{INCOMING}?{urlencode(fields, quote_via=quote)}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    made = request(url, b"", {SIGNED: signature}, method="GET")
    assert believed("twilio", made, TOKEN)
    for changed in (f"{url}&x=1", url.replace("https", "http"), url[:-1]):
        assert not believed("twilio", replace(made, url=changed), TOKEN)


@pytest.mark.parametrize(
    ("scheme", "port", "elsewhere"),
    [("https", 443, 8443), ("https", 443, 80), ("http", 80, 8080), ("http", 80, 443)],
)
def test_the_usual_port_may_stand_in_the_address_or_not(
    scheme: str, port: int, elsewhere: int
) -> None:
    plain, full = (f"{scheme}://desk.example{p}/voice/x?a=%20b" for p in ("", f":{port}"))
    strange = f"{scheme}://desk.example:{elsewhere}/voice/x?a=%20b"
    for one in (plain, full):
        made = signed(one, [("CallSid", "CA1")])
        assert believed("twilio", replace(made, url=plain), TOKEN)
        assert believed("twilio", replace(made, url=full), TOKEN)
        assert not believed("twilio", replace(made, url=strange), TOKEN)
    assert believed("twilio", signed(strange, []), TOKEN)


def test_each_changed_character_of_the_address_is_refused_by_twilios_signature() -> None:
    good = by_twilio(TOKEN, CALL, NOW)
    for place in range(len("https://"), len(good.url)):
        changed = "X" if good.url[place] != "X" else "Y"
        url = good.url[:place] + changed + good.url[place + 1 :]
        assert not believed("twilio", replace(good, url=url), TOKEN)


def test_a_body_in_json_without_its_hash_is_refused() -> None:
    good = by_twilio_in_json(TOKEN, SAID, NOW)
    plain = RequestValidator(TOKEN).compute_signature(INCOMING, {})
    assert not believed("twilio", request(INCOMING, SAID, {**JSON, SIGNED: plain}), TOKEN)
    for url in (good.url.replace("bodySHA256", "bodysha256"), good.url.partition("?")[0]):
        signature = RequestValidator(TOKEN).compute_signature(url, {})
        made = with_header(replace(good, url=url), SIGNED, signature)
        assert not believed("twilio", made, TOKEN)


def test_the_hash_of_another_body_is_refused_though_the_address_is_signed() -> None:
    for hashed in (hashlib.sha256(b"").hexdigest(), "", "é", "0" * 64):
        url = f"{INCOMING}?bodySHA256={quote(hashed)}"
        signature = RequestValidator(TOKEN).compute_signature(url, {})
        assert not believed("twilio", request(url, SAID, {**JSON, SIGNED: signature}), TOKEN)


def test_no_header_lets_one_algorithm_pass_as_the_other() -> None:
    by_token, by_key = by_twilio(TOKEN, CALL, NOW), by_shared_key(TOKEN, CALL, NOW)
    said = by_key.headers[SETTINGS]
    assert not believed("twilio", with_header(by_token, SETTINGS, said), TOKEN)
    assert not believed("twilio", without(by_key, SETTINGS), TOKEN)
    for odd in ("key=k1,algorithm=HMAC_SHA512", "key=k1,algorithm=none", "algorithm", ",,,", "é"):
        assert not believed("twilio", with_header(by_key, SETTINGS, odd), TOKEN)
        assert not believed("twilio", with_header(by_token, SETTINGS, odd), TOKEN)


def test_what_settings_expect_of_twilio_is_held() -> None:
    by_token, by_key = by_twilio(TOKEN, CALL, NOW), by_shared_key(TOKEN, CALL, NOW)
    for expected, right, wrong in (
        ("hmac-sha1", by_token, by_key),
        ("hmac-sha256", by_key, by_token),
    ):
        options = {"signature": expected}
        assert believed("twilio", right, TOKEN, options=options)
        assert not believed("twilio", wrong, TOKEN, options=options)


def test_vonages_own_library_agrees_on_the_signature() -> None:
    for secret in (JWT_KEY, JWT_OTHER):
        made = by_vonage(secret, SAID, NOW)
        token = made.headers["authorization"].removeprefix("Bearer ")
        for held in (JWT_KEY, JWT_OTHER):
            # It looks at the moment too, by today's clock, where the token says one.
            undated = by_vonage(secret, SAID, NOW, iat=None)
            plain = undated.headers["authorization"].removeprefix("Bearer ")
            assert verify_signature(plain, held) is (secret == held)
            assert believed("vonage", made, held) is (secret == held)
        assert token.count(".") == 2


@pytest.mark.parametrize(
    ("alg", "key", "digest"),
    [
        ("none", b"", "sha256"),
        ("None", JWT_KEY.encode(), "sha256"),
        ("", JWT_KEY.encode(), "sha256"),
        (None, JWT_KEY.encode(), "sha256"),
        (["HS256"], JWT_KEY.encode(), "sha256"),
        ("hs256", JWT_KEY.encode(), "sha256"),
        ("HS384", JWT_KEY.encode(), "sha384"),
        ("HS512", JWT_KEY.encode(), "sha512"),
        ("HS512", JWT_KEY.encode(), "sha256"),
        ("HS256", JWT_KEY.encode(), "sha512"),
        ("HS256", b"", "sha256"),
        ("RS256", JWT_KEY.encode(), "sha256"),
        ("ES256", JWT_KEY.encode(), "sha256"),
        ("EdDSA", JWT_KEY.encode(), "sha256"),
    ],
)
def test_no_other_algorithm_is_taken(alg: object, key: bytes, digest: str) -> None:
    assert believed("vonage", forged("HS256", JWT_KEY.encode()), JWT_KEY)
    made = forged(alg, key, digest)
    assert not believed("vonage", made, JWT_KEY)
    assert not believed("vonage", made, "", JWT_KEY)


def test_a_token_with_its_signature_left_out_is_refused() -> None:
    value = forged("none", b"").headers["authorization"]
    for cut in (value.rpartition(".")[0] + ".", value.rpartition(".")[0], "Bearer ..", "Bearer ."):
        made = request("vonage/event", SAID, {**JSON, "Authorization": cut})
        assert not believed("vonage", made, JWT_KEY)


def test_a_public_key_is_no_secret_to_sign_with() -> None:
    pem, key = next(iter(PAIRS.items()))
    assert not believed("vonage", forged("HS256", pem.encode()), pem)
    token = jwt.encode({"iat": int(NOW.timestamp()), "jti": "a"}, key, "RS256")
    made = request("vonage/event", SAID, {**JSON, "Authorization": f"Bearer {token}"})
    assert not believed("vonage", made, pem)


def test_a_key_that_the_token_brings_along_is_not_used() -> None:
    mine = base64.urlsafe_b64encode(b"m" * 40).rstrip(b"=").decode()
    for header in (
        {"jwk": {"kty": "oct", "k": mine}},
        {"kid": "../x"},
        {"jku": "https://e.example"},
    ):
        made = forged("HS256", b"m" * 40, **header)
        assert not believed("vonage", made, JWT_KEY)


@pytest.mark.parametrize(
    "claims",
    [
        {"payload_hash": None},
        {"payload_hash": ""},
        {"payload_hash": hashlib.sha256(b"").hexdigest()},
        {"payload_hash": [hashlib.sha256(SAID).hexdigest()]},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 300},
        {"iat": None},
        {"iat": "1795330800"},
        {"iat": True},
        {"iat": [1795330800]},
        {"iat": float("nan")},
        {"iat": float("inf")},
        {"iat": -1795330800},
        {"iat": 1795330800000},
    ],
)
def test_a_signed_token_that_lacks_what_it_must_say_is_refused(claims: dict[str, object]) -> None:
    assert not believed("vonage", by_vonage(JWT_KEY, SAID, NOW, **claims), JWT_KEY)


@pytest.mark.parametrize("name", ["api_key", "application_id"])
def test_a_token_of_another_account_or_application_is_refused(name: str) -> None:
    right = by_vonage(JWT_KEY, SAID, NOW, **{name: "ours"})
    assert believed("vonage", right, JWT_KEY, options={name: "ours"})
    assert believed("vonage", right, JWT_KEY, options={name: ""})
    for value in ("theirs", "OURS", "ours ", "", None, ["ours"], 1):
        made = by_vonage(JWT_KEY, SAID, NOW, **{name: value})
        assert not believed("vonage", made, JWT_KEY, options={name: "ours"})


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), min_size=2, max_size=6)
)
@settings(max_examples=60, deadline=None)
def test_a_get_of_vonage_is_believed_in_the_order_it_was_signed(fields: dict[str, str]) -> None:
    said = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    hashed = hashlib.sha256(said).hexdigest()
    made = by_vonage(JWT_KEY, b"", NOW, payload_hash=hashed)
    sent = replace(made, method="GET", url=f"{INCOMING}?{urlencode(fields)}")
    assert believed("vonage", sent, JWT_KEY)
    pairs = list(fields.items())
    for changed in (pairs[::-1], pairs[1:], [*pairs, ("\0", "")]):
        assert not believed(
            "vonage", replace(sent, url=f"{INCOMING}?{urlencode(changed)}"), JWT_KEY
        )


@pytest.mark.parametrize(
    "moment", ["", " ", "1e9", "-1", "+1795330800", "1795330800.0", "0x6b", "١٢٣", "9" * 400]
)
def test_a_moment_that_is_no_number_of_seconds_is_refused(moment: str) -> None:
    made = by_standard(WHSEC, SAID, NOW)
    assert not believed("standard-webhooks", with_header(made, "webhook-timestamp", moment), WHSEC)


def test_of_several_signatures_one_that_is_known_is_enough() -> None:
    made = by_standard(WHSEC, SAID, NOW)
    right = made.headers["webhook-signature"]
    mac = right.removeprefix("v1,")
    for said, expected in (
        (f"v1,AAAA {right}", True),
        (f"{right} v1a,AAAA", True),
        (f"v2,{mac} v1a,{mac} {right}", True),
        (f"v2,{mac} v1a,{mac}", False),
        (mac, False),
        (f"v1{mac}", False),
        (f"v1,{mac},{mac}", False),
        (f"V1,{mac}", False),
        ("v1, " * 500, False),
    ):
        sent = with_header(made, "webhook-signature", said)
        assert believed("standard-webhooks", sent, WHSEC) is expected, said


def test_a_secret_that_is_none_believes_nothing() -> None:
    empty = hmac.digest(b"", f"msg_demo1.{int(NOW.timestamp())}.".encode() + SAID, "sha256")
    made = by_standard(WHSEC, SAID, NOW)
    sent = with_header(made, "webhook-signature", "v1," + base64.b64encode(empty).decode())
    for secret in ("", "whsec_", "whsec_%%%", "whsec_é", "=", "whsec_===="):
        assert not believed("standard-webhooks", sent, secret)
        assert not believed("standard-webhooks", made, secret)


def test_a_form_that_is_no_utf_8_is_refused_before_it_is_read() -> None:
    good = form("twilio/incoming", {"CallSid": "CA1"})
    for body in (b"a=%ff", b"a=\xff", b"&".join(b"a=1" for _ in range(600))):
        made = with_header(replace(good, body=body), SIGNED, "AAAA")
        assert not believed("twilio", made, TOKEN)


def test_a_moment_is_the_requests_own_and_not_the_clocks() -> None:
    for year in (1999, 2026, 2100):
        at = datetime(year, 1, 1, tzinfo=NOW.tzinfo)
        assert believed("vonage", by_vonage(JWT_KEY, SAID, at, exp=1, nbf=2**40, aud="x"), JWT_KEY)
        assert believed("standard-webhooks", by_standard(WHSEC, SAID, at), WHSEC)
