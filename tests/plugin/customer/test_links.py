"""What a token opens: the case it was given for, as the party it was given to, while both stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy import event as listening

from plugin.desk import links
from plugin.desk.links import EXPIRES, Link
from plugin.desk.ports import Desk
from plugin.keys import Key, KeyRing, customer_token, letter_message_id, link_of_token
from plugin.store.schema import customer_link, party
from tests.plugin.customer.place import Place, place
from tests.plugin.support import RING, letter

pytestmark = pytest.mark.slow

OTHER = KeyRing([Key("k1", b"2" * 32)])


@pytest.fixture
def jo(tmp_path: Path) -> Place:
    return place(tmp_path)


def opened(jo: Place, token: str, desk: Desk | None = None) -> Link | None:
    made = desk or jo.desk
    with made.database.read() as connection:
        return links.open_(connection, made, token, jo.rooms.clock())


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that reaches a database meanwhile."""
    said: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        said.append(statement)

    listening.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        listening.remove(Engine, "before_cursor_execute", note)


def link_id(jo: Place) -> int:
    found = link_of_token(RING, jo.token)
    assert found is not None
    return found[1]


def test_a_link_opens_its_case_as_its_party(jo: Place) -> None:
    assert opened(jo, jo.token) == Link("ooma", jo.case, jo.party, jo.case)


@pytest.mark.parametrize(
    "write", [str.upper, lambda t: f" {t}\n"], ids=["in capitals", "with white space"]
)
def test_a_link_typed_from_paper_opens_too(jo: Place, write: Callable[[str], str]) -> None:
    assert opened(jo, write(jo.token)) is not None


# Nothing here may reach the database: one HMAC tells.
FORGED: dict[str, Callable[[Place], str]] = {
    "nothing": lambda jo: "",
    "a word": lambda jo: "hello",
    "no mac": lambda jo: jo.token.rpartition(".")[0] + ".",
    "a character changed": lambda jo: jo.token[:-1] + ("a" if jo.token[-1] != "a" else "b"),
    "a character more": lambda jo: jo.token + "a",
    "another link's number": lambda jo: ".".join(
        ["ooma", "zzz", *jo.token.split(".")[2:]],
    ),
    "another provider": lambda jo: "opus" + jo.token.removeprefix("ooma"),
    "an unknown key": lambda jo: jo.token.replace(".k1.", ".k9."),
    "somebody else's key of that name": lambda jo: customer_token(OTHER, "ooma", link_id(jo)),
    "a token of a Message-ID": lambda jo: letter_message_id(
        RING, "ooma", jo.case, link_id(jo), "x"
    ).partition("@")[0],
    "made for a Message-ID": lambda jo: ".".join(
        [*jo.token.split(".")[:2], RING.sign("message-id", "ooma", str(link_id(jo)))]
    ),
    "made for a session": lambda jo: ".".join(
        [*jo.token.split(".")[:2], RING.sign("session", "ooma", str(link_id(jo)))]
    ),
    "a second spelling of its number": lambda jo: jo.token.replace("ooma.", "ooma.0", 1),
    "a zero byte": lambda jo: jo.token + "\0",
    "letters of another alphabet": lambda jo: jo.token.replace("ooma", "оoma"),
    "very long": lambda jo: "a" * 20_000,
}


@pytest.mark.parametrize("name", FORGED)
def test_a_token_we_did_not_make_opens_nothing_and_asks_no_database(jo: Place, name: str) -> None:
    token = FORGED[name](jo)
    with statements() as said:
        assert not links.is_ours(jo.desk, token)
        answer = jo.browser().get(f"/c/{token}".replace("\0", "%00"))
    assert answer.status_code == 404
    assert said == []
    with statements() as said:
        assert jo.browser().get(jo.address).status_code == 200
    assert said != []
    assert opened(jo, token) is None


def test_a_token_is_worth_nothing_as_another(jo: Place) -> None:
    provider, number, *mac = jo.token.split(".")
    assert not RING.verify(".".join(mac), "message-id", provider, str(int(number, 36)))
    assert RING.verify(".".join(mac), "customer-link", provider, str(int(number, 36)))


def _unlinked(jo: Place) -> None:
    jo.write(lambda c: c.execute(customer_link.delete()))


