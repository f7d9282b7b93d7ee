"""Does what we hold add up to what the server has? Every mail on either side is accounted for.

Nothing is fetched or changed by looking. A mail that the server has and the ledger has not is named
by its UID; one that we hold and the server has no longer is told apart by who took it away: we
filed it, or somebody else moved or deleted it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from plugin.desk.collect import Box, folder_for, keep
from plugin.desk.ports import Desk
from plugin.store import mailboxes

MAX_NAMED = 100
"""How many UIDs of a difference are named; the count is always whole."""

OUTCOMES = (
    *("case_opened", "joined", "proposed", "not_case", "automatic"),
    *("duplicate", "quarantined", "waiting"),
)
"""What can have become of a mail that we hold; "waiting": it is still to be processed."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A mailbox's account.

    `server`: mails in its folder; `held`: of them, in our ledger. `outcomes` is what became of
    everything we ever fetched from it, `earlier` how many of those under another UIDVALIDITY.
    `new_count`: mails that came since the last visit; `missed`: UIDs of older ones that we do not
    hold. `filed`: mails we moved to another folder; `gone`: mails we hold that somebody else took
    away. Of UIDs the first MAX_NAMED are named.
    """

    mailbox: str
    provider: str
    folder: str
    uidvalidity: int
    server: int
    held: int
    outcomes: dict[str, int]
    earlier: int
    filed: int
    gone: int
    new_count: int = 0
    missed: tuple[int, ...] = ()
    missed_count: int = 0
    named_gone: tuple[int, ...] = ()

    @property
    def fetched(self) -> int:
        """Everything we ever fetched from it."""
        return sum(self.outcomes.values())

    @property
    def adds_up(self) -> bool:
        """Is every mail accounted for: nothing missed, nothing that we hold without an outcome?"""
        ours = self.held + self.filed + self.gone + self.earlier
        return self.missed_count == 0 and ours == self.fetched


def reconcile(desk: Desk, box: Box) -> Sum:
    """The account of one mailbox, as its server and our ledger stand now.

    Raises MailUnavailable, MailRefused.
    """
    uidvalidity = box.mailbox.open()
    there = set(box.mailbox.uids_after(0))
    with desk.database.read() as connection:
        state = mailboxes.state(connection, box.provider, box.name)
        ledger = mailboxes.ledger(connection, box.provider, box.name, uidvalidity)
        outcomes = mailboxes.outcomes(connection, box.provider, box.name)
        everything = mailboxes.count(connection, box.provider, box.name)
    seen = state.seen_uid if state.uidvalidity == uidvalidity else 0
    absent = sorted(uid for uid in there if uid not in ledger)
    missed = [uid for uid in absent if uid <= seen]
    away = {uid for uid in ledger if uid not in there}
    moved = {uid for uid in away if folder_for(box.settings, ledger[uid])}
    gone = sorted(away - moved)
    return Sum(
        mailbox=box.name,
        provider=box.provider,
        folder=box.settings.folder,
        uidvalidity=uidvalidity,
        server=len(there),
        held=len(there) - len(absent),
        outcomes={name: outcomes.get(name, 0) for name in OUTCOMES},
        earlier=everything - len(ledger),
        filed=len(moved),
        gone=len(gone),
        new_count=len(absent) - len(missed),
        missed=tuple(missed[:MAX_NAMED]),
        missed_count=len(missed),
        named_gone=tuple(gone[:MAX_NAMED]),
    )


def fetch_missed(desk: Desk, box: Box, found: Sum, now: Callable[[], datetime]) -> int:
    """Fetch what was missed, as a visit would have; how many mails came.

    Raises MailUnavailable, MailRefused.
    """
    taken = 0
    for batch in box.mailbox.fetch(found.missed):
        taken += keep(desk, box, found.uidvalidity, batch, now())
    return taken
