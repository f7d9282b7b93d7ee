"""What tests ask of an IMAP server, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from imapclient import IMAPClient

from tests.servers.wait import HOST

PASSWORD = "a-password-for-tests"


class ImapServer:
    """A running server, where every user signs in with the one password."""

    port: int
    separator: str
    """What stands between the names of a folder and one in it."""

    @contextmanager
    def client(self, user: str) -> Iterator[IMAPClient]:
        """A signed-in client of that user."""
        client = IMAPClient(HOST, port=self.port, ssl=False, timeout=20)
        client.normalise_times = False
        try:
            client.login(user, PASSWORD)
            yield client
        finally:
            with suppress(OSError):
                client.logout()

    def append(
        self, user: str, raw: bytes, *, folder: str = "INBOX", when: datetime | None = None
    ) -> None:
        """Put a mail into a folder, as arrived at `when`."""
        with self.client(user) as client:
            client.append(folder, raw, msg_time=when)

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Every mail in a folder, oldest first; none where there is no such folder."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), [b"BODY.PEEK[]"])
        return [found[uid][b"BODY[]"] for uid in sorted(found)]
