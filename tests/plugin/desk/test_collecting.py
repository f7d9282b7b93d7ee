"""Collecting by a whole desk, from Dovecot and from pymap: whatever becomes of mailbox and folders.

Mailboxes are made anew, folders are missing, refuse, or are full, other clients take mails away and
a second worker comes along: every mail is a case once, and what cannot be filed is seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, Table, func, select, update

from plugin import doctor, runtime
from plugin.desk import collect
from plugin.desk.collect import Box
from plugin.desk.ports import Desk
from plugin.desk.reconcile import Sum, reconcile
from plugin.settings import load
from plugin.store.schema import alert, blob, case, delivery, inbound, lease, mailbox, mailbox_uid
from tests.plugin.desk.test_first_light import COMPLAINT, Installation
from tests.plugin.desk.test_reconcile import box_of
from tests.plugin.support import letter
from tests.servers.cutting import Cutting
from tests.servers.dovecot import SMALL, Dovecot
from tests.servers.imap import ImapServer
from tests.servers.smtp import SmtpCatcher

FOLDER = "Complaints"
BULK = b"From: a@example.com\r\nPrecedence: bulk\r\n\r\nnews\r\n"
UNREADABLE = b"X-Much: " + b"a" * 300_000 + b"\r\n\r\nhello\r\n"


def complaint(number: int) -> bytes:
    """A complaint of its own customer."""
    sender = f"Ann <ann{number}@example.com>"
    raw = letter(COMPLAINT, sender=sender, message_id=f"<{number}@example.com>")
    return raw.replace(b"\n", b"\r\n")


def question(number: int) -> bytes:
    """A mail that is no complaint."""
    sender = f"Kit <kit{number}@example.net>"
    raw = letter("When are you open?", sender=sender, message_id=f"<q{number}@example.net>")
    return raw.replace(b"\n", b"\r\n")


class Place(Installation):
    """An installation that collects from a folder of its own and files nothing, unless told."""

    def __init__(self, folder: Path, server: ImapServer, smtp: SmtpCatcher, user: str) -> None:
        super().__init__(folder, f"sqlite:///{folder}/answerable.db", server, smtp, user)
        self.server, self.ahead = server, timedelta(0)
        self.set("folder", FOLDER)
        self.set("file_into", {})

    def set(self, key: str, value: str | int | dict[str, str]) -> None:
        """Change a setting of the mailbox."""
        said = repr(value)
        if isinstance(value, dict):
            said = "{" + ", ".join(f'{lane} = "{folder}"' for lane, folder in value.items()) + "}"
        before, section, rest = self.path.read_text(encoding="utf-8").partition("[mailbox.ooma]")
        rest = re.sub(rf"(?m)^{key} = .*\n", "", rest)
        self.path.write_text(f"{before}{section}\n{key} = {said}{rest}", encoding="utf-8")

    def make(self) -> None:
        """Make the folder."""
        with self.server.client(self.user) as client:
            client.create_folder(FOLDER)

    def drop(self) -> None:
        """Delete the folder with all that is in it."""
        with self.server.client(self.user) as client:
            client.delete_folder(FOLDER)

    def put(self, *mails: bytes) -> None:
        for raw in mails:
            self.server.append(self.user, raw, folder=FOLDER)

    def visit(self, times: int = 1) -> None:
        """Work, so many times, each a little later than any back-off so far."""
        for _ in range(times):
            self.ahead += timedelta(minutes=5)
            self.work(self.ahead)

    def left(self, folder: str = FOLDER) -> list[bytes]:
        return self.server.messages(self.user, folder)

    @contextmanager
    def opened(self) -> Iterator[tuple[Desk, Box]]:
        built = self.desk()
        box = box_of(built)
        try:
            yield built, box
        finally:
            box.mailbox.close()
            built.database.close()

    def rows(self, table: Table) -> list[Row[Any]]:
        with self.opened() as (built, _), built.database.read() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))

    def box(self) -> Row[Any]:
        """The mailbox's row."""
        (row,) = self.rows(mailbox)
        return row

    def alerts(self, *, cleared: bool = True) -> list[str]:
        """What there are alerts about mailboxes; only open ones without `cleared`."""
        rows = [row for row in self.rows(alert) if row.about.startswith("mailbox")]
        return [row.text for row in rows if cleared or row.cleared_at is None]

    def outcomes(self) -> dict[str, int]:
        with self.opened() as (built, _), built.database.read() as connection:
            count = select(inbound.c.outcome, func.count()).group_by(inbound.c.outcome)
            return {str(outcome): number for outcome, number in connection.execute(count)}

    def account(self) -> Sum:
        with self.opened() as (built, box):
            return reconcile(built, box)

    def acknowledged(self) -> int:
        """How many letters went out."""
        assert self.count(delivery, delivery.c.state == "sent") == len(self.smtp.letters)
        return len(self.smtp.letters)


