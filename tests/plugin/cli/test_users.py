"""The user commands: who may sign in, told in words a tired admin can act on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.plugin.cli.place import Place

pytestmark = pytest.mark.slow

LINK = re.compile(r"http://127\.0\.0\.1:8080/sign-in/once/[0-9a-f]{64}")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.well("db", "upgrade")
    return made


def users(place: Place) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(place.well("user", "list", "--json"))
    return found


def test_a_users_life(place: Place) -> None:
    assert "no users yet" in place.well("user", "list")
    assert LINK.search(place.well("user", "add", "Kim@Example.com", "--provider", "ooma"))
    assert users(place) == [
        {
            "email": "kim@example.com",
            "name": "Kim@Example.com",
            "disabled_at": None,
            "password": False,
            "grants": [{"provider": "ooma", "role": "agent"}],
        }
    ]
    assert "supervisor at opus" in place.well(
        "user", "grant", "kim@example.com", "supervisor", "--provider", "opus"
    )
    assert "no longer agent at ooma" in place.well(
        "user", "revoke", "kim@example.com", "agent", "--provider", "ooma"
    )
    assert users(place)[0]["grants"] == [{"provider": "opus", "role": "supervisor"}]
    assert LINK.search(place.well("user", "link", "kim@example.com"))
    assert "cannot sign in any more" in place.well("user", "disable", "kim@example.com")
    assert "disabled" in place.well("user", "list")
    assert "can sign in again" in place.well("user", "enable", "kim@example.com")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "kim"), "is no e-mail address; give one like kim@example.com"),
        (("add", "kim@example.com"), "is a user already"),
        (("add", "lee@example.com", "--provider", "nobody"), "there are: 8x8, jive, ooma, opus"),
        (("link", "lee@example.com"), "there is no user lee@example.com"),
        (("revoke", "kim@example.com", "admin"), "is not admin at every provider"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_remedy(
    place: Place, words: tuple[str, ...], said: str
) -> None:
    place.well("user", "add", "kim@example.com")
    code, out, err = place.run("user", *words)
    assert (code, out) == (1, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_disabled_person_gets_no_link(place: Place) -> None:
    place.well("user", "add", "kim@example.com")
    place.well("user", "disable", "kim@example.com")
    code, _, err = place.run("user", "link", "kim@example.com")
    assert code == 1
    assert "answerable user enable kim@example.com" in err
