"""Who asks how to complain is told, and nothing opens; where no letter can go, a person answers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.desk.inform import MAX_AN_HOUR
from plugin.store.schema import delivery, letter
from tests.plugin.desk.counter import AUTHSERV, FAILED, KIT, Counter, complained, counter

ASKS = "How do I make a complaint, please?"
PASSED = {"Authentication-Results": f"{AUTHSERV}; dmarc=pass"}


def ask(at: Counter, text: str = ASKS, **more: Any) -> tuple[str, str | None]:
    """Somebody for whom the receiving server vouches asks."""
    headers = {**PASSED, **more.pop("headers", {})}
    return at.mail(text, headers=headers, **more)


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    return counter(tmp_path)


def test_the_code_goes_to_who_asks_and_no_case_opens(ooma: Counter) -> None:
    assert ask(ooma) == ("not_case", "information_request")
    assert (ooma.cases, ooma.newest.waits, ooma.alerts()) == ([], None, [])
    (mail,) = ooma.post.mails
    assert (mail["To"], mail["Subject"]) == ("jo@example.com", "How we handle complaints")
    assert mail["In-Reply-To"] == f"<{ooma.newest.message_id}>"
    body = mail.get_body(("plain",))
    assert body is not None
    said = " ".join(str(body.get_content()).split())
    assert "Dear Jo Marsh," in said
    assert "E-mail: complaints@ooma.example" in said
    assert "Every 5 business days we tell you how far" in said
    assert "reference" not in said.casefold()
    (row,) = ooma.rows(letter)
    assert (row.kind, row.case_id, row.contact_id) == ("information", None, ooma.newest.id)


@pytest.mark.parametrize(
    ("asks", "says"),
    [
        ("Comment puis-je déposer une plainte ?", "Comment nous traitons les plaintes"),
        ("What is your complaints procedure?", "How we handle complaints"),
    ],
)
def test_it_is_written_in_the_language_of_the_question(
    tmp_path: Path, asks: str, says: str
) -> None:
    jive = counter(tmp_path, "jive")
    assert ask(jive, asks) == ("not_case", "information_request")
    assert [mail["Subject"] for mail in jive.post.mails] == [says]


def test_who_complains_afterwards_by_answering_it_opens_a_case_of_their_own(ooma: Counter) -> None:
    ask(ooma)
    answers = str(ooma.post.mails[0]["Message-ID"])
    assert ooma.mail("Then I complain about my line.", answers=answers) == ("case_opened", None)
    assert len(ooma.cases) == 1


def test_anger_that_asks_how_is_told_and_waits_for_a_person_too(ooma: Counter) -> None:
    assert ask(ooma, f"This is disgraceful. {ASKS}") == ("not_case", "possible_complaint")
    assert (len(ooma.post.mails), ooma.newest.waits) == (1, "possible_complaint")


def test_a_sender_who_may_be_another_is_written_no_letter(ooma: Counter) -> None:
    headers = {"Authentication-Results": FAILED}
    assert ooma.mail(ASKS, headers=headers) == ("not_case", "information_request")
    assert (ooma.post.mails, ooma.newest.waits) == ([], "information_request")
    assert ooma.newest.alert_at is not None


def test_a_machine_that_asks_is_not_answered(ooma: Counter) -> None:
    assert ask(ooma, headers={"Auto-Submitted": "auto-replied"})[0] == "automatic"
    assert ooma.post.mails == []


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("Jo <jo@example.com>", {"Authentication-Results": f"{AUTHSERV}; spf=none; dmarc=none"}),
        ("Jo <jo@example.com>", {"Authentication-Results": "other.example; dmarc=pass"}),
        ("Shop <no-reply@example.com>", PASSED),
        ("List <owner-talk@example.com>", PASSED),
        ("List <talk-request@example.com>", PASSED),
        ("Jo <jo@example.com>", {**PASSED, "Return-Path": "<>"}),
    ],
)
def test_nobody_is_written_who_may_be_another_or_a_machine(
    ooma: Counter, sender: str, headers: dict[str, str]
) -> None:
    ooma.mail(ASKS, sender=sender, headers=headers)
    assert ooma.post.mails == []


def test_within_a_week_the_same_address_is_told_once_whatever_it_writes(ooma: Counter) -> None:
    for number in range(4):
        ask(ooma, f"Thank you, ticket {number}. {ASKS}")
        ooma.now += timedelta(days=1)
    assert len(ooma.post.mails) == 1
    assert [row.waits for row in ooma.contacts] == [None, *["information_request"] * 3]
    ooma.now += timedelta(days=4)
    ask(ooma)
    assert len(ooma.post.mails) == 2


def test_in_an_hour_only_so_many_are_told(ooma: Counter) -> None:
    for number in range(MAX_AN_HOUR + 2):
        ask(ooma, sender=f"P <p{number}@example.org>", send=False)
    assert len(ooma.rows(letter)) == MAX_AN_HOUR
    assert ooma.alerts() == ["auto_reply_loop"]
    assert ooma.newest.waits == "information_request"
    ooma.now += timedelta(hours=1, minutes=1)
    ask(ooma, sender="Q <q@example.org>", send=False)
    assert len(ooma.rows(letter)) == MAX_AN_HOUR + 1


@pytest.mark.parametrize("decides", ["dismissed", "complains"])
def test_it_is_not_sent_once_it_is_of_no_use(ooma: Counter, decides: str) -> None:
    ooma.post.is_down = True
    ask(ooma, f"I am fed up. {ASKS}")
    if decides == "dismissed":
        ooma.act("dismissed", about=ooma.newest.id)
    else:
        ooma.mail("I want to make a complaint.")
    ooma.post.is_down = False
    ooma.later(hours=3)
    assert "information" not in [kind for kind, _ in ooma.posted()]


def test_an_answer_to_it_is_of_the_case_that_the_question_became(ooma: Counter) -> None:
    ask(ooma)
    answers = str(ooma.post.mails[0]["Message-ID"])
    ooma.act("promoted", about=ooma.newest.id, label="complaint")
    assert ooma.mail("And the router hums.", answers=answers) == ("joined", None)


def test_of_a_party_to_a_case_a_person_answers(tmp_path: Path) -> None:
    at = complained(tmp_path)
    before = len(at.post.mails)
    assert at.mail("How do I complain to a director?") == ("proposed", "proposed")
    assert len(at.post.mails) == before


def test_it_is_not_sent_once_a_person_took_the_question_for_a_complaint(ooma: Counter) -> None:
    ask(ooma, send=False)
    ooma.act("promoted", about=ooma.newest.id, label="complaint", text="She rang.")
    assert [kind for kind, _ in ooma.posted()] == ["acknowledgement"]
    states = {row.letter_id: row.state for row in ooma.rows(delivery)}
    (asked,) = ooma.rows(letter, letter.c.kind == "information")
    assert states[asked.id] == "cancelled"


def test_one_that_cannot_be_delivered_is_told(ooma: Counter) -> None:
    ooma.post.refuses = {"kit@example.net"}
    ask(ooma, sender=KIT)
    assert ooma.alerts() == ["undeliverable"]
    assert [row.state for row in ooma.rows(delivery)] == ["failed"]
    assert ooma.newest.waits == "information_request"


def test_one_that_comes_back_is_told(ooma: Counter) -> None:
    ask(ooma)
    sent = str(ooma.post.mails[0]["Message-ID"])
    report = (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: complaints@ooma.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        "Message-ID: <b1@mx.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; jo@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {sent}\r\n\r\n--b--\r\n"
    )
    assert ooma.raw(report.encode()) == ("automatic", "bounce")
    assert ooma.alerts() == ["undeliverable"]
    assert [row.state for row in ooma.rows(delivery)] == ["returned"]
    assert ooma.contacts[0].waits == "information_request"


def test_in_a_language_that_the_provider_does_not_write_its_first_is_used(tmp_path: Path) -> None:
    ooma = counter(tmp_path)
    assert ask(ooma, "Hoe kan ik een klacht indienen?") == ("not_case", "information_request")
    assert [mail["Subject"] for mail in ooma.post.mails] == ["How we handle complaints"]
