"""The whole main path against a real Dovecot and a real SMTP server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import func, select

from plugin import clockwork, runtime
from plugin.cases.reference import is_valid
from plugin.desk import listing, viewing
from plugin.desk.ports import Desk
from plugin.settings import load
from plugin.store.schema import case, contact, delivery, inbound, mailbox, mailbox_uid
from tests.plugin.support import letter
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.imap import ImapServer
from tests.servers.smtp import DROP, SmtpCatcher

COMPLAINT = "The line crackles.\n\nI would like to make a complaint about this.\n\nJo\n"

SETTINGS = """
[database]
url = "{url}"
[keys]
file = "keys.json"
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "plain"
timeout_seconds = 5
[mailbox.ooma]
provider = "ooma"
address = "complaints@ooma.example"
host = "127.0.0.1"
port = {imap}
security = "plain"
username = "{user}"
password = "{password}"
poll_seconds = 60
file_into = {{ handled = "Handled", not_complaint = "Other", quarantine = "Quarantine" }}
"""


class Installation:
    """An installation of its own: settings file, database, a mailbox at an IMAP server."""

    def __init__(self, folder: Path, url: str, dovecot: ImapServer, smtp: SmtpCatcher, user: str):
        self.folder, self.dovecot, self.smtp, self.user = folder, dovecot, smtp, user
        self.path = folder / "answerable.toml"
        self.path.write_text(
            SETTINGS.format(
                url=url, smtp=smtp.port, imap=dovecot.port, user=user, password=PASSWORD
            )
        )
        self.path.chmod(0o600)
        runtime.prepare(load(self.path, {}))

    def desk(self) -> Desk:
        return runtime.build_desk(load(self.path, {}))

    def work(self, ahead: timedelta = timedelta(0)) -> None:
        """Work until nothing is due, with a clock that is `ahead` of the world's."""
        built = self.desk()

        def clock() -> datetime:
            return runtime.utc_now() + ahead

        edges = runtime.edges(built)
        try:
            clockwork.until_idle(clockwork.jobs(built, edges, clock), clock)
        finally:
            edges.close()
            built.database.close()

    def count(self, table: object, *where: object) -> int:
        built = self.desk()
        try:
            with built.database.read() as connection:
                query = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
                return int(connection.execute(query).scalar_one())
        finally:
            built.database.close()

    def only_case(self) -> viewing.CaseView:
        built = self.desk()
        try:
            (line,) = listing.list_cases(built).lines
            (view,) = viewing.show_cases(built, None, line.reference)
            return view
        finally:
            built.database.close()

    def append(self, raw: bytes) -> None:
        self.dovecot.append(self.user, raw)

    def die_at(self, step: str, ahead: timedelta) -> None:
        """Let a worker process run until it kills itself at `step`."""
        worker = Path(__file__).parent / "dying_worker.py"
        done = subprocess.run(
            [sys.executable, str(worker), str(self.path), step, str(ahead.total_seconds())],
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            check=False,
            timeout=60,
        )
        assert done.returncode == -signal.SIGKILL, f"the worker never reached {step!r}"


@pytest.fixture
def installation(
    tmp_path: Path, any_database_url: str, dovecot: Dovecot, smtp: SmtpCatcher, mail_user: str
) -> Installation:
    """An installation on SQLite and on PostgreSQL."""
    return Installation(tmp_path, any_database_url, dovecot, smtp, mail_user)


