"""Keys, purpose-bound tokens and sealed secrets (passwords are in passwords.py).

A key ring holds named keys, the newest first. The first two are live (the second so that a
rotation can roll through replicas); the rest only verify what was signed before. Every use has a
purpose of its own, so that a token made for one thing is worth nothing for another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Purpose = Literal[
    "message-id",
    "reply-address",
    "customer-link",
    "session",
    "device",
    "failure",
    "access-token",
]

MAC_BYTES = 16
SHORT_MAC_BYTES = 10
"""For an address, whose part before the "@" has room for 64 characters (RFC 5321, 4.5.3.1.1)."""
KEY_BYTES = 32
LIVE_KEYS = 2


class KeyRingError(ValueError):
    """The key file is unusable; the message says how and never shows a key."""


class SealBroken(ValueError):
    """A sealed secret that no live key opens."""


@dataclass(frozen=True, slots=True)
class Key:
    """A named key. `secret` is 32 random bytes and is never shown."""

    id: str
    secret: bytes = field(repr=False)


class KeyRing:
    """Signs with the newest key, verifies with any, seals with the live ones."""

    def __init__(self, keys: Sequence[Key]) -> None:
        if not keys:
            raise KeyRingError("the key ring is empty; it needs at least one key")
        if len({key.id for key in keys}) != len(keys):
            raise KeyRingError("two keys have the same id; ids must differ")
        self._keys = tuple(keys)
        self._derived: dict[tuple[str, str], bytes] = {}
        self._seal = MultiFernet(
            [
                Fernet(base64.urlsafe_b64encode(self._subkey(key, "seal")))
                for key in keys[:LIVE_KEYS]
            ]
        )

    def sign(self, purpose: Purpose, *parts: str) -> str:
        """A token over `parts`: the key's id and a MAC, in characters safe in any address."""
        key = self._keys[0]
        return f"{key.id}.{self._mac(key, purpose, parts)}"

    def verify(self, token: str, purpose: Purpose, *parts: str) -> bool:
        """Was this token made by us, for this purpose, over exactly these parts?"""
        key_id, _, mac = token.partition(".")
        for key in self._keys:
            if key.id == key_id:
                return hmac.compare_digest(self._mac(key, purpose, parts).encode(), mac.encode())
        return False

    def secrets_for(self, purpose: Purpose) -> list[str]:
        """Secrets derived for one purpose, the newest key's first: for a library that signs."""
        keys = self._keys[:LIVE_KEYS]
        return [base64.b64encode(self._subkey(key, purpose)).decode() for key in keys]

    def seal(self, name: str, secret: str) -> bytes:
        """Encrypt a secret under its name: moved to another name it does not open."""
        return self._seal.encrypt(json.dumps([name, secret]).encode())

    def unseal(self, name: str, sealed: bytes) -> str:
        """Open what `seal` made.

        Raises SealBroken where no live key opens it or it was sealed under another name.
        """
        try:
            found, secret = json.loads(self._seal.decrypt(sealed))
        except InvalidToken as error:
            raise SealBroken(f"the secret {name!r} cannot be opened with the live keys") from error
        if found != name:
            raise SealBroken(f"the secret {name!r} was sealed under another name")
        return str(secret)

    def _mac(self, key: Key, purpose: str, parts: Sequence[str]) -> str:
        message = json.dumps([purpose, *parts], ensure_ascii=False).encode()
        length = SHORT_MAC_BYTES if purpose == "reply-address" else MAC_BYTES
        mac = hmac.digest(self._subkey(key, purpose), message, hashlib.sha256)[:length]
        return base64.b32encode(mac).decode().rstrip("=").lower()

    def _subkey(self, key: Key, purpose: str) -> bytes:
        found = self._derived.get((key.id, purpose))
        if found is None:
            info = f"answerable:{purpose}".encode()
            found = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(key.secret)
            self._derived[(key.id, purpose)] = found
        return found


