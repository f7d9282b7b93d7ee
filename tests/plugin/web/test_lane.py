"""The lane: what waits is decided by one press; the words are in sight, the person on record."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from plugin.cases.roles import Role
from plugin.desk import judging, listing, viewing
from plugin.panel.lane import BEFORE, MAX_EXCERPT, excerpt
from plugin.store import decisions
from plugin.web import words
from tests.plugin.support import letter
from tests.plugin.web.rooms import Rooms, rooms, submit, text

CROSS = "The line is down for the third time. I am fed up.\n"
SMITTEN = "My husband says I should complain, but I only want a new cable.\n"


@pytest.fixture
def panel(tmp_path: Path) -> Rooms:
    made = rooms(tmp_path)
    made.arrive(letter(CROSS))
    return made


@pytest.fixture
def browser(panel: Rooms) -> FlaskClient:
    return panel.signed_in(("ooma", Role.AGENT))


def waiting(panel: Rooms) -> list[int]:
    return [row.id for row in listing.list_waiting(panel.desk)]


def decide(browser: FlaskClient, id: int, said: str, **more: str) -> str:
    sent = submit(browser, f"/contacts/ooma/{id}/decide", "/waiting", said=said, **more)
    assert sent.status_code == 302
    return text(browser.get("/waiting"))


def taken_for_a_complaint(panel: Rooms, browser: FlaskClient) -> tuple[str, int]:
    """A mail whose words opened a case: the case's reference, and the contact."""
    said = "I want to make a complaint."
    panel.arrive(letter(said, sender="K <k@example.net>", message_id="<k@x>"))
    (line,) = listing.list_cases(panel.desk, ["ooma"], which="due", now=panel.clock.now).lines
    page = browser.get(f"/cases/ooma/{line.reference}").get_data(as_text=True)
    address = page.partition('href="/contacts/ooma/')[2].partition('"')[0]
    return line.reference, int(address)


def form(browser: FlaskClient, page: str, id: int) -> str:
    """Where a page that a person has open sends what they say of the contact."""
    shown = browser.get(page).get_data(as_text=True)
    found = re.search(rf'action="(/contacts/ooma/{id}/decide[^"]*)"', shown)
    assert found is not None, "the page decides nothing of it"
    return unescape(found[1])


def state(panel: Rooms, reference: str) -> str:
    (view,) = viewing.show_cases(panel.desk, ["ooma"], reference)
    return str(view.row.state)


def said_of(panel: Rooms, id: int) -> list[tuple[str, str]]:
    """(act, label) of every decision that is on record."""
    with panel.desk.database.read() as connection:
        return [(one.kind, one.label) for one in decisions.of_contact(connection, "ooma", id)]


def test_the_words_and_what_was_heard_are_in_the_lane(panel: Rooms, browser: FlaskClient) -> None:
    page = browser.get("/waiting").get_data(as_text=True)
    assert "<mark>third time</mark>" in page
    assert "<mark>fed up</mark>" in page
    assert "words that sound dissatisfied" in page
    panel.arrive(letter(SMITTEN, sender="Kit <kit@example.net>", message_id="<2@example.net>"))
    assert "others think that the customer should" in text(browser.get("/waiting"))


@pytest.mark.parametrize(("said", "level"), [("complaint", "frontline"), ("escalation", "super")])
def test_a_complaint_opens_its_case_as_of_when_it_arrived(
    panel: Rooms, browser: FlaskClient, said: str, level: str
) -> None:
    (id,) = waiting(panel)
    arrived = panel.clock.now
    panel.clock.advance(minutes=20)
    assert "as of when it arrived" in decide(browser, id, said)
    assert waiting(panel) == []
    (line,) = listing.list_cases(panel.desk, ["ooma"], which="due", now=panel.clock.now).lines
    assert line.received_at == arrived
    assert line.level.startswith(level)


def test_no_complaint_waits_no_more_and_who_found_so_is_on_record(
    panel: Rooms, browser: FlaskClient
) -> None:
    (id,) = waiting(panel)
    assert "It is no complaint" in decide(browser, id, "neither", why="He only wants a cable.")
    assert waiting(panel) == []
    with panel.desk.database.read() as connection:
        (kept,) = decisions.of_contact(connection, "ooma", id)
    assert (kept.kind, kept.label, kept.heard) == ("dismissed", "neither", "neither")
    assert (kept.reason, kept.actor[:5]) == ("He only wants a cable.", "user:")
    shown = text(browser.get(f"/contacts/ooma/{id}"))
    assert "A person found it no complaint He only wants a cable." in shown


def test_what_was_dismissed_can_be_taken_for_a_complaint_after_all(
    panel: Rooms, browser: FlaskClient
) -> None:
    (id,) = waiting(panel)
    decide(browser, id, "neither")
    decide(browser, id, "complaint", why="She rang and said so.")
    assert len(listing.list_cases(panel.desk, ["ooma"], which="due", now=panel.clock.now).lines)


