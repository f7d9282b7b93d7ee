"""Who belongs to a case; merging, splitting, taking back, deciding of what waits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.cases.actions import UNDOABLE
from plugin.cases.roles import Role
from plugin.desk.act import ActionRefused
from plugin.desk.links import open_
from tests.plugin.desk.counter import (
    COMPLAINT,
    ESCALATION,
    JO,
    KIT,
    NEITHER,
    Counter,
    complained,
    counter,
    refused,
)

pytestmark = pytest.mark.slow

JOS, KITS = "jo@example.com", "kit@example.net"
AGENT, SUPERVISOR, MANAGER = Role.AGENT, Role.SUPERVISOR, Role.MANAGER


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    return complained(tmp_path, web={"url": "https://complaints.example"})


# Who it is ----------------------------------------------------------------------------------------


def test_letters_go_to_the_customer_where_there_is_one_who_may_hear(ooma: Counter) -> None:
    ooma.mail(NEITHER, sender=KIT, answers=ooma.thread())
    ooma.act("party_confirmed")
    rep = ooma.parties()[1].id
    ooma.act("representative_named", party=rep, customer="Jo Marsh")
    assert ooma.posted()[-1] == ("authority_request", KITS)
    assert "Jo Marsh" in ooma.letter("authority_request").text
    ooma.propose()
    assert ooma.posted()[-1] == ("outcome", JOS)
    assert "act for" not in ooma.letter("outcome").text


@pytest.mark.parametrize(
    ("authorised", "says"),
    [
        (False, "We do not have Ann Other’s authority on record yet"),
        (True, "you act for Ann Other, whose authority we have on record"),
    ],
)
def test_a_representative_alone_hears_in_which_standing(
    ooma: Counter, authorised: bool, says: str
) -> None:
    ooma.act("representative_named", customer="Ann Other")
    if authorised:
        ooma.act("representative_confirmed")
    ooma.propose()
    assert ooma.posted()[-1] == ("outcome", JOS)
    text = " ".join(ooma.letter("outcome").text.split())
    assert says in text
    # Only who is known to speak for the customer gets the key to the page of the case.
    assert ("/c/" in text) is authorised


def test_a_party_that_could_be_several_must_be_named(ooma: Counter) -> None:
    ooma.mail(NEITHER, sender=KIT, answers=ooma.thread())
    refused(ooma, "several could be meant; name one of", "representative_named")
    refused(ooma, "no such known party", "representative_named", party=1)
    ooma.act("party_confirmed")
    refused(ooma, "no such unconfirmed party", "party_confirmed")
    refused(ooma, "no such representing party", "representative_confirmed")


@pytest.mark.parametrize(
    ("facts", "why"),
    [({}, "nothing is described"), ({"language": "nl"}, "letters are written in: en")],
)
def test_what_cannot_be_described(ooma: Counter, facts: dict[str, Any], why: str) -> None:
    refused(ooma, why, "customer_described", **facts)


def test_a_language_and_a_format_are_kept_to(tmp_path: Path) -> None:
    jive = complained(tmp_path, "jive")
    jive.act("customer_described", language="fr-CA", format="braille")
    assert jive.alerts(1) == ["format_needed"]
    jive.propose()
    assert jive.letter("outcome").language == "fr-CA"


def test_a_customer_whom_nobody_can_reach_is_not_told_in_secret(tmp_path: Path) -> None:
    at = counter(tmp_path)
    at.raw(b"Subject: hello\r\n\r\nI would like to make a complaint.\r\n")
    at.now += timedelta(hours=1)
    refused(at, "its letter cannot go", "outcome_advised", text="Done.")
    refused(at, "its letter cannot go", "adr_notice_sent")
    at.act("adr_notice_sent", by="letter")


# Merging and splitting ----------------------------------------------------------------------------


@pytest.fixture
def two(ooma: Counter) -> Counter:
    """Jo has a case of Tuesday, escalated, and one of Thursday."""
    ooma.act("escalated")
    ooma.now += timedelta(days=2)
    ooma.mail(COMPLAINT)
    ooma.now += timedelta(hours=1)
    return ooma


def test_one_complaint_is_dated_by_its_first_word_and_stands_highest(two: Counter) -> None:
    first = two.case(1).first_received_at
    due = two.promise("adr_notice", 1).due_at
    two.act("merged", about=1, into=two.reference(2))
    assert two.state(2) == ("open", "supervisor")
    assert two.case(2).first_received_at == first
    assert two.promise("adr_notice", 2).due_at == due
    assert two.promises(1) == {}
    assert two.kinds(2)[-1] == "merged"


def test_unmerging_restores_dates_levels_and_promises(two: Counter) -> None:
    two.keep()
    before = [(two.state(n), two.case(n).first_received_at, two.promises(n)) for n in (1, 2)]
    two.act("merged", about=1, into=two.reference(2))
    two.act("unmerged", about=1)
    after = [(two.state(n), two.case(n).first_received_at, two.promises(n)) for n in (1, 2)]
    assert after == before
    assert two.kinds(2)[-2:] == ["merged", "unmerged"]


@pytest.mark.parametrize(
    ("into", "why"),
    [
        ("1234-5678-90", "no case reference"),
        ("nonsense", "no case reference"),
        (1, "into itself"),
        (3, "is closed; re-open it first"),
    ],
)
def test_what_a_case_cannot_be_merged_into(two: Counter, into: str | int, why: str) -> None:
    two.mail(COMPLAINT)
    two.act("withdrawn", about=3)
    refused(two, why, "merged", into=into if isinstance(into, str) else two.reference(into))


def test_a_merged_case_is_acted_on_where_it_goes_on(two: Counter) -> None:
    two.mail(COMPLAINT)
    two.act("merged", about=1, into=two.reference(2))
    refused(two, f"was merged into {two.reference(2)}; act there", "reviewed")
    refused(two, "was merged into", "merged", into=two.reference(3))
    refused(two, "was merged itself", "merged", about=3, into=two.reference(1))
    two.act("noted", text="Seen.", about=1)


def test_a_letter_that_waited_in_a_merged_case_is_not_sent(two: Counter) -> None:
    two.act("progress_given", elements={"progress": "x"}, send=False)
    two.act("merged", about=1, into=two.reference(2))
    assert [kind for kind, _ in two.posted()].count("progress_update") == 0


def test_after_a_merge_letters_go_to_the_party_of_the_case_that_goes_on(ooma: Counter) -> None:
    ooma.mail(COMPLAINT, sender=KIT)
    ooma.now += timedelta(hours=1)
    ooma.act("merged", about=1, into=ooma.reference(2))
    ooma.propose(about=2)
    assert ooma.posted()[-1] == ("outcome", KITS)


def test_a_case_without_an_address_is_written_to_by_the_one_merged_into_it(tmp_path: Path) -> None:
    at = counter(tmp_path)
    at.raw(b"Subject: hello\r\n\r\nI would like to make a complaint.\r\n")
    at.now += timedelta(hours=1)
    at.mail(COMPLAINT)
    at.now += timedelta(hours=1)
    at.act("merged", about=2, into=at.reference(1))
    at.propose()
    assert at.posted()[-1] == ("outcome", JOS)


@pytest.mark.parametrize(("words", "level"), [(NEITHER, "frontline"), (ESCALATION, "supervisor")])
def test_a_contact_split_off_is_a_case_as_of_its_arrival(
    ooma: Counter, words: str, level: str
) -> None:
    arrived = ooma.now
    ooma.mail(words, answers=ooma.thread())
    contact = ooma.newest.id
    ooma.now += timedelta(days=1)
    ooma.act("split")
    assert ooma.state(2) == ("open", level)
    assert ooma.case(2).first_received_at == arrived
    assert ooma.newest.id == contact
    assert ooma.newest.case_id == ooma.id(2)
    assert ooma.facts("split")["into"] == ooma.reference(2)
    refused(ooma, "no further contact", "split")
    # Who answers that mail is led to its case.
    ooma.mail(NEITHER, answers=f"<2.{JOS}>")
    assert ooma.newest.case_id == ooma.id(2)


# Putting right ------------------------------------------------------------------------------------


def test_only_what_a_person_recorded_is_taken_back(ooma: Counter) -> None:
    for one in ooma.timeline():
        refused(ooma, f"event: {one.seq} .* not something", "undone", event=one.seq)
    refused(ooma, "the case has no event 99", "undone", event=99)
    ooma.propose()
    told = ooma.event("outcome_advised")
    refused(ooma, "not something a person can take back", "undone", event=told.seq)
    ooma.customer("customer_objected", channel="link")
    said = ooma.event("customer_objected")
    refused(ooma, "not something a person can take back", "undone", event=said.seq)


def test_what_a_letter_told_is_not_taken_back(ooma: Counter) -> None:
    ooma.act("progress_given", elements={"progress": "x"})
    refused(ooma, "told to the customer", "undone", event=ooma.event("progress_given").seq)


def test_nothing_is_taken_back_twice(ooma: Counter) -> None:
    ooma.act("reviewed")
    number = ooma.event("reviewed").seq
    ooma.act("undone", event=number, text="wrong case")
    assert ooma.promises()["triage_review"] == "open"
    refused(ooma, "taken back already", "undone", event=number)
    assert "undone" not in UNDOABLE


@pytest.mark.parametrize(
    ("said", "label", "state", "to"),
    [
        (None, "neither", ("closed_out_of_scope", "frontline"), None),
        (None, "escalation", ("open", "supervisor"), "escalated"),
        (NEITHER, "escalation", ("open", "supervisor"), "escalated"),
        (NEITHER, "complaint", ("open", "frontline"), None),
        (ESCALATION, "neither", ("open", "supervisor"), None),
    ],
)
def test_a_contact_judged_otherwise(
    ooma: Counter, said: str | None, label: str, state: tuple[str, str], to: str | None
) -> None:
    if said:
        ooma.mail(said, answers=ooma.thread())
        ooma.now += timedelta(hours=1)
    posted = len(ooma.posted())
    ooma.act("overruled", label=label)
    assert ooma.state() == state
    assert ooma.newest.label == label
    assert ooma.posted()[posted:] == ([(to, JOS)] if to else [])


def test_what_a_contact_is_taken_for_is_no_correction_of_it(ooma: Counter) -> None:
    refused(ooma, "taken for complaint already", "overruled", label="complaint")


def test_a_mail_overruled_to_be_a_complaint_objects_to_the_outcome(ooma: Counter) -> None:
    ooma.propose()
    ooma.mail("The noise is back.", answers=ooma.thread("outcome"))
    ooma.now += timedelta(hours=1)
    ooma.act("overruled", label="complaint")
    assert ooma.state() == ("open", "director")


def test_a_phone_task_is_carried_out_once_and_keeps_what_it_says(ooma: Counter) -> None:
    ooma.act("letter_undelivered", letter=ooma.letter("acknowledgement").id)
    task = ooma.letter("undeliverable_followup")
    refused(ooma, "no letter 5 of this case waits", "letter_sent", letter=5, by="phone")
    sent = ooma.letter("acknowledgement").id
    refused(ooma, "waits for a person", "letter_sent", letter=sent, by="phone")
    ooma.act("letter_sent", letter=task.id, by="phone")
    assert ooma.facts("letter_sent") == {
        "letter": task.id,
        "kind": "undeliverable_followup",
        "channel": "phone",
    }
    refused(ooma, "carried out or dropped already", "letter_sent", letter=task.id, by="phone")


def test_links_revoked_open_nothing_and_the_next_letter_brings_a_new_one(ooma: Counter) -> None:
    def opens(kind: str) -> bool:
        token = ooma.letter(kind).text.partition("/c/")[2].split()[0]
        with ooma.desk.database.read() as connection:
            return open_(connection, ooma.desk, token, ooma.now) is not None

    assert opens("acknowledgement")
    ooma.act("links_revoked")
    assert not opens("acknowledgement")
    ooma.propose()
    assert opens("outcome")
    assert not opens("acknowledgement")


# Taking back what came along ----------------------------------------------------------------------


def test_an_escalation_by_mistake_is_taken_back_while_nobody_was_told(ooma: Counter) -> None:
    ooma.act("escalated", send=False)
    ooma.act("undone", event=ooma.event("escalated").seq, text="wrong case")
    assert ooma.state() == ("open", "frontline")
    assert ooma.letter("escalated").state == "cancelled"
    assert [kind for kind, _ in ooma.posted()] == ["acknowledgement"]


def test_an_escalation_the_customer_was_told_of_stays(ooma: Counter) -> None:
    ooma.act("escalated")
    refused(ooma, "told to the customer", "undone", event=ooma.event("escalated").seq)
    assert ooma.state() == ("open", "supervisor")


def test_a_confirmation_by_mistake_is_taken_back_with_its_closing(ooma: Counter) -> None:
    ooma.propose()
    ooma.act("customer_confirmed", channel="email", send=False)
    assert ooma.state()[0] == "closed_confirmed"
    ooma.act("undone", event=ooma.event("customer_confirmed").seq)
    assert ooma.state()[0] == "outcome_proposed"
    assert ooma.letter("closed").state == "cancelled"
    assert ooma.promises()["adr_notice"] == "open"


# Where the customer can be reached ----------------------------------------------------------------


def test_a_new_address_is_the_customers_and_the_last_used_is_written_to(ooma: Counter) -> None:
    ooma.act("address_added", kind="email", address="Jo@Work.example")
    ooma.act("information_given")
    assert ooma.posted()[-1] == ("information", JOS)
    ooma.mail(NEITHER, sender="Jo <jo@work.example>", answers=ooma.thread())
    ooma.now += timedelta(hours=1)
    ooma.act("information_given")
    assert ooma.posted()[-1] == ("information", "jo@work.example")
    assert len(ooma.parties()) == 1
    refused(ooma, "no e-mail address", "address_added", kind="email", address="at work")


def test_letters_rather_go_where_they_do_not_come_back(ooma: Counter) -> None:
    ooma.act("address_added", kind="email", address="jo@work.example")
    ooma.act("letter_undelivered", letter=ooma.letter("acknowledgement").id)
    assert ooma.posted()[-1] == ("undeliverable_followup", "jo@work.example")
    ooma.now += timedelta(hours=1)
    ooma.act("address_added", kind="email", address=JOS)
    ooma.mail(NEITHER, answers=ooma.thread())
    ooma.now += timedelta(hours=1)
    ooma.act("information_given")
    assert ooma.posted()[-1] == ("information", JOS)


def test_an_address_that_failed_is_better_than_none_save_for_saying_so(ooma: Counter) -> None:
    ooma.act("letter_undelivered", letter=ooma.letter("acknowledgement").id)
    assert ooma.letter("undeliverable_followup").channel == "phone"
    ooma.act("information_given")
    assert ooma.posted()[-1] == ("information", JOS)


def test_a_case_that_opens_late_says_so_and_promises_nothing_that_has_passed(
    ooma: Counter,
) -> None:
    ooma.mail("This is terrible service.", sender=KIT)
    number = ooma.newest.id
    ooma.now += timedelta(days=5)
    ooma.act("promoted", about=number)
    text = " ".join(ooma.letter("acknowledgement", 2).text.split())
    assert "We are sorry that it comes late." in text
    assert "reviews your complaint." in text


# Contacts that wait -------------------------------------------------------------------------------


def test_a_promoted_contact_is_a_case_as_of_its_arrival(ooma: Counter) -> None:
    arrived = ooma.now
    ooma.mail("This is terrible service and I am very unhappy.", sender=KIT)
    waiting = ooma.newest.id
    ooma.now += timedelta(days=1)
    ooma.act("promoted", about=waiting)
    assert ooma.case(2).first_received_at == arrived
    assert ooma.kinds(2)[:2] == ["received", "promoted"]
    assert ooma.posted()[-1] == ("acknowledgement", KITS)
    assert (ooma.newest.waits, ooma.newest.label) == (None, "complaint")
    with pytest.raises(ActionRefused, match="belongs to a case already"):
        ooma.act("promoted", about=waiting)


def test_a_contact_promoted_to_an_escalation_opens_one_level_up(ooma: Counter) -> None:
    ooma.mail("Your manager is unacceptable.", sender=KIT)
    ooma.act("promoted", about=ooma.newest.id, label="escalation")
    assert ooma.state(2) == ("open", "supervisor")


def test_words_to_a_closed_case_promoted_reopen_it(ooma: Counter) -> None:
    ooma.close()
    ooma.mail("The noise is back.", answers=ooma.thread("outcome"))
    assert ooma.newest.waits == "closed_case"
    ooma.act("promoted", about=ooma.newest.id)
    assert ooma.state()[0] == "reopened"
    assert len(ooma.cases) == 1
    assert ooma.newest.waits is None


def test_a_proposed_contact_joins_the_case(ooma: Counter) -> None:
    ooma.mail(NEITHER)
    ooma.act("joined", about=ooma.newest.id)
    assert (ooma.newest.case_id, ooma.newest.waits) == (ooma.id(1), None)
    assert ooma.facts("customer_wrote")["decided_by"] == "user:1"
    with pytest.raises(ActionRefused, match="waits for nobody"):
        ooma.act("joined", about=ooma.newest.id)


def test_a_contact_proposed_to_a_case_merged_since_joins_the_one_that_goes_on(
    ooma: Counter,
) -> None:
    ooma.mail(NEITHER)
    waiting = ooma.newest.id
    ooma.mail(COMPLAINT)
    ooma.now += timedelta(hours=1)
    ooma.act("merged", about=1, into=ooma.reference(2))
    ooma.act("joined", about=waiting)
    assert ooma.facts("customer_wrote", 2)["contact"] == waiting
    assert next(one.case_id for one in ooma.contacts if one.id == waiting) == ooma.id(2)


def test_a_contact_with_no_case_proposed_joins_none(ooma: Counter) -> None:
    ooma.mail("This is terrible service.", sender=KIT)
    with pytest.raises(ActionRefused, match="no case is proposed"):
        ooma.act("joined", about=ooma.newest.id)


def test_an_unconfirmed_party_is_decided_on_its_case(ooma: Counter) -> None:
    ooma.mail(ESCALATION, sender=KIT, answers=ooma.thread())
    for kind in ("promoted", "joined"):
        with pytest.raises(ActionRefused, match="use party_confirmed"):
            ooma.act(kind, about=ooma.newest.id)
    ooma.act("dismissed", about=ooma.newest.id)
    assert ooma.newest.waits is None
    assert ooma.state() == ("open", "frontline")


def test_a_dismissed_contact_may_still_become_a_complaint(ooma: Counter) -> None:
    ooma.mail("This is terrible service.", sender=KIT)
    ooma.act("dismissed", about=ooma.newest.id)
    assert ooma.newest.waits is None
    ooma.act("promoted", about=ooma.newest.id)
    assert len(ooma.cases) == 2


def test_the_sender_stays_a_stranger_to_the_other_case(ooma: Counter) -> None:
    ooma.mail(NEITHER, sender=KIT, subject=ooma.reference())
    ooma.act("promoted", about=ooma.newest.id)
    assert ooma.newest.case_id == ooma.id(2)
    assert [row.name for row in ooma.parties(1)] == [JO.partition(" <")[0]]


@pytest.mark.parametrize(
    "headers", [{"Auto-Submitted": "auto-replied"}, {"List-Id": "<news.example>"}]
)
def test_what_a_machine_wrote_is_never_made_a_complaint(
    ooma: Counter, headers: dict[str, str]
) -> None:
    ooma.mail(COMPLAINT, sender=KIT, headers=headers)
    before = ooma.posted()
    with pytest.raises(ActionRefused, match="nobody is answered"):
        ooma.act("promoted", about=ooma.newest.id)
    assert ooma.posted() == before


def test_what_a_machine_wrote_is_neither_split_off_nor_judged_otherwise(ooma: Counter) -> None:
    ooma.mail(COMPLAINT, answers=ooma.thread(), headers={"Auto-Submitted": "auto-replied"})
    machine = ooma.newest.id
    refused(ooma, "no further contact", "split")
    refused(ooma, "no such contact", "overruled", label="escalation", contact=machine)


def test_an_address_by_mistake_is_taken_off_again(ooma: Counter) -> None:
    ooma.act("address_added", kind="email", address="anna@wrong.example")
    ooma.act("address_removed", address="anna@wrong.example")
    ooma.act("information_given")
    assert ooma.posted()[-1] == ("information", JOS)
    assert [value for party in ooma.parties() for value in [party.name]] == ["Jo Marsh"]


def test_the_address_of_somebody_unconfirmed_is_not_the_customers(ooma: Counter) -> None:
    ooma.mail(NEITHER, sender=KIT, answers=ooma.thread())
    refused(ooma, "see party_confirmed", "address_added", kind="email", address=KITS)


def test_two_customers_cases_are_merged_by_a_supervisor_alone_and_no_link_crosses(
    ooma: Counter,
) -> None:
    ooma.mail(COMPLAINT, sender=KIT)
    into = ooma.reference(2)
    refused(ooma, "a supervisor must decide", "merged", role=AGENT, into=into)
    token = ooma.letter("acknowledgement").text.partition("/c/")[2].split()[0]
    ooma.act("merged", role=SUPERVISOR, about=1, into=into)
    with ooma.desk.database.read() as connection:
        assert open_(connection, ooma.desk, token, ooma.now) is None


def test_a_representative_by_mistake_is_the_customer_again(ooma: Counter) -> None:
    ooma.act("representative_named", customer="Ann Other")
    ooma.act("undone", event=ooma.event("representative_named").seq)
    ooma.propose()
    assert "Ann Other" not in ooma.letter("outcome").text
    assert "/c/" in ooma.letter("outcome").text


def test_what_was_overruled_away_may_be_a_complaint_after_all(ooma: Counter) -> None:
    ooma.act("overruled", label="neither")
    ooma.act("overruled", label="complaint")
    assert ooma.state()[0] == "reopened"


def test_no_letter_says_withdrawn_of_a_case_that_went_on(ooma: Counter) -> None:
    ooma.act("withdrawn", send=False)
    ooma.act("reopened", send=False)
    ooma.act("deadlocked", text="We go no further.", send=False)
    ooma.send()
    assert [kind for kind, _ in ooma.posted()] == ["acknowledgement", "deadlock_letter"]
