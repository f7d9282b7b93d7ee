"""The demo's mail servers are real enough: what the service asks of IMAP and SMTP, they do.

The rule under test beside it: they leave no thread behind, and nothing of theirs is a warning.
"""

from __future__ import annotations

import logging
import smtplib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from mail.imap import Mailbox
from mail.login import Login
from plugin.demo import servers
from plugin.demo.servers import HOST, DemoMailbox, DemoPost

USERS = ("ooma", "8x8", "jive", "opus")
PASSWORD = "kept between us"
WHEN = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
RAW = "Subject: Crackling\r\nFrom: jo@example.com\r\n\r\nIt crackles – still.\r\n".encode()


@pytest.fixture
def mailbox() -> Iterator[DemoMailbox]:
    with DemoMailbox(USERS, PASSWORD) as running:
        yield running


def sign_in(mailbox: DemoMailbox, user: str, password: str = PASSWORD) -> IMAPClient:
    client = IMAPClient(HOST, port=mailbox.port, ssl=False, timeout=5)
    try:
        client.login(user, password)
    except BaseException:
        client.shutdown()
        raise
    return client


def threads_of(server: DemoMailbox | DemoPost) -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == type(server).__name__]


@pytest.mark.parametrize("user", USERS)
def test_every_user_has_an_empty_inbox_of_its_own(mailbox: DemoMailbox, user: str) -> None:
    mailbox.deliver(next(other for other in USERS if other != user), RAW, WHEN)
    with sign_in(mailbox, user) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 0


@pytest.mark.parametrize(("user", "password"), [("ooma", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_sign_in_is_refused(mailbox: DemoMailbox, user: str, password: str) -> None:
    with pytest.raises(LoginError):
        sign_in(mailbox, user, password)


def test_what_the_service_needs_is_offered(mailbox: DemoMailbox) -> None:
    with sign_in(mailbox, "ooma") as client:
        for capability in ("IDLE", "MOVE", "UIDPLUS"):
            assert client.has_capability(capability)


def test_a_delivered_mail_comes_back_byte_for_byte_with_its_arrival(mailbox: DemoMailbox) -> None:
    mailbox.deliver("jive", RAW, WHEN)
    with sign_in(mailbox, "jive") as client:
        client.normalise_times = False
        client.select_folder("INBOX")
        (told,) = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "INTERNALDATE"]).values()
    assert told[b"BODY[]"] == RAW
    assert told[b"INTERNALDATE"] == WHEN


def test_a_delivery_without_zone_is_refused(mailbox: DemoMailbox) -> None:
    with pytest.raises(ValueError, match="zone"):
        mailbox.deliver("jive", RAW, datetime(2026, 11, 20, 16, 30))  # noqa: DTZ001


def test_idle_tells_of_new_mail(mailbox: DemoMailbox) -> None:
    with sign_in(mailbox, "opus") as client:
        client.select_folder("INBOX")
        client.idle()
        mailbox.deliver("opus", RAW, WHEN)
        assert (1, b"EXISTS") in client.idle_check(timeout=5)
        client.idle_done()


def test_the_services_own_collector_reads_and_files(mailbox: DemoMailbox) -> None:
    for _ in range(3):
        mailbox.deliver("8x8", RAW, WHEN)
    box = Mailbox(Login(HOST, mailbox.port, "plain", "8x8", PASSWORD, timeout=5), "INBOX")
    try:
        assert box.open() > 0
        first, second, third = box.uids_after(0)
        assert box.uids_after(second) == [third]
        assert box.uids_after(third) == []
        (batch,) = box.fetch([first, second, third])
        assert [(one.raw, one.internal_date) for one in batch] == [(RAW, WHEN)] * 3
        box.move([first, third], "Not complaints")
        assert box.uids_after(0) == [second]
    finally:
        box.close()
    with sign_in(mailbox, "8x8") as client:
        assert client.select_folder("Not complaints")[b"EXISTS"] == 2


def test_stopping_hangs_up_on_open_connections_and_ends_the_thread() -> None:
    mailbox = DemoMailbox(USERS, PASSWORD)
    mailbox.start()
    idle, busy = sign_in(mailbox, "ooma"), sign_in(mailbox, "opus")
    idle.select_folder("INBOX")
    idle.idle()
    port = mailbox.port
    mailbox.stop()
    try:
        assert not threads_of(mailbox)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((HOST, port), timeout=2)
        with pytest.raises(RuntimeError):
            _ = mailbox.port
        mailbox.stop()
    finally:
        idle.shutdown()
        busy.shutdown()


def test_a_stopped_mailbox_starts_again_and_is_empty() -> None:
    mailbox = DemoMailbox(USERS, PASSWORD)
    for _ in range(2):
        with mailbox, sign_in(mailbox, "ooma") as client:
            assert client.select_folder("INBOX")[b"EXISTS"] == 0
            mailbox.deliver("ooma", RAW, WHEN)


def test_starting_twice_is_refused(mailbox: DemoMailbox) -> None:
    with pytest.raises(RuntimeError):
        mailbox.start()


def send(post: DemoPost, raw: bytes = RAW, *recipients: str) -> None:
    with smtplib.SMTP(HOST, post.port, timeout=5) as client:
        client.sendmail("desk@ooma.example", recipients or ("jo@example.com",), raw)


def test_the_post_keeps_letters_and_tells_of_them() -> None:
    told: list[tuple[bytes, list[str]]] = []
    with DemoPost(lambda raw, recipients: told.append((raw, recipients))) as post:
        send(post, RAW, "jo@example.com", "al@example.org")
    assert told == [(RAW, ["jo@example.com", "al@example.org"])]
    (letter,) = post.letters
    assert letter.raw == RAW
    assert letter.mail_from == "desk@ooma.example"
    assert letter.rcpt_tos == ("jo@example.com", "al@example.org")


def test_a_bounce_address_may_be_empty() -> None:
    with DemoPost() as post, smtplib.SMTP(HOST, post.port, timeout=5) as client:
        client.sendmail("", ["jo@example.com"], RAW)
        assert post.letters[0].mail_from == ""


def test_a_fault_in_the_callback_refuses_no_letter(caplog: pytest.LogCaptureFixture) -> None:
    def fail(raw: bytes, recipients: list[str]) -> None:
        raise LookupError("nobody listens")

    with DemoPost(fail) as post:
        send(post)
        assert len(post.letters) == 1
    assert "failed" in caplog.text


def test_only_the_last_letters_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "MAX_LETTERS", 2)
    with DemoPost() as post:
        for number in range(3):
            send(post, b"Subject: %d\r\n\r\n." % number)
        subjects = [letter.raw.split(b"\r\n")[0] for letter in post.letters]
    assert subjects == [b"Subject: 1", b"Subject: 2"]


def test_the_post_stops_with_a_connection_open() -> None:
    post = DemoPost()
    post.start()
    client = smtplib.SMTP(HOST, post.port, timeout=5)
    client.ehlo()
    post.stop()
    client.close()
    assert not threads_of(post)


def test_the_libraries_are_quiet(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("mail.log").setLevel(logging.NOTSET)
    logging.getLogger("pymap").setLevel(logging.NOTSET)
    with (
        caplog.at_level(logging.DEBUG),
        DemoPost() as post,
        DemoMailbox(USERS, PASSWORD) as mailbox,
    ):
        send(post)
        mailbox.deliver("ooma", RAW, WHEN)
    names = {record.name.split(".")[0] for record in caplog.records}
    assert not names & {"mail", "pymap"}
