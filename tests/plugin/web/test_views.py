"""What the panel shows of cases, contacts and letters, and what hostile mail cannot do to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from mail.message import Unreadable
from plugin.cases.roles import Role
from plugin.desk import listing, viewing
from plugin.panel.markup import clean
from plugin.store.schema import event
from tests.plugin.support import letter
from tests.plugin.web.rooms import Rooms, rooms, text

ADMIN = ("*", Role.ADMIN)
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
COMPLAINT = "The line crackles.\n\nThis is not idle talk: I would like to make a complaint.\n\nJo\n"


@pytest.fixture
def panel(tmp_path: Path) -> Rooms:
    return rooms(tmp_path)


@pytest.fixture
def browser(panel: Rooms) -> FlaskClient:
    return panel.signed_in(ADMIN)


def only_case(panel: Rooms) -> tuple[viewing.CaseView, str]:
    (line,) = listing.list_cases(panel.desk).lines
    (view,) = viewing.show_cases(panel.desk, None, line.reference)
    return view, f"/cases/{line.provider}/{line.reference}"


def test_a_case_shows_words_promises_clauses_letters_and_timeline(
    panel: Rooms, browser: FlaskClient
) -> None:
    quoted = "On Mon, 23 Nov 2026 at 10:01, Ooma <care@ooma.example> wrote:\n> secret old words\n"
    panel.arrive(letter(COMPLAINT + quoted))
    view, address = only_case(panel)
    page = browser.get(address)
    said = text(page)
    raw = page.get_data(as_text=True)
    assert "<mark>I would like to make a complaint</mark>" in raw
    assert "secret old words" not in said
    assert "How complaints are handled, sentence 2" in said
    assert "Ooma complaints code, 9 August 2017" in said
    assert "Wed 25 Nov: 1" in said
    assert view.letters[0].subject in said
    assert "Complaint received by e-mail" in said
    assert "Letter accepted by the mail server: Acknowledgement" in said
    assert "complete and unaltered" in said
    whole = text(browser.get(f"/contacts/ooma/{view.contacts[0].id}"))
    assert "secret old words" in whole


def test_a_letter_is_shown_exactly_as_it_was_sent(panel: Rooms, browser: FlaskClient) -> None:
    panel.arrive(letter(COMPLAINT))
    view, address = only_case(panel)
    row = view.letters[0]
    page = browser.get(f"{address}/letters/{row.id}").get_data(as_text=True)
    shown = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.S)
    assert shown is not None
    assert shown[1] == row.text
    sent = panel.post.letters[0].decode()
    assert row.text.splitlines()[0] in sent


@pytest.mark.parametrize("place", ["name", "subject", "body", "html", "file", "language"])
def test_hostile_mail_stays_text(panel: Rooms, browser: FlaskClient, place: str) -> None:
    raw = letter(
        COMPLAINT + (HOSTILE if place == "body" else ""),
        sender=f'"{HOSTILE.replace(chr(34), "")}" <jo@example.com>'
        if place == "name"
        else "Jo <jo@example.com>",
        subject=HOSTILE if place == "subject" else "My line",
    )
    if place in ("html", "file"):
        name = HOSTILE.replace('"', "") if place == "file" else "a.txt"
        body = (
            f"<p>I want to make a complaint.</p>{HOSTILE}"
            if place == "html"
            else "I want to make a complaint."
        )
        raw = (
            "From: Jo <jo@example.com>\r\nSubject: x\r\nMessage-ID: <h@example.com>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            f"--b\r\nContent-Type: text/html\r\n\r\n{body}\r\n"
            f'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="{name}"'
            "\r\n\r\nhello\r\n--b--\r\n"
        ).encode()
    panel.arrive(raw)
    view, address = only_case(panel)
    contact = f"/contacts/ooma/{view.contacts[0].id}"
    row = view.letters[0]
    for one in ("/cases", address, contact, f"{address}/letters/{row.id}", "/cases?q=<script>"):
        page = browser.get(one).get_data(as_text=True)
        assert "<script>" not in page
        assert "<img src=x" not in page
        assert "onerror=alert(2)>" not in page.replace("onerror=alert(2)&gt;", "")


def test_an_attachment_is_saved_and_never_shown(panel: Rooms, browser: FlaskClient) -> None:
    panel.arrive(
        b"From: Jo <jo@example.com>\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
        b"I want to make a complaint.\r\n--b\r\nContent-Type: text/html\r\n"
        b"Content-Disposition: attachment;"
        b" filename*=UTF-8''r%C3%A9sum%C3%A9%22%0d%0aX-Evil%3A1.html"
        b"\r\n\r\n<script>alert(1)</script>\r\n--b--\r\n"
    )
    view, _ = only_case(panel)
    id = view.contacts[0].id
    message = viewing.show_contact(panel.desk, "ooma", id).message
    assert message is not None
    digest = message.attachments[0].digest
    got = browser.get(f"/contacts/ooma/{id}/attachments/{digest}")
    assert got.data == b"<script>alert(1)</script>"
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["Content-Disposition"].startswith("attachment; ")
    assert "r%C3%A9sum%C3%A9" in got.headers["Content-Disposition"]
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Evil" not in got.headers
    assert browser.get(f"/contacts/ooma/{id}/attachments/{'0' * 64}").status_code == 404


def test_a_reference_typed_without_dashes_leads_to_its_case(
    panel: Rooms, browser: FlaskClient
) -> None:
    panel.arrive(letter(COMPLAINT))
    view, address = only_case(panel)
    sent = browser.get(f"/cases/ooma/{view.row.reference.replace('-', '')}")
    assert sent.location == address
    assert browser.get("/cases/ooma/1234-5678-00").status_code == 404
    assert browser.get(f"/cases/opus/{view.row.reference}").status_code == 404
    assert browser.get(f"{address}/letters/1").status_code == 404


def test_what_waits_for_a_person_is_listed_with_its_reason(
    panel: Rooms, browser: FlaskClient
) -> None:
    panel.arrive(letter(COMPLAINT))
    _, address = only_case(panel)
    panel.arrive(letter("When is a good time to call?", message_id="<2@example.com>"))
    page = browser.get("/waiting")
    assert "May belong to a live case of the sender" in text(page)
    assert address in page.get_data(as_text=True)
    (row,) = listing.list_waiting(panel.desk)
    contact = text(browser.get(f"/contacts/ooma/{row.id}"))
    assert "A person decides what follows" in contact


def test_a_record_that_was_altered_is_said_loudly(panel: Rooms, browser: FlaskClient) -> None:
    panel.arrive(letter(COMPLAINT))
    _, address = only_case(panel)
    panel.desk.database.write(
        lambda c: c.execute(update(event).where(event.c.seq == 1).values(kind="withdrawn"))
    )
    assert "The record of this case has been altered." in text(browser.get(address))


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("<p>Hello <b>Jo</b></p>", "<p>Hello <b>Jo</b></p>"),
        ("<script>alert(1)</script>after", "after"),
        ("<style>p{}</style>after", "after"),
        ('<img src="https://evil.example/pixel.gif">after', "after"),
        ('<a href="https://evil.example">here</a>', "here"),
        ('<p style="background:url(https://evil.example)">x</p>', "<p>x</p>"),
        ('<p id="main" class="card" onclick="x()">x</p>', "<p>x</p>"),
        ("<svg><script>alert(1)</script></svg>", ""),
        ("<iframe src=x></iframe><form action=x><input></form>ok", "ok"),
        ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", ""),
        ("<h1>Big</h1>", "Big"),
        ("<!-- hidden -->x", "x"),
        ('<td colspan="2" onload=x>y</td>', "y"),
        ("<p>unclosed", "<p>unclosed</p>"),
        ("</div></main><script>", ""),
    ],
)
def test_html_from_mail_keeps_its_words_and_nothing_else(source: str, kept: str) -> None:
    cleaned = str(clean(source))
    assert "http" not in cleaned
    assert "alert" not in cleaned
    if kept:
        assert kept in cleaned


def test_a_contact_whose_mail_cannot_be_read_again_is_still_a_page(
    panel: Rooms, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: bytes) -> None:
        raise Unreadable("it is larger than 40 MiB")

    panel.arrive(letter(COMPLAINT))
    view, _ = only_case(panel)
    monkeypatch.setattr(viewing, "parse", fails)
    shown = text(browser.get(f"/contacts/ooma/{view.contacts[0].id}"))
    assert "The mail cannot be shown: it is larger than 40 MiB" in shown
    assert "I would like to make a complaint" in shown


@pytest.mark.parametrize("piece", ["<ul><li>", "<div>", "<b>", "<blockquote>", "<table><tr><td>"])
def test_html_nested_without_end_is_not_shown_and_costs_nothing(piece: str) -> None:
    assert clean(piece * 20_000) is None


def test_a_mail_too_tangled_to_show_is_still_a_page(panel: Rooms, browser: FlaskClient) -> None:
    panel.arrive(
        b"From: Jo <jo@example.com>\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/html\r\n\r\n<p>I want to make a complaint.</p>" + b"<ul><li>" * 1000
    )
    view, _ = only_case(panel)
    shown = text(browser.get(f"/contacts/ooma/{view.contacts[0].id}"))
    assert "too tangled to be shown" in shown
    assert "I want to make a complaint" in shown


def test_the_title_of_a_page_is_no_words_of_its_own() -> None:
    assert str(clean("<title>Your complaint</title><p>Dear Jo</p>")) == "<p>Dear Jo</p>"


def test_ordinary_html_is_shown_whole() -> None:
    source = "<table>" + "<tr><td><p>Row<td><b>cell</b>" * 500 + "</table>" + "<li>item" * 300
    cleaned = clean(source)
    assert cleaned is not None
    assert cleaned.count("item") == 300
