"""Sending through a real mail server that fails as it was told: what becomes of the letter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from mail.login import Login, MailUnavailable
from mail.smtp import Sender, longest
from plugin import runtime
from plugin.cases.roles import Role
from plugin.cli import commands as root
from plugin.clockwork import jobs
from plugin.desk import ingest, listing, send, viewing
from plugin.desk.send import ALERT_AFTER, MAX_ATTEMPTS, MAX_UNCERTAIN, backoff
from plugin.runtime import Edges
from plugin.sections import SmtpSettings
from plugin.settings import load
from plugin.store.schema import alert, delivery, event
from tests.plugin.desk.counter import COMPLAINT, JO, KIT, MAX, Counter, counter
from tests.plugin.support import NOW, letter
from tests.plugin.web.rooms import rooms
from tests.servers.postfix import Postfix, delivered
from tests.servers.smtp import DROP, SILENCE, TAKE_AND_DROP, SmtpCatcher, Stage
from tests.servers.wait import HOST

pytestmark = pytest.mark.slow

RELAY = "554 5.7.1 <jo@example.com>: Relay access denied"


@dataclass
class Office:
    """A counter whose post goes to a mail server. Jo has complained; her letter waits."""

    at: Counter
    smtp: SmtpCatcher
    sender: Sender

    def send(self) -> Any:
        """The post goes out now; gives the row of the first letter's delivery."""
        send.send(self.at.desk, self.sender, lambda: self.at.now)
        return self.at.rows(delivery)[0]

    def told(self, stage: Stage, answer: str) -> Any:
        """The post goes out to a server that says so; silence is not waited for."""
        self.smtp.at[stage].append(answer)
        patient = self.sender
        if answer == SILENCE:
            self.sender = sender(self.smtp, 0.3)
        try:
            return self.send()
        finally:
            if self.sender is not patient:
                self.sender.close()
            self.sender = patient

    def again(self) -> Any:
        """Just when the first letter is to be tried again, the post goes out."""
        due = self.at.rows(delivery)[0].next_at
        assert due is not None, "nothing waits"
        self.at.now = max(self.at.now, due)
        return self.send()

    def alerts(self) -> list[str]:
        """What the alerts about the mail server say that nobody has cleared."""
        rows = self.at.rows(alert, alert.c.about == send.SERVER, alert.c.cleared_at.is_(None))
        return [row.text for row in rows]

    def ids(self) -> list[str]:
        return [str(caught.message["Message-ID"]) for caught in self.smtp.letters]


def sender(smtp: SmtpCatcher, timeout: float) -> Sender:
    return Sender(Login(HOST, smtp.port, "plain", "", "", timeout=timeout))


@pytest.fixture
def office(tmp_path: Path, smtp: SmtpCatcher) -> Iterator[Office]:
    at = counter(tmp_path)
    at.mail(COMPLAINT, send=False)
    made = Office(at, smtp, sender(smtp, 10))
    yield made
    made.sender.close()


WAITS: list[tuple[Stage, str]] = [
    ("greeting", "421 4.3.2 too busy"),
    ("greeting", "554 5.7.1 no access"),
    ("greeting", SILENCE),
    ("MAIL", "421 4.3.2 shutting down"),
    ("MAIL", "550 5.7.1 not your address"),
    ("MAIL", "553 5.1.8 sender refused"),
    ("RCPT", "421 4.3.2 shutting down"),
    ("RCPT", "450 4.2.0 greylisted"),
    ("RCPT", RELAY),
    ("RCPT", DROP),
    ("DATA", "450 4.3.0 later"),
    ("end of DATA", "421 4.3.2 shutting down"),
    ("end of DATA", "450 4.3.0 later"),
]
FAILS: list[tuple[Stage, str]] = [
    ("MAIL", "552 5.3.4 too large"),
    ("RCPT", "550 5.1.1 no such user"),
    ("RCPT", "550-5.1.1 no such\r\n550 5.1.1 pérson"),
    ("RCPT", "552 5.2.2 over quota"),
    ("DATA", "554 5.5.1 no"),
    ("end of DATA", "550 5.7.1 spam"),
    ("end of DATA", "552 5.3.4 too large"),
    ("end of DATA", "554 5.6.0 no"),
]
UNCERTAIN: list[tuple[Stage, str]] = [
    ("middle of DATA", DROP),
    ("middle of DATA", SILENCE),
    ("end of DATA", DROP),
    ("end of DATA", TAKE_AND_DROP),
    ("end of DATA", SILENCE),
]


