"""A secret that could be guessed, or could never match, is refused before anybody calls."""

from __future__ import annotations

import pytest

from voice.systems import systems

LONG = "a-long-random-word"


@pytest.mark.parametrize(
    ("name", "secret", "said"),
    [
        ("8x8", "Authorization: a", "shorter than 12"),
        ("8x8", "Authorization:a-long-secret-word", 'write "Name: value"'),
        ("3cx", "Authorization: Bearer x", "shorter than 12"),
        ("ringcentral", "Verification-Token: x", "shorter than 12"),
        ("freeswitch", "freeswitch:1", "shorter than 12"),
        ("freeswitch", LONG, '"user:password"'),
        ("goto", "short", "shorter than 12"),
        ("goto", "abc/def+ghi=jklmno", "letters, digits"),
        ("zammad-cti", "a long random word", "letters, digits"),
        ("asterisk", "motläng-och-mer-än-så", "letters, digits"),
        ("twilio", "short", "shorter than 12"),
        ("kamailio", "whsec_c2hvcnQ=", "24 to 64"),
        ("kamailio", LONG, "24 to 64"),
        ("sipgate", LONG, "RSA public key"),
    ],
)
def test_a_secret_that_is_none_is_told_so(name: str, secret: str, said: str) -> None:
    assert said in (systems()[name].problem(secret) or "")


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("8x8", f"Authorization: {LONG}"),
        ("8x8", f"X-Secret: {LONG}"),
        ("3cx", f"Authorization: Bearer {LONG}"),
        ("ringcentral", LONG),
        ("freeswitch", f"freeswitch:{LONG}"),
        ("goto", LONG),
        ("asterisk", LONG),
        ("twilio", "3f2a9c0d5b7e41868a1f0c9d2e7b6a54"),
    ],
)
def test_a_good_secret_is_taken(name: str, secret: str) -> None:
    assert systems()[name].problem(secret) is None
