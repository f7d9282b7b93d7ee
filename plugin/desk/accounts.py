"""The account of every mailbox: what its server has beside what we hold, taken once a day.

The worker takes it on the visit that follows, over the connection that is open anyway; pages only
show the last one and may ask for another. One that does not add up is told at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from mail.login import MailRefused, MailUnavailable
from plugin.desk.collect import LEASE, Box
from plugin.desk.ports import Desk
from plugin.desk.reconcile import Sum, reconcile
from plugin.store import alerts, inbound, mailboxes, tokens
from plugin.store.claims import drop_lease, take_lease
from plugin.store.mailboxes import Account, BoxState

EVERY = timedelta(days=1)

RECENT = timedelta(days=30)
MAX_TROUBLES = 50
"""How far back troubles are shown, and how many."""


@dataclass(frozen=True, slots=True)
class BoxView:
    """A mailbox as people see it. `account` None before the first; `asked`: another is under way.

    `token_ends` and `token_error` are of its sign-in by OAuth2, None where there is none.
    """

    name: str
    provider: str
    address: str
    folder: str
    state: BoxState
    account: Sum | None
    taken_at: datetime | None
    asked: bool
    token_ends: datetime | None
    token_error: str | None


def take(desk: Desk, box: Box, now: Callable[[], datetime]) -> bool:
    """Take a mailbox's account where it is time for one; says whether it did."""
    if box.sent:
        return False
    with desk.database.read() as connection:
        kept = mailboxes.account(connection, box.provider, box.name)
        state = mailboxes.state(connection, box.provider, box.name)
        if state.seen_at is None or state.failures or not _is_due(kept, now()):
            return False
        if not kept.asked and inbound.any_waiting(connection, box.provider, box.name):
            return False  # the next visit finds out what became of it
    database, lease = desk.database, box.lease
    if not database.write(lambda c: take_lease(database, c, lease, desk.worker, LEASE)):
        return False
    try:
        found = reconcile(desk, box)
    except (MailUnavailable, MailRefused):
        return False  # told when it is collected
    finally:
        database.write(lambda c: drop_lease(c, lease, desk.worker))
    at = now()
    database.write(lambda c: _keep(c, box, found, at))
    return True


def show(desk: Desk, providers: Sequence[str]) -> list[BoxView]:
    """The configured mailboxes of these providers."""
    with desk.database.read() as connection:
        return [
            _view(connection, desk, name)
            for name, box in desk.settings.mailbox.items()
            if box.provider in providers
        ]


def troubles(desk: Desk, providers: Sequence[str], now: datetime) -> Sequence[Row[Any]]:
    """What about the service itself wants somebody, of the last RECENT; the newest first."""
    with desk.database.read() as connection:
        return alerts.of_service(connection, providers, now - RECENT, MAX_TROUBLES)


def ask(desk: Desk, provider: str, name: str, now: datetime) -> None:
    """Somebody wants the account anew: the mailbox is visited for it at once.

    Raises LookupError where this provider has no such mailbox.
    """
    box = desk.settings.mailbox.get(name)
    if box is None or box.provider != provider:
        raise LookupError("there is no such mailbox")
    desk.database.write(lambda c: mailboxes.ask_account(c, provider, name, now))


def _is_due(kept: Account, now: datetime) -> bool:
    return kept.taken_at is None or kept.asked or now - kept.taken_at >= EVERY


def _keep(connection: Connection, box: Box, found: Sum, now: datetime) -> None:
    text = json.dumps(asdict(found))
    mailboxes.put_account(connection, box.provider, box.name, text, now)
    key = f"mailbox_account:{box.name}:"
    if found.adds_up:
        alerts.clear_like(connection, box.provider, "mailbox_account", key, now=now)
        return
    some = ", ".join(str(uid) for uid in found.missed[:10])
    missed = f"{found.missed_count} of its mails are not held by us (UID {some})"
    said = missed if found.missed_count else "not everything that we hold has an outcome"
    alerts.raise_(
        connection,
        box.provider,
        key=f"{key}{now:%Y-%m-%d}",
        about="mailbox_account",
        text=f"The mailbox {box.name} does not add up: {said}. "
        "Run: answerable mail reconcile --fetch",
        at=now,
    )


def _view(connection: Connection, desk: Desk, name: str) -> BoxView:
    box = desk.settings.mailbox[name]
    kept = mailboxes.account(connection, box.provider, name)
    token = tokens.state(connection, f"mailbox.{name}") if box.oauth else None
    return BoxView(
        name=name,
        provider=box.provider,
        address=box.address,
        folder=box.folder,
        state=mailboxes.state(connection, box.provider, name),
        account=_read(kept.text) if kept.text else None,
        taken_at=kept.taken_at,
        asked=kept.asked,
        token_ends=token.expires_at if token else None,
        token_error=token.error if token else None,
    )


def _read(text: str) -> Sum:
    told: dict[str, Any] = json.loads(text)
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return Sum(**{**told, **lists})
