"""Passwords at a hundredth of their real cost, so that tests of the door stay quick.

What a real hash costs is tested in test_passwords.py.
"""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from plugin import passwords


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real_passwords" not in request.keywords:
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
        passwords._nobodys.cache_clear()
