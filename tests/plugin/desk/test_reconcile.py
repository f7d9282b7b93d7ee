"""What the server has and what we hold, against a real Dovecot: every difference is named."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete

from plugin import runtime
from plugin.cli import commands
from plugin.desk.collect import Box
from plugin.desk.ports import Desk
from plugin.desk.reconcile import Sum, fetch_missed, reconcile
from plugin.store.schema import case, mailbox, mailbox_uid
from tests.plugin.desk.test_first_light import COMPLAINT, Installation, installation
from tests.plugin.support import letter

__all__ = ["installation"]

pytestmark = pytest.mark.usefixtures("installation")


def box_of(built: Desk) -> Box:
    """The installation's mailbox."""
    settings = built.settings.mailbox["ooma"]
    return Box("ooma", settings, runtime.mailbox(built, "ooma", settings))


def account(at: Installation, *, fetch: bool = False) -> Sum:
    """The account of the mailbox; `fetch`: after what was missed has been fetched."""
    built = at.desk()
    box = box_of(built)
    try:
        found = reconcile(built, box)
        if fetch:
            assert fetch_missed(built, box, found, runtime.utc_now) == found.missed_count
            found = reconcile(built, box)
        return found
    finally:
        box.mailbox.close()
        built.database.close()


def three(at: Installation) -> None:
    """A complaint, a question and a mail nobody can read, all handled and filed."""
    at.append(letter(COMPLAINT))
    at.append(letter("When are you open?", sender="Kit <kit@example.net>"))
    at.append(b"X-Much: " + b"a" * 300_000 + b"\r\n\r\nhello")
    at.work()
    at.work(ahead=timedelta(minutes=2))  # what is finished is filed at the next visit


def test_every_mail_has_an_outcome_and_the_sum_is_whole(installation: Installation) -> None:
    three(installation)
    found = account(installation)
    assert found.outcomes == {
        "case_opened": 1,
        "joined": 0,
        "proposed": 0,
        "not_case": 1,
        "automatic": 0,
        "duplicate": 0,
        "quarantined": 1,
        "waiting": 0,
    }
    assert (found.server, found.held, found.filed, found.gone) == (0, 0, 3, 0)
    assert found.adds_up


def test_what_has_just_come_is_new_and_no_difference(installation: Installation) -> None:
    three(installation)
    installation.append(letter("Hello?", sender="Max <max@example.org>"))
    found = account(installation)
    assert (found.server, found.held, found.new_count, found.missed_count) == (1, 0, 1, 0)
    assert found.adds_up
    assert installation.count(case) == 1, "looking fetches nothing"


def test_what_we_do_not_hold_is_named_and_can_be_fetched(installation: Installation) -> None:
    installation.work()
    installation.append(letter(COMPLAINT))
    built = installation.desk()
    with built.database.engine.begin() as connection:
        # As if that mail had appeared behind our back, below what we have seen.
        connection.execute(mailbox.update().values(seen_uid=1))
    built.database.close()
    found = account(installation)
    assert (found.missed, found.missed_count, found.adds_up) == ((1,), 1, False)
    found = account(installation, fetch=True)
    assert (found.missed_count, found.outcomes["waiting"], found.adds_up) == (0, 1, True)
    installation.work(ahead=timedelta(minutes=5))
    assert installation.count(case) == 1


def test_what_somebody_deleted_at_the_server_is_told_apart(installation: Installation) -> None:
    installation.append(b"From: a@example.com\r\nPrecedence: bulk\r\n\r\nnews\r\n")
    installation.work()
    assert account(installation).held == 1
    with installation.dovecot.client(installation.user) as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
    found = account(installation)
    assert (found.server, found.gone, len(found.named_gone)) == (0, 1, 1)
    assert (found.outcomes["automatic"], found.adds_up) == (1, True)


def test_a_mailbox_made_anew_keeps_the_old_mails_in_the_sum(installation: Installation) -> None:
    three(installation)
    built = installation.desk()
    with built.database.engine.begin() as connection:
        connection.execute(mailbox_uid.update().values(uidvalidity=1))
        connection.execute(mailbox.update().values(uidvalidity=1))
    built.database.close()
    found = account(installation)
    assert (found.earlier, found.fetched, found.adds_up) == (3, 3, True)


def test_a_row_that_was_lost_breaks_the_sum(installation: Installation) -> None:
    installation.append(b"From: a@example.com\r\nPrecedence: bulk\r\n\r\nnews\r\n")
    installation.work()
    built = installation.desk()
    with built.database.engine.begin() as connection:
        connection.execute(delete(mailbox_uid))
    built.database.close()
    found = account(installation)
    assert (found.held, found.missed_count, found.adds_up) == (0, 1, False)


def run(at: Installation, *words: str) -> Result:
    """The command, on this installation."""
    return CliRunner(env={"ANSWERABLE_CONFIG": str(at.path)}).invoke(
        commands, ["mail", "reconcile", *words]
    )


def test_the_command_says_it_in_words_and_fails_where_it_does_not_add_up(
    installation: Installation,
) -> None:
    three(installation)
    done = run(installation)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "ooma (ooma), folder INBOX",
        "  the server has 0; we hold 0 of them",
        "  3 more we hold and have moved to another folder",
        "  of 3 fetched: 1 case opened, 1 not case, 1 quarantined",
        "  it adds up",
    ]
    installation.append(letter("Hello?", sender="Max <max@example.org>"))
    built = installation.desk()
    with built.database.engine.begin() as connection:
        connection.execute(mailbox.update().values(seen_uid=1000))
    built.database.close()
    done = run(installation)
    assert done.exit_code == 1
    assert "  MISSED 1 that we do not hold: UID 4" in done.stdout
    assert done.stderr == "Error: ooma: it does not add up\n"
    (found,) = json.loads(run(installation, "--json").stdout)
    assert (found["missed_uids"], found["adds_up"]) == ([4], False)
    assert run(installation, "--fetch").exit_code == 0


def test_a_mailbox_that_is_none_or_does_not_answer(installation: Installation) -> None:
    done = run(installation, "--mailbox", "nobody")
    assert (done.exit_code, "there is no mailbox 'nobody'; there are: ooma" in done.stderr) == (
        1,
        True,
    )
    text = installation.path.read_text()
    installation.path.write_text(text.replace(f"port = {installation.dovecot.port}", "port = 1"))
    done = run(installation)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ooma: no connection")