@pytest.fixture
def at_dovecot(tmp_path: Path, dovecot: Dovecot, smtp: SmtpCatcher, mail_user: str) -> Place:
    place = Place(tmp_path, dovecot, smtp, mail_user)
    place.make()
    return place


@pytest.fixture
def place(tmp_path: Path, imap_server: ImapServer, smtp: SmtpCatcher, mail_user: str) -> Place:
    """An installation at each server."""
    place = Place(tmp_path, imap_server, smtp, mail_user)
    place.make()
    return place


def test_what_is_filed_or_taken_away_between_two_visits_leaves_a_gap_and_nothing_else(
    place: Place,
) -> None:
    place.set("file_into", {"handled": "Handled"})
    place.put(complaint(1), question(2), complaint(3))
    place.visit(2)
    with place.server.client(place.user) as client:
        client.select_folder(FOLDER)
        client.delete_messages(client.search())
        client.expunge()
    place.put(complaint(4), question(5))
    place.visit(2)
    assert place.outcomes() == {"case_opened": 3, "not_case": 2}
    assert place.acknowledged() == 3
    uids = [row.uid for row in place.rows(mailbox_uid)]
    assert uids == list(range(uids[0], uids[0] + 5))
    assert place.account().adds_up
    assert place.left() == [question(5)]


@pytest.mark.parametrize("command", ["RFC822.SIZE", "BODY.PEEK", "MOVE"])
def test_a_mail_that_another_client_takes_away_meanwhile_stops_nothing(
    place: Place, command: str
) -> None:
    place.set("file_into", {"handled": "Handled"})
    place.put(complaint(1), complaint(2), complaint(3))
    proxy = Cutting(place.server.port)

    def passing(line: str) -> None:
        if command in line:
            proxy.passing = lambda line: None
            with place.server.client(place.user) as client:
                client.select_folder(FOLDER)
                client.delete_messages([sorted(client.search())[1]])
                client.expunge()

    proxy.passing = passing
    proxy.start()
    place.set("port", proxy.port)
    try:
        place.visit(2)
    finally:
        proxy.stop()
    assert place.count(blob, blob.c.size == 0) == 0, "nothing was taken for an empty mail"
    kept = place.count(inbound)
    assert kept in ((3,) if command == "MOVE" else (2, 3))
    assert place.outcomes() == {"case_opened": kept}
    assert place.acknowledged() == kept
    assert sorted(place.left("Handled")) == sorted([complaint(1), complaint(3)])
    assert (place.box().error, place.box().failures, place.alerts()) == (None, 0, [])


def test_a_mailbox_made_anew_with_the_same_mails_brings_only_the_new_ones(place: Place) -> None:
    mails = (complaint(1), question(2), BULK, UNREADABLE)
    place.put(*mails)
    place.visit()
    before = place.box().uidvalidity
    place.drop()
    place.make()
    place.put(complaint(3), *mails, complaint(4))
    place.visit()
    assert place.box().uidvalidity != before
    assert place.outcomes() == {
        "case_opened": 3,
        "not_case": 1,
        "automatic": 1,
        "quarantined": 1,
        "duplicate": 4,
    }
    assert place.count(case) == place.acknowledged() == 3
    account = place.account()
    assert (account.adds_up, account.server, account.held, account.earlier) == (True, 6, 6, 4)


