"""Letters that came back: what they said was not said, and somebody must say it another way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.desk.links import open_
from plugin.keys import letter_message_id
from tests.plugin.desk.counter import COMPLAINT, JO, KIT, NEITHER, Counter, complained, counter
from tests.plugin.support import RING

pytestmark = pytest.mark.slow

JOS = "jo@example.com"
ROBOT = "Return-Path: <>\r\nFrom: MAILER-DAEMON@example.com\r\nSubject: {subject}\r\n"

RFC_3464 = (
    ROBOT.format(subject="Undelivered Mail Returned to Sender")
    + """\
Content-Type: multipart/report; report-type=delivery-status; boundary=b\r
\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.com\r
\r
Final-Recipient: rfc822; jo@example.com\r
Action: {action}\r
Status: {status}\r
\r
--b\r
Content-Type: {kind}\r
\r
Subject: Your complaint\r
Message-ID: {id}\r
\r
--b--\r
"""
)
QMAIL = (
    ROBOT.format(subject="failure notice")
    + """\
\r
Hi. This is the qmail-send program at example.com.\r
I'm afraid I wasn't able to deliver your message to the following addresses.\r
\r
<jo@example.com>:\r
Sorry, no mailbox here by that name. (#5.1.1)\r
\r
--- Below this line is a copy of the message.\r
\r
Return-Path: <complaints@ooma.example>\r
Subject: Your complaint\r
Message-ID: {id}\r
\r
Dear Jo\r
"""
)


def report(
    id: str, action: str = "failed", status: str = "5.1.1", kind: str = "text/rfc822-headers"
) -> bytes:
    return RFC_3464.format(id=id, action=action, status=status, kind=kind).encode()


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    """Jo has complained, an hour ago."""
    return complained(tmp_path, web={"url": "https://complaints.example"})


FOR_GOOD: dict[str, Callable[[str], bytes]] = {
    "RFC 3464, headers": report,
    "RFC 3464, whole message": lambda id: report(id, kind="message/rfc822"),
    "RFC 3464, message/rfc822-headers": lambda id: report(id, kind="message/rfc822-headers"),
    "given up after days of trying": lambda id: report(id, "failed", "4.4.7"),
    "qmail": lambda id: QMAIL.format(id=id).encode(),
}
NOT_FOR_GOOD: dict[str, Callable[[str], bytes]] = {
    "delayed": lambda id: report(id, "delayed", "4.4.1"),
    "delivered": lambda id: report(id, "delivered", "2.0.0"),
    "relayed": lambda id: report(id, "relayed", "2.0.0"),
    "expanded": lambda id: report(id, "expanded", "2.0.0"),
}


@pytest.mark.parametrize("kind", FOR_GOOD)
def test_a_report_for_good_takes_back_what_the_letter_said(ooma: Counter, kind: str) -> None:
    assert ooma.promises()["acknowledge"] == "kept"
    assert ooma.raw(FOR_GOOD[kind](ooma.thread())) == ("automatic", "bounce")
    assert ooma.letter("acknowledgement").state == "returned"
    assert "acknowledged" not in ooma.kinds()
    assert ooma.promises()["acknowledge"] == "open"
    assert ooma.alerts(1) == ["undeliverable"]
    assert ooma.facts("letter_undelivered")["kind"] == "acknowledgement"
    assert ooma.newest.case_id == ooma.id(1)
    assert ooma.newest.waits is None


@pytest.mark.parametrize("kind", NOT_FOR_GOOD)
def test_any_other_report_moves_nothing(ooma: Counter, kind: str) -> None:
    assert ooma.raw(NOT_FOR_GOOD[kind](ooma.thread())) == ("automatic", "bounce")
    assert ooma.letter("acknowledgement").state == "sent"
    assert ooma.promises()["acknowledge"] == "kept"
    assert ooma.alerts(1) == []


@pytest.mark.parametrize(
    "id",
    [
        "<1.jo@example.com>",
        "<made-up@ooma.example>",
        "<>",
        "",
        f"<{letter_message_id(RING, 'opus', 2000001, 2000002, 'opus.example')}>",
    ],
    ids=["the customer's own", "made up", "empty", "none", "another provider's"],
)
def test_only_the_signed_id_of_the_letter_takes_it_back(ooma: Counter, id: str) -> None:
    assert ooma.raw(report(id)) == ("automatic", "bounce")
    assert ooma.promises()["acknowledge"] == "kept"
    assert ooma.alerts() == []


def test_another_providers_report_takes_back_nothing_here(tmp_path: Path, ooma: Counter) -> None:
    id = ooma.case().id
    foreign = f"<{letter_message_id(RING, 'opus', id, ooma.letters()[0].id, 'opus.example')}>"
    ooma.raw(report(foreign))
    assert ooma.promises()["acknowledge"] == "kept"


def test_the_signed_id_of_a_letter_that_is_not_there_moves_nothing(ooma: Counter) -> None:
    for case in (ooma.id(1), 99):
        ooma.raw(report(f"<{letter_message_id(RING, 'ooma', case, 99, 'ooma.example')}>"))
    assert ooma.promises()["acknowledge"] == "kept"
    assert ooma.alerts() == []


def test_a_person_who_quotes_a_letter_reports_nothing(ooma: Counter) -> None:
    ooma.mail(f"{NEITHER}\n\nMessage-ID: {ooma.thread()}\n", answers=ooma.thread())
    assert ooma.letter("acknowledgement").state == "sent"


def test_a_report_that_comes_twice_counts_once(ooma: Counter) -> None:
    first = report(ooma.thread())
    ooma.raw(first)
    assert ooma.raw(first) == ("duplicate", "duplicate")
    ooma.raw(report(ooma.thread(), kind="message/rfc822"))
    kinds = [one.kind for one in ooma.timeline()]
    assert kinds.count("letter_undelivered") == 1
    assert [one.kind for one in ooma.letters()].count("undeliverable_followup") == 1


def test_the_follow_up_is_a_task_since_no_other_address_is_known(ooma: Counter) -> None:
    ooma.raw(report(ooma.thread()))
    task = ooma.letter("undeliverable_followup")
    assert (task.channel, task.recipient, task.state) == ("phone", "", "queued")
    assert [to for _, to in ooma.posted()] == [JOS]
    ooma.act("letter_sent", letter=task.id, by="phone")
    assert ooma.letter("undeliverable_followup").state == "sent"
    assert ooma.promises()["acknowledge"] == "open"
    ooma.act("acknowledged", by="phone")
    assert ooma.promises()["acknowledge"] == "kept"


def test_the_follow_up_goes_to_no_other_party(ooma: Counter) -> None:
    ooma.mail(NEITHER, sender=KIT, answers=ooma.thread())
    ooma.act("party_confirmed")
    ooma.raw(report(ooma.thread()))
    assert {to for _, to in ooma.posted()} == {JOS}


def test_an_outcome_that_came_back_was_never_told(ooma: Counter) -> None:
    ooma.propose()
    assert ooma.state()[0] == "outcome_proposed"
    ooma.raw(report(ooma.thread("outcome")))
    assert ooma.state()[0] == "open"
    assert "assumed_closure" not in ooma.promises()
    ooma.later(days=20)
    assert ooma.state()[0] == "open"


def test_a_case_closed_by_that_silence_is_taken_up_again(ooma: Counter) -> None:
    ooma.propose()
    ooma.later(days=14)
    assert ooma.state()[0] == "closed_assumed"
    ooma.raw(report(ooma.thread("outcome")))
    assert ooma.state()[0] == "reopened"
    assert "outcome did not reach" in ooma.facts("reopened")["reason"]


def test_a_warning_that_came_back_did_not_warn(ooma: Counter) -> None:
    ooma.propose()
    ooma.later(days=6)
    assert ooma.letter("closure_warning").state == "sent"
    ooma.raw(report(ooma.thread("closure_warning")))
    ooma.later(days=20)
    assert ooma.state()[0] == "outcome_proposed"


def test_a_case_closed_after_a_warning_that_came_back_is_taken_up_again(ooma: Counter) -> None:
    ooma.propose()
    ooma.later(days=14)
    ooma.raw(report(ooma.thread("closure_warning")))
    assert ooma.state()[0] == "reopened"


def test_a_letter_of_a_confirmed_case_that_came_back_does_not_reopen_it(ooma: Counter) -> None:
    ooma.close()
    ooma.raw(report(ooma.thread("closed")))
    assert ooma.state()[0] == "closed_confirmed"


def test_the_last_outcome_that_arrived_still_stands(ooma: Counter) -> None:
    ooma.propose("The first answer.")
    first = ooma.thread("outcome")
    ooma.propose("The second answer.")
    ooma.raw(report(first))
    assert ooma.state()[0] == "outcome_proposed"
    assert ooma.promises()["assumed_closure"] == "open"


def test_an_escalation_stays_though_the_letter_of_it_came_back(ooma: Counter) -> None:
    ooma.act("escalated")
    ooma.raw(report(ooma.thread("escalated")))
    assert ooma.state() == ("open", "supervisor")


def test_every_link_of_the_case_is_taken_back(ooma: Counter) -> None:
    token = ooma.letter("acknowledgement").text.partition("/c/")[2].split()[0]
    with ooma.desk.database.read() as connection:
        assert open_(connection, ooma.desk, token, ooma.now) is not None
    ooma.raw(report(ooma.thread()))
    with ooma.desk.database.read() as connection:
        assert open_(connection, ooma.desk, token, ooma.now) is None


def test_the_adr_notice_that_came_back_keeps_nothing(ooma: Counter) -> None:
    ooma.act("adr_notice_sent")
    assert ooma.promises()["adr_notice"] == "kept"
    ooma.raw(report(ooma.thread("adr_notice")))
    assert ooma.promises()["adr_notice"] == "open"


def test_a_letter_of_a_merged_case_that_came_back_counts_for_both(ooma: Counter) -> None:
    ooma.propose()
    ooma.mail(COMPLAINT)
    ooma.now += timedelta(hours=1)
    ooma.act("merged", about=1, into=ooma.reference(2))
    assert ooma.state(2)[0] == "outcome_proposed"
    ooma.raw(report(ooma.thread("outcome", 1)))
    assert ooma.case(2).state == "open"


# By hand and by the mail server -------------------------------------------------------------------


def test_a_person_may_record_that_a_letter_came_back(ooma: Counter) -> None:
    ooma.act("letter_undelivered", letter=ooma.letter("acknowledgement").id, text="by post")
    assert ooma.promises()["acknowledge"] == "open"
    assert ooma.facts("letter_undelivered")["reason"] == "by post"


def test_a_letter_refused_for_good_says_nothing_and_is_a_task(tmp_path: Path) -> None:
    at = counter(tmp_path)
    at.post.refuses.add(JOS)
    at.mail(COMPLAINT)
    assert at.letter("acknowledgement").state == "failed"
    assert at.promises()["acknowledge"] == "open"
    assert at.alerts(1) == ["undeliverable"]
    assert at.letter("undeliverable_followup").channel == "phone"
    assert at.posted() == []


def test_a_server_that_is_down_is_tried_again_and_nothing_is_told_twice(tmp_path: Path) -> None:
    at = counter(tmp_path)
    at.post.is_down = True
    at.mail(COMPLAINT)
    at.later(minutes=10)
    assert (at.posted(), at.letter("acknowledgement").state) == ([], "queued")
    at.post.is_down = False
    at.later(hours=1)
    assert at.posted() == [("acknowledgement", JOS)]
    assert at.kinds().count("acknowledged") == 1


def test_a_server_down_for_days_makes_a_visible_failure(tmp_path: Path) -> None:
    at = counter(tmp_path)
    at.post.is_down = True
    at.mail(COMPLAINT)
    at.later(days=4)
    assert at.letter("acknowledgement").state == "failed"
    assert "undeliverable" in at.alerts(1)


def test_a_refused_follow_up_makes_no_further_one(ooma: Counter) -> None:
    ooma.mail(NEITHER, sender=JO, answers=ooma.thread())
    ooma.raw(report(ooma.thread()))
    ooma.act("letter_sent", letter=ooma.letter("undeliverable_followup").id, by="phone")
    ooma.act("letter_undelivered", letter=ooma.letter("undeliverable_followup").id)
    assert [one.kind for one in ooma.letters()].count("undeliverable_followup") == 1