def test_a_wrong_verdict_is_corrected_on_the_page_of_the_contact(
    panel: Rooms, browser: FlaskClient
) -> None:
    reference, id = taken_for_a_complaint(panel, browser)
    shown = browser.get(f"/contacts/ooma/{id}").get_data(as_text=True)
    assert 'value="complaint"' not in shown  # it is taken for that already
    submit(
        browser,
        f"/contacts/ooma/{id}/decide",
        f"/contacts/ooma/{id}",
        said="neither",
        why="A quotation from a play.",
    )
    with panel.desk.database.read() as connection:
        (kept,) = decisions.of_contact(connection, "ooma", id)
    assert (kept.kind, kept.heard, kept.label) == ("overruled", "complaint", "neither")
    assert state(panel, reference) == "closed_out_of_scope"


def test_what_is_refused_is_said_in_the_readers_language(
    panel: Rooms, browser: FlaskClient
) -> None:
    _, id = taken_for_a_complaint(panel, browser)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    assert "cela reste au dossier" in decide(browser, id, "neither", why="")
    assert (judging.CHANGED, judging.ALREADY, judging.SAY_WHY) == words.REFUSALS


@pytest.mark.parametrize("why", ["", " \n\t"])
def test_a_verdict_is_put_right_only_with_a_reason(
    panel: Rooms, browser: FlaskClient, why: str
) -> None:
    reference, id = taken_for_a_complaint(panel, browser)
    page = f"/contacts/ooma/{id}"
    sent = submit(browser, form(browser, page, id), page, said="neither", why=why)
    assert sent.location == page
    refused = "Nothing was changed: say why: it stays on the record of the case"
    assert refused in text(browser.get(page))
    assert (said_of(panel, id), state(panel, reference)) == ([], "open")
    submit(browser, form(browser, page, id), page, said="neither", why="A play.")
    assert refused not in text(browser.get(page))
    assert said_of(panel, id) == [("overruled", "neither")]
    assert state(panel, reference) == "closed_out_of_scope"


def test_what_a_colleague_decided_meanwhile_is_not_decided_again_from_the_lane(
    panel: Rooms, browser: FlaskClient
) -> None:
    (id,) = waiting(panel)
    key = form(browser, "/waiting", id)
    colleague = panel.signed_in(("ooma", Role.AGENT), email="lee@example.com")
    decide(colleague, id, "neither")
    submit(browser, key, "/waiting", said="complaint")
    assert "Nothing was changed: somebody decided about it meanwhile; look at it again" in text(
        browser.get("/waiting")
    )
    assert said_of(panel, id) == [("dismissed", "neither")]
    assert listing.list_cases(panel.desk, ["ooma"], which="due", now=panel.clock.now).lines == []


def test_a_page_from_before_a_colleague_judged_otherwise_changes_nothing(
    panel: Rooms, browser: FlaskClient
) -> None:
    reference, id = taken_for_a_complaint(panel, browser)
    page = f"/contacts/ooma/{id}"
    before = form(browser, page, id)
    colleague = panel.signed_in(("ooma", Role.AGENT), email="lee@example.com")
    submit(colleague, form(colleague, page, id), page, said="escalation", why="Asks for a manager.")
    submit(browser, before, page, said="neither", why="A play.")
    assert "somebody decided about it meanwhile; look at it again" in text(browser.get(page))
    assert (said_of(panel, id), state(panel, reference)) == ([("overruled", "escalation")], "open")
    submit(browser, form(browser, page, id), page, said="neither", why="A play.")
    assert said_of(panel, id) == [("overruled", "escalation"), ("overruled", "neither")]


def test_what_does_not_fit_is_refused_in_words_and_changes_nothing(
    panel: Rooms, browser: FlaskClient
) -> None:
    (id,) = waiting(panel)
    assert "no case is proposed for it" in decide(browser, id, "joined")
    assert waiting(panel) == [id]
    odd = submit(browser, f"/contacts/ooma/{id}/decide", "/waiting", said="anything")
    assert odd.status_code == 400
    gone = submit(browser, "/contacts/ooma/1/decide", "/waiting", said="neither")
    assert gone.status_code == 404


def test_the_lane_leads_on_to_the_entry_below(panel: Rooms, browser: FlaskClient) -> None:
    panel.arrive(letter(CROSS, sender="Kit <kit@example.net>", message_id="<2@example.net>"))
    first, second = waiting(panel)
    page = browser.get("/waiting").get_data(as_text=True)
    assert f"/contacts/ooma/{first}/decide?from=lane&amp;next={second}" in page
    sent = submit(
        browser,
        f"/contacts/ooma/{first}/decide?from=lane&next={second}",
        "/waiting",
        said="neither",
    )
    assert sent.location == f"/waiting#waiting-{second}"
    odd = submit(
        browser, f"/contacts/ooma/{second}/decide?from=lane&next=//evil", "/waiting", said="neither"
    )
    assert odd.location == "/waiting#main"


def test_an_excerpt_begins_near_what_was_heard() -> None:
    text = "a" * 1000 + "fed up" + "b" * 1000
    shown, ((start, end),) = excerpt(text, [(1000, 1006)])
    assert shown[start:end] == "fed up"
    assert len(shown) <= MAX_EXCERPT + 4
    assert start == BEFORE + 2
    assert excerpt("short", []) == ("short", [])
    assert excerpt("x" * (MAX_EXCERPT + 1), [])[0].endswith(" …")
