"""A webhook as a value: what arrived, what is answered, and the ways it may prove who sent it.

The rule: the bytes are believed before they are parsed. Compares take constant time, algorithms are
pinned, and whatever is malformed is refused, never a fault.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

MAX_BODY = 256 * 1024
"""Bytes of one webhook that are read; the largest in use are transcripts of a few kilobytes."""

MAX_FIELDS = 500
"""Fields of one form or query."""

TOLERANCE = 300
"""Seconds that a signed moment may be off, both ways; what the reference libraries allow."""


class Refused(Exception):
    """A request that is not believed. `reason` is for the record; `status` for the sender."""

    def __init__(self, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Unreadable(Exception):
    """A request that is believed, and whose content cannot be read. Says what is wrong."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a phone system.

    `url`: as the sender used it, built from settings and never from the Host header. `headers`:
    names in lower case. `at`: when it arrived, UTC.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    def header(self, name: str) -> str:
        """A header's value, "" where there is none."""
        return self.headers.get(name.lower(), "")

    @property
    def segments(self) -> tuple[str, ...]:
        """What stands between the slashes of its path."""
        return tuple(part for part in self._parts.path.split("/") if part)

    @property
    def leaf(self) -> str:
        """The last segment of its path."""
        return self.segments[-1] if self.segments else ""

    def query(self) -> list[tuple[str, str]]:
        """The fields of its query, in order, blank ones too."""
        return _pairs(self._parts.query)

    @property
    def _parts(self) -> SplitResult:
        """Its address taken apart; nothing of one that is none."""
        try:
            return urlsplit(self.url)
        except ValueError:
            return urlsplit("")

    def form(self) -> list[tuple[str, str]]:
        """The fields of its body, in order, blank ones too. Raises Unreadable."""
        return _pairs(self.text())

    def text(self) -> str:
        """Its body as text. Raises Unreadable unless it is UTF-8."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            raise Unreadable("the body is not UTF-8") from None

    def json(self) -> dict[str, Any]:
        """Its body as a JSON object. Raises Unreadable."""
        try:
            found = json.loads(self.text())
        except (ValueError, RecursionError):
            raise Unreadable("the body is not JSON") from None
        if not isinstance(found, dict):
            raise Unreadable("the body is no JSON object")
        return found

    @property
    def is_json(self) -> bool:
        """Does it say that its body is JSON?"""
        return self.header("content-type").lower().startswith("application/json")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is answered."""

    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: object) -> Answer:
    """An answer in JSON."""
    return Answer(json.dumps(value, ensure_ascii=False), "application/json")


def request_of(
    method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes, at: datetime
) -> Request:
    """A request from what arrived; of a repeated header the first counts."""
    named: dict[str, str] = {}
    for name, value in headers:
        named.setdefault(name.lower(), value)
    return Request(method.upper(), url, named, body, at)


def same(given: str, secret: str) -> bool:
    """Are they the same, in constant time? An empty secret is nobody's."""
    return bool(secret) and hmac.compare_digest(as_bytes(given), as_bytes(secret))


def as_bytes(text: str) -> bytes:
    """A text as bytes; half a surrogate pair, as JSON may hold, too."""
    return text.encode("utf-8", "surrogatepass")


def one_of(compared: Iterable[bool]) -> bool:
    """Is any true? All are looked at, so that the time says nothing of which."""
    return sum(compared) > 0


def check_header(request: Request, secrets: Iterable[str], default: str) -> None:
    """A fixed header that the operator chose: "Name: value", or a value of the header `default`.

    Raises Refused.
    """
    allowed = [_named(secret, default) for secret in secrets]
    given = [request.header(name) for name, _ in allowed]
    if not any(given):
        raise Refused("the header with the secret is missing", 401)
    if not one_of(same(said, value) for said, (_, value) in zip(given, allowed, strict=True)):
        raise Refused("the header with the secret does not match")


def check_path(request: Request, secrets: Iterable[str]) -> None:
    """A secret as the last segment of the path. Raises Refused."""
    if not one_of(same(request.leaf, secret) for secret in secrets):
        raise Refused("the secret in the path does not match")


def check_basic(request: Request, secrets: Iterable[str]) -> None:
    """HTTP basic credentials, a secret being "user:password" (RFC 7617). Raises Refused."""
    scheme, _, value = request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        raise Refused("the user and password are missing", 401)
    try:
        given = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Refused("the user and password are malformed", 401) from None
    if not one_of(same(given, secret) for secret in secrets):
        raise Refused("the user and password do not match")


def check_standard(request: Request, secrets: Iterable[str]) -> None:
    """Standard Webhooks. Raises Refused.

    A secret is "whsec_" and base64 of 24 to 64 bytes. Signatures of versions unknown here are
    ignored (github.com/standard-webhooks/standard-webhooks, specification).
    """
    id, moment = request.header("webhook-id"), request.header("webhook-timestamp")
    signatures = request.header("webhook-signature")
    if not (id and moment and signatures):
        raise Refused("a webhook- header is missing", 401)
    if len(id) > 200 or not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        raise Refused("a webhook- header is malformed")
    if abs(request.at.timestamp() - int(moment)) > TOLERANCE:
        raise Refused("it was signed too long ago, or in the future")
    said = as_bytes(f"{id}.{moment}.") + request.body
    wanted = [
        base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode()
        for key in map(standard_key, secrets)
        if key
    ]
    given = [value for version, _, value in _versions(signatures) if version == "v1"]
    if not one_of(same(value, right) for value in given for right in wanted):
        raise Refused("no signature matches")


def standard_key(secret: str) -> bytes:
    """The key of a Standard Webhooks secret, b"" where it is none."""
    try:
        plain = secret.removeprefix("whsec_").rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def digest(*parts: str | bytes) -> str:
    """What stands for some content where it must be recognised again."""
    made = hashlib.sha256()
    for part in parts:
        one = as_bytes(part) if isinstance(part, str) else part
        made.update(len(one).to_bytes(8, "big") + one)
    return made.hexdigest()


def _versions(signatures: str) -> list[tuple[str, str, str]]:
    return [one.partition(",") for one in signatures.split()[:20]]


def _named(secret: str, default: str) -> tuple[str, str]:
    name, colon, value = secret.partition(": ")
    return (name, value) if colon else (default, secret)


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise Unreadable("its fields are not in UTF-8, or too many") from None