def named(rows: list[tuple[Stage, str]]) -> list[str]:
    return [f"{stage}: {answer[:30]}" for stage, answer in rows]


@pytest.mark.parametrize(("stage", "answer"), WAITS, ids=named(WAITS))
def test_a_letter_waits_and_goes_once(office: Office, stage: Stage, answer: str) -> None:
    row = office.told(stage, answer)
    assert (row.state, row.attempts, row.repeats) == ("queued", 1, 0)
    assert row.reason
    assert office.smtp.letters == []
    assert office.at.promises()["acknowledge"] == "open"
    assert timedelta(0) <= row.next_at - office.at.now - timedelta(minutes=1) <= timedelta(0, 15)

    row = office.again()
    assert (row.state, row.attempts, row.repeats) == ("sent", 2, 0)
    assert office.ids() == [office.at.thread()]
    assert office.at.promises()["acknowledge"] == "kept"


@pytest.mark.parametrize(("stage", "answer"), FAILS, ids=named(FAILS))
def test_a_letter_fails_visibly_with_words_and_remedy(
    office: Office, stage: Stage, answer: str
) -> None:
    row = office.told(stage, answer)
    assert (row.state, row.attempts, row.next_at) == ("failed", 1, None)
    words, _, remedy = row.reason.partition("; ")
    assert words.startswith(answer[:3])
    assert remedy
    assert office.at.alerts(1) == ["undeliverable"]
    assert office.at.promises()["acknowledge"] == "open"
    assert office.at.letter("undeliverable_followup").channel == "phone"
    assert office.alerts() == []

    office.at.mail(COMPLAINT, sender=KIT, send=False)
    office.send()
    assert [caught.recipients for caught in office.smtp.letters] == [("kit@example.net",)]


@pytest.mark.parametrize(("stage", "answer"), UNCERTAIN, ids=named(UNCERTAIN))
def test_a_letter_of_which_nobody_knows_goes_again_under_its_id(
    office: Office, stage: Stage, answer: str
) -> None:
    row = office.told(stage, answer)
    assert (row.state, row.attempts, row.repeats) == ("queued", 1, 0)
    row = office.again()
    assert (row.state, row.attempts, row.repeats) == ("sent", 2, 1)
    copies = 2 if answer == TAKE_AND_DROP else 1
    assert office.ids() == [office.at.thread()] * copies
    assert office.at.kinds().count("acknowledged") == 1


def test_a_letter_of_which_nobody_ever_knows_is_not_sent_without_end(office: Office) -> None:
    office.smtp.answers.extend([TAKE_AND_DROP] * 100)
    office.send()
    for number in range(MAX_UNCERTAIN - 1):
        row = office.again()
        assert row.repeats == number + 1
    assert row.state == "failed"
    assert row.reason.startswith(f"given up after {MAX_UNCERTAIN} attempts: the line broke")
    assert office.ids() == [office.at.thread()] * MAX_UNCERTAIN
    assert office.at.alerts(1) == ["undeliverable"]


def test_a_letter_that_is_put_off_for_days_fails(office: Office) -> None:
    office.smtp.at["RCPT"].extend(["450 4.2.0 later"] * MAX_ATTEMPTS)
    office.send()
    for _ in range(MAX_ATTEMPTS - 1):
        row = office.again()
    assert row.state == "failed"
    assert row.reason == f"given up after {MAX_ATTEMPTS} attempts: 450 4.2.0 later"
    assert office.alerts() == []