def test_new_mail_becomes_an_acknowledged_case(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    installation.work()

    (caught,) = installation.smtp.letters
    view = installation.only_case()
    assert is_valid(view.row.reference)
    assert caught.recipients == ("jo@example.com",)
    assert caught.message["From"] == "Ooma Customer Experience <complaints@ooma.example>"
    assert view.row.reference in caught.message["Subject"]
    assert caught.message["Auto-Submitted"] == "auto-replied"
    assert caught.message["X-Answerable-Loop"] == "ooma"
    assert caught.message["In-Reply-To"] == "<first@example.com>"
    assert {promise.name: promise.state for promise in view.promises}["acknowledge"] == "kept"
    assert view.chain is None
    assert [event.kind for event in view.timeline] == [
        "received",
        "letter_queued",
        "letter_sent",
        "acknowledged",
    ]


def test_handled_mail_is_filed_after_it_was_committed(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    installation.append(letter("When is my card charged?", message_id="<q@example.com>"))
    installation.work()
    installation.work(ahead=timedelta(minutes=2))

    assert installation.dovecot.messages(installation.user) == []
    assert len(installation.dovecot.messages(installation.user, "Handled")) == 1
    assert len(installation.dovecot.messages(installation.user, "Other")) == 1


def test_reading_a_mail_in_a_mail_program_hides_nothing_from_us(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    with installation.dovecot.client(installation.user) as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(), [b"\\Seen"])
    installation.work()
    assert installation.count(case) == 1


def test_we_never_mark_a_mail_as_read(installation: Installation) -> None:
    installation.append(letter("When is my card charged?"))
    installation.work()
    with installation.dovecot.client(installation.user) as client:
        client.select_folder("INBOX", readonly=True)
        assert b"\\Seen" not in next(iter(client.get_flags(client.search()).values()), ())


def test_the_same_mail_twice_is_one_case_and_one_letter(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    installation.append(letter(COMPLAINT))
    installation.work()

    assert installation.count(case) == 1
    assert len(installation.smtp.letters) == 1
    assert installation.count(inbound, inbound.c.outcome == "duplicate") == 1


def test_a_reply_to_our_letter_joins_its_case(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    installation.work()
    (caught,) = installation.smtp.letters
    installation.append(
        letter(
            "It happens on the second handset as well.",
            message_id="<second@example.com>",
            subject=f"Re: {caught.message['Subject']}",
            in_reply_to=str(caught.message["Message-ID"]),
        )
    )
    installation.work(ahead=timedelta(minutes=5))

    view = installation.only_case()
    assert len(view.contacts) == 2
    assert [event.kind for event in view.timeline][-1] == "customer_wrote"
    assert len(installation.smtp.letters) == 1


def test_a_stranger_who_quotes_the_reference_does_not_join(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    installation.work()
    reference = installation.only_case().row.reference
    installation.append(
        letter(
            f"Any news on {reference}?",
            sender="Kit <kit@example.net>",
            message_id="<kit@example.net>",
        )
    )
    installation.work(ahead=timedelta(minutes=5))

    view = installation.only_case()
    assert len(view.contacts) == 1
    assert [alert.about for alert in view.alerts] == ["stranger_quoted_reference"]
    assert installation.count(contact, contact.c.waits == "stranger") == 1


def test_somebody_else_answering_our_letter_is_on_record_and_moves_nothing(
    installation: Installation,
) -> None:
    installation.append(letter(COMPLAINT))
    installation.work()
    (caught,) = installation.smtp.letters
    installation.append(
        letter(
            "Please escalate this to a director.",
            sender="Sam <sam@example.net>",
            message_id="<sam@example.net>",
            in_reply_to=str(caught.message["Message-ID"]),
        )
    )
    installation.work(ahead=timedelta(minutes=5))

    view = installation.only_case()
    assert view.row.level == "frontline"
    assert sorted(party.confirmed for party in view.parties) == [False, True]
    assert len(installation.smtp.letters) == 1


@pytest.mark.parametrize(
    "step", ["fetched", "committed", "received", "filed", "sending", "accepted", "noted"]
)
def test_a_worker_killed_anywhere_loses_and_doubles_nothing(
    installation: Installation, step: str
) -> None:
    installation.append(letter(COMPLAINT))
    installation.append(letter("When is my card charged?", message_id="<q@example.com>"))
    if step == "filed":
        installation.work()  # filing comes with the visit after the one that fetched
    installation.die_at(step, timedelta(minutes=5))
    built = installation.desk()
    runtime.release_the_dead(built)
    built.database.close()
    installation.work(ahead=timedelta(minutes=10))
    installation.work(ahead=timedelta(minutes=15))

    assert installation.count(case) == 1
    assert installation.count(contact) == 2
    assert installation.count(inbound, inbound.c.state == "done") == 2
    assert installation.count(delivery, delivery.c.state == "sent") == 1
    letters = {str(caught.message["Message-ID"]) for caught in installation.smtp.letters}
    assert len(letters) == 1, "a repeat must bear the Message-ID of the first"
    assert len(installation.smtp.letters) == (2 if step == "accepted" else 1)
    # Cut off while sending, nobody can know whether the server took it: both count as repeats.
    repeated = step in ("sending", "accepted")
    assert installation.count(delivery, delivery.c.repeats == 1) == repeated
    view = installation.only_case()
    assert view.chain is None
    assert [event.kind for event in view.timeline].count("letter_sent") == 1
    assert len(installation.dovecot.messages(installation.user, "Handled")) == 1
    assert len(installation.dovecot.messages(installation.user, "Other")) == 1


def test_a_recreated_mailbox_brings_no_case_twice(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    installation.work()
    with installation.dovecot.client(installation.user) as client:
        client.create_folder("Old")
        client.select_folder("INBOX")
    built = installation.desk()
    with built.database.engine.begin() as connection:
        connection.execute(mailbox.update().values(uidvalidity=1, seen_uid=10_000))
    built.database.close()
    installation.append(letter(COMPLAINT))
    installation.work(ahead=timedelta(minutes=5))

    assert installation.count(case) == 1
    assert installation.count(mailbox_uid) >= 2


def test_a_temporary_refusal_is_tried_again_under_the_same_id(installation: Installation) -> None:
    installation.smtp.answers.extend(["451 4.7.1 later", DROP])
    installation.append(letter(COMPLAINT))
    installation.work()
    assert installation.smtp.letters == []
    assert installation.count(delivery, delivery.c.state == "queued") == 1

    installation.work(ahead=timedelta(minutes=3))
    assert installation.smtp.letters == []
    installation.work(ahead=timedelta(minutes=10))
    (caught,) = installation.smtp.letters
    view = installation.only_case()
    assert caught.message["Message-ID"] == f"<{view.letters[0].message_id}>"
    assert view.letters[0].attempts == 3


def test_a_lasting_refusal_is_a_visible_failure(installation: Installation) -> None:
    installation.smtp.answers.append("550 5.1.1 no such person")
    installation.append(letter(COMPLAINT))
    installation.work()

    view = installation.only_case()
    assert view.letters[0].state == "failed"
    assert "550 5.1.1 no such person" in view.letters[0].reason
    assert [alert.about for alert in view.alerts] == ["undeliverable"]
    assert {promise.name: promise.state for promise in view.promises}["acknowledge"] == "open"


def test_a_mail_server_that_is_gone_loses_no_letter(installation: Installation) -> None:
    installation.smtp.stop()
    installation.append(letter(COMPLAINT))
    installation.work()

    view = installation.only_case()
    assert view.letters[0].state == "queued"
    assert "no connection" in view.letters[0].reason


def test_a_mailbox_that_refuses_sign_in_stops_no_other(
    installation: Installation, tmp_path: Path
) -> None:
    text = installation.path.read_text()
    section = text[text.index("[mailbox.ooma]") :]
    broken = section.replace("[mailbox.ooma]", "[mailbox.broken]").replace(
        f'password = "{PASSWORD}"', 'password = "wrong"'
    )
    installation.path.write_text(text + broken)
    installation.append(letter(COMPLAINT))
    installation.work()

    assert len(installation.smtp.letters) == 1
    built = installation.desk()
    with built.database.read() as connection:
        rows = {row.name: row for row in connection.execute(select(mailbox))}
    built.database.close()
    assert rows["ooma"].error is None
    assert "sign-in refused" in rows["broken"].error
    assert rows["broken"].failures >= 1


def test_an_unreadable_mail_is_quarantined_with_its_reason(installation: Installation) -> None:
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(60)
    )
    raw = b"From: eve@example.net\r\nSubject: deep\r\n" + nested + b"\r\nhello\r\n"
    installation.append(raw)
    installation.append(letter(COMPLAINT))
    installation.work()

    assert installation.count(case) == 1
    built = installation.desk()
    (row,) = listing.list_quarantine(built)
    built.database.close()
    assert "nested more than 30 deep" in row.reason


def test_tls_is_verified(installation: Installation, dovecot: Dovecot) -> None:
    text = installation.path.read_text().replace(
        f"port = {dovecot.port}", f"port = {dovecot.tls_port}"
    )
    before, _, mailbox_section = text.partition("[mailbox.ooma]")
    plain = mailbox_section.replace('security = "plain"', 'security = "tls"')
    installation.path.write_text(f"{before}[mailbox.ooma]{plain}")
    installation.append(letter(COMPLAINT))
    installation.work()
    assert installation.count(case) == 0

    trusted = f'security = "tls"\nca_file = "{dovecot.ca_file}"'
    installation.path.write_text(
        f"{before}[mailbox.ooma]" + mailbox_section.replace('security = "plain"', trusted)
    )
    installation.work(ahead=timedelta(minutes=5))
    assert installation.count(case) == 1


def test_a_letter_of_ours_that_comes_back_is_never_a_complaint(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    installation.work()
    (caught,) = installation.smtp.letters
    installation.append(caught.raw)
    installation.work(ahead=timedelta(minutes=5))

    assert installation.count(case) == 1
    assert len(installation.smtp.letters) == 1
    assert installation.count(inbound, inbound.c.why == "own_address") == 1


def test_received_is_the_servers_date_unless_it_lies_ahead(installation: Installation) -> None:
    early = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    installation.dovecot.append(installation.user, letter(COMPLAINT), when=early)
    installation.work()
    assert installation.only_case().row.first_received_at == early


def test_the_letter_reads_the_same_in_text_and_html(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    installation.work()
    (caught,) = installation.smtp.letters
    parts = {part.get_content_type() for part in message_from_bytes(caught.raw).walk()}
    assert parts == {"multipart/alternative", "text/plain", "text/html"}
