"""Real hashes: argon2id at the cost that RFC 9106 asks for, and one answer for nobody."""

from __future__ import annotations

import re

import pytest

from plugin import passwords

pytestmark = pytest.mark.real_passwords


def test_a_hash_is_argon2id_at_the_cost_of_the_rfc() -> None:
    made = passwords.hashed("nine blue kettles sing")
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", made)
    assert found is not None
    memory, times, lanes = map(int, found.groups())
    assert memory >= 65536
    assert times >= 3
    assert lanes >= 1
    assert passwords.matches("nine blue kettles sing", made)
    assert not passwords.matches("nine blue kettles", made)


def test_nobodys_password_matches_nothing_not_even_its_own() -> None:
    assert not passwords.matches("nobody's password", None)
    assert not passwords.matches("x", "this is no hash")
