"""Whatever a mail server does wrong, and when: what it means for the letter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from traceback import format_exception

import pytest

from mail.login import Login, MailRefused, MailServerTrouble, MailUnavailable, MailUncertain
from mail.outgoing import Outgoing, build
from mail.smtp import Sender
from tests.servers.smtp import DROP, SILENCE, TAKE_AND_DROP, SmtpCatcher, Stage
from tests.servers.wait import HOST

LETTER = Outgoing(
    sender="care@ooma.example",
    sender_name="Ooma",
    recipient="jo@example.com",
    subject="Your complaint: reference 1234-5678-33",
    text="Dear Jo\n",
    html="<p>Dear Jo</p>",
    language="en",
    message_id="1@ooma.example",
    date=datetime(2026, 11, 24, 10, tzinfo=UTC),
    loop="ooma",
    automatic=True,
)


def sender_to(smtp: SmtpCatcher, timeout: float) -> Sender:
    return Sender(Login(HOST, smtp.port, "plain", "", "", timeout=timeout))


@pytest.fixture
def sender(smtp: SmtpCatcher) -> Iterator[Sender]:
    """The real sender."""
    made = sender_to(smtp, 10)
    yield made
    made.close()


def send(sender: Sender, number: int = 1) -> str:
    letter = replace(LETTER, message_id=f"{number}@ooma.example")
    return sender.send(build(letter), sender=letter.sender, recipient=letter.recipient)


TROUBLE, LATER, UNCERTAIN, REFUSED = (
    MailServerTrouble,
    MailUnavailable,
    MailUncertain,
    MailRefused,
)

ANSWERS: list[tuple[Stage, str, type[Exception], str]] = [
    # About us, whichever letter it is.
    (
        "greeting",
        "421 4.3.2 too busy",
        TROUBLE,
        r"turned us away: 421 4\.3\.2 too busy; ask whoever",
    ),
    ("greeting", "554 5.7.1 no access for you", TROUBLE, "turned us away: 554 5.7.1 no access"),
    ("greeting", DROP, TROUBLE, "no connection to the mail server: Connection unexpectedly closed"),
    ("greeting", SILENCE, TROUBLE, "no connection to the mail server: .*timed out"),
    ("greeting", "this is no mail server", TROUBLE, "turned us away: no SMTP answer"),
    ("EHLO", DROP, TROUBLE, "no connection"),
    ("EHLO", SILENCE, TROUBLE, "no connection"),
    ("MAIL", "421 4.3.2 shutting down", TROUBLE, "takes no letter now: 421 4.3.2 shutting down;"),
    ("MAIL", "451 4.3.0 no disk", TROUBLE, "takes no letter now: 451"),
    ("MAIL", "530 5.7.0 sign in first", TROUBLE, "wants us to sign in: .*; check the user name"),
    ("MAIL", "550 5.7.1 not your address", TROUBLE, "our sender: .* send as care@ooma.example, or"),
    ("MAIL", "553 5.1.8 unknown domain", TROUBLE, "refused our sender: 553 5.1.8 unknown domain;"),
    ("MAIL", DROP, TROUBLE, "no connection"),
    ("MAIL", SILENCE, TROUBLE, "no connection"),
    ("MAIL", "what?", TROUBLE, "takes no letter now: no SMTP answer"),
    # What many servers keep back until they hear of a recipient (Postfix: smtpd_delay_reject).
    ("RCPT", "530 5.7.1 Authentication required", TROUBLE, "refused us: 530"),
    ("RCPT", "554 5.7.1 <jo@example.com>: Relay access denied", TROUBLE, "; let the mail server"),
    ("RCPT", "550 5.7.54 Unable to relay recipient", TROUBLE, "refused us: 550 5.7.54"),
    (
        "RCPT",
        "553 5.7.1 <care@ooma.example>: Sender address rejected: not owned",
        TROUBLE,
        "us: 553",
    ),
    ("RCPT", "554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using x", TROUBLE, "us"),
    ("RCPT", "550 relay not permitted", TROUBLE, "us: 550 relay not permitted; let the mail"),
    ("RCPT", "553 that domain is not in my rcpthosts (#5.7.1)", TROUBLE, "us: 553"),
    # About this letter.
    ("MAIL", "552 5.3.4 too large for us", REFUSED, "^552 5.3.4 too large for us; it is larger"),
    ("RCPT", "421 4.3.2 shutting down", LATER, "^421 4.3.2 shutting down$"),
    ("RCPT", "450 4.2.0 greylisted", LATER, "^450 4.2.0 greylisted$"),
    (
        "RCPT",
        "550 5.1.1 no such user",
        REFUSED,
        "^550 5.1.1 no such user; there is no such address",
    ),
    ("RCPT", "550 no such user", REFUSED, "; there is no such address"),
    ("RCPT", "550 5.7.1 we do not like you", REFUSED, "; it was taken for unwanted mail"),
    ("RCPT", "552 5.2.2 over quota", REFUSED, "; their mailbox is full"),
    ("RCPT", "552 over quota", REFUSED, "; their mailbox is full"),
    ("RCPT", DROP, LATER, "the line to the mail server broke"),
    ("RCPT", SILENCE, LATER, "the line to the mail server broke"),
    ("RCPT", "2O0 fine", LATER, "no SMTP answer"),
    ("DATA", "421 4.3.2 shutting down", LATER, "^421"),
    ("DATA", "450 4.3.0 later", LATER, "^450 4.3.0 later$"),
    ("DATA", "554 5.5.1 no valid recipients", REFUSED, "^554 5.5.1 no valid recipients; "),
    ("DATA", "250 fine", LATER, "^250 fine$"),
    ("end of DATA", "421 4.3.2 shutting down", LATER, "^421"),
    ("end of DATA", "450 4.3.0 later", LATER, "^450"),
    ("end of DATA", "452 4.3.1 no disk", LATER, "^452"),
    ("end of DATA", "550 5.7.1 looks like spam", REFUSED, "; it was taken for unwanted mail"),
    ("end of DATA", "550 looks like spam", REFUSED, "; it was taken for unwanted mail"),
    ("end of DATA", "552 too much", REFUSED, "; it is larger than the mail server takes"),
    ("end of DATA", "554 transaction failed", REFUSED, "; it was taken for unwanted mail"),
    ("end of DATA", "555 5.6.0 what is this", REFUSED, "; show this to whoever runs"),
    # Nobody can know.
    ("DATA", DROP, UNCERTAIN, "the line broke before the mail server answered"),
    ("middle of DATA", DROP, UNCERTAIN, "the line broke"),
    ("middle of DATA", SILENCE, UNCERTAIN, "the line broke .*timed out"),
    ("end of DATA", DROP, UNCERTAIN, "the line broke"),
    ("end of DATA", TAKE_AND_DROP, UNCERTAIN, "the line broke"),
    ("end of DATA", SILENCE, UNCERTAIN, "the line broke .*timed out"),
    ("end of DATA", "accepted, I think", UNCERTAIN, "nobody can tell .* no SMTP answer: "),
    ("end of DATA", "250 " + "x" * 9000, UNCERTAIN, "the line broke .*Line too long"),
]


@pytest.mark.parametrize(
    ("stage", "answer", "error", "said"),
    ANSWERS,
    ids=[f"{stage}: {answer[:40]}" for stage, answer, *_ in ANSWERS],
)
def test_an_answer_means(
    smtp: SmtpCatcher, sender: Sender, stage: Stage, answer: str, error: type[Exception], said: str
) -> None:
    smtp.at[stage].append(answer)
    first = sender_to(smtp, 0.3) if answer == SILENCE else sender
    with pytest.raises(MailUnavailable if error is LATER else error, match=said) as caught:
        send(first)
    assert type(caught.value) is error
    taken = len(smtp.letters)
    assert taken == (answer.startswith(("250 x", TAKE_AND_DROP)))
    # It is over with that letter: the next goes, over a connection that is in order.
    assert send(sender, 2) == "250 2.0.0 accepted"
    assert smtp.letters[taken].message["Message-ID"] == "<2@ooma.example>"
    assert len(smtp.letters) == taken + 1


def test_a_sign_in_that_is_refused_is_said_and_tried_again(smtp: SmtpCatcher) -> None:
    with closing(Sender(Login(HOST, smtp.port, "plain", "care", "secret", timeout=10))) as sender:
        # It is tried in the two ways that the server offers.
        for answer in ("535 5.7.8 wrong", "454 4.7.0 not now", "535 5.7.8 wrong"):
            smtp.at["AUTH"].extend([answer] * 2)
        for _ in range(2):
            with pytest.raises(MailServerTrouble, match=r"refused our sign-in: .*; check the user"):
                send(sender)
        with pytest.raises(MailServerTrouble, match=r"refused our sign-in: 535 5\.7\.8 wrong;"):
            sender.check()
        assert send(sender) == "250 2.0.0 accepted"
        assert send(sender) == "250 2.0.0 accepted"
    assert smtp.sign_ins == ["care"]


def test_without_starttls_nothing_is_said_in_the_clear(smtp: SmtpCatcher) -> None:
    lacks = r"lacks what is set: STARTTLS .*; check security"
    way = Login(HOST, smtp.port, "starttls", "care", "secret")
    with closing(Sender(way)) as sender, pytest.raises(MailServerTrouble, match=lacks):
        send(sender)
    assert (smtp.letters, smtp.sign_ins) == ([], [])


def test_a_server_that_knows_no_greeting_of_ours(smtp: SmtpCatcher, sender: Sender) -> None:
    smtp.at["EHLO"].extend(["502 what", "550 5.7.1 your name is on a list"])
    with pytest.raises(MailServerTrouble, match=r"turned us away: 550 5\.7\.1 your name"):
        send(sender)
    smtp.at["EHLO"].append("502 an old one")
    assert send(sender) == "250 2.0.0 accepted"


def test_what_the_server_said_on_accepting_is_given(smtp: SmtpCatcher, sender: Sender) -> None:
    smtp.answers.append("250-2.0.0 taken\r\n250 2.0.0 as 4711")
    assert send(sender) == "250 2.0.0 taken as 4711"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            "550-5.1.1 The address that you\r\n550-5.1.1 tried\r\n550 5.1.1 is not here",
            "550 5.1.1 The address that you tried is not here; there is no such address;",
        ),
        ("550 5.1.1 boîte inconnue", "550 5.1.1 boîte inconnue;"),
        ("550 5.1.1 bo\udceete inconnue", "550 5.1.1 bo\N{REPLACEMENT CHARACTER}te inconnue;"),
        (
            "550 5.1.1 \x1b[31mred\u202e\x00",
            "550 5.1.1 \N{REPLACEMENT CHARACTER}[31mred" + "\N{REPLACEMENT CHARACTER}" * 2 + ";",
        ),
    ],
)
def test_its_words_are_kept_in_one_harmless_line(
    smtp: SmtpCatcher, sender: Sender, answer: str, said: str
) -> None:
    smtp.at["RCPT"].append(answer)
    with pytest.raises(MailRefused) as caught:
        send(sender)
    assert f"{caught.value};".startswith(said)


def test_a_long_answer_is_cut(smtp: SmtpCatcher, sender: Sender) -> None:
    smtp.at["RCPT"].append("\r\n".join(["550-" + "x" * 500] * 200 + ["550 end"]))
    with pytest.raises(MailRefused) as caught:
        send(sender)
    assert len(str(caught.value)) < 400


def test_letters_after_a_refusal_go_over_the_same_connection(
    smtp: SmtpCatcher, sender: Sender
) -> None:
    smtp.at["RCPT"].extend(["550 5.1.1 no", "450 4.2.0 later"])
    smtp.answers.append("554 5.6.0 no")
    for number in range(3):
        with pytest.raises((MailRefused, MailUnavailable)):
            send(sender, number)
    send(sender, 4)
    assert smtp.connections == 1


def test_checking_sends_nothing_and_says_what_is_wrong(smtp: SmtpCatcher, sender: Sender) -> None:
    sender.check()
    smtp.at["greeting"].append("554 5.7.1 no access")
    with pytest.raises(MailServerTrouble, match="turned us away"):
        sender.check()
    assert smtp.letters == []


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "p\u00e4ssw\u00f6rd"},
        {"username": "j\u00f6"},
        {"host": "mail." + "x" * 64 + ".example"},
    ],
    ids=ascii,
)
def test_settings_that_cannot_be_said_are_trouble_and_tell_no_secret(
    smtp: SmtpCatcher, changed: dict[str, str]
) -> None:
    said = {"host": HOST, "username": "ops", "password": "hunter2", **changed}
    where = Login(said["host"], smtp.port, "plain", said["username"], said["password"], timeout=10)
    with closing(Sender(where)) as post:
        for act in (post.check, lambda: send(post)):
            with pytest.raises(MailServerTrouble, match="; have those in the settings") as refused:
                act()
            told = "".join(format_exception(refused.value))
            assert not any(value in told for value in changed.values())
    assert not smtp.letters


@pytest.mark.parametrize("address", ["zoë@example.com", "jo@exämple.com"])
def test_an_address_that_this_way_of_sending_lacks(
    smtp: SmtpCatcher, sender: Sender, address: str
) -> None:
    with pytest.raises(MailRefused, match="the address has letters that"):
        sender.send(b"Subject: x\r\n\r\n", sender="care@ooma.example", recipient=address)
    with pytest.raises(MailServerTrouble, match="; set another sender"):
        sender.send(b"Subject: x\r\n\r\n", sender=address, recipient="jo@example.com")
    assert send(sender) == "250 2.0.0 accepted"


@pytest.mark.parametrize(
    "address",
    [
        "jo@example.com\r\nRCPT TO:<x@example.net>",
        "jo\n@example.com",
        "jo@example.com> SIZE=1",
        "jo@example.com, x@example.net",
        "<jo@example.com>",
        "Jo <jo@example.com>",
        "jo@example.com (Jo)",
    ],
)
def test_no_address_is_anything_but_one_address(
    smtp: SmtpCatcher, sender: Sender, address: str
) -> None:
    raw = b"Subject: x\r\n\r\n"
    with pytest.raises(MailRefused, match="it is no address"):
        sender.send(raw, sender="care@ooma.example", recipient=address)
    with pytest.raises(MailServerTrouble, match="is no address; set another sender"):
        sender.send(raw, sender=address, recipient="jo@example.com")
    assert smtp.connections == 0
