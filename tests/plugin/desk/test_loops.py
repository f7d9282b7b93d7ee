"""Two machines never write to each other for ever, and a person among them is still heard.

Standards make most machines known (tests/mail/test_automatic.py); these are the others.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from plugin.store.schema import delivery
from tests.plugin.desk.counter import COMPLAINT, FAILED, JO, NEITHER, Counter, complained, counter

ROBOT = "Ticket 4711 <robot@elsewhere.example>"
SAYS = "We wish to make a complaint. Your message is important to us."


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    return counter(tmp_path)


def test_the_third_mail_with_the_same_words_is_kept_and_not_answered(ooma: Counter) -> None:
    for _ in range(2):
        assert ooma.mail(SAYS, sender=ROBOT) == ("case_opened", None)
        ooma.now += timedelta(minutes=1)
    assert len(ooma.post.letters) == 2
    assert ooma.mail(f"  {SAYS.upper()}\n\n", sender=ROBOT) == ("automatic", "auto_reply")
    assert len(ooma.post.letters) == 2
    assert len(ooma.cases) == 2
    assert (ooma.newest.waits, ooma.newest.case_id) == ("auto_reply_loop", None)
    assert "auto_reply_loop" in ooma.alerts()


def test_a_loop_of_a_thousand_mails_makes_one_alert_a_day(ooma: Counter) -> None:
    for _ in range(30):
        ooma.mail(SAYS, sender=ROBOT)
        ooma.now += timedelta(minutes=5)
    assert (len(ooma.cases), len(ooma.contacts), len(ooma.post.letters)) == (2, 30, 2)
    assert ooma.alerts().count("auto_reply_loop") == 1


def test_the_same_words_on_another_day_are_heard_again(ooma: Counter) -> None:
    for _ in range(3):
        ooma.mail(SAYS, sender=ROBOT)
        ooma.now += timedelta(hours=12, minutes=1)
    assert len(ooma.cases) == 3


def test_words_that_nobody_would_answer_may_be_said_again(tmp_path: Path) -> None:
    at = complained(tmp_path)
    for number in range(5):
        assert at.mail("Any news?", answers=at.thread(), message_id=f"<{number}@x>")[0] == "joined"
    assert "auto_reply_loop" not in at.alerts()


def test_each_sender_of_the_same_words_has_an_alert(ooma: Counter) -> None:
    for number in range(6):
        ooma.mail(SAYS, sender=f"person{number % 2}@example.com")
    assert ooma.alerts().count("auto_reply_loop") == 2


def test_a_forger_uses_up_nobodys_words(ooma: Counter) -> None:
    for _ in range(4):
        ooma.mail(SAYS, headers={"Authentication-Results": FAILED})
    assert ooma.mail(SAYS) == ("case_opened", None)
    assert ooma.newest.waits is None


@pytest.mark.parametrize("provider", ["8x8", "opus", "jive"])
def test_every_complaint_is_acknowledged_whatever_went_before(
    tmp_path: Path, provider: str
) -> None:
    at = counter(tmp_path, provider)
    for number in range(8):
        at.mail(f"{COMPLAINT} It is the {number}th line.")
        at.now += timedelta(minutes=1)
    kinds = [kind for kind, _ in at.posted()]
    assert kinds.count("acknowledgement") == 8


def test_the_same_words_of_different_people_are_no_loop(ooma: Counter) -> None:
    for number in range(4):
        ooma.mail(SAYS, sender=f"person{number}@example.com")
    assert len(ooma.cases) == 4


def test_empty_mails_are_never_taken_for_the_same(ooma: Counter) -> None:
    for _ in range(4):
        assert ooma.mail("\n", subject="(no subject)") == ("not_case", "no_statement")
    assert "auto_reply_loop" not in ooma.alerts()


def test_a_partys_repeated_words_stay_with_their_case_and_keep_it_open(tmp_path: Path) -> None:
    at = complained(tmp_path)
    at.propose()
    for number in range(4):
        words = "Please escalate this." if number else NEITHER
        outcome = at.mail(words, answers=at.thread("outcome"), message_id=f"<{number}@x>")
        at.now += timedelta(minutes=1)
    assert outcome == ("automatic", "auto_reply")
    assert at.newest.case_id == at.id(1)
    assert at.newest.alert_at is not None
    at.later(days=30)
    assert at.state()[0] == "open"


def test_a_person_who_was_taken_for_a_machine_can_be_heard(ooma: Counter) -> None:
    for _ in range(3):
        ooma.mail(SAYS, sender=ROBOT)
        ooma.now += timedelta(minutes=1)
    ooma.act("promoted", about=ooma.newest.id)
    assert len(ooma.cases) == 3
    assert ooma.case(3).first_received_at == ooma.newest.received_at


def test_what_keeps_a_promise_goes_however_much_went_before(ooma: Counter) -> None:
    for number in range(8):
        ooma.mail(f"{COMPLAINT} It is the {number}th line.", sender=JO)
        ooma.now += timedelta(minutes=1)
    assert [kind for kind, _ in ooma.posted()] == ["acknowledgement"] * 8


def test_what_keeps_none_waits_for_room_in_the_budget_of_its_address(ooma: Counter) -> None:
    for number in range(6):
        ooma.mail(f"{COMPLAINT} It is the {number}th line.", sender=JO)
        ooma.now += timedelta(minutes=1)
    # The fifth newest of six letters went a minute after the first.
    frees = ooma.case(2).opened_at + timedelta(hours=24)
    ooma.act("escalated", about=1, level="supervisor", actor="system")
    (waits,) = ooma.rows(delivery, delivery.c.state == "queued")
    assert waits.next_at == frees
    assert waits.attempts == 0
    assert "too many letters" in waits.reason
    assert "auto_reply_loop" in ooma.alerts(1)
    ooma.until(frees)
    assert ooma.posted()[-1][0] == "escalated"


def test_a_case_has_a_budget_too(tmp_path: Path) -> None:
    ooma = counter(tmp_path, sending={"per_case": 1})
    ooma.mail(COMPLAINT)
    ooma.act("escalated", level="supervisor", actor="system")
    assert [kind for kind, _ in ooma.posted()] == ["acknowledgement"]
    ooma.later(hours=24)
    assert ooma.posted()[-1][0] == "escalated"


def test_what_a_person_writes_has_no_budget(ooma: Counter) -> None:
    for number in range(6):
        ooma.mail(f"{COMPLAINT} It is the {number}th line.", sender=JO)
    ooma.act("outcome_advised", text="We have repaired your line.")
    assert ooma.posted()[-1][0] == "outcome"
