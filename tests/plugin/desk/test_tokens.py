"""Tokens kept for mail servers: got once, renewed early, given up when refused, and told of."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from mail.imap import Mailbox
from mail.login import Login, MailRefused, MailUnavailable
from mail.oauth import Client, Granted, refreshing
from plugin.desk.ports import Desk
from plugin.desk.tokens import Keeper
from plugin.store.schema import access_token, alert, lease
from tests.plugin.support import Clock, desk, settings
from tests.servers.dovecot import Dovecot
from tests.servers.tokens import CLIENT, REFRESH, SECRET, USER, TokenServer
from tests.servers.wait import HOST


class Service:
    """Grants `granted` tokens of an hour, or raises what it is told to."""

    def __init__(self) -> None:
        self.used: list[str] = []
        self.error: Exception | None = None
        self.refresh = ""

    def __call__(self, refresh: str) -> Granted:
        self.used.append(refresh)
        if self.error is not None:
            raise self.error
        return Granted(f"token-{len(self.used)}", 3600, self.refresh, None)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    built = desk(f"sqlite:///{tmp_path}/answerable.db", settings(tmp_path))
    yield built
    built.database.close()


def keeper(at: Desk, service: Service, clock: Clock, *under: str) -> Keeper:
    return Keeper(at, "mailbox.ooma", ["ooma"], service, "refresh-0", under, clock)


def alerts(at: Desk) -> list[tuple[str, bool]]:
    with at.database.read() as connection:
        rows = connection.execute(select(alert).where(alert.c.about == "token_refused")).all()
    return [(row.text, row.cleared_at is not None) for row in rows]


def test_a_token_is_asked_for_once_and_used_until_it_ages(at: Desk) -> None:
    service, clock = Service(), Clock()
    kept = keeper(at, service, clock)
    assert {kept.access() for _ in range(50)} == {"token-1"}
    clock.advance(minutes=44, seconds=59)
    assert kept.access() == "token-1"
    clock.advance(seconds=1)
    assert kept.access() == "token-2"
    assert len(service.used) == 2


def test_every_worker_and_every_start_uses_the_same_token(at: Desk) -> None:
    service, clock = Service(), Clock()
    keeper(at, service, clock).access()
    other = keeper(replace(at, worker="another"), service, clock)
    assert other.access() == "token-1"
    assert len(service.used) == 1


def test_other_settings_get_a_token_of_their_own(at: Desk) -> None:
    service, clock = Service(), Clock()
    keeper(at, service, clock, "client-1").access()
    assert keeper(at, service, clock, "client-2").access() == "token-2"


def test_a_new_refresh_token_takes_the_place_of_the_old_one(at: Desk) -> None:
    service, clock = Service(), Clock()
    service.refresh = "refresh-1"
    keeper(at, service, clock).access()
    clock.advance(hours=2)
    service.refresh = ""
    keeper(at, service, clock).access()
    clock.advance(hours=2)
    keeper(at, service, clock).access()
    assert service.used == ["refresh-0", "refresh-1", "refresh-1"]


def test_no_token_can_be_read_in_the_database(at: Desk) -> None:
    service = Service()
    service.refresh = "refresh-1"
    keeper(at, service, Clock()).access()
    with at.database.read() as connection:
        row = connection.execute(select(access_token)).one()
    assert b"token-1" not in row.sealed
    assert b"refresh-1" not in row.sealed
    assert "token-1" not in repr(row._asdict())


def test_a_service_in_trouble_leaves_the_old_token_in_use(at: Desk) -> None:
    service, clock = Service(), Clock()
    kept = keeper(at, service, clock)
    kept.access()
    clock.advance(minutes=50)
    service.error = MailUnavailable("no answer")
    assert kept.access() == "token-1"
    assert not alerts(at)
    clock.advance(minutes=11)
    with pytest.raises(MailUnavailable, match="no answer"):
        kept.access()
    ((told, cleared),) = alerts(at)
    assert "mail stands still" in told
    assert not cleared
    service.error = None
    clock.advance(minutes=15)
    kept.access()
    assert [cleared for _, cleared in alerts(at)] == [True]


def test_a_service_that_fails_is_not_asked_at_every_poll(at: Desk) -> None:
    service, clock = Service(), Clock()
    service.error = MailUnavailable("no answer")
    kept = keeper(at, service, clock)
    for _ in range(30):
        with pytest.raises(MailUnavailable, match="no answer"):
            kept.access()
        clock.advance(seconds=30)
    # Asked at 0, 1, 3 and 7 minutes; the next would be at 15.
    assert len(service.used) == 4


def test_a_refusal_is_told_while_the_old_token_is_still_good(at: Desk) -> None:
    service, clock = Service(), Clock()
    kept = keeper(at, service, clock)
    kept.access()
    clock.advance(minutes=50)
    service.error = MailRefused("invalid_grant")
    assert kept.access() == "token-1"
    ((told, _),) = alerts(at)
    assert "the old one ends 24 Nov 11:00 UTC" in told
    assert "invalid_grant" in told


def test_a_token_that_a_server_refused_is_given_to_nobody_again(at: Desk) -> None:
    service, clock = Service(), Clock()
    kept = keeper(at, service, clock)
    other = keeper(replace(at, worker="another"), service, clock)
    kept.refused(kept.access())
    assert (kept.access(), other.access()) == ("token-2", "token-2")
    other.refused("token-1")
    assert kept.access() == "token-2"


def test_one_worker_at_a_time_asks_for_a_new_token(at: Desk) -> None:
    clock = Clock()
    second = Service()

    class Meanwhile(Service):
        def __call__(self, refresh: str) -> Granted:
            with pytest.raises(MailUnavailable, match="another worker"):
                keeper(replace(at, worker="another"), second, clock).access()
            return super().__call__(refresh)

    assert keeper(at, Meanwhile(), clock).access() == "token-1"
    assert not second.used


def test_two_threads_of_one_worker_use_up_one_refresh_token(at: Desk) -> None:
    clock = Clock()
    asked = threading.Event()
    go = threading.Event()

    class Slow(Service):
        def __call__(self, refresh: str) -> Granted:
            asked.set()
            assert go.wait(10)
            return super().__call__(refresh)

    slow, quick = Slow(), Service()
    got: list[str] = []
    first = threading.Thread(target=lambda: got.append(keeper(at, slow, clock).access()))
    second = threading.Thread(target=lambda: got.append(keeper(at, quick, clock).access()))
    first.start()
    assert asked.wait(10)
    second.start()
    go.set()
    first.join()
    second.join()
    assert got == ["token-1", "token-1"]
    assert not quick.used


def test_a_failure_does_not_undo_what_somebody_was_granted_meanwhile(at: Desk) -> None:
    clock = Clock()

    class Late(Service):
        def __call__(self, refresh: str) -> Granted:
            at.database.write(lambda c: c.execute(lease.delete()))
            keeper(replace(at, worker="another"), Service(), clock).access()
            raise MailRefused("invalid_grant")

    assert keeper(at, Late(), clock).access() == "token-1"
    assert not alerts(at)


def test_a_clock_that_was_ahead_shuts_nothing(at: Desk) -> None:
    service, clock = Service(), Clock()
    service.error = MailUnavailable("no answer")
    kept = keeper(at, service, clock)
    clock.advance(days=3650)
    with pytest.raises(MailUnavailable):
        kept.access()
    clock.advance(days=-3650)
    service.error = None
    assert kept.access() == "token-2"


def login(dovecot: Dovecot, kept: Keeper) -> Login:
    return Login(HOST, dovecot.port, "plain", USER, "", timeout=20, tokens=kept)


def test_a_mailbox_opens_with_a_token_and_with_a_new_one_when_it_is_revoked(
    at: Desk, token_server: TokenServer, token_dovecot: Dovecot
) -> None:
    kept = real_keeper(at, token_server)
    box = Mailbox(login(token_dovecot, kept), "INBOX")
    box.open()
    box.close()
    assert token_server.granted == ["token-1"]
    token_server.revoke()
    box.open()
    box.close()
    assert token_server.granted == ["token-1", "token-2"]
    assert kept.access() == "token-2"


def test_a_token_that_ends_is_renewed_before_a_server_refuses_it(
    at: Desk, token_server: TokenServer, token_dovecot: Dovecot
) -> None:
    clock = Clock()
    kept = real_keeper(at, token_server, clock)
    box = Mailbox(login(token_dovecot, kept), "INBOX")
    box.open()
    box.close()
    clock.advance(minutes=59)
    box.open()
    box.close()
    token_server.revoke()
    token_server.status = 503
    clock.advance(hours=2)
    with pytest.raises(MailUnavailable, match="503"):
        box.open()
    token_server.status = 200
    clock.advance(minutes=1)
    box.open()
    box.close()
    assert token_server.granted == ["token-1", "token-2", "token-3"]


def test_a_mailbox_that_takes_no_token_of_ours_says_so(
    at: Desk, token_server: TokenServer, token_dovecot: Dovecot
) -> None:
    token_server.user = "somebody.else@ooma.example"
    kept = real_keeper(at, token_server)
    box = Mailbox(login(token_dovecot, kept), "INBOX")
    with pytest.raises(MailRefused, match="sign-in refused"):
        box.open()
    assert len(token_server.granted) == 2


def test_a_mailbox_whose_consent_was_withdrawn_says_so(
    at: Desk, token_server: TokenServer, token_dovecot: Dovecot
) -> None:
    token_server.refresh = "another"
    kept = real_keeper(at, token_server)
    with pytest.raises(MailRefused, match="invalid_grant"):
        Mailbox(login(token_dovecot, kept), "INBOX").open()
    ((told, _),) = alerts(at)
    assert "mail stands still" in told


def test_a_server_without_tokens_is_named(at: Desk, dovecot: Dovecot) -> None:
    kept = keeper(at, Service(), Clock())
    with pytest.raises(MailRefused, match="takes no OAuth2 tokens"):
        Mailbox(login(dovecot, kept), "INBOX").open()


def real_keeper(at: Desk, server: TokenServer, clock: Clock | None = None) -> Keeper:
    grant = refreshing(Client(CLIENT, SECRET, "", server.ca_file), f"{server.url}/token")
    return Keeper(at, "mailbox.ooma", ["ooma"], grant, REFRESH, (), clock or Clock())
