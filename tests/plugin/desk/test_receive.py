"""Receiving mail at the desk: what opens a case, what never does, and what is kept of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mail.message import Message
from mail.parse import parse
from plugin.desk import hearing, keep, listing, receive, send, viewing
from plugin.desk.ingest import ingest
from plugin.desk.ports import Desk
from plugin.store.schema import contact, event, inbound
from tests.plugin.support import NOW, Post, desk, letter, settings

COMPLAINT = "I would like to make a complaint about my line."

Take = Callable[..., dict[str, int]]


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    """A desk on a fresh SQLite database."""
    return desk(f"sqlite:///{tmp_path}/answerable.db", settings(tmp_path))


@pytest.fixture
def take(office: Desk) -> Take:
    """Take mails in at a provider; gives how each ended."""

    def taken(*mails: bytes, provider: str = "ooma") -> dict[str, int]:
        *_, last = ingest(office, mails, provider, NOW)
        return {name: number for name, number in last.outcomes.items() if number}

    return taken


def test_the_same_id_with_other_content_is_kept_and_flagged(office: Desk, take: Take) -> None:
    assert take(letter("My card?"), letter("Another question?")) == {"not_case": 2}
    with office.database.read() as connection:
        flags = list(connection.execute(select(contact.c.flagged).order_by(contact.c.id)).scalars())
    assert flags == [None, "same_message_id"]


def test_one_mail_at_two_providers_is_a_contact_at_each(take: Take) -> None:
    assert take(letter(COMPLAINT), provider="ooma") == {"case_opened": 1}
    assert take(letter(COMPLAINT), provider="opus") == {"case_opened": 1}


def test_mails_without_an_id_are_told_apart_by_their_content(take: Take) -> None:
    first = letter(COMPLAINT, message_id=None)
    assert take(first, first) == {"case_opened": 1, "duplicate": 1}
    other = letter("A question.", message_id=None, sender="kit@example.net")
    assert take(other) == {"not_case": 1}


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Auto-Submitted: auto-replied", "auto_reply"),
        ("List-Id: <weekly.example>", "list"),
        ("X-Answerable-Loop: ooma", "own_address"),
    ],
)
def test_automatic_mail_is_kept_and_never_answered(
    office: Desk, take: Take, header: str, why: str
) -> None:
    assert take(f"{header}\n".encode() + letter(COMPLAINT)) == {"automatic": 1}
    with office.database.read() as connection:
        assert connection.execute(select(inbound.c.why)).scalar() == why
    post = Post()
    send.send(office, post, lambda: NOW)
    assert post.letters == []


def test_mail_from_our_own_address_opens_nothing(take: Take) -> None:
    assert take(letter(COMPLAINT, sender="complaints@jive.example")) == {"automatic": 1}


def test_a_complaint_without_an_address_opens_a_case_and_an_alert(office: Desk, take: Take) -> None:
    assert take(b"Subject: hello\r\n\r\nI would like to make a complaint.\r\n") == {
        "case_opened": 1
    }
    (line,) = listing.list_cases(office).lines
    (view,) = viewing.show_cases(office, None, line.reference)
    assert view.letters == []
    assert [alert.about for alert in view.alerts] == ["contact_route_missing"]


def test_an_escalation_from_nobody_known_opens_a_case_one_level_up(
    office: Desk, take: Take
) -> None:
    assert take(letter("Please escalate this to senior management."), provider="8x8") == {
        "case_opened": 1
    }
    (line,) = listing.list_cases(office).lines
    assert line.level == "senior_management"


def test_a_second_complaint_is_a_case_of_its_own_and_related(office: Desk, take: Take) -> None:
    second = letter(
        "Something else: I wish to make a complaint about my bill.", message_id="<2@example.com>"
    )
    assert take(letter(COMPLAINT), second) == {"case_opened": 2}
    lines = listing.list_cases(office).lines
    abouts = [
        alert.about
        for line in lines
        for view in viewing.show_cases(office, None, line.reference)
        for alert in view.alerts
    ]
    assert abouts == ["possibly_related"]


def test_a_party_writing_without_a_thread_is_proposed_to_its_case(take: Take) -> None:
    again = letter("Have you seen my letter?", message_id="<2@example.com>", subject="hello")
    assert take(letter(COMPLAINT), again) == {"case_opened": 1, "proposed": 1}


def test_an_escalation_climbs_the_ladder_and_stops_at_its_top(office: Desk, take: Take) -> None:
    mails = [
        letter(f"Please escalate this. {n}", message_id=f"<{n}@example.com>") for n in range(3)
    ]
    take(letter(COMPLAINT), *mails)
    (line,) = listing.list_cases(office).lines
    (view,) = viewing.show_cases(office, None, line.reference)
    assert line.level == "director"
    kinds = [event.kind for event in view.timeline]
    assert kinds.count("escalated") == 2
    assert kinds[-1] == "noted"


def test_french_at_jive_is_answered_in_french_with_its_three_elements(
    office: Desk, take: Take
) -> None:
    text = "Bonjour,\n\nJe souhaite porter plainte au sujet de ma facture.\n\nMerci"
    assert take(letter(text), provider="jive") == {"case_opened": 1}
    post = Post()
    send.send(office, post, lambda: NOW)
    (line,) = listing.list_cases(office).lines
    (view,) = viewing.show_cases(office, None, line.reference)
    (said,) = view.letters
    assert said.language == "fr-CA"
    assert view.row.reference in said.text
    assert "10 jours ouvrables" in said.text
    assert "Comment nous l’examinerons." in said.text
    assert {promise.name: promise.state for promise in view.promises} == {
        "acknowledge": "kept",
        "resolution_target": "open",
    }


def test_without_its_time_frame_jives_letter_goes_and_keeps_nothing(tmp_path: Path) -> None:
    provider = {"jive": {"sender": "complaints@jive.example"}}
    office = desk(f"sqlite:///{tmp_path}/a.db", settings(tmp_path).model_copy())
    office = desk(
        f"sqlite:///{tmp_path}/b.db",
        office.settings.model_validate(
            {**office.settings.model_dump(exclude={"provider"}), "provider": provider}
        ),
    )
    list(ingest(office, [letter(COMPLAINT)], "jive", NOW))
    post = Post()
    send.send(office, post, lambda: NOW)
    (line,) = listing.list_cases(office).lines
    (view,) = viewing.show_cases(office, None, line.reference)
    assert len(post.letters) == 1
    assert [promise.state for promise in view.promises] == ["open"]
    assert any("lacks its timeframe" in alert.text for alert in view.alerts)


def test_8x8s_acknowledgement_leaves_the_managers_response_open(office: Desk, take: Take) -> None:
    take(letter(COMPLAINT), provider="8x8")
    send.send(office, Post(), lambda: NOW)
    (line,) = listing.list_cases(office).lines
    (view,) = viewing.show_cases(office, None, line.reference)
    assert [(p.name, p.state) for p in view.promises] == [
        ("manager_response", "open"),
        ("resolution_target", "open"),
        ("adr_notice", "open"),
    ]


def test_a_promise_near_and_missed_is_said_once_each(office: Desk, take: Take) -> None:
    take(letter(COMPLAINT), provider="8x8")
    while (moment := keep.next_at(office)) is not None and moment < NOW + timedelta(weeks=8):
        keep.keep(office, max(moment, NOW))
    (line,) = listing.list_cases(office).lines
    (view,) = viewing.show_cases(office, None, line.reference)
    daily = ("handler_missing", "interval_missing")
    said = [alert.text for alert in view.alerts if alert.about not in daily]
    assert [text.split(" of case")[0] for text in said] == [
        "Due soon: manager response",
        "Promise broken: manager response",
        "Due soon: resolution target",
        "Target missed: resolution target",
        "Due soon: adr notice",
        "Promise broken: adr notice",
    ]
    assert {promise.state for promise in view.promises} == {"broken"}
    later = NOW + timedelta(days=90)
    assert keep.keep(office, later) == 1  # it still has no handler
    assert keep.keep(office, later) == 0


def test_a_fault_of_ours_is_tried_again_and_then_quarantined(
    office: Desk, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> object:
        raise TypeError("a fault of ours")

    monkeypatch.setattr(hearing, "judge", broken)
    assert take(letter(COMPLAINT)) == {"waiting": 1}
    now = NOW
    while (moment := receive.next_at(office)) is not None:
        now = max(now, moment)
        receive.receive(office, now)
    (row,) = listing.list_quarantine(office)
    assert "TypeError in" in row.reason
    assert "broken:" in row.reason
    assert "a fault of ours" not in row.reason


def test_a_failed_authentication_makes_a_party_a_stranger(tmp_path: Path) -> None:
    box = {
        "provider": "ooma",
        "address": "complaints@ooma.example",
        "host": "mail.example",
        "authserv_id": "mx.example",
    }
    office = desk(f"sqlite:///{tmp_path}/a.db", settings(tmp_path, mailbox={"ooma": box}))
    forged = letter("Please escalate this.", message_id="<2@example.com>")
    failing = b"Authentication-Results: mx.example; dmarc=fail\r\n" + forged
    claimed = b"Authentication-Results: elsewhere.example; dmarc=fail\r\n" + forged
    vouched = b"Authentication-Results: mx.example; dmarc=pass header.from=%s\r\n" + forged
    heard = [
        hearing.hear(office, "ooma", raw, NOW).contact.authenticated
        for raw in (
            failing,
            claimed,
            forged,
            vouched % b"example.com",
            vouched % b"elsewhere.example",
            (vouched % b"example.com").replace(b"From: ", b"From: kit@example.net, "),
        )
    ]
    assert heard == [False, True, True, True, False, False]


LETTER_ATTACHED = (
    b"From: Jo <jo@example.com>\r\nSubject: scan\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    b"%s\r\n--b\r\nContent-Type: application/pdf\r\n"
    b"Content-Disposition: attachment; filename=letter.pdf\r\n\r\n%%PDF-1.4\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("words", "waits"),
    [
        (b"", "attachment_only"),
        (b"> quoted only\r\n", "attachment_only"),
        (b"Here is my bill.", None),
    ],
)
def test_an_attachment_without_a_word_is_looked_at_by_a_person(
    office: Desk, take: Take, words: bytes, waits: str | None
) -> None:
    take(LETTER_ATTACHED % words)
    found = listing.list_waiting(office)
    assert [row.waits for row in found] == ([waits] if waits else [])
    assert all(row.alert_at is not None for row in found)


def test_initials_stand_for_names_unless_names_are_asked_for(office: Desk, take: Take) -> None:
    take(letter(COMPLAINT))
    (shown,) = listing.list_cases(office).lines
    assert (listing.mask(shown.customer), shown.customer) == ("J. M.", "Jo Marsh")


def test_a_mail_that_breaks_the_reader_stops_no_other(
    office: Desk, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(raw: bytes) -> Message:
        if b"breaks" in raw:
            raise RecursionError
        return parse(raw)

    monkeypatch.setattr("plugin.desk.ingest.parse", fails)
    monkeypatch.setattr("plugin.desk.hearing.parse", fails)
    bad = letter("This breaks.", message_id="<2@example.com>", sender="kit@example.net")
    assert take(bad, letter(COMPLAINT)) == {"case_opened": 1, "waiting": 1}
    for hours in range(1, 6):
        receive.receive(office, NOW + timedelta(hours=hours))
    with office.database.read() as connection:
        (row,) = connection.execute(
            select(inbound.c.reason).where(inbound.c.state == "quarantined")
        ).all()
    assert "RecursionError" in row.reason


def test_a_fault_at_one_of_several_arrivals_undoes_none_of_the_others(
    office: Desk, take: Take
) -> None:
    take(letter(COMPLAINT))
    with office.database.engine.begin() as connection:
        connection.execute(event.update().values(facts="{"))
    others = [
        letter(COMPLAINT, sender=f"{name} <{name}@example.net>", message_id=f"<{name}@x>")
        for name in ("kit", "max", "sam")
    ]
    # In one transaction with them, and about a case that cannot be read.
    again = letter("It crackles still.", message_id="<second@example.com>")
    assert take(*others[:2], again, others[2]) == {"case_opened": 3, "waiting": 1}
    with office.database.engine.begin() as connection:
        connection.execute(event.update().where(event.c.facts == "{").values(facts="{}"))
    receive.receive(office, NOW + timedelta(minutes=1))
    with office.database.read() as connection:
        kept = list(connection.execute(select(contact.c.message_id)).scalars())
        ended = list(connection.execute(select(inbound.c.outcome)).scalars())
    assert (len(kept), None in ended) == (5, False)
