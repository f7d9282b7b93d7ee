"""The folder of sent mail at a real server: read from a week back, nothing moved or doubled."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from plugin import runtime
from plugin.store.schema import alert, case, contact, event, inbound, mailbox_uid
from tests.plugin.desk.test_first_light import COMPLAINT, Installation
from tests.plugin.desk.test_reconcile import account
from tests.plugin.support import letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import SmtpCatcher

pytestmark = pytest.mark.slow


@pytest.fixture
def place(
    tmp_path: Path, any_database_url: str, dovecot: Dovecot, smtp: SmtpCatcher, mail_user: str
) -> Installation:
    """An installation that reads the folder of sent mail too."""
    made = Installation(tmp_path, any_database_url, dovecot, smtp, mail_user)
    text = made.path.read_text(encoding="utf-8")
    made.path.write_text(f'{text}\nsent_folder = "Sent"\n', encoding="utf-8")
    with dovecot.client(mail_user) as client:
        client.create_folder("Sent")
    return made


def answer(number: int) -> bytes:
    """An answer of an agent's to Jo's first mail."""
    return letter(
        f"We found the fault ({number}).",
        sender="complaints@ooma.example",
        to="jo@example.com",
        message_id=f"<answer-{number}@ooma.example>",
        in_reply_to="<first@example.com>",
    )


def sent_by_hand(at: Installation, number: int, days_ago: int = 0) -> None:
    when = runtime.utc_now() - timedelta(days=days_ago)
    at.dovecot.append(at.user, answer(number), folder="Sent", when=when)


def test_an_answer_in_the_folder_is_on_the_record_and_stays_where_it_is(
    place: Installation,
) -> None:
    place.append(letter(COMPLAINT))
    place.work()
    sent_by_hand(place, 1)
    for hours in (1, 2):
        place.work(ahead=timedelta(hours=hours))
    assert place.count(case) == 1
    assert place.count(event, event.c.kind == "answer_sent") == 1
    assert place.count(contact, contact.c.ours) == 1
    assert len(place.dovecot.messages(place.user, "Sent")) == 1
    assert len(place.smtp.letters) == 1


def test_a_folder_with_years_of_mail_is_read_from_a_week_back(place: Installation) -> None:
    place.append(letter(COMPLAINT))
    place.work()
    for number, days_ago in enumerate((900, 30, 6, 0)):
        sent_by_hand(place, number, days_ago)
    place.work(ahead=timedelta(hours=1))
    assert place.count(inbound, inbound.c.source == "sent") == 2
    sent_by_hand(place, 9, days_ago=400)  # moved there only now
    place.work(ahead=timedelta(hours=2))
    assert place.count(inbound, inbound.c.source == "sent") == 3


def test_a_folder_made_anew_doubles_nothing(place: Installation) -> None:
    place.append(letter(COMPLAINT))
    sent_by_hand(place, 1)
    place.work(ahead=timedelta(hours=1))
    with place.dovecot.client(place.user) as client:
        client.delete_folder("Sent")
        client.create_folder("Sent")
    sent_by_hand(place, 1)
    sent_by_hand(place, 2)
    place.work(ahead=timedelta(hours=2))
    assert place.count(contact, contact.c.ours) == 2
    assert place.count(event, event.c.kind == "answer_sent") == 2


def test_without_the_folder_the_mailbox_is_collected_all_the_same(place: Installation) -> None:
    with place.dovecot.client(place.user) as client:
        client.delete_folder("Sent")
    place.append(letter(COMPLAINT))
    place.work()
    assert place.count(case) == 1
    assert place.count(alert, alert.c.about == "mailbox_unavailable") == 1


def test_sent_mail_is_no_part_of_the_mailboxs_account(place: Installation) -> None:
    place.append(letter(COMPLAINT))
    sent_by_hand(place, 1)
    place.work(ahead=timedelta(hours=1))
    assert place.count(mailbox_uid) == 2
    assert account(place).fetched == 1
