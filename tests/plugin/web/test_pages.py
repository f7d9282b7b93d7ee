"""What every answer carries, how live parts save their reader's peace, and how errors speak."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from markupsafe import Markup
from sqlalchemy.exc import OperationalError

from plugin.cases.roles import Role
from plugin.store.engine import Database
from plugin.web import errors
from plugin.web.dates import days_off, until, urgency
from plugin.web.pages import marked
from plugin.web.security import MAX_FORM_BYTES
from tests.plugin.support import NOW, letter
from tests.plugin.web.rooms import Rooms, rooms, sign_in, submit, text

ADMIN = ("*", Role.ADMIN)
COMPLAINT = "I would like to make a complaint about my line.\n"


@pytest.fixture
def panel(tmp_path: Path) -> Rooms:
    return rooms(tmp_path)


@pytest.mark.parametrize(
    "address", ["/sign-in", "/nothing-here", "/static/answerable.css", "/healthz"]
)
def test_every_answer_tells_the_browser_to_run_nothing_but_ours(panel: Rooms, address: str) -> None:
    with panel.client().get(address) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert ("no-store" in headers["Cache-Control"]) != address.startswith("/static/")


def test_no_page_has_a_script_or_style_of_its_own_in_it(panel: Rooms) -> None:
    panel.arrive(letter(COMPLAINT))
    browser = panel.signed_in(ADMIN)
    for address in ("/sign-in", "/cases", "/waiting", "/quarantine", "/outgoing", "/account"):
        page = browser.get(address, follow_redirects=True).get_data(as_text=True)
        assert page.count("<script") == page.count("<script src=") == 3
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick" not in page
        assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_host_that_is_not_ours_is_not_answered(panel: Rooms) -> None:
    refused = panel.client().get("/sign-in", headers={"Host": "evil.example"})
    assert refused.status_code == 400
    assert "web.url" in text(refused)
    assert panel.client().get("/sign-in", headers={"Host": "127.0.0.1:8080"}).status_code == 200


def test_a_live_part_that_has_not_changed_is_not_sent_again(panel: Rooms) -> None:
    panel.arrive(letter(COMPLAINT))
    browser = panel.signed_in(ADMIN)
    live = {"HX-Request": "true"}
    first = browser.get("/cases", headers=live)
    assert "<html" not in first.get_data(as_text=True)
    again = browser.get("/cases", headers={**live, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    panel.arrive(letter(COMPLAINT, sender="Kit <kit@example.net>", message_id="<2@example.net>"))
    changed = browser.get("/cases", headers={**live, "If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert "Kit" in text(changed)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_language_and_colours_are_chosen_and_kept(panel: Rooms, language: str) -> None:
    browser = panel.client()
    submit(browser, "/preferences", "/sign-in", language=language, theme="dark", next="/sign-in")
    page = browser.get("/sign-in").get_data(as_text=True)
    assert f'<html lang="{language}" data-theme="dark">' in page
    assert ("Se connecter" in page or "Ouvrir une session" in page) == (language == "fr")


@pytest.mark.parametrize(
    ("asks", "language"),
    [("fr-CA,fr;q=0.9", "fr"), ("de, en;q=0.5", "en"), ("", "en"), ("xx;;;=q", "en")],
)
def test_a_browser_is_answered_in_its_own_language(panel: Rooms, asks: str, language: str) -> None:
    page = panel.client().get("/sign-in", headers={"Accept-Language": asks})
    assert f'<html lang="{language}"' in page.get_data(as_text=True)


def test_a_fault_of_ours_is_a_page_with_a_number_and_a_log_line_without_words(
    panel: Rooms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("jo@example.com said something private")

    browser = panel.signed_in(ADMIN)
    monkeypatch.setattr("plugin.panel.views.listing.list_waiting", fails)
    shown = browser.get("/waiting")
    assert shown.status_code == 500
    number = text(shown).partition("Number of the error: ")[2].split()[0]
    assert number in caplog.text
    assert "RuntimeError" in caplog.text
    assert "jo@example.com" not in caplog.text + shown.get_data(as_text=True)


def test_a_database_that_does_not_answer_is_said_plainly(
    panel: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("gone"))

    browser = panel.signed_in(ADMIN)
    monkeypatch.setattr("plugin.panel.views.listing.list_waiting", fails)
    shown = browser.get("/waiting")
    assert shown.status_code == 503
    assert "try again in a minute" in text(shown)
    assert "SELECT" not in shown.get_data(as_text=True)


def test_a_database_that_is_away_altogether_is_said_to_those_signed_in_too(
    panel: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = panel.signed_in(ADMIN)

    @contextmanager
    def fails(_: Database) -> Iterator[None]:
        raise OperationalError("SELECT secret", {}, Exception("gone"))
        yield

    monkeypatch.setattr(Database, "read", fails)
    for address in ("/cases", "/account", "/nothing-here", "/sign-in"):
        shown = browser.get(address)
        assert shown.status_code in (503, 404)
        assert "Answerable" in text(shown)


def test_a_database_that_somebody_writes_to_keeps_no_page_back(panel: Rooms) -> None:
    browser = panel.signed_in(ADMIN)
    panel.clock.advance(minutes=5)
    with panel.desk.database.engine.begin():  # holds the write lock of SQLite
        assert browser.get("/cases").status_code == 200
    panel.clock.advance(minutes=5)
    assert browser.get("/cases").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/contacts/ooma/9223372036854775808",
        "/contacts/ooma/99999999999999999999999999",
        "/contacts/ooma/99999999999999999999999999/mail.eml",
        "/contacts/ooma/9223372036854775808/attachments/x",
        "/quarantine/ooma/99999999999999999999999999/mail.eml",
        "/cases/ooma/1234-5678-56/letters/99999999999999999999999999",
        "/outgoing/99999999999999999999999999",
        "/contacts/ooma/9223372036854775807",
        "/cases/ooma/%00",
        "/cases/a%00/1234-5678-90",
        "/contacts/%00/1",
        "/quarantine/%00/1/mail.eml",
        "/cases/ooma/%ff%fe",
        "/cases/ooma/..%2f..%2fetc",
    ],
)
def test_an_odd_address_is_no_page_and_no_fault(panel: Rooms, address: str) -> None:
    assert panel.signed_in(ADMIN).get(address).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "a" * 20_000,
        "after=0-0",
        "after=%00",
        "provider=%00",
        "show=%00",
        "after=99991231T000000.000000-1",
    ],
)
def test_an_odd_question_gets_an_answer(panel: Rooms, query: str) -> None:
    assert panel.signed_in(ADMIN).get(f"/cases?{query}").status_code in (200, 400)


@pytest.mark.parametrize("host", ["[::1]:8080", "127.0.0.1", "localhost:9", "panel.example.com"])
def test_our_own_names_are_answered(tmp_path: Path, host: str) -> None:
    own = rooms(tmp_path, web={"url": "http://panel.example.com", "host": "::1"})
    assert own.client().get("/sign-in", headers={"Host": host}).status_code == 200


def test_whoever_watches_over_the_service_may_use_any_name(panel: Rooms) -> None:
    for address in ("/healthz", "/readyz"):
        assert panel.client().get(address, headers={"Host": "10.1.2.3"}).status_code == 200


def test_an_error_page_keeps_the_way_back(panel: Rooms) -> None:
    browser = panel.signed_in(ADMIN)
    shown = browser.get("/nothing-here")
    assert shown.status_code == 404
    assert "Waiting" in text(shown)
    assert browser.get("/cases?after=nonsense").status_code == 400
    assert browser.post("/cases").status_code == 405


def test_a_form_larger_than_any_of_ours_is_refused(panel: Rooms) -> None:
    shown = panel.client().post("/sign-in", data={"email": "x" * (MAX_FORM_BYTES + 1)})
    assert shown.status_code == 413
    assert "Too large" in text(shown)


def test_every_error_page_has_words_in_the_table() -> None:
    for title, said in errors._SAID.values():
        assert title[0].isupper()
        assert said.endswith(".")


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(2, 4)], "a <mark>&lt;b</mark>&gt; c"),
        ([], "a &lt;b&gt; c"),
        ([(3, 99)], "a &lt;b&gt; c"),
        ([(4, 2)], "a &lt;b&gt; c"),
        ([(0, 1), (0, 1)], "<mark>a</mark> &lt;b&gt; c"),
    ],
)
def test_marked_words_are_escaped_whatever_the_spans(
    spans: list[tuple[int, int]], expected: str
) -> None:
    assert marked("a <b> c", spans) == Markup(expected)


def test_until_when_is_said_so_that_nobody_reads_it_wrong(panel: Rooms) -> None:
    with panel.app.test_request_context():
        assert until(NOW.date(), NOW, "Europe/London") == "by the end of Tue 24 Nov 2026"
        assert until(None, NOW, "America/Toronto") == "before Tue 24 Nov 2026, 05:00"
        assert days_off(NOW.date(), NOW, "Europe/London") == "today"
        assert days_off(NOW.date().replace(day=25), NOW, "Europe/London") == "tomorrow"
        assert days_off(NOW.date().replace(day=23), NOW, "Europe/London") == "yesterday"
        assert days_off(NOW.date().replace(day=27), NOW, "Europe/London") == "in 3 days"
    assert urgency(NOW, NOW) == "late"
    assert urgency(None, NOW) == "none"


def test_signing_in_again_leads_on(panel: Rooms) -> None:
    browser = panel.signed_in(ADMIN)
    assert browser.get("/sign-in").status_code == 302
    assert sign_in(panel.client(), "kim@example.com").status_code == 302