# Trouble with the server --------------------------------------------------------------------------


def test_trouble_fails_no_letter_however_long_it_lasts(office: Office) -> None:
    office.smtp.at["MAIL"].extend(["550 5.7.1 not your address"] * (MAX_ATTEMPTS + 5))
    office.send()
    for _ in range(MAX_ATTEMPTS + 4):
        assert office.again().state == "queued"
    assert office.at.alerts(1) == []
    # What then happens to the letter itself still has its own tries.
    office.smtp.at["RCPT"].append("450 4.2.0 greylisted")
    assert office.again().state == "queued"
    assert office.again().state == "sent"
    assert office.ids() == [office.at.thread()]


def test_trouble_is_said_to_a_person_once_a_day_and_cleared_when_it_is_over(
    office: Office,
) -> None:
    office.at.mail(COMPLAINT, sender=KIT, send=False)
    office.smtp.at["RCPT"].extend([RELAY] * 200)
    office.send()
    for _ in range(ALERT_AFTER - 2):
        office.again()
    assert office.alerts() == []
    office.again()
    (said,) = office.alerts()
    assert said == (
        "Letters cannot be sent: the mail server refused us: 554 5.7.1 <(address)>: Relay access "
        "denied; let the mail server pass on our letters: set user name and password, or allow us "
        "there"
    )
    for _ in range(4):
        office.again()
    assert len(office.alerts()) == 1
    office.at.now += timedelta(days=1)
    office.send()
    assert len(office.alerts()) == 2

    office.smtp.at["RCPT"].clear()
    office.at.now += timedelta(hours=2)
    office.send()
    assert len(office.ids()) == 2
    assert office.alerts() == []


def test_a_letter_without_a_sender_waits_and_is_said(office: Office) -> None:
    provider = dict(office.at.desk.settings.provider)
    provider["ooma"] = provider["ooma"].model_copy(update={"sender": None})
    nobody = office.at.desk.settings.model_copy(update={"provider": provider, "mailbox": {}})
    office.at.desk = replace(office.at.desk, settings=nobody)
    office.send()
    for _ in range(ALERT_AFTER - 1):
        office.again()
    (said,) = office.alerts()
    assert "no sender address; set provider.ooma.sender or configure a mailbox" in said


@pytest.mark.parametrize(
    "given", ["care..uk@ooma.example", "k\u00e4re@ooma.example", "care@ooma.example."], ids=ascii
)
def test_a_sender_that_no_letter_can_bear_fails_none_and_is_said(
    office: Office, given: str
) -> None:
    # Settings that were read say no such thing; those of a caller's own may.
    right = office.at.desk
    provider = dict(right.settings.provider)
    provider["ooma"] = provider["ooma"].model_copy(update={"sender": given})
    wrong = right.settings.model_copy(update={"provider": provider})
    office.at.desk = replace(right, settings=wrong)
    assert office.send().state == "queued"
    for _ in range(ALERT_AFTER - 1):
        assert office.again().state == "queued"
    (said,) = office.alerts()
    assert "correct provider.ooma.sender" in said
    office.at.desk = right
    assert office.again().state == "sent"


def test_a_password_that_cannot_be_said_fails_no_letter_and_is_told_to_nobody(
    office: Office,
) -> None:
    login = Login(HOST, office.smtp.port, "plain", "ops", "p\u00e4ss", timeout=10)
    with closing(Sender(login)) as post:
        office.sender, right = post, office.sender
        for row in (office.send(), *(office.again() for _ in range(ALERT_AFTER - 1))):
            assert row.state == "queued"
            assert "\u00e4" not in row.reason
            assert r"\xe4" not in row.reason
    (said,) = office.alerts()
    assert "user name, password or token" in said
    office.sender = right
    assert office.again().state == "sent"


