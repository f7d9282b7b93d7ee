"""The connection to the mailbox is cut at every command: nothing is lost and nothing doubled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from plugin.desk.reconcile import reconcile
from plugin.store.schema import case, delivery, inbound
from tests.plugin.desk.test_first_light import COMPLAINT, Installation, installation
from tests.plugin.desk.test_reconcile import box_of
from tests.plugin.support import letter
from tests.servers.cutting import Cutting, When

__all__ = ["installation"]


@pytest.fixture
def cutting(installation: Installation) -> Iterator[Cutting]:
    """A proxy in front of the installation's mailbox."""
    proxy = Cutting(installation.dovecot.port)
    proxy.start()
    text = installation.path.read_text()
    port = f"port = {installation.dovecot.port}"
    installation.path.write_text(text.replace(port, f"port = {proxy.port}"))
    yield proxy
    proxy.stop()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_at_any_command_loses_and_doubles_nothing(
    installation: Installation, cutting: Cutting, when: When
) -> None:
    cutting.cut(None)
    installation.append(letter(COMPLAINT, sender="Ann <ann0@example.com>"))
    installation.work()
    installation.work(ahead=timedelta(minutes=2))
    commands = list(cutting.commands)
    assert {"LOGIN", "SELECT", "UID", "LOGOUT"} <= set(commands)

    ahead = timedelta(hours=1)
    for number in range(1, len(commands) + 1):
        installation.append(letter(COMPLAINT, sender=f"Ann <ann{number}@example.com>"))
        cutting.cut(number, when)
        installation.work(ahead=ahead)
        cutting.cut(None)
        # A mailbox that failed is visited again after its back-off; what it held is then filed.
        for _ in range(2):
            ahead += timedelta(hours=1)
            installation.work(ahead=ahead)
        mails = number + 1
        assert installation.count(case) == mails, (number, commands[number - 1])
        assert installation.count(inbound) >= mails
        assert installation.count(delivery, delivery.c.state == "sent") == mails
        assert len(installation.smtp.letters) == mails

    built = installation.desk()
    box = box_of(built)
    try:
        found = reconcile(built, box)
    finally:
        box.mailbox.close()
        built.database.close()
    assert found.adds_up
    assert (found.server, found.gone) == (0, 0)
