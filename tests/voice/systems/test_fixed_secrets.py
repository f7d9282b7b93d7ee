"""Systems that prove themselves by a word alone: it is the whole word, in its place, or nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voice.systems.support import JSON, believed, request, system
from voice.systems import REGIONS
from voice.webhook import Refused, Request


@dataclass(frozen=True)
class Word:
    """How a system is given its word. `secret`: what stands in settings for it."""

    system: str
    carry: Callable[[str], Request]
    word: str
    secret: Callable[[str], str] = str


def in_header(path: str, name: str) -> Callable[[str], Request]:
    """The word as a header's value."""
    return lambda word: request(path, b"{}", {**JSON, name: word})


def in_path(path: str) -> Callable[[str], Request]:
    """The word as the last segment of the address."""
    return lambda word: request(f"{path}/{word}", b"{}", JSON)


def as_basic(word: str) -> Request:
    """The word as user and password."""
    given = base64.b64encode(word.encode()).decode()
    return request("httapi", b"", {"Authorization": f"Basic {given}"})


def named(header: str) -> Callable[[str], str]:
    """Settings that name the header."""
    return lambda word: f"{header}: {word}" if word else ""


WORDS = [
    Word("3cx", in_header("3cx/report", "Authorization"), "Bearer cxTemplateToken-4aB7"),
    Word("3cx", in_header("3cx/report", "X-Token"), "cxTemplate 4aB7", named("X-Token")),
    Word("8x8", in_header("8x8/vca", "Authorization"), "e8-hook-7f3c1b9a"),
    Word("8x8", in_header("8x8/vca", "X-Hook"), "e8-hook: 7f3c1b9a", named("X-Hook")),
    Word("ringcentral", in_header("ringcentral", "Verification-Token"), "rc-verify-92b7d4"),
    Word("goto", in_path("goto"), "gt-5b1d0c7e9a2f4836"),
    Word("zammad-cti", in_path("cti"), "PhXp3demoTokenQyJfcb1pVO"),
    Word("asterisk", in_path("cti"), "PhXp3demoTokenQyJfcb1pVO"),
    Word("freeswitch", as_basic, "freeswitch:demo-pass"),
    Word("freeswitch", as_basic, "freeswitch:pâss: wörd"),
]
each = pytest.mark.parametrize("one", WORDS, ids=lambda one: f"{one.system}-{one.word[:10]}")


@each
def test_the_whole_word_is_believed_and_no_other(one: Word) -> None:
    word, secret = one.word, one.secret(one.word)
    assert believed(one.system, one.carry(word), secret)
    others = [word[:-1], word[1:], word + "A", "A" + word, word.swapcase(), word * 2, "A", "é"]
    for place in range(len(word)):
        changed = "A" if word[place] != "A" else "B"
        others.append(word[:place] + changed + word[place + 1 :])
    for wrong in others:
        assert not believed(one.system, one.carry(wrong), secret), wrong


@each
def test_no_word_is_never_the_right_one(one: Word) -> None:
    for given_ in ("", one.word):
        for secrets in ((), ("",), ("", "")):
            assert not believed(one.system, one.carry(given_), *secrets)
    assert not believed(one.system, one.carry(""), one.secret(one.word))
    assert not believed(one.system, request(one.system, b"{}", JSON), one.secret(one.word))


@each
def test_while_a_word_is_changed_both_are_believed(one: Word) -> None:
    new = one.word[:4] + one.word[4:][::-1]
    both = (one.secret(one.word), one.secret(new))
    for secrets in (both, both[::-1], ("", *both)):
        assert believed(one.system, one.carry(one.word), *secrets)
        assert believed(one.system, one.carry(new), *secrets)


@each
@given(given_=st.text(st.characters(codec="utf-8"), max_size=40))
@settings(max_examples=40, deadline=None)
def test_whatever_is_given_only_the_word_is_believed(one: Word, given_: str) -> None:
    if given_ != one.word:
        assert not believed(one.system, one.carry(given_), one.secret(one.word))


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("", 401),
        ("Basic", 403),
        ("Basic %%%", 401),
        ("Basic /w==", 401),
        ("Bearer ZnJlZXN3aXRjaDpkZW1vLXBhc3M=", 401),
        ("ZnJlZXN3aXRjaDpkZW1vLXBhc3M=", 401),
        ("Basic é", 401),
    ],
)
def test_credentials_that_are_none_are_asked_for(value: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        system("freeswitch").verify(request("httapi", b"", {"Authorization": value}), ["a:b"], {})
    assert refused.value.status == status


def test_the_scheme_of_basic_credentials_is_of_no_case() -> None:
    given_ = base64.b64encode(b"freeswitch:demo-pass").decode()
    for scheme in ("basic", "BASIC", "Basic"):
        made = request("httapi", b"", {"Authorization": f"{scheme} {given_}"})
        assert believed("freeswitch", made, "freeswitch:demo-pass")


def test_a_word_in_another_place_is_not_looked_for() -> None:
    word = "PhXp3demoTokenQyJfcb1pVO"
    for path in (f"cti/{word}/x", f"cti/x?{word}", f"cti/x#/{word}", f"cti/x;{word}", "cti"):
        assert not believed("zammad-cti", request(path, b"{}", JSON), word)
    header = request("8x8/vca", b"{}", {**JSON, "X-Other": "e8-hook-7f3c1b9a"})
    assert not believed("8x8", header, "e8-hook-7f3c1b9a")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=1200))
@settings(max_examples=150, deadline=None)
def test_a_handshake_sends_back_what_is_short_and_printable_and_changes_nothing(
    token: str,
) -> None:
    one = system("ringcentral")
    made = request("ringcentral", b"", {"Content-Length": "0", "Validation-Token": token})
    if not believed("ringcentral", made, "rc-verify-92b7d4"):
        return
    assert token.isascii()
    assert token.isprintable()
    answer = one.acknowledge(made)
    lines = [f"{name}: {value}\r\n" for name, value in answer.headers.items()]
    assert answer.headers == {"Validation-Token": token}
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert len("".join(["HTTP/1.1 200 OK\r\n", *lines, answer.body]).encode()) <= 1024
    (event,) = one.read(made, REGIONS)
    assert (event.kind, event.key, event.call_id) == ("handshake", "", "")
    assert one.asks(made) is None


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("e335eeaf-31cd-4037-bf94-1dcdc73f9f68", True),
        ("a" * 255, True),
        ("a" * 256, False),
        ("a\r\nSet-Cookie: x=1", False),
        ("a\nb", False),
        ("a\0", False),
        ("é", False),
        ("a\x7f", False),
    ],
)
def test_a_handshake_that_could_write_headers_is_refused(token: str, expected: bool) -> None:
    made = request("ringcentral", b"", {"Validation-Token": token})
    assert believed("ringcentral", made, "rc-verify-92b7d4") is expected


def test_a_handshake_that_brings_more_needs_the_token() -> None:
    told = {"Validation-Token": "a"}
    for made in (
        request("ringcentral", b"{}", told),
        request("ringcentral", b"", {**told, "Verification-Token": "guess"}),
    ):
        assert not believed("ringcentral", made, "rc-verify-92b7d4")