def test_a_recipient_that_is_no_address_fails_the_letter_and_no_other(office: Office) -> None:
    to_nobody = update(delivery).values(recipient="jo..m@example.com")
    office.at.desk.database.write(lambda connection: connection.execute(to_nobody))
    office.at.mail(COMPLAINT, sender=KIT, send=False)
    row = office.send()
    assert (row.state, row.attempts) == ("failed", 1)
    assert row.reason.startswith("it is no address that a letter can go to")
    assert office.smtp.letters[0].recipients == ("kit@example.net",)
    assert office.at.alerts(1) == ["undeliverable"]


# When it counts as sent ---------------------------------------------------------------------------


@dataclass
class Slow:
    """A mail server that takes five minutes to accept a letter, and an hour to refuse one."""

    at: Counter
    refuses: str = ""
    accepted: dict[str, datetime] = field(default_factory=dict)

    def send(self, raw: bytes, *, sender: str, recipient: str) -> str:
        del raw, sender
        if recipient == self.refuses:
            self.at.now += timedelta(hours=1)
            raise MailUnavailable("450 later")
        self.accepted[recipient] = self.at.now = self.at.now + timedelta(minutes=5)
        return "250 accepted"


def test_a_letter_counts_as_sent_when_it_was_accepted_and_waits_from_when_it_was_not(
    tmp_path: Path,
) -> None:
    at = counter(tmp_path)
    post = Slow(at, refuses="max@example.org")
    for who in (JO, MAX, KIT):
        at.mail(COMPLAINT, sender=who, send=False)
    (job,) = [one for one in jobs(at.desk, Edges(post=post), lambda: at.now) if one.name == "send"]
    began = at.now
    assert job.run(began) == 3

    by = {row.recipient: row for row in at.rows(delivery)}
    assert post.accepted["jo@example.com"] == began + timedelta(minutes=5)
    assert post.accepted["kit@example.net"] == began + timedelta(minutes=70)
    for recipient, moment in post.accepted.items():
        assert by[recipient].sent_at == moment
        told = at.rows(event, event.c.case_id == by[recipient].case_id)
        assert [one.at for one in told if one.kind == "letter_sent"] == [moment]
    assert by["max@example.org"].next_at >= began + timedelta(minutes=66)


def test_nobody_else_takes_a_letter_while_its_server_is_waited_for() -> None:
    most = SmtpSettings(host=HOST, timeout_seconds=60).timeout_seconds
    assert timedelta(seconds=longest(most)) + timedelta(minutes=5) < send.HOLD


# What customers can put into our letters -------------------------------------------------------


@pytest.mark.parametrize(
    "id_",
    [
        "=?utf-8?q?a=0D=0ABcc:_eve=40example.net=0D=0A=0D=0AWe_owe_you?=@example.com",
        "zo\u00eb@x.example",
    ],
    ids=ascii,
)
def test_a_customers_message_id_adds_nothing_and_stops_nothing(
    tmp_path: Path, smtp: SmtpCatcher, id_: str
) -> None:
    at = counter(tmp_path)
    head = f"From: Jo <jo@example.com>\r\nSubject: My line\r\nMessage-ID: <{id_}>\r\n"
    at.raw(f"{head}\r\n{COMPLAINT}\r\n".encode(), send=False)
    with closing(sender(smtp, 10)) as post:
        send.send(at.desk, post, lambda: at.now)
    (caught,) = smtp.letters
    assert caught.recipients == ("jo@example.com",)
    assert "Bcc" not in caught.message
    assert b"We owe you" not in caught.raw
    assert "In-Reply-To" not in caught.message
    assert at.letter("acknowledgement").state == "sent"


