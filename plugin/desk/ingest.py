"""Taking in files: mail from disk goes the ordinary way in, one raw row each.

Which provider a file belongs to is said by the caller, found from the mailbox it was delivered to,
or the default; a file that is no mail is counted and passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from mail.message import Message, Unreadable
from mail.parse import parse, sender_hint
from plugin.desk import receive
from plugin.desk.faults import FAULTS
from plugin.desk.ports import Desk
from plugin.store import inbound

BATCH = 50

OUTCOMES = (
    "case_opened",
    "joined",
    "not_case",
    "proposed",
    "duplicate",
    "automatic",
    "quarantined",
)


class NoProvider(LookupError):
    """Nothing says which provider a mail is for."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many of the mails taken in so far ended in which way."""

    mails: int
    outcomes: dict[str, int]


def ingest(
    desk: Desk, mails: Iterable[bytes], provider: str | None, now: datetime
) -> Iterator[Taken]:
    """Take mails in, a batch at a time, and process them; yields the sum so far after each.

    Raises NoProvider, before that batch is kept, where nothing says whose a mail is.
    """
    outcomes = dict.fromkeys(OUTCOMES, 0)
    total = 0
    source = iter(mails)
    while batch := list(islice(source, BATCH)):
        arrivals = [_arrival(desk, raw, provider, now) for raw in batch]
        desk.database.write(lambda c, arrivals=arrivals: inbound.add(c, arrivals))  # type: ignore[misc]
        while receive.receive(desk, now):
            pass
        total += len(batch)
        for key, number in _ended(desk, arrivals).items():
            outcomes[key] = outcomes.get(key, 0) + number
        yield Taken(total, dict(outcomes))


def _arrival(desk: Desk, raw: bytes, provider: str | None, now: datetime) -> inbound.Arrival:
    message = _glance(raw)
    received, source = now, "fetch"
    stamped = message and (message.received or message.date)
    if stamped and stamped <= now:
        received, source = stamped, "header"
    return inbound.Arrival(
        id=desk.draw.id(),
        provider=provider or _provider(desk, message),
        source="file",
        mailbox=None,
        raw=raw,
        lane=sender_hint(raw),
        received_at=received,
        received_source=source,
        fetched_at=now,
    )


def _glance(raw: bytes) -> Message | None:
    try:
        return parse(raw)
    except (Unreadable, *FAULTS):
        # It is kept all the same; receiving says what is wrong with it.
        return None


def _provider(desk: Desk, message: Message | None) -> str:
    """The provider whose mailbox the mail was delivered to, else the default."""
    boxes = {box.address: box.provider for box in desk.settings.mailbox.values()}
    if message:
        to = [*message.delivered_to, *(a.address for a in (*message.to, *message.cc))]
        for address in to:
            if address in boxes:
                return boxes[address]
    if desk.settings.default_provider:
        return desk.settings.default_provider
    raise NoProvider("nothing says which provider this mail is for; give --provider")


def _ended(desk: Desk, arrivals: Sequence[inbound.Arrival]) -> dict[str, int]:
    by_provider: dict[str, list[int]] = {}
    for arrival in arrivals:
        by_provider.setdefault(arrival.provider, []).append(arrival.id)
    ended: dict[str, int] = {}
    with desk.database.read() as connection:
        for provider, ids in by_provider.items():
            for outcome, number in inbound.outcomes(connection, provider, ids).items():
                name = outcome or "waiting"
                ended[name] = ended.get(name, 0) + number
    return ended
