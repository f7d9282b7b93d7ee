"""New mail is noticed within seconds where the server can tell, and a dead line is found out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mail.imap import Mailbox
from mail.login import MailUnavailable
from plugin import runtime, watching
from plugin.desk import collect
from plugin.desk.collect import Box
from plugin.desk.ports import Desk
from plugin.store.schema import lease, mailbox
from plugin.watching import Watchman
from tests.plugin.support import NOW, box_settings, desk, letter, settings
from tests.servers.cutting import Cutting
from tests.servers.dovecot import PASSWORD
from tests.servers.imap import ImapServer
from tests.servers.wait import until

MUCH_LATER = NOW + timedelta(days=1)


def never() -> bool:
    return False


@pytest.fixture
def proxy(imap_server: ImapServer) -> Iterator[Cutting]:
    between = Cutting(imap_server.port)
    between.start()
    yield between
    between.stop()


@pytest.fixture
def at(tmp_path: Path, proxy: Cutting, mail_user: str) -> Iterator[Desk]:
    """A desk whose mailbox is polled once an hour, the last time just now."""
    box = box_settings(proxy.port, mail_user, PASSWORD, poll_seconds=3600, timeout_seconds=2)
    built = desk(f"sqlite:///{tmp_path}/answerable.db", settings(tmp_path, mailbox={"ooma": box}))
    (one,) = runtime.boxes(built)
    collect.collect(built, one, lambda: NOW)
    one.mailbox.close()
    yield built
    built.database.close()


@contextmanager
def watched(at: Desk) -> Iterator[list[str]]:
    """A watchman at work, from the moment that his first question has reached the server."""
    told: list[str] = []
    at = replace(at, tell=lambda kind, **facts: told.append(kind))

    def connect(box: Box) -> Mailbox:
        return runtime.watched(at, box)

    man = Watchman(at, runtime.boxes(at), connect, lambda: NOW)
    man.start()
    yield told
    man.stop()


def due(at: Desk) -> datetime:
    with at.database.read() as connection:
        moment: datetime = connection.execute(select(mailbox.c.next_at)).scalar_one()
    return moment


def put_off(at: Desk) -> None:
    at.database.write(lambda c: c.execute(mailbox.update().values(next_at=MUCH_LATER)))


def test_new_mail_is_noticed_without_a_poll(
    at: Desk, imap_server: ImapServer, proxy: Cutting, mail_user: str
) -> None:
    with watched(at):
        until(lambda: "IDLE" in proxy.commands, "it waits in IDLE")
        assert due(at) == NOW  # what came before it waited is looked for at once
        put_off(at)
        imap_server.append(mail_user, letter("I wish to complain."))
        until(lambda: due(at) == NOW, "the mailbox is due")
    assert "DONE" in proxy.commands


def test_mail_that_others_take_away_calls_for_no_visit(
    at: Desk, imap_server: ImapServer, proxy: Cutting, mail_user: str
) -> None:
    imap_server.append(mail_user, letter("I wish to complain."))
    (one,) = runtime.boxes(at)
    held = runtime.watched(at, one)
    held.open()
    asked: list[bool] = []

    def expunge() -> bool:
        if not asked:
            with imap_server.client(mail_user) as client:
                client.select_folder("INBOX")
                client.delete_messages(client.search())
                client.expunge()
        asked.append(True)
        return len(asked) > 3

    assert held.watch(60, expunge) is False
    held.close()


def test_mail_that_comes_during_a_visit_calls_for_another(
    at: Desk, imap_server: ImapServer, mail_user: str
) -> None:
    imap_server.append(mail_user, letter("I wish to complain."))
    (one,) = runtime.boxes(at)

    def meanwhile(step: str) -> None:
        if step == "fetched":
            collect.hurry(at, one, NOW + timedelta(minutes=1))

    put_off(at)
    assert (
        collect.collect(replace(at, step=meanwhile), one, lambda: NOW + timedelta(minutes=5)) == 1
    )
    assert due(at) == NOW + timedelta(minutes=1)
    collect.collect(at, one, lambda: NOW + timedelta(minutes=6))
    assert due(at) == NOW + timedelta(minutes=66)
    one.mailbox.close()


def test_a_line_whose_other_end_is_gone_is_found_out(at: Desk, proxy: Cutting) -> None:
    (one,) = runtime.boxes(at)
    held = runtime.watched(at, one)
    held.open()
    asked = 0

    def gone() -> bool:
        nonlocal asked
        asked += 1
        proxy.deaf = asked > 1
        return False

    with pytest.raises(MailUnavailable):
        held.watch(2, gone)
    proxy.deaf = False
    held.open()
    assert held.watch(1, never) is False
    held.close()


def test_a_line_that_is_cut_is_found_out_at_once(at: Desk, proxy: Cutting) -> None:
    (one,) = runtime.boxes(at)
    held = runtime.watched(at, one)
    held.open()
    asked = 0

    def cut() -> bool:
        nonlocal asked
        asked += 1
        if asked == 2:
            proxy.hang_up()
        return False

    with pytest.raises(MailUnavailable):
        held.watch(600, cut)
    assert asked <= 4


def test_one_worker_watches_a_mailbox_and_gives_it_back(at: Desk, proxy: Cutting) -> None:
    with watched(at):
        until(lambda: "IDLE" in proxy.commands, "it waits in IDLE")
        other = replace(at, worker="another")
        with watched(other):
            with at.database.read() as connection:
                held = connection.execute(select(lease.c.holder)).scalars().all()
            assert held == [at.worker]
    with at.database.read() as connection:
        assert not connection.execute(select(lease.c.name)).all()
    assert proxy.commands.count("IDLE") == 1


def test_a_server_that_cannot_tell_is_polled_and_left_alone(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imapclient.IMAPClient.has_capability", lambda self, name: name != "IDLE")
    with watched(at) as told:
        until(lambda: "not_watched" in told, "it says that it cannot watch")


def test_a_mailbox_that_is_not_to_be_watched_is_not(at: Desk, proxy: Cutting) -> None:
    box = at.settings.mailbox["ooma"].model_copy(update={"watch": False})
    off = at.settings.model_copy(update={"mailbox": {"ooma": box}})
    proxy.cut(None)
    man = Watchman(
        replace(at, settings=off),
        runtime.boxes(replace(at, settings=off)),
        lambda box: runtime.watched(at, box),
        lambda: NOW,
    )
    man.start()
    man.stop()
    assert not proxy.commands


def test_every_question_is_shorter_than_servers_bear() -> None:
    # RFC 2177: asked anew at least every 29 minutes.
    assert watching.SECONDS < 29 * 60
    assert timedelta(seconds=watching.SECONDS) < watching.LEASE


def test_threads_end_when_watching_stops(at: Desk, proxy: Cutting) -> None:
    with watched(at):
        until(lambda: "IDLE" in proxy.commands, "it waits in IDLE")
    assert not [one for one in threading.enumerate() if one.name.startswith("watch ")]
