"""The customer's page: what it shows, what it lets be said, and that looking is free."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import select

from plugin.cases.case import State
from plugin.cases.roles import Role
from plugin.desk import customer as use_case
from plugin.store import cases
from plugin.store.schema import metadata, user_session
from plugin.web import logs
from plugin.web.security import POLICY
from tests.plugin.customer.place import FRENCH, Place, place
from tests.plugin.support import letter
from tests.plugin.web.rooms import sign_in, text


@pytest.fixture
def jo(tmp_path: Path) -> Place:
    return place(tmp_path)


def everything(jo: Place) -> dict[str, list[object]]:
    """Every row of every table."""
    with jo.desk.database.read() as connection:
        return {
            name: list(connection.execute(select(table).order_by(*table.primary_key)))
            for name, table in metadata.tables.items()
        }


# What it shows --------------------------------------------------------------------------------


def test_it_says_where_the_case_stands_and_what_comes_next(jo: Place) -> None:
    shown = text(jo.browser().get(jo.address))
    with jo.desk.database.read() as connection:
        reference = cases.reference_of(connection, "ooma", jo.case)
    assert f"Reference {reference} " in shown
    assert "Ooma" in shown
    assert "We are working on your complaint" in shown
    assert "Received Tue 24 Nov 2026" in shown
    assert "The first level, where every complaint begins" in shown
    assert "We tell you how things stand By the end of Tue 1 Dec 2026".lower() in shown.lower()
    assert "You can always reply to our message or call us." in shown


def test_our_own_work_is_not_among_what_the_customer_is_owed(jo: Place) -> None:
    found = use_case.look(jo.desk, jo.token, jo.rooms.clock())
    assert [one.name for one in found.owed] == [
        "progress_update",
        "adr_notice",
        "resolution_target",
    ]


def test_what_is_late_is_said_to_be(jo: Place) -> None:
    jo.rooms.clock.now += timedelta(days=9)
    shown = text(jo.browser().get(jo.address))
    assert "It was due by the end of Tue 1 Dec 2026. We are late with it" in shown


def test_closing_by_silence_is_announced_with_its_day(jo: Place) -> None:
    jo.propose()
    shown = text(jo.browser().get(jo.address)).lower()
    assert "if we hear nothing from you, we close the case at the end of tue 1 dec 2026" in shown


def test_the_level_is_named_as_the_provider_names_it(jo: Place) -> None:
    jo.put("open", level="director")
    assert "Director of Customer Service" in text(jo.browser().get(jo.address))


def test_a_number_to_call_is_shown_once_a_person_has_confirmed_it(
    jo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "433 1345" not in text(jo.browser().get(jo.address))
    provider = use_case.look(jo.desk, jo.token, jo.rooms.clock()).provider
    points = tuple(one.model_copy(update={"confirmed": True}) for one in provider.file.contacts)
    confirmed = replace(provider, file=provider.file.model_copy(update={"contacts": points}))
    known = jo.desk.providers._loaded
    monkeypatch.setitem(known, (provider.key, provider.version), confirmed)
    assert "call us on 00 800 4433 1345." in text(jo.browser().get(jo.address))


def test_nothing_that_anybody_wrote_and_nobody_is_named(jo: Place) -> None:
    jo.rooms.arrive(letter("Any news? Private again.", message_id="<2@example.com>"))
    jo.record(
        ("noted", {"text": "an internal remark"}),
        ("assigned", {"handler": "Sam Handler"}),
        ("flagged", {"flag": "vulnerable", "on": True}),
        actor="user:1",
    )
    jo.propose()
    for ask in ("", "?ask=confirm", "?ask=not_resolved", "?ask=escalate"):
        page = jo.browser().get(jo.address + ask).get_data(as_text=True).lower()
        for word in (
            "jo marsh",
            "jo@example.com",
            "private",
            "my line",
            "internal",
            "sam handler",
            "vulnerable",
            "dear ",
            "sign in",
            "sign-in",
            "<nav",
            "<script",
            "preferences",
        ):
            assert word not in page, (ask, word)


def test_what_another_party_said_is_not_said_to_be_yours(jo: Place) -> None:
    jo.record(("escalated", {"level": "supervisor", "channel": "link"}), actor="customer:77")
    assert "You asked us" not in text(jo.browser().get(jo.address))


def test_a_word_taken_back_is_not_shown_any_more(jo: Place) -> None:
    jo.record(("escalated", {"level": "supervisor"}), actor=f"customer:{jo.party}")
    assert "You asked us to take your complaint" in text(jo.browser().get(jo.address))
    jo.record(("undone", {"event": jo.events()[-1].seq}), actor="user:1")
    assert "You asked us" not in text(jo.browser().get(jo.address))


def test_a_merged_case_is_shown_under_the_number_it_goes_on_with(jo: Place) -> None:
    raw = letter("I want to make a complaint.", message_id="<2@example.com>")
    jo.rooms.arrive(raw)
    ids = {one.case_id for one in jo.events()} - {jo.case}
    survivor = ids.pop()
    jo.put("open", merged_into=survivor)
    with jo.desk.database.read() as connection:
        old = cases.reference_of(connection, "ooma", jo.case)
        new = cases.reference_of(connection, "ooma", survivor)
    shown = text(jo.browser().get(jo.address))
    assert f"Reference {new}" in shown
    assert f"Your case {old} goes on as part of this one." in shown


# In its language ------------------------------------------------------------------------------


def test_it_speaks_the_language_of_the_case(tmp_path: Path) -> None:
    made = place(tmp_path, "jive", FRENCH)
    for asks in ("en", "fr", "nl", ""):
        page = made.browser().get(made.address, headers={"Accept-Language": asks})
        assert '<html lang="fr-CA"' in page.get_data(as_text=True)
        assert "Nous nous occupons de votre plainte" in text(page)
    asked = made.browser().get(f"{made.address}?ask=escalate")
    assert "gestionnaire supérieur ou direction de l’équipe de soutien" in text(asked)


def test_an_english_case_stays_english_in_a_french_browser(jo: Place) -> None:
    page = jo.browser().get(jo.address, headers={"Accept-Language": "fr-CA"})
    assert '<html lang="en"' in page.get_data(as_text=True)
    assert "We are working on your complaint" in text(page)


def test_a_dead_link_speaks_the_language_of_the_browser(jo: Place) -> None:
    page = jo.browser().get("/c/nothing", headers={"Accept-Language": "fr-CA"})
    assert '<html lang="fr"' in page.get_data(as_text=True)
    assert "Ce lien ne fonctionne plus" in text(page)


@pytest.mark.parametrize("language", ["en", "fr-CA"])
def test_every_state_has_its_words(jo: Place, language: str) -> None:
    for state in get_args(State):
        jo.put(state, language=language)
        assert jo.browser().get(jo.address).status_code == 200


# Looking is free ------------------------------------------------------------------------------


def test_looking_changes_nothing_whoever_looks(jo: Place) -> None:
    jo.propose()
    jo.rooms.user("kim@example.com", ("*", Role.ADMIN))
    agent = jo.browser()
    sign_in(agent, "kim@example.com")
    jo.rooms.clock.advance(hours=1)
    before = everything(jo)
    for browser in (jo.browser(), agent):
        for ask in ("", "?ask=confirm", "?ask=not_resolved", "?ask=escalate", "?do=confirm"):
            assert browser.get(jo.address + ask).status_code == 200
            assert browser.head(jo.address + ask).status_code == 200
        browser.options(jo.address)
        browser.put(jo.address, data={"do": "confirm"})
        browser.delete(jo.address)
    assert everything(jo) == before
    assert before[user_session.name]
    assert jo.acts.asked == []


def test_no_cookie_is_ever_set(jo: Place) -> None:
    jo.propose()
    answers = [
        jo.browser().get(jo.address),
        jo.browser().get(f"{jo.address}?ask=confirm"),
        jo.browser().get("/c/"),
        jo.browser().get("/c/nothing"),
        jo.browser().get(f"{jo.address}/more"),
        jo.browser().put(jo.address),
        jo.browser().post("/c/nothing"),
        jo.send(do="nothing"),
        jo.send(do="confirm"),
    ]
    assert [one.headers.get("Set-Cookie") for one in answers] == [None] * len(answers)
    for one in answers:
        assert one.headers["Cache-Control"] == "no-store"
        assert one.headers["Referrer-Policy"] == "no-referrer"
        assert one.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert one.headers["Content-Security-Policy"] == POLICY
        assert "Answerable" not in one.get_data(as_text=True)
        assert 'href="/"' not in one.get_data(as_text=True)


# When things go wrong -------------------------------------------------------------------------


def test_a_fault_is_said_kindly_and_logged_without_the_link(
    jo: Place, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(f"private words and {jo.token}")

    jo.propose()
    jo.acts.before = fails
    answer = jo.send(do="confirm")
    assert answer.status_code == 500
    assert "It is our fault, not yours" in text(answer)
    assert "RuntimeError" in caplog.text
    for secret in (jo.token, "private words"):
        assert secret not in caplog.text + answer.get_data(as_text=True)


def test_a_log_line_never_holds_a_link(jo: Place) -> None:
    formatter = logs.Masking("%(levelname)s %(message)s")
    try:
        raise ValueError(f"no way to http://127.0.0.1:8080{jo.address}?ask=confirm")
    except ValueError as error:
        fault = (ValueError, error, error.__traceback__)
        record = logging.LogRecord(
            "waitress", 40, "x", 1, "Exception while serving %s", (jo.address,), fault
        )
    said = formatter.format(record)
    assert jo.token not in said
    assert "Exception while serving /c/…" in said
    assert logs.mask("/sign-in/once/secret?x") == "/sign-in/once/…?x"
    assert logs.mask("/cases/ooma/1234") == "/cases/ooma/1234"


def test_a_form_larger_than_any_of_ours_is_not_read(jo: Place) -> None:
    jo.propose()
    assert jo.send(do="confirm", much="a" * 70_000).status_code == 404
    assert jo.acts.asked == []