def test_a_real_mail_server_is_understood_all_the_way(postfix: Postfix, tmp_path: Path) -> None:
    at = counter(tmp_path)
    people = ("Jo <jo@example.com>", "Who <who@example.com>", "Kim <kim@elsewhere.example>")
    for one in people:
        at.mail(COMPLAINT, sender=one, send=False)
    way = Login(HOST, postfix.port, "starttls", "", "", ca_file=postfix.ca_file, timeout=10)
    with closing(Sender(way)) as post:
        send.send(at.desk, post, lambda: at.now)
    (mail,) = map(delivered, postfix.mails("jo"))
    assert mail["Message-ID"] == at.thread(number=1)
    assert at.reference() in mail["Subject"]
    first, second, third = (at.letter("acknowledgement", number) for number in (1, 2, 3))
    assert (first.state, second.state, third.state) == ("sent", "failed", "queued")
    reasons = {row.letter_id: row.reason for row in at.rows(delivery)}
    assert reasons[second.id].endswith("; there is no such address; find out the right one")
    assert "Relay access denied; let the mail server pass on" in reasons[third.id]


# Where people see it --------------------------------------------------------------------------

HOSTILE = "550 5.1.1 <jo@example.com>: <script>alert(1)</script> \x1b[31m no"


def test_case_show_says_why_and_names_nobody_unasked(tmp_path: Path, smtp: SmtpCatcher) -> None:
    path = tmp_path / "answerable.toml"
    path.write_text('[provider.ooma]\nsender = "complaints@ooma.example"\n')
    runtime.prepare(load(path, {}))
    desk = runtime.build_desk(load(path, {}))
    smtp.at["RCPT"].append(HOSTILE)
    list(ingest.ingest(desk, [letter(COMPLAINT)], "ooma", NOW))
    with closing(sender(smtp, 10)) as post:
        send.send(desk, post, lambda: NOW)
    (line,) = listing.list_cases(desk).lines
    desk.database.close()

    def shown(*words: str) -> str:
        where = {"ANSWERABLE_CONFIG": str(path)}
        done = CliRunner().invoke(root, ["case", "show", line.reference, *words], env=where)
        assert done.exit_code == 0, done.output
        return done.output

    why = "550 5.1.1 <{}>: <script>alert(1)</script> \N{REPLACEMENT CHARACTER}[31m no; there is no"
    for words in ([], ["--json"]):
        assert why.format("j…@example.com") in shown(*words)
        assert "jo@example.com" not in shown(*words)
        assert why.format("jo@example.com") in shown("--names", *words)


def test_the_letters_page_says_why_and_obeys_nothing_of_it(
    tmp_path: Path, smtp: SmtpCatcher
) -> None:
    panel = rooms(tmp_path)
    smtp.at["RCPT"].append(HOSTILE)
    list(ingest.ingest(panel.desk, [letter(COMPLAINT)], "ooma", NOW))
    with closing(sender(smtp, 10)) as post:
        send.send(panel.desk, post, lambda: NOW)
    (line,) = listing.list_cases(panel.desk).lines
    (view,) = viewing.show_cases(panel.desk, None, line.reference)
    browser = panel.signed_in(("ooma", Role.AGENT))
    failed = next(row for row in view.letters if row.state == "failed")
    page = browser.get(f"/cases/ooma/{line.reference}/letters/{failed.id}").get_data(as_text=True)
    assert "<dt>The mail server said</dt><dd>550 5.1.1 &lt;jo@example.com&gt;" in page
    assert "there is no such address; find out the right one" in page
    assert "<script>alert" not in page


# The pauses between tries -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (60, 60), (10_000, 60)],
)
def test_the_pause_doubles_from_a_minute_to_an_hour(attempts: int, minutes: int) -> None:
    assert backoff(attempts, lambda limit: 0) == timedelta(minutes=minutes)
    longest = backoff(attempts, lambda limit: limit - 1)
    assert longest == timedelta(minutes=minutes) * 1.25


def test_letters_that_failed_together_do_not_come_back_together() -> None:
    draw = Random(1)
    moments = [backoff(1, draw.randrange) for _ in range(1000)]
    by_second = [sum(int(one.total_seconds()) == second for one in moments) for second in range(76)]
    assert max(by_second) < 100
    assert sum(by_second) == 1000
