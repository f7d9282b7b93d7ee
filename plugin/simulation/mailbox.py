"""A mailbox and a mail server in memory, as collecting and sending use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from mail.imap import BATCH, Fetched
from mail.parse import parse

UIDVALIDITY = 1


@dataclass(slots=True)
class MemoryMailbox:
    """One folder. What is moved away is gone: nobody looks at it again."""

    mails: dict[int, Fetched] = field(default_factory=dict)
    _last: int = 0

    def deliver(self, raw: bytes, at: datetime) -> None:
        """A mail arrives."""
        self._last += 1
        self.mails[self._last] = Fetched(self._last, raw, at)

    def open(self) -> int:
        """It is always ready; gives its UIDVALIDITY."""
        return UIDVALIDITY

    def uids_after(self, uid: int, since: date | None = None) -> list[int]:  # noqa: ARG002
        """The UIDs above `uid`, ascending. `since` is for folders that it has not."""
        return [number for number in self.mails if number > uid]

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """The mails, in batches; gone ones are passed over."""
        for start in range(0, len(uids), BATCH):
            batch = [self.mails[uid] for uid in uids[start : start + BATCH] if uid in self.mails]
            if batch:
                yield batch

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails away."""
        del folder
        for uid in uids:
            self.mails.pop(uid, None)

    def close(self) -> None:
        """There is nothing to hang up."""


@dataclass(slots=True)
class MemoryPost:
    """A mail server that accepts every letter and keeps it by its Message-ID."""

    letters: dict[str, bytes] = field(default_factory=dict)

    def send(self, raw: bytes, *, sender: str, recipient: str) -> str:
        """Accept a letter."""
        del sender, recipient
        self.letters[parse(raw).message_id] = raw
        return "250 accepted"
