"""Signing in: who gets in, who is slowed down, and that nobody can shut another out."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from plugin import passwords
from plugin.cases.roles import Role
from plugin.desk import people
from plugin.desk.people import FREE_FAILURES, FREE_FAILURES_OF_NETWORK, SESSION_IDLE, SESSION_LASTS
from plugin.store import people as rows
from tests.plugin.web.rooms import PASSWORD, Rooms, rooms, sign_in, submit, text

pytestmark = pytest.mark.slow

AGENT = ("ooma", Role.AGENT)
KIM = "kim@example.com"


@pytest.fixture
def panel(tmp_path: Path) -> Rooms:
    return rooms(tmp_path)


def test_a_stranger_is_sent_to_the_sign_in_and_back_to_where_they_wanted(panel: Rooms) -> None:
    panel.user(KIM, AGENT)
    browser = panel.client()
    sent = browser.get("/waiting?x=1")
    assert (sent.status_code, sent.location) == (302, "/sign-in?next=/waiting?x%3D1")
    in_ = submit(browser, "/sign-in", sent.location, email=KIM, password=PASSWORD, next="/waiting")
    assert in_.location == "/waiting"
    assert browser.get("/waiting").status_code == 200


def test_an_address_is_read_however_it_is_written(panel: Rooms) -> None:
    panel.user(KIM, AGENT)
    assert sign_in(panel.client(), "  Kim@Example.COM ").status_code == 302


def test_a_wrong_password_and_an_unknown_account_are_answered_alike(panel: Rooms) -> None:
    panel.user(KIM, AGENT)
    wrong = sign_in(panel.client(), KIM, "not the password")
    unknown = sign_in(panel.client(), "nobody@example.com", "not the password")
    assert wrong.status_code == unknown.status_code == 422
    said = "do not go together"
    assert said in text(wrong)
    assert said in text(unknown)
    assert "not the password" not in wrong.get_data(as_text=True)


def test_many_wrong_passwords_slow_down_their_sender_and_nobody_else(panel: Rooms) -> None:
    panel.user(KIM, AGENT)
    attacker = panel.client(address="198.51.100.9")
    for _ in range(FREE_FAILURES):
        assert "do not go together" in text(sign_in(attacker, KIM, "wrong"))
    assert "too many tries" in text(sign_in(attacker, KIM, "wrong"))
    # Even the right password waits there, so that a guess gives nothing away.
    assert "too many tries" in text(sign_in(attacker, KIM))
    assert sign_in(panel.client(address="192.0.2.7"), KIM).status_code == 302
    panel.clock.advance(seconds=31)
    assert sign_in(attacker, KIM).status_code == 302


def test_the_wait_doubles_and_has_an_end(panel: Rooms) -> None:
    panel.user(KIM, AGENT)
    attempt = people.Attempt("198.51.100.9")
    waits = []
    for _ in range(FREE_FAILURES + 8):
        refused = people.sign_in(panel.desk, KIM, "wrong", attempt, panel.clock())
        assert isinstance(refused, people.Refused)
        if refused.retry_at is not None:
            waits.append((refused.retry_at - panel.clock()).total_seconds())
            panel.clock.now = refused.retry_at
            people.sign_in(panel.desk, KIM, "wrong", attempt, panel.clock())
    assert waits[:4] == [30, 60, 120, 240]
    assert waits[-1] == 15 * 60


def test_a_browser_known_before_is_not_shut_out_by_guesses_from_its_own_network(
    panel: Rooms,
) -> None:
    panel.user(KIM, AGENT)
    known = panel.client()
    sign_in(known, KIM)
    submit(known, "/sign-out", "/account")
    guesser = panel.client()
    for _ in range(FREE_FAILURES + 1):
        sign_in(guesser, KIM, "wrong")
    assert "too many tries" in text(sign_in(guesser, KIM))
    assert sign_in(known, KIM).status_code == 302


def test_a_token_of_another_persons_browser_helps_nobody(panel: Rooms) -> None:
    panel.user(KIM, AGENT)
    panel.user("lee@example.com", AGENT)
    thief = panel.client()
    sign_in(thief, "lee@example.com")
    submit(thief, "/sign-out", "/account")
    for _ in range(FREE_FAILURES):
        sign_in(thief, KIM, "wrong")
    assert "too many tries" in text(sign_in(thief, KIM, "wrong"))


def test_guesses_at_many_accounts_from_one_network_are_slowed_down_together(panel: Rooms) -> None:
    panel.user(KIM, AGENT)
    attempt = people.Attempt("2001:db8:1:2:aaaa::1")
    for number in range(FREE_FAILURES_OF_NETWORK):
        people.sign_in(panel.desk, f"user{number}@example.com", "wrong", attempt, panel.clock())
    neighbour = people.Attempt("2001:db8:1:2:bbbb::2")  # the same /64
    elsewhere = people.Attempt("2001:db8:1:3::1")
    refused = people.sign_in(panel.desk, KIM, PASSWORD, neighbour, panel.clock())
    assert isinstance(refused, people.Refused)
    let_in = people.sign_in(panel.desk, KIM, PASSWORD, elsewhere, panel.clock())
    assert isinstance(let_in, people.SignedIn)


def test_good_sign_ins_do_not_fill_up_a_networks_count(panel: Rooms) -> None:
    panel.user(KIM, AGENT)
    for _ in range(FREE_FAILURES_OF_NETWORK + 5):
        made = people.sign_in(panel.desk, KIM, PASSWORD, people.Attempt("192.0.2.1"), panel.clock())
        assert isinstance(made, people.SignedIn)


def test_a_one_time_sign_in_works_once_and_not_by_looking(panel: Rooms) -> None:
    id = people.add_user(panel.desk, KIM, "Kim", [], panel.clock())
    assert id is not None
    link = "/sign-in/once/" + people.one_time_link(panel.desk, id, panel.clock())
    for _ in range(3):
        assert panel.client().get(link).status_code == 200
    first = panel.client()
    assert submit(first, link).status_code == 302
    assert first.get("/account").status_code == 200
    again = panel.client()
    assert again.get(link).status_code == 410
    assert submit(again, link, "/sign-in").status_code == 410
    assert again.get("/account").status_code == 302


def test_a_one_time_sign_in_ends_by_itself_and_with_the_next_one(panel: Rooms) -> None:
    id = people.add_user(panel.desk, KIM, "Kim", [], panel.clock())
    assert id is not None
    older = people.one_time_link(panel.desk, id, panel.clock())
    newer = people.one_time_link(panel.desk, id, panel.clock())
    assert panel.client().get(f"/sign-in/once/{older}").status_code == 410
    assert panel.client().get(f"/sign-in/once/{newer}").status_code == 200
    panel.clock.advance(hours=24)
    assert panel.client().get(f"/sign-in/once/{newer}").status_code == 410


def test_signing_out_ends_the_session_and_not_only_the_cookie(panel: Rooms) -> None:
    browser = panel.signed_in(AGENT)
    kept = browser.get_cookie("answerable")
    assert kept is not None
    submit(browser, "/sign-out", "/account")
    browser.set_cookie("answerable", kept.value)
    assert browser.get("/cases").status_code == 302


def test_a_session_ended_elsewhere_is_ended_here_at_once(panel: Rooms) -> None:
    one = panel.signed_in(AGENT)
    other = panel.client()
    sign_in(other, KIM)
    assert len(re.findall("last used", text(one.get("/account")))) == 2
    submit(one, "/account/sessions/end-others", "/account")
    assert other.get("/cases").status_code == 302
    assert one.get("/cases").status_code == 200


def test_nobody_can_end_another_persons_session(panel: Rooms) -> None:
    panel.signed_in(AGENT)
    with panel.desk.database.read() as connection:
        user = rows.by_email(connection, KIM)
        assert user is not None
        (session,) = rows.sessions(connection, user.id)
    other = panel.signed_in(AGENT, email="lee@example.com")
    submit(other, f"/account/sessions/{session.digest}/end", "/account")
    with panel.desk.database.read() as connection:
        assert len(rows.sessions(connection, user.id)) == 1


def test_a_session_ends_when_nobody_uses_it_and_at_the_latest_after_its_time(panel: Rooms) -> None:
    browser = panel.signed_in(AGENT)
    panel.clock.now += SESSION_IDLE - timedelta(minutes=1)
    assert browser.get("/cases").status_code == 200
    panel.clock.now += SESSION_IDLE
    assert browser.get("/cases").status_code == 302
    sign_in(browser, KIM)
    for _ in range(int(SESSION_LASTS / timedelta(hours=1)) - 1):
        panel.clock.advance(hours=1)
        assert browser.get("/cases").status_code == 200
    panel.clock.advance(hours=1)
    assert browser.get("/cases").status_code == 302


def test_a_page_that_refreshes_itself_keeps_no_session_alive(panel: Rooms) -> None:
    browser = panel.signed_in(AGENT)
    for _ in range(int(SESSION_IDLE / timedelta(minutes=10)) - 1):
        panel.clock.advance(minutes=10)
        assert browser.get("/cases", headers={"HX-Request": "true"}).status_code == 200
    panel.clock.advance(minutes=10)
    ended = browser.get("/cases", headers={"HX-Request": "true"})
    assert (ended.status_code, ended.headers["HX-Refresh"]) == (401, "true")


def test_a_disabled_person_is_out_at_once(panel: Rooms) -> None:
    browser = panel.signed_in(AGENT)
    with panel.desk.database.read() as connection:
        user = rows.by_email(connection, KIM)
    assert user is not None
    people.disable(panel.desk, user.id, panel.clock())
    assert browser.get("/cases").status_code == 302
    assert "do not go together" in text(sign_in(panel.client(), KIM))
    people.disable(panel.desk, user.id, None)
    assert sign_in(panel.client(), KIM).status_code == 302


@pytest.mark.parametrize(
    ("present", "new", "said"),
    [
        ("wrong", "a very good new one", "not your present password"),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, "aaaaaaaaaaaaaa", "too few characters"),
        (PASSWORD, "kimberley 2026", "own name"),
        (PASSWORD, "x" * 150 + "abcdefg" * 20, "too long"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_the_reason(
    panel: Rooms, present: str, new: str, said: str
) -> None:
    browser = panel.signed_in(AGENT, email="kimberley@example.com")
    shown = submit(browser, "/account", present=present, new=new)
    assert shown.status_code == 422
    assert re.search(said, text(shown))
    assert new not in shown.get_data(as_text=True)


def test_a_new_password_ends_every_other_session(panel: Rooms) -> None:
    browser = panel.signed_in(AGENT)
    other = panel.client()
    sign_in(other, KIM)
    new = "seven quiet herons wade"
    assert submit(browser, "/account", present=PASSWORD, new=new).status_code == 302
    assert browser.get("/cases").status_code == 200
    assert other.get("/cases").status_code == 302
    assert sign_in(panel.client(), KIM).status_code == 422
    assert sign_in(panel.client(), KIM, new).status_code == 302


@pytest.mark.parametrize(
    "next_",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/a\tb",
        "javascript:alert(1)",
        "/%0d%0aX: y\r\nX: y",
        " /cases",
        "/sign-in",
        "",
    ],
)
def test_after_signing_in_nobody_is_led_away(panel: Rooms, next_: str) -> None:
    panel.user(KIM, AGENT)
    in_ = submit(panel.client(), "/sign-in", email=KIM, password=PASSWORD, next=next_)
    assert in_.location == "/"


@pytest.mark.parametrize(
    "address", ["/sign-in", "/sign-out", "/account", "/preferences", "/account/sessions/end-others"]
)
def test_a_form_without_its_token_changes_nothing_and_says_so(panel: Rooms, address: str) -> None:
    browser = panel.signed_in(AGENT)
    shown = browser.post(address, data={"theme": "dark"})
    assert shown.status_code == 400
    assert "This form has expired" in text(shown)
    assert browser.get("/cases").status_code == 200


def test_nothing_of_a_strangers_session_is_carried_into_ones_own(panel: Rooms) -> None:
    panel.user(KIM, AGENT)
    browser = panel.client()
    with browser.session_transaction() as planted:
        planted["planted"] = "yes"
    sign_in(browser, KIM)
    with browser.session_transaction() as held:
        assert "planted" not in held


def test_cookies_are_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    secure = rooms(tmp_path, web={"url": "https://panel.example.com"})
    secure.user(KIM, AGENT)
    browser = secure.client()
    base = "https://panel.example.com/"
    shown = browser.get("/sign-in", base_url=base).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    assert token is not None
    fields = {"csrf_token": token[1], "email": KIM, "password": PASSWORD}
    made = browser.post("/sign-in", data=fields, base_url=base, headers={"Referer": base})
    assert made.status_code == 302
    cookies = made.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "; Secure" in cookie
        assert "; HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    assert "max-age=31536000" in made.headers["Strict-Transport-Security"]


def test_the_database_holds_nothing_that_signs_anybody_in(panel: Rooms) -> None:
    browser = panel.signed_in(AGENT)
    id = people.add_user(panel.desk, "lee@example.com", "Lee", [], panel.clock())
    assert id is not None
    link = people.one_time_link(panel.desk, id, panel.clock())
    with browser.session_transaction() as held:
        value = held["s"]
    dump = "\n".join(panel.desk.database.engine.raw_connection().driver_connection.iterdump())  # type: ignore[union-attr]
    assert PASSWORD not in dump
    assert "$argon2id$" in dump
    assert value not in dump
    assert link not in dump


def test_what_has_ended_is_tidied_away(panel: Rooms) -> None:
    panel.signed_in(AGENT)
    sign_in(panel.client(), KIM, "wrong")
    assert people.tidy(panel.desk, panel.clock()) == 0
    panel.clock.advance(days=2)
    assert people.tidy(panel.desk, panel.clock()) == 3


def test_a_forgotten_password_is_replaced_by_way_of_a_link_and_only_so(panel: Rooms) -> None:
    id = panel.user(KIM, AGENT)
    browser = panel.client()
    link = "/sign-in/once/" + people.one_time_link(panel.desk, id, panel.clock())
    submit(browser, link)
    assert "Present password" not in text(browser.get("/account"))
    new = "seven quiet herons wade"
    assert submit(browser, "/account", new=new).status_code == 302
    assert sign_in(panel.client(), KIM, new).status_code == 302
    # The link has done its work: the next change asks for the password again.
    assert submit(browser, "/account", new="eight loud herons wade").status_code == 422


def test_signing_in_by_link_ends_the_session_before_it(panel: Rooms) -> None:
    id = panel.user(KIM, AGENT)
    browser = panel.client()
    sign_in(browser, KIM)
    submit(browser, "/sign-in/once/" + people.one_time_link(panel.desk, id, panel.clock()))
    with panel.desk.database.read() as connection:
        assert len(rows.sessions(connection, id)) == 1


def test_a_password_changed_while_it_was_checked_lets_nobody_in(
    panel: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = panel.user(KIM, AGENT)

    def matches(_password: str, _kept: str | None) -> bool:
        panel.desk.database.write(lambda c: rows.set_password(c, id, "another"))
        return True

    monkeypatch.setattr(passwords, "matches", matches)
    made = people.sign_in(panel.desk, KIM, "old", people.Attempt("192.0.2.1"), panel.clock())
    assert isinstance(made, people.Refused)


def test_a_flood_of_sign_ins_is_told_to_wait_and_costs_nobody_a_try(
    panel: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.user(KIM, AGENT)
    full = threading.BoundedSemaphore(1)
    full.acquire()
    browser = panel.client()
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "_queue", full)
        for _ in range(FREE_FAILURES + 2):
            shown = sign_in(browser, KIM)
            assert shown.status_code == 503
            assert "This try was not counted" in text(shown)
    assert sign_in(browser, KIM).status_code == 302


def test_an_address_with_a_nul_is_nobodys(panel: Rooms) -> None:
    assert "do not go together" in text(sign_in(panel.client(), "a\0b@example.com"))
