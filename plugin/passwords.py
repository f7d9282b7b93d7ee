"""Passwords: hashed with argon2id, checked at the same cost whether or not the person exists.

A hash costs 64 MiB and tens of milliseconds by design, so only a few run at once and only a few
more wait: whoever sends sign-ins by the hundred exhausts neither the machine nor the panel.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_LENGTH = 12
MOST_LENGTH = 200
"""A password's bounds, in characters."""

AT_ONCE = 2
WAITING = 2
"""How many hashes are computed at the same time, and how many more may wait."""

_hasher = PasswordHasher()  # argon2-cffi's defaults: RFC 9106, second recommended option
_turns = threading.BoundedSemaphore(AT_ONCE)
_queue = threading.BoundedSemaphore(AT_ONCE + WAITING)


class Busy(RuntimeError):
    """Too many passwords are being checked; try again in a moment."""


@contextmanager
def _turn() -> Iterator[None]:
    """One of the few turns. Raises Busy where too many wait already."""
    if not _queue.acquire(blocking=False):
        raise Busy
    try:
        with _turns:
            yield
    finally:
        _queue.release()


def hashed(password: str) -> str:
    """The hash to keep of a password. Raises Busy."""
    with _turn():
        return _hasher.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Is this the password of the kept hash? With None the same time is spent, and it is not.

    Raises Busy.
    """
    with _turn():
        try:
            return _hasher.verify(kept or _nobodys(), password[:MOST_LENGTH]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def problem(password: str, *, email: str, name: str) -> str | None:
    """Why this password will not do: "short", "long", "yours" or "plain"; None where it does."""
    low = password.casefold()
    address = email.casefold()
    own = {address, *address.split("@"), *name.casefold().split()}
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
