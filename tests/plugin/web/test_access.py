"""Who may see which page: every page by every role, at one's own provider and at another's."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from plugin.cases.actions import VIEWS
from plugin.cases.roles import Grant, Role, may, providers_of, role
from plugin.desk import listing, viewing
from plugin.store import people
from plugin.web.access import PAGES, PUBLIC, SIGNED_IN
from plugin.web.office import Posted
from tests.plugin.support import NOW, letter
from tests.plugin.web.rooms import Rooms, rooms, submit, text

COMPLAINT = "I would like to make a complaint about my line.\n"
ATTACHED = (
    b"From: Jo Marsh <jo@example.com>\r\nTo: complaints@ooma.example\r\nSubject: My complaint\r\n"
    b"Message-ID: <jo@example.com>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    b"I would like to make a complaint.\r\n--b\r\nContent-Type: text/html\r\n"
    b'Content-Disposition: attachment; filename="bill.html"\r\n\r\n<script>alert(1)</script>\r\n'
    b"--b--\r\n"
)
BOX = {"provider": "ooma", "address": "complaints@ooma.example", "host": "mail.example"}
UNREADABLE = b"X-Much: " + b"a" * 300_000 + b"\r\n\r\nhello"


@pytest.fixture
def panel(tmp_path: Path) -> Rooms:
    made = rooms(tmp_path)
    made.arrive(ATTACHED)
    made.arrive(UNREADABLE)
    made.posted.append(Posted(1, ("jo@example.com",), made.post.letters[0], NOW))
    return made


def addresses(panel: Rooms) -> dict[str, str]:
    """One address of each page that can be looked at."""
    (line,) = listing.list_cases(panel.desk).lines
    (view,) = viewing.show_cases(panel.desk, None, line.reference)
    contact = view.contacts[0].id
    message = viewing.show_contact(panel.desk, "ooma", contact).message
    assert message is not None
    (quarantined,) = listing.list_quarantine(panel.desk)
    case = f"/cases/ooma/{line.reference}"
    return {
        "panel.home": "/",
        "panel.cases": "/cases",
        "panel.case": case,
        "panel.letter": f"{case}/letters/{view.letters[0].id}",
        "panel.contact": f"/contacts/ooma/{contact}",
        "panel.contact_raw": f"/contacts/ooma/{contact}/mail.eml",
        "panel.attachment": (
            f"/contacts/ooma/{contact}/attachments/{message.attachments[0].digest}"
        ),
        "panel.waiting": "/waiting",
        "panel.quarantine": "/quarantine",
        "panel.quarantine_raw": f"/quarantine/ooma/{quarantined.id}/mail.eml",
        "panel.mailboxes": "/mailboxes",
        "panel.outgoing": "/outgoing",
        "panel.outgoing_letter": "/outgoing/1",
        "door.account": "/account",
    }


# page: stranger, no role; at ooma agent, supervisor, manager, admin; agent at opus; admin at *
TABLE = {
    "panel.home": (302, 302, 302, 302, 302, 302, 302, 302),
    "panel.cases": (302, 403, 200, 200, 200, 200, 200, 200),
    "panel.case": (302, 404, 200, 200, 200, 200, 404, 200),
    "panel.letter": (302, 404, 200, 200, 200, 200, 404, 200),
    "panel.contact": (302, 404, 200, 200, 200, 200, 404, 200),
    "panel.contact_raw": (302, 404, 200, 200, 200, 200, 404, 200),
    "panel.attachment": (302, 404, 200, 200, 200, 200, 404, 200),
    "panel.waiting": (302, 403, 200, 200, 200, 200, 200, 200),
    "panel.quarantine": (302, 403, 200, 200, 200, 200, 200, 200),
    "panel.quarantine_raw": (302, 404, 403, 200, 200, 200, 404, 200),
    "panel.mailboxes": (302, 403, 403, 200, 200, 200, 403, 200),
    "panel.outgoing": (302, 403, 403, 403, 403, 403, 403, 200),
    "panel.outgoing_letter": (302, 403, 403, 403, 403, 403, 403, 200),
    "door.account": (302, 200, 200, 200, 200, 200, 200, 200),
}
PEOPLE: tuple[tuple[tuple[str, Role], ...] | None, ...] = (
    None,
    (),
    (("ooma", Role.AGENT),),
    (("ooma", Role.SUPERVISOR),),
    (("ooma", Role.MANAGER),),
    (("ooma", Role.ADMIN),),
    (("opus", Role.AGENT),),
    (("*", Role.ADMIN),),
)


# what is sent there with a form, by the same people
SENT = {
    "panel.check_mailbox": (302, 404, 403, 302, 302, 302, 404, 302),
    "deciding.decide": (302, 404, 302, 302, 302, 302, 404, 302),
}


@pytest.mark.parametrize("number", range(len(PEOPLE)))
def test_each_form_by_each_role(tmp_path: Path, number: int) -> None:
    panel = rooms(tmp_path, mailbox={"care": BOX})
    grants = PEOPLE[number]
    browser: FlaskClient = panel.client() if grants is None else panel.signed_in(*grants)
    page = "/sign-in" if grants is None else "/account"
    panel.arrive(letter("What a shambles this is."))
    (row,) = listing.list_waiting(panel.desk)
    forms = {
        "panel.check_mailbox": "/mailboxes/ooma/care/check",
        "deciding.decide": f"/contacts/ooma/{row.id}/decide",
    }
    found = {
        name: submit(browser, at, page, said="neither").status_code for name, at in forms.items()
    }
    assert found == {name: row[number] for name, row in SENT.items()}


@pytest.mark.parametrize("number", range(len(PEOPLE)))
def test_each_page_by_each_role(panel: Rooms, number: int) -> None:
    grants = PEOPLE[number]
    browser: FlaskClient = panel.client() if grants is None else panel.signed_in(*grants)
    found = {page: browser.get(address).status_code for page, address in addresses(panel).items()}
    assert found == {page: row[number] for page, row in TABLE.items()}


def test_every_page_there_is_stands_in_the_table(panel: Rooms) -> None:
    there = {rule.endpoint for rule in panel.app.url_map.iter_rules()}
    assert there == set(PAGES)
    looked_at = {page for page, need in PAGES.items() if need not in (PUBLIC, SIGNED_IN)}
    assert looked_at <= set(TABLE) | set(SENT)
    assert {PAGES[page] for page in looked_at} == set(VIEWS)


def test_a_page_that_is_not_in_the_table_cannot_be_reached(panel: Rooms) -> None:
    panel.app.view_functions["loose"] = lambda: "loose"
    panel.app.url_map.add(panel.app.url_rule_class("/loose", endpoint="loose"))
    assert panel.signed_in(("*", Role.ADMIN)).get("/loose").status_code == 404


def test_a_list_shows_only_ones_own_providers_whatever_the_address_asks(panel: Rooms) -> None:
    panel.arrive(letter(COMPLAINT, sender="Kit Sorrell <kit@example.net>"), provider="opus")
    browser = panel.signed_in(("opus", Role.AGENT))
    for address in (
        "/cases",
        "/cases?provider=ooma",
        "/cases?provider=*",
        "/cases?q=marsh",
        "/cases?q=jo@example.com",
        "/waiting",
        "/quarantine",
    ):
        shown = text(browser.get(address))
        assert "Marsh" not in shown
        assert "header is longer" not in shown
    assert "Kit Sorrell" in text(browser.get("/cases?provider=ooma"))


def test_a_role_taken_back_counts_from_the_next_click(panel: Rooms) -> None:
    browser = panel.signed_in(("ooma", Role.AGENT))
    assert browser.get("/cases").status_code == 200
    with panel.desk.database.read() as connection:
        user = people.by_email(connection, "kim@example.com")
    assert user is not None
    panel.desk.database.write(lambda c: people.take_away(c, user.id, Grant("ooma", Role.AGENT)))
    assert browser.get("/cases").status_code == 403


def test_a_higher_role_may_what_a_lower_one_may_and_only_where_it_is_granted() -> None:
    grants = [Grant("ooma", Role.SUPERVISOR), Grant("opus", Role.AGENT)]
    assert may(grants, "ooma", Role.AGENT)
    assert not may(grants, "ooma", Role.MANAGER)
    assert not may(grants, "jive", Role.AGENT)
    assert providers_of(grants, ("jive", "ooma", "opus"), Role.AGENT) == ("ooma", "opus")
    assert providers_of(grants, ("jive", "ooma", "opus"), Role.SUPERVISOR) == ("ooma",)
    with pytest.raises(ValueError, match="choose from agent, supervisor, manager, admin"):
        role("king")