def test_a_mailbox_made_anew_and_empty_loses_nothing_and_goes_on(place: Place) -> None:
    place.put(complaint(1), complaint(2))
    place.visit()
    place.drop()
    place.make()
    place.visit()
    assert (place.box().seen_uid, place.box().error) == (0, None)
    # The first mail bears a UID that one of the old mails may have had.
    place.put(complaint(3))
    place.visit()
    assert place.count(case) == place.acknowledged() == 3
    assert place.account().adds_up


def test_a_folder_that_is_missing_is_said_waited_for_and_collected_when_it_is_there(
    place: Place,
) -> None:
    place.drop()
    waits = []
    for number in (1, 2, 3):
        start = runtime.utc_now() + place.ahead + timedelta(minutes=5)
        place.visit()
        row = place.box()
        assert row.failures == number
        assert re.search("(?i)complaints|exist|not found", row.error)
        waits.append(round((row.next_at - start) / timedelta(seconds=60)))
    assert waits == [1, 2, 4]
    (said,) = place.alerts()
    assert said.startswith("The mailbox ooma cannot be read: ")

    place.make()
    place.put(complaint(1))
    place.visit()
    assert (place.box().error, place.box().failures) == (None, 0)
    assert place.acknowledged() == 1

    place.drop()
    place.visit()
    assert len(place.alerts()) == 2, "a second time is told of again"


def test_a_second_worker_leaves_a_mailbox_alone_that_is_being_visited(place: Place) -> None:
    place.put(*(complaint(number) for number in range(3)))
    with place.opened() as (first, box), place.opened() as (second, other):
        second = replace(second, worker="another")
        found: list[int] = []

        def step(reached: str) -> None:
            if reached == "fetched":
                found.append(collect.collect(second, other, runtime.utc_now))

        assert collect.collect(replace(first, step=step), box, runtime.utc_now) == 3
        assert found == [0]
        assert collect.collect(second, other, runtime.utc_now) == 0, "there is nothing new"
    place.visit()
    assert place.count(case) == place.acknowledged() == place.count(inbound) == 3


def test_a_worker_that_overslept_its_lease_doubles_nothing(place: Place) -> None:
    place.put(*(complaint(number) for number in range(3)))
    with place.opened() as (first, box), place.opened() as (second, other):
        second = replace(second, worker="another")
        found: list[int] = []

        def step(reached: str) -> None:
            if reached == "fetched":
                past = runtime.utc_now() - timedelta(minutes=1)
                with first.database.engine.begin() as connection:
                    connection.execute(update(lease).values(until=past))
                found.append(collect.collect(second, other, runtime.utc_now))

        assert collect.collect(replace(first, step=step), box, runtime.utc_now) == 0
        assert found == [3]
    place.visit()
    assert place.count(case) == place.acknowledged() == place.count(inbound) == 3


def test_each_outcome_has_its_folder_made_where_it_is_missing(place: Place) -> None:
    nested = place.server.separator.join(("Beschwerden", "Erledigt für heute"))
    folders = {
        "handled": nested,
        "not_complaint": "Réclamations & autres",
        "automatic": "Автоматика",
        "quarantine": "隔離",
    }
    place.set("file_into", folders)
    mails = (complaint(1), question(2), BULK, UNREADABLE, complaint(1))
    place.put(*mails)
    place.visit(2)
    assert place.left() == []
    assert place.left(nested) == [complaint(1), complaint(1)]
    assert place.left(folders["not_complaint"]) == [question(2)]
    assert place.left(folders["automatic"]) == [BULK]
    assert place.left(folders["quarantine"]) == [UNREADABLE]
    # And again, now that they are there.
    place.put(question(3))
    place.visit(2)
    assert place.left(folders["not_complaint"]) == [question(2), question(3)]
    assert (place.alerts(), place.account().filed) == ([], 6)


@pytest.mark.parametrize("folders", [{}, {"quarantine": ""}, {"handled": FOLDER}])
def test_what_has_no_folder_is_left_untouched(place: Place, folders: dict[str, str]) -> None:
    place.set("file_into", folders)
    mails = [complaint(1), question(2), BULK, UNREADABLE]
    place.put(*mails)
    place.visit(3)
    assert place.left() == mails
    with place.server.client(place.user) as client:
        client.select_folder(FOLDER, readonly=True)
        flags = client.get_flags(client.search())
        assert {name for found in flags.values() for name in found} <= {b"\\Recent"}
        assert {entry[2] for entry in client.list_folders()} <= {"INBOX", FOLDER, SMALL}
    assert place.count(inbound) == 4
    assert place.account().held == 4


