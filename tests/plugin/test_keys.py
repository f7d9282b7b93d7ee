"""Keys: what was made for one thing is worth nothing for another, and rotation loses nothing."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.keys import (
    Key,
    KeyRing,
    KeyRingError,
    SealBroken,
    case_of_message_id,
    letter_message_id,
    parse_keys,
    write_keys,
)

OLD, NEW, OLDEST = Key("k1", b"1" * 32), Key("k2", b"2" * 32), Key("k0", b"0" * 32)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_a_message_id_of_ours_names_its_case_in_any_letter_case(case: int, letter: int) -> None:
    ring = KeyRing([NEW, OLD])
    made = letter_message_id(ring, "ooma", case, letter, "ooma.example")
    assert case_of_message_id(ring, "ooma", made.upper()) == (case, letter)
    assert case_of_message_id(ring, "opus", made) is None
    assert case_of_message_id(KeyRing([Key("k2", b"3" * 32)]), "ooma", made) is None


@given(st.text(max_size=80))
def test_no_other_message_id_is_ours(text: str) -> None:
    assert case_of_message_id(KeyRing([NEW]), "ooma", text) is None


def test_a_changed_case_letter_or_mac_is_not_ours() -> None:
    ring = KeyRing([NEW])
    made = letter_message_id(ring, "ooma", 7, 8, "ooma.example")
    local, _, domain = made.partition("@")
    parts = local.split(".")
    for place in range(len(parts)):
        last = parts[place][-1]
        changed = [*parts]
        changed[place] = parts[place][:-1] + ("a" if last != "a" else "b")
        assert case_of_message_id(ring, "ooma", ".".join(changed) + "@" + domain) is None


def test_after_a_rotation_old_tokens_hold_and_new_ones_use_the_new_key() -> None:
    before, after = KeyRing([OLD]), KeyRing([NEW, OLD, OLDEST])
    assert after.verify(before.sign("session", "x"), "session", "x")
    assert not before.verify(after.sign("session", "x"), "session", "x")
    assert not after.verify(after.sign("session", "x"), "customer-link", "x")
    assert not after.verify(after.sign("session", "x", "y"), "session", "xy")
    assert not after.verify("", "session", "x")
    assert not after.verify("k2.é", "session", "x")


def test_a_seal_opens_under_its_name_with_a_live_key_only() -> None:
    sealed = KeyRing([OLD]).seal("imap", "hunter2")
    assert b"hunter2" not in sealed
    assert KeyRing([NEW, OLD]).unseal("imap", sealed) == "hunter2"
    with pytest.raises(SealBroken, match="live keys"):
        KeyRing([NEW, OLDEST, OLD]).unseal("imap", sealed)
    with pytest.raises(SealBroken, match="another name"):
        KeyRing([OLD]).unseal("smtp", sealed)


def test_a_key_file_reads_back_and_never_shows_its_keys() -> None:
    text = write_keys([NEW, OLD])
    assert parse_keys(text).sign("session", "x") == KeyRing([NEW]).sign("session", "x")
    assert "222" not in repr(NEW)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "form"),
        ("{}", "form"),
        ('{"keys": []}', "at least one"),
        (json.dumps({"keys": [{"id": "k", "secret": "!"}]}), "form"),
        (json.dumps({"keys": [{"id": "k", "secret": base64.b64encode(b"s").decode()}]}), "32"),
        (write_keys([Key("K.1", b"1" * 32)]), "lower-case"),
        (write_keys([OLD, OLD]), "same id"),
    ],
)
def test_a_broken_key_file_is_said_without_its_content(text: str, said: str) -> None:
    with pytest.raises(KeyRingError, match=said) as refused:
        parse_keys(text)
    assert base64.b64encode(b"1" * 32).decode() not in str(refused.value)
