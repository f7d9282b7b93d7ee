"""The page of a call: who called whom and when, the words as a machine wrote them, no mail."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from sqlalchemy import select

from plugin.cases.roles import Role
from plugin.desk import calls, receive
from plugin.desk.phones import Phone
from plugin.store.schema import contact
from tests.plugin.support import letter
from tests.plugin.web.rooms import Rooms, rooms, text
from voice.systems import Links, systems
from voice.webhook import request_of

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
PHONE = Phone("pbx", systems()["standard-webhooks"], "ooma", (SECRET,))


def call(at: Rooms, caller: str, *said: str) -> int:
    """A call that was heard; returns the id of its contact."""
    told = [("call.started", {}), *(("input.speech", {"text": one}) for one in said)]
    for number, (kind, data) in enumerate([*told, ("call.ended", {})]):
        body = json.dumps(
            {
                "type": kind,
                "data": {"callId": caller, "from": caller, "to": "+80044331345", **data},
            }
        ).encode()
        url = "https://complaints.example/voice/hooks"
        headers = [("webhook-id", f"{caller}{number}")]
        request = request_of("POST", url, headers, body, at.clock())
        calls.take(at.desk, PHONE, request, Links(url), at.clock())
    receive.receive(at.desk, at.clock())
    with at.desk.database.read() as c:
        return int(c.execute(select(contact.c.id).order_by(contact.c.id.desc())).scalars().all()[0])


def test_a_call_is_shown_as_a_call(tmp_path: Path) -> None:
    at = rooms(tmp_path)
    browser = at.signed_in(("ooma", Role.AGENT))
    id = call(at, "020 7946 0123", "I want to make a complaint about my line.")
    page = browser.get(f"/contacts/ooma/{id}")
    said = text(page)
    assert page.status_code == 200
    assert "A call" in said
    assert "I want to make a complaint about my line." in said
    assert "From 020 7946 0123 Dialled" in said
    assert "Dialled +800 4433 1345" in said
    assert "A machine wrote the words down" in said
    assert "Save the mail" not in said
    assert browser.get(f"/contacts/ooma/{id}/mail.eml").status_code == 404


def test_what_was_received_is_shown_beside_the_number(tmp_path: Path) -> None:
    at = rooms(tmp_path)
    browser = at.signed_in(("ooma", Role.AGENT))
    id = call(at, "+44 (0)20 7946 0123", "I complain.")
    said = text(browser.get(f"/contacts/ooma/{id}"))
    assert "From 020 7946 0123 received as +44 (0)20 7946 0123" in said


def test_a_caller_whose_number_is_withheld_is_called_so(tmp_path: Path) -> None:
    at = rooms(tmp_path)
    browser = at.signed_in(("ooma", Role.AGENT))
    id = call(at, "anonymous", "My line crackles and I am fed up.")
    assert "number withheld" in text(browser.get(f"/contacts/ooma/{id}"))
    waiting = browser.get("/waiting")
    assert waiting.status_code == 200
    assert "number withheld" in text(waiting)
    case_list = browser.get("/cases")
    assert case_list.status_code == 200


def test_a_caller_cannot_write_into_the_page(tmp_path: Path) -> None:
    at = rooms(tmp_path)
    browser = at.signed_in(("ooma", Role.AGENT))
    id = call(at, "<script>alert(1)</script>", "I complain <b>bitterly</b>.")
    page = browser.get(f"/contacts/ooma/{id}").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;" in page


def test_only_the_callers_words_are_shown_as_theirs(tmp_path: Path) -> None:
    at = rooms(tmp_path)
    browser = at.signed_in(("ooma", Role.AGENT))
    said = "agent: Do you want to complain?\ncaller: Yes, I want to make a complaint."
    id = call(at, "020 7946 0123", said)
    page = browser.get(f"/contacts/ooma/{id}").get_data(as_text=True)
    own = page.partition('id="own"')[2].partition("</section>")[0]
    assert "Yes, <mark>I want to make a complaint</mark>." in own
    assert "Do you want to complain" not in own


def test_a_mail_that_bears_the_id_of_a_call_is_shown_as_the_mail_it_is(tmp_path: Path) -> None:
    at = rooms(tmp_path)
    browser = at.signed_in(("ooma", Role.AGENT))
    call(at, "+442079460123@pbx.example", "I want to make a complaint about my line.")
    mail = letter("I complain of the noise.", message_id=None)
    at.arrive(b"Message-ID: <call:pbx:+442079460123@pbx.example>\r\n" + mail)
    with at.desk.database.read() as c:
        (row,) = c.execute(select(contact).where(contact.c.channel == "email")).all()
    assert row.message_id == "call:pbx:+442079460123@pbx.example"
    said = text(browser.get(f"/contacts/ooma/{row.id}"))
    assert "Jo Marsh jo@example.com" in said
    assert "The call" not in said
    assert "7946" not in said
