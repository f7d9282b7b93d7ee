"""Who wrote a mail, and when it reached us: the one thing each that is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.desk.ports import Desk
from plugin.keys import MAX_LOCAL_PART, letter_of_address, reply_address
from tests.plugin.desk.counter import AUTHSERV, COMPLAINT, JO, NEITHER, Counter, counter
from tests.plugin.support import NOW, RING, settings

FORM = "Web form <form@ooma.example>"
PASSES = {"Authentication-Results": f"{AUTHSERV}; dmarc=pass"}


def with_form(at: Counter, **box: object) -> Counter:
    """The counter, with a web form that writes to its mailbox."""
    changed = at.desk.settings.mailbox["box"].model_copy(
        update={"form_senders": ("form@ooma.example",), **box}
    )
    at.desk = _with(at.desk, changed)
    return at


def _with(desk: Desk, box: object) -> Desk:
    return replace(desk, settings=desk.settings.model_copy(update={"mailbox": {"box": box}}))


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    return counter(tmp_path)


def test_a_reply_to_is_never_taken_for_the_sender(ooma: Counter) -> None:
    ooma.mail(COMPLAINT, headers={"Reply-To": "kit@example.net", "Sender": "zoe@example.net"})
    assert ooma.newest.sender == "jo@example.com"
    assert ooma.posted() == [("acknowledgement", "jo@example.com")]


def test_whoever_fills_in_our_form_is_the_sender(ooma: Counter) -> None:
    headers = {"Reply-To": JO, "Auto-Submitted": "auto-generated", **PASSES}
    assert with_form(ooma).mail(COMPLAINT, sender=FORM, headers=headers) == ("case_opened", None)
    assert (ooma.newest.sender, ooma.newest.sender_name) == ("jo@example.com", "Jo Marsh")
    assert ooma.posted() == [("acknowledgement", "jo@example.com")]


@pytest.mark.parametrize("said", ["dmarc=fail", "dmarc=none", "spf=pass smtp.mailfrom=x.example"])
def test_a_form_that_our_server_does_not_vouch_for_speaks_for_nobody(
    ooma: Counter, said: str
) -> None:
    headers = {"Reply-To": JO, "Authentication-Results": f"{AUTHSERV}; {said}"}
    with_form(ooma).mail(COMPLAINT, sender=FORM, headers=headers)
    assert (ooma.newest.sender, ooma.posted()) == ("", [])
    assert "contact_route_missing" in ooma.alerts(1)


def test_a_form_is_believed_where_no_server_tells(ooma: Counter) -> None:
    with_form(ooma, authserv_id=None).mail(COMPLAINT, sender=FORM, headers={"Reply-To": JO})
    assert ooma.newest.sender == "jo@example.com"


def test_a_form_that_names_two_people_names_nobody(ooma: Counter) -> None:
    headers = {"Reply-To": f"{JO}, kit@example.net", **PASSES}
    with_form(ooma).mail(COMPLAINT, sender=FORM, headers=headers)
    assert (ooma.newest.sender, ooma.posted()) == ("", [])


def test_a_form_is_never_the_customer_of_two_people(ooma: Counter) -> None:
    at = with_form(ooma)
    for number, words in enumerate((COMPLAINT, "Please escalate my complaint.", COMPLAINT)):
        at.mail(f"{words} ({number})", sender=FORM)
    assert len(at.cases) == 3
    assert at.state(1) == ("open", "frontline")
    assert at.posted() == []


def test_who_types_an_address_into_a_form_gets_into_no_case_of_its_owner(ooma: Counter) -> None:
    at = with_form(ooma)
    at.mail(COMPLAINT)
    headers = {"Reply-To": JO, **PASSES}
    for words in ("Please escalate.", f"Please escalate my complaint {at.reference()}."):
        at.mail(words, sender=FORM, headers=headers)
    assert at.state(1) == ("open", "frontline")
    assert len(at.cases) == 3
    assert "customer_wrote" not in at.kinds(1)


@pytest.mark.parametrize("ours", ["complaints@ooma.example", "complaints+x@ooma.example"])
def test_no_address_of_ours_fills_in_a_form(ooma: Counter, ours: str) -> None:
    with_form(ooma).mail(COMPLAINT, sender=FORM, headers={"Reply-To": ours, **PASSES})
    assert ooma.newest.sender == ""


def test_a_letter_of_ours_that_comes_back_by_a_form_is_ours(ooma: Counter) -> None:
    at = with_form(ooma, form_senders=("complaints@ooma.example",))
    at.mail(COMPLAINT)
    again = at.post.letters[0].replace(b"Message-ID: <", b"Message-ID: <x")
    assert at.raw(again)[0] == "automatic"
    assert len(at.cases) == 1


def test_an_address_that_is_no_form_of_ours_is_a_sender_like_all(ooma: Counter) -> None:
    headers = {"Reply-To": JO, **PASSES}
    with_form(ooma).mail(COMPLAINT, sender="form@elsewhere.example", headers=headers)
    assert ooma.newest.sender == "form@elsewhere.example"


def test_a_mail_from_our_own_address_with_a_plus_is_ours(ooma: Counter) -> None:
    assert ooma.mail(COMPLAINT, sender="complaints+x@ooma.example") == ("automatic", "own_address")


DAYS_AGO = NOW - timedelta(days=9)
TOOK = f"from a.example by in.{AUTHSERV} with ESMTPS; {DAYS_AGO:%a, %d %b %Y %H:%M:%S} +0000"


def test_a_mailbox_that_was_moved_does_not_date_its_mails(ooma: Counter) -> None:
    ooma.mail(COMPLAINT, headers={"Received": TOOK})
    assert ooma.case().first_received_at == DAYS_AGO


@pytest.mark.parametrize(
    "said",
    [
        TOOK.replace(f"in.{AUTHSERV}", "in.elsewhere.example"),
        TOOK.replace(f"in.{AUTHSERV}", f"not{AUTHSERV}"),
        f"by {AUTHSERV}; {NOW - timedelta(hours=23):%a, %d %b %Y %H:%M:%S} +0000",
        f"by {AUTHSERV}; {NOW + timedelta(days=9):%a, %d %b %Y %H:%M:%S} +0000",
        f"by {AUTHSERV}; no date",
    ],
)
def test_no_other_word_on_when_it_came_is_believed(ooma: Counter, said: str) -> None:
    ooma.mail(COMPLAINT, headers={"Received": said})
    assert ooma.case().first_received_at == NOW


def answered(at: Counter, to: str, sender: str = JO, text: str = NEITHER) -> tuple[str, str | None]:
    """A mail to that address with nothing else that names a case."""
    raw = (
        f"From: {sender}\nTo: {to}\nSubject: hello\nMessage-ID: <n{len(at.contacts)}@x>\n\n{text}\n"
    )
    return at.raw(raw.encode())


@pytest.fixture
def plus(tmp_path: Path) -> Counter:
    """Jo has complained twice, to a mailbox that takes plus-addresses."""
    at = counter(tmp_path)
    box = at.desk.settings.mailbox["box"].model_copy(update={"plus_addresses": True})
    at.desk = _with(at.desk, box)
    at.mail(COMPLAINT)
    at.mail(COMPLAINT, subject="Another line")
    return at


def test_a_letter_asks_to_be_answered_at_an_address_of_its_own(plus: Counter) -> None:
    first, second = (str(mail["Reply-To"]) for mail in plus.post.mails)
    assert first.startswith("complaints+")
    assert first != second
    assert str(plus.post.mails[0]["From"]).endswith("<complaints@ooma.example>")


def test_what_comes_to_that_address_is_about_its_case_whatever_the_program_leaves_out(
    plus: Counter,
) -> None:
    to = str(plus.post.mails[1]["Reply-To"])
    assert answered(plus, to.upper()) == ("joined", None)
    assert plus.newest.case_id == plus.id(2)


def test_a_stranger_who_got_hold_of_that_address_moves_nothing(plus: Counter) -> None:
    to = str(plus.post.mails[0]["Reply-To"])
    assert answered(plus, to, sender="eve@example.net", text=COMPLAINT) == ("joined", None)
    assert plus.newest.waits == "unconfirmed_party"
    assert plus.posted()[2:] == []


def test_an_address_that_we_did_not_make_names_no_case(plus: Counter) -> None:
    local, _, domain = str(plus.post.mails[0]["Reply-To"]).partition("@")
    letter, key, mac = local.partition("+")[2].split(".")
    other = str(plus.post.mails[1]["Reply-To"]).partition("+")[2].split(".")[0]
    for forged in (
        f"{other}.{key}.{mac}",
        f"{letter}.{key}.{mac[:-1]}a",
        f"{letter}.k9.{mac}",
        "x",
    ):
        answered(plus, f"complaints+{forged}@{domain}")
        assert plus.newest.case_id is None


def test_the_signed_id_counts_before_the_address(plus: Counter) -> None:
    plus.mail(
        NEITHER, answers=plus.thread(number=1), headers={"Cc": str(plus.post.mails[1]["Reply-To"])}
    )
    assert plus.newest.case_id == plus.id(1)


def test_a_mailbox_without_plus_addresses_gets_none(ooma: Counter) -> None:
    ooma.mail(COMPLAINT)
    assert ooma.post.mails[0]["Reply-To"] is None


def test_a_mailbox_with_a_long_name_gets_none(tmp_path: Path) -> None:
    big = 2**63 - 1
    long, longer = "a" * 25, "a" * 40
    made = reply_address(RING, "ooma", big, f"{long}@ooma.example")
    assert len(made.partition("@")[0]) <= MAX_LOCAL_PART
    assert letter_of_address(RING, "ooma", made) == big
    assert letter_of_address(RING, "opus", made) is None
    assert reply_address(RING, "ooma", big, f"{longer}@ooma.example") == ""
    assert settings(tmp_path).plus_mailbox("ooma") is None
