"""The account of a mailbox is taken once a day and when asked for, and is shown to supervisors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from plugin import runtime
from plugin.app import create_app
from plugin.cases.roles import Role
from plugin.desk import accounts
from plugin.desk.accounts import BoxView
from plugin.store.schema import alert, mailbox, mailbox_uid
from tests.plugin.desk.test_first_light import COMPLAINT, Installation, installation
from tests.plugin.desk.test_reconcile import three
from tests.plugin.support import Clock, Post, letter
from tests.plugin.web.rooms import Rooms, submit, text

__all__ = ["installation"]

HOUR = timedelta(hours=1)


def shown(at: Installation) -> BoxView:
    built = at.desk()
    try:
        (box,) = accounts.show(built, ["ooma"])
        return box
    finally:
        built.database.close()


def count_now(at: Installation, ahead: timedelta) -> None:
    """Somebody asks for the account, and the worker is at work."""
    built = at.desk()
    accounts.ask(built, "ooma", "ooma", runtime.utc_now() + ahead)
    built.database.close()
    assert shown(at).asked
    at.work(ahead=ahead)


def test_it_is_counted_once_a_day_when_everything_is_read(installation: Installation) -> None:
    installation.append(letter(COMPLAINT))
    installation.work()
    assert shown(installation).account is None
    installation.work(ahead=HOUR / 6)
    first = shown(installation)
    assert first.account is not None
    assert (first.account.server, first.account.filed, first.account.adds_up) == (0, 1, True)
    installation.append(letter(COMPLAINT, sender="kit@example.net", message_id="<k@example.net>"))
    installation.work(ahead=HOUR)
    assert shown(installation).taken_at == first.taken_at
    installation.work(ahead=25 * HOUR)
    after = shown(installation)
    assert after.account is not None
    assert (after.account.outcomes["case_opened"], after.account.outcomes["waiting"]) == (2, 0)


def test_whoever_asks_gets_it_on_the_next_visit(installation: Installation) -> None:
    three(installation)
    count_now(installation, HOUR)
    after = shown(installation)
    assert after.account is not None
    assert (after.asked, after.account.fetched, after.account.filed) == (False, 3, 3)


def test_what_does_not_add_up_is_told_at_once_and_by_the_second_route(
    installation: Installation,
) -> None:
    text_before = installation.path.read_text(encoding="utf-8")
    installation.path.write_text(text_before.replace('handled = "Handled", ', ""))
    installation.append(letter(COMPLAINT))
    installation.work()
    built = installation.desk()
    built.database.write(lambda c: c.execute(delete(mailbox_uid)))
    built.database.close()
    count_now(installation, HOUR)
    box = shown(installation)
    assert box.account is not None
    assert not box.account.adds_up
    assert box.account.missed == (1,)
    where = (alert.c.about == "mailbox_account", alert.c.ops_at.is_not(None))
    assert installation.count(alert, *where) == 1


def test_a_mailbox_in_trouble_is_not_counted(installation: Installation) -> None:
    built = installation.desk()
    (box, *_) = runtime.boxes(built)
    assert not accounts.take(built, box, runtime.utc_now)
    installation.work()
    fails = mailbox.update().values(failures=1, account_at=None)
    built.database.write(lambda c: c.execute(fails))
    assert not accounts.take(built, box, runtime.utc_now)
    box.mailbox.close()
    built.database.close()


def test_what_is_wrong_is_shown_until_it_is_mended(installation: Installation) -> None:
    right = installation.path.read_text(encoding="utf-8")
    installation.path.write_text(right.replace('password = "', 'password = "not '), "utf-8")
    installation.work()
    built = installation.desk()
    panel = Rooms(create_app(built, runtime.utc_now), built, Clock(), Post())
    panel.app.testing = True
    panel.clock.now = runtime.utc_now()
    browser = panel.signed_in(("ooma", Role.SUPERVISOR))
    elsewhere = panel.signed_in(("opus", Role.SUPERVISOR), email="zoe@example.com")
    assert "A mailbox cannot be read" in text(browser.get("/mailboxes"))
    assert "cannot be read" not in text(elsewhere.get("/mailboxes"))
    installation.path.write_text(right, "utf-8")
    installation.work(ahead=HOUR)
    assert "cannot be read" not in text(browser.get("/mailboxes"))
    built.database.close()


def test_there_is_no_account_of_a_mailbox_of_anothers(installation: Installation) -> None:
    built = installation.desk()
    for provider, name in (("opus", "ooma"), ("ooma", "nobody")):
        with pytest.raises(LookupError):
            accounts.ask(built, provider, name, runtime.utc_now())
    assert accounts.show(built, ["opus"]) == []
    built.database.close()


def test_a_supervisor_sees_every_figure_and_counts_anew(
    installation: Installation,
) -> None:
    three(installation)
    count_now(installation, HOUR)
    built = installation.desk()
    clock = Clock(runtime.utc_now() + 2 * HOUR)
    panel = Rooms(create_app(built, clock), built, clock, Post())
    panel.app.testing = True
    browser = panel.signed_in(("ooma", Role.SUPERVISOR))
    said = text(browser.get("/mailboxes"))
    assert "It adds up" in said
    for figure in (
        "On the server, in this folder Mails 0",
        "ever read from it Mails 3 still in this folder 0 moved to another folder by us 3",
        "What became of them Mails 3",
        "Opened a case 1",
        "No complaint 1",
        "In quarantine 1",
    ):
        assert figure in said
    submit(browser, "/mailboxes/ooma/ooma/check", "/mailboxes")
    assert "It is being counted." in text(browser.get("/mailboxes"))
    built.database.close()
