"""An answer that went from a mail program counts: on the record at once, as what a person says."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from mail.parse import sender_hint
from plugin.desk import receive
from plugin.desk.act import ActionRefused
from plugin.store import inbound
from plugin.store.inbound import SENT
from plugin.store.schema import alert
from plugin.store.schema import inbound as arrivals
from tests.plugin.desk.counter import COMPLAINT, JO, NEITHER, Counter, complained

AGENT = "Ann at Ooma <complaints@ooma.example>"
ELEMENTS = {
    "progress": "We found the fault.",
    "proposed_actions": "We replace the card.",
    "timeframe": "By Friday.",
}


def sent(
    at: Counter,
    text: str = "We found the fault and replace the card by Friday.",
    *,
    to: str = JO,
    answers: str | None = None,
    message_id: str = "<sent-1@ooma.example>",
    headers: dict[str, str] | None = None,
    wait: bool = False,
    sender: str = AGENT,
) -> tuple[str | None, str | None]:
    """A mail program has put a mail into the folder of sent mail just now.

    `wait`: so that it is looked at once, and may wait for what it answers.
    """
    made = EmailMessage()
    for name, value in (headers or {}).items():
        made[name] = value
    made["From"], made["To"], made["Subject"] = sender, to, "Re: My line"
    made["Message-ID"] = message_id
    if answers is not None:
        made["In-Reply-To"] = answers
    made.set_content(text)
    return found(at, made.as_bytes(), SENT, wait=wait)


def found(
    at: Counter, raw: bytes, source: str, *, wait: bool = False
) -> tuple[str | None, str | None]:
    arrival = inbound.Arrival(
        id=at.desk.draw.id(),
        provider=at.provider,
        source=source,
        mailbox="box/sent" if source == SENT else "box",
        raw=raw,
        lane=sender_hint(raw),
        received_at=at.now,
        received_source="internaldate",
        fetched_at=at.now,
    )
    at.desk.database.write(lambda c: inbound.add(c, [arrival]))
    assert receive.receive(at.desk, at.now) == 1
    (row,) = at.rows(arrivals, arrivals.c.id == arrival.id)
    assert row.state == ("waiting" if wait else "done")
    return row.outcome, row.why


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    """Jo has complained, an hour ago."""
    return complained(tmp_path)


def test_an_answer_goes_on_the_record_of_its_case_as_of_when_it_was_sent(ooma: Counter) -> None:
    assert sent(ooma, answers="<1.jo@example.com>") == ("joined", None)
    event = ooma.event("answer_sent")
    assert (event.at, event.facts) == (ooma.now, {"contact": ooma.newest.id, "channel": "email"})
    assert (ooma.newest.ours, ooma.newest.case_id) == (True, ooma.id(1))
    assert ooma.newest.waits == "sent_answer"
    assert ooma.alerts(1, cleared=False) == ["sent_answer"]


def test_nobody_is_written_to_about_it(ooma: Counter) -> None:
    before = len(ooma.post.letters)
    sent(ooma, f"{COMPLAINT} Please escalate.", answers=ooma.thread())
    ooma.send()
    assert len(ooma.post.letters) == before
    assert len(ooma.cases) == 1
    assert ooma.state() == ("open", "frontline")


def test_it_counts_as_what_a_person_says_it_was(ooma: Counter) -> None:
    sent(ooma, answers=ooma.thread())
    told_at, before = ooma.now, len(ooma.post.letters)
    ooma.now += timedelta(days=2)
    ooma.act("progress_given", answer=ooma.newest.id, elements=ELEMENTS)
    event = ooma.event("progress_given")
    assert event.at == told_at
    assert (event.facts or {})["by"] == ["email"]
    assert len(ooma.post.letters) == before
    assert ooma.promise("progress_update").starts_at == told_at
    assert (ooma.newest.waits, ooma.alerts(1, cleared=False)) == (None, [])


def test_until_somebody_says_so_it_keeps_no_promise(ooma: Counter) -> None:
    sent(ooma, answers=ooma.thread())
    assert ooma.promises()["progress_update"] == "open"
    assert ooma.promise("progress_update").starts_at < ooma.now


def test_an_answer_that_was_nothing_of_the_kind_is_dismissed(ooma: Counter) -> None:
    sent(ooma, answers=ooma.thread())
    ooma.act("dismissed", about=ooma.newest.id)
    assert (ooma.newest.waits, ooma.alerts(1, cleared=False)) == (None, [])
    assert ooma.newest.case_id == ooma.id(1)


def test_only_an_answer_on_the_case_can_be_named(ooma: Counter) -> None:
    mail_of_jo = ooma.contacts[0].id
    for number in (mail_of_jo, 4711):
        with pytest.raises(ActionRefused, match="no such answer"):
            ooma.act("progress_given", answer=number, elements=ELEMENTS)
    sent(ooma, answers=ooma.thread())
    with pytest.raises(ActionRefused, match="the answer says when"):
        ooma.act("progress_given", answer=ooma.newest.id, at="2026-11-24T10:00:00+00:00")


def test_an_answer_with_nothing_that_names_the_case_goes_to_the_only_live_one(
    ooma: Counter,
) -> None:
    assert sent(ooma) == ("joined", None)
    assert ooma.newest.case_id == ooma.id(1)


def test_with_several_live_cases_nobody_guesses(ooma: Counter) -> None:
    ooma.mail(COMPLAINT, subject="Another line")
    assert sent(ooma) == ("not_case", "proposed")
    assert (ooma.newest.case_id, ooma.newest.waits) == (None, "sent_answer")
    assert "sent_answer" in ooma.alerts()


def test_an_answer_to_a_stranger_is_on_no_case_though_it_quotes_one(ooma: Counter) -> None:
    reference = ooma.reference()
    assert sent(ooma, f"About {reference}.", to="eve@example.net") == ("not_case", "no_statement")
    assert len(ooma.contacts) == 1
    assert "answer_sent" not in ooma.kinds()


def test_the_copy_of_our_own_letter_is_no_answer_of_an_agents(ooma: Counter) -> None:
    assert found(ooma, ooma.post.letters[0], SENT) == ("automatic", "own_address")
    assert len(ooma.contacts) == 1


def test_the_mailboxs_absence_notice_is_no_answer(ooma: Counter) -> None:
    said = {"Auto-Submitted": "auto-replied"}
    assert sent(ooma, answers=ooma.thread(), headers=said) == ("automatic", "auto_reply")
    assert "answer_sent" not in ooma.kinds()


def test_a_copy_to_the_mailbox_and_the_sent_folder_are_one_answer(ooma: Counter) -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Cc"] = AGENT, JO, "complaints@ooma.example"
    made["Message-ID"], made["In-Reply-To"] = "<both@ooma.example>", ooma.thread()
    made.set_content("We found the fault.")
    assert ooma.raw(made.as_bytes()) == ("automatic", "own_address")
    assert found(ooma, made.as_bytes(), SENT) == ("joined", None)
    assert found(ooma, made.as_bytes(), SENT) == ("duplicate", "duplicate")
    assert len(ooma.contacts) == 2
    assert ooma.kinds().count("answer_sent") == 1
    ooma.act("progress_given", answer=ooma.newest.id, elements=ELEMENTS)


def test_what_the_customer_answers_to_it_is_about_the_case(ooma: Counter) -> None:
    ooma.mail(COMPLAINT, subject="Another line")
    sent(ooma, answers=ooma.thread(number=2))
    assert ooma.mail(NEITHER, answers="<sent-1@ooma.example>") == ("joined", None)
    assert ooma.newest.case_id == ooma.id(2)


def test_an_answer_to_somebody_else_is_recorded_at_no_case_of_anothers(ooma: Counter) -> None:
    kit = "Kit <kit@example.net>"
    for number in range(2):
        ooma.mail(f"{COMPLAINT} Number {number}.", sender=kit)
    assert sent(ooma, to=kit) == ("not_case", "proposed")
    answer = ooma.newest.id
    with pytest.raises(ActionRefused, match="nobody who is a party"):
        ooma.act("progress_given", about=1, answer=answer, elements=ELEMENTS)
    assert ooma.newest.case_id is None
    ooma.act("progress_given", about=3, answer=answer, elements=ELEMENTS)
    assert ooma.newest.case_id == ooma.id(3)


def test_an_update_that_lacks_what_it_told_uses_up_no_answer(ooma: Counter) -> None:
    sent(ooma, answers=ooma.thread())
    with pytest.raises(ActionRefused, match="elements: say what it told"):
        ooma.act("progress_given", answer=ooma.newest.id)
    assert ooma.newest.waits == "sent_answer"


def test_what_was_said_of_an_answer_can_be_taken_back_and_said_anew(ooma: Counter) -> None:
    sent(ooma, answers=ooma.thread())
    answer = ooma.newest.id
    ooma.act("progress_given", answer=answer, elements=ELEMENTS)
    ooma.act("undone", event=ooma.event("progress_given").seq)
    assert ooma.newest.waits == "sent_answer"
    assert ooma.alerts(1, cleared=False) == ["sent_answer"]
    assert "progress_given" not in ooma.kinds()
    ooma.act("progress_given", answer=answer, elements=ELEMENTS)
    assert ooma.alerts(1, cleared=False) == []


def test_an_answer_is_said_once_what_it_was(ooma: Counter) -> None:
    sent(ooma, answers=ooma.thread())
    ooma.act("progress_given", answer=ooma.newest.id, elements=ELEMENTS)
    with pytest.raises(ActionRefused, match="said what it was already"):
        ooma.act("progress_given", answer=ooma.newest.id, elements=ELEMENTS)


def test_a_customers_mail_that_was_moved_there_is_no_answer(ooma: Counter) -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Cc"] = JO, "complaints@ooma.example", JO
    made["Message-ID"] = "<jos-second@example.com>"
    made.set_content(f"More about {ooma.reference()}.")
    assert ooma.raw(made.as_bytes()) == ("joined", None)
    assert found(ooma, made.as_bytes(), SENT)[0] in ("duplicate", "not_case")
    fresh = made.as_bytes().replace(b"jos-second", b"jos-third")
    assert found(ooma, fresh, SENT) == ("not_case", "stranger")
    assert "answer_sent" not in ooma.kinds()
    assert not any(row.ours for row in ooma.contacts)


@pytest.mark.parametrize("decision", ["joined", "promoted"])
def test_an_answer_of_ours_is_never_a_customers_word(ooma: Counter, decision: str) -> None:
    sent(ooma, answers=ooma.thread(), sender="Ann <ann@staff.example>")
    assert ooma.newest.waits == "sent_answer"
    with pytest.raises(ActionRefused, match="an answer of ours"):
        ooma.act(decision, about=ooma.newest.id)


def test_an_answer_counts_at_the_case_that_goes_on_after_a_merge(ooma: Counter) -> None:
    sent(ooma, answers=ooma.thread())
    answer = ooma.newest.id
    ooma.mail(COMPLAINT, subject="Another line")
    ooma.act("merged", about=1, into=ooma.reference(2))
    ooma.act("progress_given", about=2, answer=answer, elements=ELEMENTS)
    assert ooma.facts("progress_given", 2)["answer"] == answer


def test_an_answer_that_nobody_has_recorded_holds_no_silence_open(ooma: Counter) -> None:
    ooma.propose()
    sent(ooma, answers=ooma.thread("outcome"))
    ooma.later(days=30)
    assert ooma.state()[0] == "closed_assumed"


def test_an_answer_to_mail_that_waits_is_not_dropped(ooma: Counter) -> None:
    kit = "Kit <kit@example.net>"
    ooma.mail("I am fed up with this line.", sender=kit, message_id="<kits@example.net>")
    assert ooma.newest.waits == "possible_complaint"
    assert sent(ooma, to=kit, answers="<kits@example.net>") == ("not_case", "proposed")
    answer = ooma.newest.id
    ooma.act("promoted", about=ooma.contacts[-2].id)
    ooma.act("progress_given", about=2, answer=answer, elements=ELEMENTS)
    assert ooma.contacts[-1].case_id == ooma.id(2)
    ooma.mail(COMPLAINT, sender=kit)
    assert ooma.mail(NEITHER, sender=kit, answers="<sent-1@ooma.example>") == ("joined", None)
    assert ooma.newest.case_id == ooma.id(2)


def test_an_answer_found_before_what_it_answers_waits_for_it(ooma: Counter) -> None:
    kit = "Kit <kit@example.net>"
    assert sent(ooma, to=kit, answers="<kits@example.net>", wait=True) == (None, None)
    ooma.mail(COMPLAINT, sender=kit, message_id="<kits@example.net>")
    ooma.now += timedelta(minutes=3)
    receive.receive(ooma.desk, ooma.now)
    assert ooma.newest.case_id == ooma.id(2)
    assert "answer_sent" in ooma.kinds(2)


def test_it_does_not_wait_for_ever(ooma: Counter) -> None:
    sent(ooma, to="kit@example.net", answers="<kits@example.net>", wait=True)
    for _ in range(6):
        ooma.now += timedelta(minutes=3)
        receive.receive(ooma.desk, ooma.now)
    (row,) = ooma.rows(arrivals, arrivals.c.source == SENT)
    assert (row.state, row.outcome) == ("done", "not_case")


def test_every_answer_has_an_alert_of_its_own(ooma: Counter) -> None:
    for number in range(2):
        sent(ooma, f"Number {number}", message_id=f"<s{number}@ooma.example>")
    assert len(ooma.rows(alert, alert.c.about == "sent_answer")) == 2
