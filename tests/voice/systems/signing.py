"""Signers of webhooks, each somebody else's code: twilio, PyJWT, standardwebhooks, cryptography."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from standardwebhooks import Webhook
from werkzeug.datastructures import MultiDict

from tests.voice.systems.support import FORM, JSON, NOW, believed, request
from voice.webhook import Request

RequestValidator: Any = import_module("twilio.request_validator").RequestValidator

CALL = b"CallSid=CA1&From=%2B447700900123&To=%2B442079460101&FromCity=&SpeechResult=It+is+%C2%A340"
SAID = (
    b'{"event":"newCall","callId":"1@pbx","from":"447700900123","said":"\xc2\xa340 \xe2\x80\x93"}'
)


def key_pair() -> tuple[str, RSAPrivateKey]:
    """A key as sipgate would have it: what is configured, and what signs."""
    key = generate_private_key(65537, 2048)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode(), key


PAIRS = dict(key_pair() for _ in range(2))
PEM, PEM_OTHER = PAIRS


def by_twilio(secret: str, body: bytes, at: datetime) -> Request:
    """A form, signed with the account's Auth Token."""
    fields = MultiDict(parse_qsl(body.decode(), keep_blank_values=True))
    made = request("twilio/incoming?provider=northline", body, FORM, at=at)
    signature = RequestValidator(secret).compute_signature(made.url, fields)
    return with_header(made, "X-Twilio-Signature", signature)


def by_shared_key(secret: str, body: bytes, at: datetime) -> Request:
    """The same, signed with a SharedKey."""
    fields = MultiDict(parse_qsl(body.decode(), keep_blank_values=True))
    made = request("twilio/incoming", body, FORM, at=at)
    signature = RequestValidator(secret).compute_signature(made.url, fields, "HMAC_SHA256")
    made = with_header(made, "X-Twilio-Signature", signature)
    return with_header(made, "X-Twilio-Webhooks-Signature-Settings", "key=k1,algorithm=HMAC_SHA256")


def by_twilio_in_json(secret: str, body: bytes, at: datetime) -> Request:
    """JSON, its hash in the address."""
    hashed = hashlib.sha256(body).hexdigest()
    made = request(f"twilio/json?bodySHA256={hashed}", body, JSON, at=at)
    return with_header(
        made, "X-Twilio-Signature", RequestValidator(secret).compute_signature(made.url, {})
    )


def by_vonage(secret: str, body: bytes, at: datetime, /, **claims: object) -> Request:
    """A JWT over the body's hash."""
    said: dict[str, Any] = {
        "iat": int(at.timestamp()),
        "jti": "11111111-2222-4333-8444-555555555555",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "a1b2c3d4",
        "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    }
    kept = {name: value for name, value in {**said, **claims}.items() if value is not None}
    made = request("vonage/event", body, JSON, at=at)
    return with_header(made, "Authorization", f"Bearer {jwt.encode(kept, secret, 'HS256')}")


def by_standard(secret: str, body: bytes, at: datetime) -> Request:
    """Standard Webhooks, as their own library signs."""
    signature = Webhook(secret).sign(msg_id="msg_demo1", timestamp=at, data=body.decode())
    told = {
        **JSON,
        "webhook-id": "msg_demo1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    return request("hooks", body, told, at=at)


def by_sipgate(secret: str, body: bytes, at: datetime) -> Request:
    """RSA with SHA-256 over the raw body."""
    signature = base64.b64encode(PAIRS[secret].sign(body, PKCS1v15(), SHA256())).decode()
    return request("sipgate", body, {**FORM, "X-Sipgate-Signature": signature}, at=at)


def with_header(made: Request, name: str, value: str) -> Request:
    """The same request with a header set."""
    return replace(made, headers={**made.headers, name.lower(): value})


def without(made: Request, name: str) -> Request:
    """The same request without a header."""
    return replace(made, headers={one: v for one, v in made.headers.items() if one != name})


@dataclass(frozen=True)
class Signer:
    """A way to sign. `proof`: the headers that prove; `timed`: does the moment count?"""

    name: str
    system: str
    sign: Callable[[str, bytes, datetime], Request]
    secret: str
    other: str
    body: bytes
    proof: tuple[str, ...]
    timed: bool = False

    def good(self) -> Request:
        """A request that must be believed."""
        return self.sign(self.secret, self.body, NOW)

    def believes(self, made: Request, *secrets: str) -> bool:
        """Is it believed, with its secret or with those?"""
        return believed(self.system, made, *(secrets or (self.secret,)))


TOKEN, OTHER = "3f2a9c0d5b7e41868a1f0c9d2e7b6a54", "3f2a9c0d5b7e41868a1f0c9d2e7b6a55"
JWT_KEY, JWT_OTHER = "vonage-signature-secret-0123456789abcdef", "x" * 40
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WHSEC_OTHER = "whsec_c2hhcmVkLWRlbW8tc2lnbmluZy1rZXktMzItYnl0ZXM="
SIGNED, SETTINGS = "x-twilio-signature", "x-twilio-webhooks-signature-settings"
HOOKS = ("webhook-id", "webhook-timestamp", "webhook-signature")

SIGNERS = [
    Signer("twilio", "twilio", by_twilio, TOKEN, OTHER, CALL, (SIGNED,)),
    Signer("shared-key", "twilio", by_shared_key, TOKEN, OTHER, CALL, (SIGNED, SETTINGS)),
    Signer("twilio-json", "twilio", by_twilio_in_json, TOKEN, OTHER, SAID, (SIGNED,)),
    Signer("vonage", "vonage", by_vonage, JWT_KEY, JWT_OTHER, SAID, ("authorization",), True),
    Signer("standard", "standard-webhooks", by_standard, WHSEC, WHSEC_OTHER, SAID, HOOKS, True),
    Signer("kamailio", "kamailio", by_standard, WHSEC, WHSEC_OTHER, SAID, HOOKS, True),
    Signer("sipgate", "sipgate", by_sipgate, PEM, PEM_OTHER, CALL, ("x-sipgate-signature",)),
]