def parse_keys(text: str) -> KeyRing:
    """Read a key file: `{"keys": [{"id": "k1", "secret": "<32 bytes, base64>"}, ...]}`.

    Raises KeyRingError saying what is wrong with it.
    """
    try:
        keys = [
            Key(str(entry["id"]), base64.b64decode(entry["secret"], validate=True))
            for entry in json.loads(text)["keys"]
        ]
    except (ValueError, KeyError, TypeError):
        raise KeyRingError('it is not of the form {"keys": [{"id", "secret"}]}') from None
    for key in keys:
        if len(key.secret) != KEY_BYTES:
            raise KeyRingError(f"key {key.id!r} is not {KEY_BYTES} bytes long")
        if not re.fullmatch(r"[a-z0-9]{1,16}", key.id):
            raise KeyRingError("a key's id must be 1 to 16 lower-case letters or digits")
    return KeyRing(keys)


def write_keys(keys: Sequence[Key]) -> str:
    """The text of a key file for these keys."""
    entries = [{"id": k.id, "secret": base64.b64encode(k.secret).decode()} for k in keys]
    return json.dumps({"keys": entries}, indent=2) + "\n"


_LINK = re.compile(
    r"([a-z0-9][a-z0-9_-]{0,63})\.(0|[1-9a-z][0-9a-z]{0,12})\.([0-9a-z]{1,16}\.[a-z2-7]{26})"
)


def customer_token(ring: KeyRing, provider: str, link: int) -> str:
    """What a customer's link ends in: which link it is, and that we made it.

    Only lower-case letters, digits, dots, "-" and "_", so that it can be typed from paper too.
    """
    token = ring.sign("customer-link", provider, str(link))
    return f"{provider}.{_base36(link)}.{token}"


def link_of_token(ring: KeyRing, token: str) -> tuple[str, int] | None:
    """(provider, link) where this is a customer's token of ours, else None; asks no database."""
    match = _LINK.fullmatch(token.strip().lower())
    if not match:
        return None
    provider, link = match[1], int(match[2], 36)
    if not ring.verify(match[3], "customer-link", provider, str(link)):
        return None
    return provider, link


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LOCAL_PART = re.compile(r"([0-9a-z]{1,13})\.([0-9a-z]{1,13})\.([0-9a-z]{1,16}\.[a-z2-7]{26})")


def letter_message_id(ring: KeyRing, provider: str, case: int, letter: int, domain: str) -> str:
    """The Message-ID of a letter, without angle brackets; a reply to it proves which case it is.

    Only lower-case letters, digits and dots, since some programs change the case of an id.
    """
    token = ring.sign("message-id", provider, str(case), str(letter))
    return f"{_base36(case)}.{_base36(letter)}.{token}@{domain}"


def case_of_message_id(ring: KeyRing, provider: str, message_id: str) -> tuple[int, int] | None:
    """(case, letter) where this is a Message-ID of ours at this provider, else None."""
    match = _LOCAL_PART.fullmatch(message_id.partition("@")[0].lower())
    if not match:
        return None
    case, letter = int(match[1], 36), int(match[2], 36)
    if not ring.verify(match[3], "message-id", provider, str(case), str(letter)):
        return None
    return case, letter


MAX_LOCAL_PART = 64
PLUS_LENGTH = 39
"""The longest that a reply address adds to a mailbox's own name: "+", letter, key and signature,
with a key id of seven characters as we make them."""
_PLUS = re.compile(r"([0-9a-z]{1,13})\.([0-9a-z]{1,16}\.[a-z2-7]{16})")


def reply_address(ring: KeyRing, provider: str, letter: int, mailbox: str) -> str:
    """The address to which a letter asks to be answered: what comes to it is about its case.

    "" where the mailbox's own name leaves no room for it.
    """
    local, _, domain = mailbox.partition("@")
    said = f"{local}+{_base36(letter)}.{ring.sign('reply-address', provider, str(letter))}"
    return f"{said}@{domain}" if len(said) <= MAX_LOCAL_PART else ""


def letter_of_address(ring: KeyRing, provider: str, address: str) -> int | None:
    """The letter that asked to be answered at this address; None where it is none of ours."""
    match = _PLUS.fullmatch(address.partition("@")[0].lower().rpartition("+")[2])
    if not match:
        return None
    letter = int(match[1], 36)
    return letter if ring.verify(match[2], "reply-address", provider, str(letter)) else None


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
