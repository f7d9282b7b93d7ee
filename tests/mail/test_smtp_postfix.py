"""Letters handed to a real Postfix: what arrives, whom we trust, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from mail.login import Login, MailRefused, MailServerTrouble
from mail.outgoing import Outgoing, build
from mail.smtp import Sender
from tests.servers.dovecot import write_certificate
from tests.servers.postfix import ERROR_LIMIT, SIZE_LIMIT, STRANGER, Postfix, delivered
from tests.servers.wait import HOST

LETTER = Outgoing(
    sender="care@ooma.example",
    sender_name="Équipe “Care” d’Ooma",
    recipient="jo@example.com",
    subject="Votre plainte : référence 1234-5678-33, déjà reçue — "
    + "très longue, " * 12
    + "enfin",
    text="Dear Zoë,\n\n.\n..\n.one dot first\nFrom here on\n" + "word " * 500 + "\n\nÀ bientôt\n.",
    html="<p>Dear Zoë</p>\n.\n<p>" + "word " * 500 + "</p>",
    language="fr",
    message_id="a.b.k1." + "c" * 60 + "@ooma.example",
    date=datetime(2026, 11, 24, 10, tzinfo=UTC),
    loop="ooma",
    automatic=True,
    references=("first@example.com",),
)

Security = Literal["tls", "starttls", "plain"]
Way = Callable[..., Sender]


@pytest.fixture
def way(postfix: Postfix) -> Iterator[Way]:
    """Makes senders towards Postfix, and hangs up at the end."""
    with ExitStack() as stack:

        def make(security: Security = "starttls", ca_file: Path | None = None) -> Sender:
            port = postfix.tls_port if security == "tls" else postfix.port
            trusted = ca_file or postfix.ca_file
            made = Sender(Login(HOST, port, security, "", "", ca_file=trusted, timeout=10))
            stack.callback(made.close)
            return made

        yield make


def send(sender: Sender, number: int = 1, to: str = "jo@example.com") -> str:
    """Send a letter of its own number to somebody."""
    letter = replace(LETTER, recipient=to, message_id=f"{number}@ooma.example")
    return sender.send(build(letter), sender=letter.sender, recipient=to)


def connections(postfix: Postfix) -> int:
    return postfix.log().count(": connect from ")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_arrives_byte_for_byte(postfix: Postfix, way: Way, security: Security) -> None:
    raw = build(LETTER)
    said = way(security).send(raw, sender=LETTER.sender, recipient=LETTER.recipient)
    assert said.startswith("250 2.0.0 Ok")
    (arrived,) = postfix.mails("jo")
    # Postfix writes its own lines above ours, and ends lines as Unix does.
    trace, sent, nothing = arrived.partition(raw.replace(b"\r\n", b"\n"))
    assert sent
    assert nothing == b""
    assert b"with ESMTPS" in trace
    read = delivered(arrived)
    assert read["Subject"] == LETTER.subject
    body = read.get_body(("plain",))
    assert body is not None
    assert body.get_content().rstrip("\n") == LETTER.text


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_authority_is_refused(
    postfix: Postfix, way: Way, tmp_path: Path, security: Security
) -> None:
    write_certificate(tmp_path)
    with pytest.raises(MailServerTrouble, match=r"certificate is not trusted: .*; check the host"):
        send(way(security, tmp_path / "cert.pem"))
    with pytest.raises(MailServerTrouble, match="certificate is not trusted"):
        way(security, tmp_path / "cert.pem").check()


def test_the_wrong_kind_of_security_is_said(postfix: Postfix) -> None:
    wrong = Sender(Login(HOST, postfix.port, "tls", "", "", ca_file=postfix.ca_file, timeout=10))
    with pytest.raises(MailServerTrouble, match=r"no connection .*port and security"):
        send(wrong)


def test_a_server_that_offers_no_sign_in_is_said(postfix: Postfix) -> None:
    wrong = Sender(
        Login(HOST, postfix.port, "starttls", "me", "x", ca_file=postfix.ca_file, timeout=10)
    )
    with pytest.raises(MailServerTrouble, match=r"AUTH.*check security and user name"):
        send(wrong)


def test_several_letters_go_over_one_connection(postfix: Postfix, way: Way) -> None:
    sender, before = way(), connections(postfix)
    for number in range(4):
        send(sender, number)
    ids = [delivered(raw)["Message-ID"] for raw in postfix.mails("jo", 4)]
    assert sorted(ids) == [f"<{number}@ooma.example>" for number in range(4)]
    assert connections(postfix) == before + 1


def test_a_connection_that_was_dropped_is_opened_anew(postfix: Postfix, way: Way) -> None:
    sender = way()
    send(sender, 1)
    postfix.stop()
    with pytest.raises(MailServerTrouble, match="no connection"):
        send(sender, 2)
    postfix.start()
    send(sender, 2)
    assert len(postfix.mails("jo", 2)) == 2


def test_an_unknown_recipient_is_refused_and_the_next_letter_goes(
    postfix: Postfix, way: Way
) -> None:
    sender, before = way(), connections(postfix)
    with pytest.raises(MailRefused, match=r"^550 5\.1\.1 <who@.*User unknown.*; there is no such"):
        send(sender, 1, "who@example.com")
    send(sender, 2)
    assert len(postfix.mails("jo")) == 1
    assert connections(postfix) == before + 1


def test_a_server_that_had_enough_of_us_is_called_again(postfix: Postfix, way: Way) -> None:
    sender, before = way(), connections(postfix)
    for number in range(ERROR_LIMIT + 1):
        with pytest.raises(MailRefused, match="User unknown"):
            send(sender, number, "who@example.com")
    send(sender, 99)
    assert len(postfix.mails("jo")) == 1
    assert connections(postfix) == before + 2


def test_a_recipient_it_will_not_relay_to_is_no_fault_of_the_letter(
    postfix: Postfix, way: Way
) -> None:
    with pytest.raises(MailServerTrouble, match=r"554 5\.7\.1 .*Relay access denied; let the mail"):
        send(way(), 1, "kim@elsewhere.example")


def test_a_letter_too_large_is_refused_with_what_to_do(postfix: Postfix, way: Way) -> None:
    sender = way()
    large = replace(LETTER, text="word " * (SIZE_LIMIT // 5))
    with pytest.raises(MailRefused, match=r"^552 5\.3\.4 .*; it is larger than the mail server"):
        sender.send(build(large), sender=large.sender, recipient="jo@example.com")
    send(sender)
    assert len(postfix.mails("jo")) == 1


def test_a_ca_file_that_is_none_fails_no_letter(postfix: Postfix, tmp_path: Path) -> None:
    login = Login("127.0.0.1", postfix.port, "starttls", "", "", tmp_path / "none.pem", timeout=5)
    with pytest.raises(MailServerTrouble, match=r"ca_file: .* cannot be used: No such file"):
        Sender(login).send(build(LETTER), sender="a@ooma.example", recipient="jo@example.com")


def test_a_sender_that_it_does_not_take_concerns_every_letter(postfix: Postfix, way: Way) -> None:
    with pytest.raises(
        MailServerTrouble, match=rf"553 5\.7\.1 <{STRANGER}>: Sender address reject"
    ):
        way().send(build(LETTER), sender=STRANGER, recipient="jo@example.com")
