"""A second IMAP server for the tests, so that what holds does not hold at Dovecot alone: pymap.

It is the demo's own mailbox server, in memory, with users named beforehand.
"""

from __future__ import annotations

from plugin.demo.servers import DemoMailbox
from tests.servers.imap import PASSWORD, ImapServer


class Pymap(ImapServer):
    """A running pymap on a free loopback port."""

    separator = "/"

    def __init__(self, *users: str) -> None:
        self._served = DemoMailbox(users, PASSWORD)

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._served.start()
        self.port = self._served.port

    def stop(self) -> None:
        """Hang up on everybody."""
        self._served.stop()