def _of_a_party_elsewhere(jo: Place) -> None:
    jo.rooms.arrive(letter("I want to make a complaint.", sender="Kit <kit@example.net>"))
    other = party.c.id != jo.party
    jo.write(
        lambda c: c.execute(
            update(customer_link).values(party_id=select(party.c.id).where(other).scalar_subquery())
        )
    )


GONE: dict[str, Callable[[Place], object]] = {
    "expired": lambda jo: jo.rooms.clock.advance(seconds=EXPIRES.total_seconds()),
    "revoked": lambda jo: jo.write(
        lambda c: links.revoke(c, "ooma", jo.case, now=jo.rooms.clock())
    ),
    "its row is gone": _unlinked,
    "its party is not confirmed": lambda jo: jo.write(
        lambda c: c.execute(update(party).values(confirmed=False))
    ),
    "its party speaks without authority": lambda jo: jo.write(
        lambda c: c.execute(update(party).values(authorised=False))
    ),
    "its party belongs to another case": _of_a_party_elsewhere,
    "merged in a circle": lambda jo: jo.put("open", merged_into=jo.case),
    "merged into nothing": lambda jo: jo.put("open", merged_into=1),
}


@pytest.mark.parametrize("name", GONE)
def test_a_link_that_holds_no_more_opens_nothing(jo: Place, name: str) -> None:
    assert opened(jo, jo.token) is not None
    GONE[name](jo)
    assert opened(jo, jo.token) is None


def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(jo: Place) -> None:
    forged = jo.browser().get("/c/nothing")
    jo.write(lambda c: links.revoke(c, "ooma", jo.case, now=jo.rooms.clock()))
    revoked = jo.browser().get(jo.address)
    assert (forged.status_code, forged.data) == (revoked.status_code, revoked.data)
    assert dict(forged.headers) == dict(revoked.headers)


def test_a_link_holds_until_its_last_moment(jo: Place) -> None:
    jo.rooms.clock.now += EXPIRES - timedelta(seconds=1)
    assert opened(jo, jo.token) is not None


def test_a_link_made_before_the_keys_were_rotated_still_opens(jo: Place) -> None:
    fresh = [Key("k3", b"3" * 32), Key("k2", b"2" * 32)]
    rotated = replace(jo.desk, ring=KeyRing([*fresh, Key("k1", b"1" * 32)]))
    assert opened(jo, jo.token, rotated) is not None
    assert opened(jo, jo.token, replace(jo.desk, ring=KeyRing(fresh))) is None


def _other_case(jo: Place) -> tuple[int, int]:
    raw = letter(
        "I want to make a complaint.", sender="Jo <jo@example.com>", message_id="<2@example.com>"
    )
    jo.rooms.arrive(raw)
    with jo.desk.database.read() as connection:
        row = connection.execute(select(party).where(party.c.case_id != jo.case)).one()
    return row.case_id, row.id


def test_a_merged_case_is_opened_at_the_one_that_goes_on(jo: Place) -> None:
    survivor, _ = _other_case(jo)
    jo.put("open", merged_into=survivor)
    assert opened(jo, jo.token) == Link("ooma", survivor, jo.party, jo.case)
    jo.put("open", merged_into=None)
    assert opened(jo, jo.token) == Link("ooma", jo.case, jo.party, jo.case)


def test_taking_links_back_counts_for_what_was_merged_and_for_nothing_else(
    tmp_path: Path, any_database_url: str
) -> None:
    jo = place(tmp_path, url=any_database_url)
    survivor, other = _other_case(jo)
    theirs = jo.issue(survivor, other)
    jo.put("open", merged_into=survivor)
    moment = jo.rooms.clock()
    assert jo.write(lambda c: links.revoke(c, "opus", survivor, now=moment)) == 0
    assert opened(jo, jo.token) is not None
    assert jo.write(lambda c: links.revoke(c, "ooma", survivor, now=moment)) == 2
    assert opened(jo, jo.token) is opened(jo, theirs) is None
    later = jo.issue(survivor, other)
    assert opened(jo, later) is not None
    jo.desk.database.close()


def test_an_address_is_printed_only_where_people_can_reach_it(jo: Place, tmp_path: Path) -> None:
    assert links.url(jo.desk, jo.token) == ""
    web = {"url": "https://complaints.example.com"}
    elsewhere = place(tmp_path / "b", web=web)
    assert links.url(elsewhere.desk, "abc") == "https://complaints.example.com/c/abc"
