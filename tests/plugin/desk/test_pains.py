"""What users of other helpdesks suffer from, one test for each group of complaints.

Each shows the behaviour at its plainest; docs/mail.md says where the rest of it is tested, with
real servers and every variation.
"""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from mail.login import MailRefused
from mail.oauth import Granted
from mail.parse import parse
from plugin.desk import listing
from plugin.desk.tokens import Keeper
from plugin.store import inbound
from plugin.store.schema import delivery, message_key
from plugin.store.schema import inbound as arrivals
from tests.plugin.desk.counter import COMPLAINT, JO, KIT, NEITHER, Counter, complained, counter
from tests.plugin.support import Clock

OUT_OF_OFFICE = {"Auto-Submitted": "auto-replied"}


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    return counter(tmp_path)


def test_group_1_the_same_mail_fetched_again_is_one_case_and_one_acknowledgement(
    ooma: Counter,
) -> None:
    for _ in range(5):
        ooma.mail(COMPLAINT, message_id="<one@example.com>")
    assert (len(ooma.cases), len(ooma.contacts), len(ooma.post.letters)) == (1, 1, 1)


def test_group_2_one_mail_to_two_of_our_mailboxes_is_one_contact(ooma: Counter) -> None:
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = JO, "My line", "<one@example.com>"
    made["To"] = "complaints@ooma.example, billing@ooma.example"
    made.set_content(COMPLAINT)
    for mailbox in ("complaints", "billing"):
        raw = f"Delivered-To: {mailbox}@ooma.example\r\n".encode() + made.as_bytes()
        arrival = inbound.Arrival(
            id=ooma.desk.draw.id(),
            provider="ooma",
            source="imap",
            mailbox=mailbox,
            raw=raw,
            lane="jo@example.com",
            received_at=ooma.now,
            received_source="internaldate",
            fetched_at=ooma.now,
        )
        ooma.desk.database.write(partial(inbound.add, arrivals=[arrival]))
    ooma.mail(NEITHER, sender=KIT)
    assert (len(ooma.cases), len(ooma.post.letters)) == (1, 1)
    came = ooma.rows(arrivals, arrivals.c.mailbox.in_(["complaints", "billing"]))
    assert {(row.mailbox, row.outcome) for row in came} == {
        ("complaints", "case_opened"),
        ("billing", "duplicate"),
    }
    assert len({row.contact_id for row in came}) == 1


def test_group_3_nothing_arrives_without_a_row_that_says_what_became_of_it(ooma: Counter) -> None:
    ooma.mail(COMPLAINT)
    ooma.mail(NEITHER, sender=KIT)
    ooma.mail("news", sender="news@example.net", headers={"List-Id": "news"})
    ooma.raw(f"From: {JO}\r\n\r\nNo Message-ID at all.\r\n".encode())
    ended = {(row.state, row.outcome) for row in ooma.rows(arrivals)}
    assert len(ooma.rows(arrivals)) == 4
    assert None not in {outcome for _, outcome in ended}
    assert {state for state, _ in ended} == {"done"}


def test_group_4_who_quotes_anothers_reference_gets_into_no_case(tmp_path: Path) -> None:
    at = complained(tmp_path)
    at.mail(f"{NEITHER} {at.reference()}", sender="eve@example.net", answers="<1.jo@example.com>")
    assert at.newest.case_id is None
    assert at.alerts(1) == ["stranger_quoted_reference"]
    assert [row.recipient for row in at.letters()] == ["jo@example.com"]


def test_group_5_answers_of_every_kind_stay_with_their_complaint(tmp_path: Path) -> None:
    at = complained(tmp_path)
    for number, answers in enumerate((at.thread(), "<1.jo@example.com>", None)):
        said = f"More about it, number {number}. {at.reference() if answers is None else ''}"
        assert at.mail(said, answers=answers, subject=f"Re: something else {number}")[0] == "joined"
    assert at.mail("And by the way, when will you come?") == ("proposed", "proposed")
    assert len(at.cases) == 1


def test_group_6_a_machines_answer_is_kept_never_answered_and_moves_no_clock(
    tmp_path: Path,
) -> None:
    at = complained(tmp_path)
    before, letters = at.promises(), len(at.post.letters)
    for _ in range(10):
        at.mail(COMPLAINT, answers=at.thread(), headers=OUT_OF_OFFICE)
        at.now += timedelta(minutes=1)
    assert (at.promises(), len(at.post.letters), len(at.cases)) == (before, letters, 1)
    assert at.newest.case_id == at.id(1)
    assert "customer_wrote" not in at.kinds()


def test_group_7_a_mail_that_cannot_be_read_waits_and_the_next_one_is_a_case(
    ooma: Counter,
) -> None:
    unreadable = b"X-Much: " + b"a" * 300_000 + b"\r\n\r\nI complain."
    assert ooma.raw(unreadable, ends="quarantined")[0] == "quarantined"
    assert ooma.mail(COMPLAINT) == ("case_opened", None)
    (row,) = listing.list_quarantine(ooma.desk)
    assert "header is longer than 256 KiB" in row.reason
    assert ooma.alerts() == ["quarantined"]


def test_group_8_words_survive_a_charset_that_lies(ooma: Counter) -> None:
    head = f"From: {JO}\r\nSubject: ligne\r\nContent-Type: text/plain; charset={{}}\r\n\r\n"
    for number, (said, written) in enumerate(
        [("utf-8", "cp1252"), ("no-such-charset", "utf-8"), ("us-ascii", "utf-8")]
    ):
        body = f"Je souhaite déposer une plainte, déjà la {number}e…"
        ooma.raw(head.format(said).encode() + body.encode(written))
        assert ooma.newest.own_words == body
    koi8 = head.format("koi8-r").encode() + "жалоба".encode("koi8-r")
    assert parse(koi8).text == "жалоба"


def test_group_9_a_token_that_is_not_renewed_is_told_before_mail_stops(ooma: Counter) -> None:
    clock = Clock(ooma.now)
    given = [Granted("first", 3600)]

    def grant(_refresh: str) -> Granted:
        if not given:
            raise MailRefused("invalid_grant: consent was withdrawn")
        return given.pop()

    kept = Keeper(ooma.desk, "mailbox.box", ["ooma"], grant, "refresh", (), clock)
    assert kept.access() == "first"
    clock.advance(minutes=50)
    assert kept.access() == "first"
    assert ooma.alerts() == ["token_refused"]
    assert kept.kept().expires_at == ooma.now + timedelta(hours=1)


def test_group_13_a_letter_goes_once_or_is_somebodys_visible_task(ooma: Counter) -> None:
    ooma.post.is_down = True
    ooma.mail(COMPLAINT)
    ids = {row.message_id for row in ooma.rows(message_key) if row.digest == "letter"}
    ooma.post.is_down = False
    ooma.later(hours=2)
    ooma.later(hours=2)
    assert [str(mail["Message-ID"])[1:-1] for mail in ooma.post.mails] == list(ids)
    ooma.post.refuses = {"kit@example.net"}
    ooma.mail(COMPLAINT, sender=KIT)
    (failed,) = ooma.rows(delivery, delivery.c.state == "failed")
    assert "550 no such mailbox" in failed.reason
    assert "undeliverable" in ooma.alerts(2)
