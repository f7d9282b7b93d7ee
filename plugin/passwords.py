"""Passwords: hashed with argon2id, checked at the same cost whether or not the person exists.

A hash costs 64 MiB and tens of milliseconds by design, so only a few run at once: many sign-ins
at a time wait for each other rather than exhaust the machine.
"""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_LENGTH = 12
MOST_LENGTH = 200
"""A password's bounds, in characters."""

AT_ONCE = 2
"""How many hashes are computed at the same time."""

_hasher = PasswordHasher()  # argon2-cffi's defaults: RFC 9106, second recommended option
_turns = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """The hash to keep of a password."""
    with _turns:
        return _hasher.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Is this the password of the kept hash? With None the same time is spent, and it is not."""
    with _turns:
        try:
            return _hasher.verify(kept or _nobodys(), password[:MOST_LENGTH]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def problem(password: str, *, email: str, name: str) -> str | None:
    """Why this password will not do: "short", "long", "yours" or "plain"; None where it does."""
    low = password.casefold()
    own = {word for word in (email.partition("@")[0].casefold(), *name.casefold().split()) if word}
    if len(password) < LEAST_LENGTH:
        return "short"
    if len(password) > MOST_LENGTH:
        return "long"
    if len(set(low)) < 5:
        return "plain"
    if any(len(word) > 3 and low.replace(word, "").strip("0123456789 -_.!") == "" for word in own):
        return "yours"
    return None


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody's password")
