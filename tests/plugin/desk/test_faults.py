"""A case whose record cannot be read stands still, visibly, and holds up nobody else's promises."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from plugin.desk import keep, send
from plugin.store.schema import event
from tests.plugin.desk.counter import COMPLAINT, KIT, Counter, complained

pytestmark = pytest.mark.slow


@pytest.fixture
def two(tmp_path: Path) -> Counter:
    """Jo has complained, and Kit."""
    at = complained(tmp_path)
    at.mail(COMPLAINT, sender=KIT)
    return at


def spoil(at: Counter, number: int, facts: str) -> None:
    row = (event.c.case_id == at.id(number)) & (event.c.seq == 1)
    at.desk.database.write(lambda c: c.execute(update(event).where(row).values(facts=facts)))


def test_a_case_that_cannot_be_read_holds_up_no_other(two: Counter) -> None:
    spoil(two, 1, "{")
    two.later(days=43)
    assert "adr_notice" in [letter.kind for letter in two.letters(2)]
    assert "adr_notice" not in [letter.kind for letter in two.letters(1)]
    assert two.alerts(1) == ["fault"]
    assert keep.next_at(two.desk) is not None, "it is tried again"
    spoil(two, 1, "{}")
    two.later(hours=3)
    assert "adr_notice" in [letter.kind for letter in two.letters(1)]


def test_its_letter_waits_and_is_not_given_up(two: Counter) -> None:
    two.act("information_given", about=1, send=False)
    two.act("information_given", about=2, send=False)
    spoil(two, 1, "{")
    two.send()
    assert [to for kind, to in two.posted() if kind == "information"] == ["kit@example.net"]
    assert two.letter("information", 1).state == "queued"
    assert two.alerts(1) == ["fault"]
    spoil(two, 1, "{}")
    two.now += timedelta(hours=1)
    two.send()
    assert two.letter("information", 1).state == "sent"


ODD = ["a@e..com", "a@.com", "a@[", "a@e.com.", "(x)@e.com"]


@pytest.mark.parametrize("address", ODD)
def test_an_address_that_no_letter_can_bear_holds_up_nobody(two: Counter, address: str) -> None:
    two.raw(
        f"From: Max <{address}>\r\nSubject: x\r\nMessage-ID: <odd@x>\r\n\r\n{COMPLAINT}".encode()
    )
    two.act("information_given", about=2)
    assert two.posted()[-1] == ("information", "kit@example.net")
    assert {one.state for one in two.letters(3) if one.channel == "email"} <= {"failed", "sent"}
    assert set(two.alerts(3)) & {"undeliverable", "contact_route_missing"} or two.letters(3)


class Broken:
    """A mail server whose client fails in ways nobody foresaw, for one address."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault
        self.sent: list[str] = []

    def send(self, raw: bytes, *, sender: str, recipient: str) -> str:
        if recipient == "jo@example.com":
            raise self.fault
        self.sent.append(recipient)
        return "250 accepted"


@pytest.mark.parametrize("fault", [KeyError("x"), OSError("x"), RuntimeError("x")], ids=repr)
def test_a_fault_in_handing_over_one_letter_holds_up_no_other(
    two: Counter, fault: Exception
) -> None:
    two.act("information_given", about=1, send=False)
    two.act("information_given", about=2, send=False)
    post = Broken(fault)
    send.send(two.desk, post, lambda: two.now)
    assert post.sent == ["kit@example.net"]
    assert two.letter("information", 1).state == "queued"
    assert two.alerts(1) == ["fault"]