def test_a_full_folder_stops_neither_cases_nor_letters_nor_other_folders(at_dovecot: Place) -> None:
    place, full = at_dovecot, f"{SMALL}.Handled"
    place.set("file_into", {"handled": full, "not_complaint": "Other"})
    place.put(complaint(1), complaint(2), question(3), complaint(4))
    place.visit(2)
    assert (len(place.left(full)), len(place.left())) == (1, 2)
    assert place.left("Other") == [question(3)], "another folder has room"
    assert place.count(case) == place.acknowledged() == 3
    row = place.box()
    assert f"cannot be moved to the folder {full}" in row.error
    assert "Quota exceeded" in row.error
    assert row.failures == 0

    place.put(complaint(5), question(6))
    place.visit(2)
    assert place.count(case) == place.acknowledged() == 4, "new mail is collected all the same"
    assert place.left("Other") == [question(3), question(6)]
    assert len(place.left()) == 3
    found = [one.text for one in doctor.examine(load(place.path, {})) if one.level == "fail"]
    assert [one for one in found if one.startswith("it is collected, but handled mail")]
    (said,) = place.alerts()
    assert said.startswith(f"The mailbox ooma: handled mail cannot be moved to the folder {full}")

    filed = []
    for _ in range(4):
        filed += place.left(full)
        with place.server.client(place.user) as client:
            client.select_folder(full)
            client.delete_messages(client.search())
            client.expunge()
        place.visit()
    assert sorted(filed) == sorted(complaint(number) for number in (1, 2, 4, 5))
    assert (place.left(), place.box().error) == ([], None)
    assert place.account().adds_up
    assert place.alerts(cleared=False) == []


def test_the_same_mail_once_more_is_filed_where_the_first_one_was(at_dovecot: Place) -> None:
    place = at_dovecot
    place.set("file_into", {"handled": "Handled", "not_complaint": "Other"})
    for _ in range(2):
        place.put(complaint(1), question(2))
        place.visit(2)
    assert place.left("Handled") == [complaint(1)] * 2
    assert place.left("Other") == [question(2)] * 2
    assert place.account().adds_up


def test_a_mail_the_server_cannot_hand_over_is_quarantined_and_the_others_are_cases(
    at_dovecot: Place,
) -> None:
    place = at_dovecot
    place.set("file_into", {"handled": "Handled", "quarantine": "Quarantine"})
    place.put(*(complaint(number) for number in range(4)))
    with place.server.client(place.user) as client:
        client.select_folder(FOLDER)
    assert isinstance(place.server, Dovecot)
    maildir = place.server.home / "mail" / place.user / f".{FOLDER}" / "cur"
    sorted(maildir.iterdir())[1].chmod(0)
    place.visit(2)
    assert place.outcomes() == {"case_opened": 3, "quarantined": 1}
    assert place.acknowledged() == 3
    (spoilt,) = (row for row in place.rows(inbound) if row.state == "quarantined")
    assert "did not hand it over" in spoilt.problem
    assert len(place.left("Handled")) == 3
    assert (place.left(), place.box().error) == ([], None)
    place.put(complaint(9))
    place.visit()
    assert place.acknowledged() == 4


def test_mails_without_a_single_byte_stop_nobody_elses(at_dovecot: Place) -> None:
    """Dovecot takes none over IMAP, yet finds what lies in its folder."""
    place = at_dovecot
    assert isinstance(place.server, Dovecot)
    place.put(complaint(1))
    new = place.server.home / "mail" / place.user / f".{FOLDER}" / "new"
    for number in (1, 2):
        (new / f"1.M{number}P1.vm").write_bytes(b"")
    place.put(complaint(2))
    place.visit(2)
    assert place.count(case) == place.acknowledged() == 2
    assert place.count(inbound, inbound.c.state == "waiting") == 0
    assert place.account().adds_up
    assert place.box().error is None
