"""What a worker does at a huge mailbox and what it takes, told in JSON: run by test_many_mails.py.

usage: huge_mailbox.py FOLDER PORT USER

Its first visit is cut off after three batches and its second after two more. Then the ledger is
filled as if everything had been collected, and it visits once more and reconciles.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from benchmarks.many_mails import most_memory
from mail.imap import BATCH
from plugin import runtime
from plugin.desk import collect
from plugin.desk.collect import Box
from plugin.desk.ports import Desk
from plugin.desk.reconcile import reconcile
from plugin.store import mailboxes
from plugin.store.schema import inbound, mailbox_uid
from tests.plugin.support import box_settings, desk, settings
from tests.servers.cutting import Cutting
from tests.servers.imap import PASSWORD


class CutOff(BaseException):
    """The worker ends here, as if it were killed."""


def stop_after(batches: int) -> Callable[[str], None]:
    """A step that cuts the worker off once it has committed so many batches."""
    left = batches

    def step(reached: str) -> None:
        nonlocal left
        left -= reached == "committed"
        if not left:
            raise CutOff

    return step


def visit(built: Desk, box: Box, batches: int) -> dict[str, Any]:
    """A visit that is cut off after so many batches; how far it came."""
    with suppress(CutOff):
        collect.collect(replace(built, step=stop_after(batches)), box, runtime.utc_now)
    with built.database.read() as connection:
        held = mailboxes.count(connection, box.provider, box.name)
        seen = mailboxes.state(connection, box.provider, box.name).seen_uid
    return {"held": held, "seen": seen, "mb": most_memory()}


def fill_ledger(built: Desk, box: Box) -> None:
    """As if every mail had been collected and filed, each row leading to one of those held."""
    uidvalidity, now = box.mailbox.open(), runtime.utc_now()
    uids = box.mailbox.uids_after(0)
    with built.database.engine.begin() as connection:
        any_one = connection.execute(select(inbound.c.id).limit(1)).scalar_one()
        have = mailboxes.ledger(connection, box.provider, box.name, uidvalidity)
        row = {"provider": box.provider, "mailbox": box.name, "uidvalidity": uidvalidity}
        rows = [{**row, "uid": uid, "inbound_id": any_one} for uid in uids if uid not in have]
        connection.execute(mailbox_uid.insert(), rows)
        connection.execute(mailbox_uid.update().values(filed_at=now))
        connection.execute(inbound.update().values(state="done", outcome="not_case"))
        state = mailboxes.state(connection, box.provider, box.name)
        seen = replace(state, seen_uid=uids[-1])
        mailboxes.put_state(connection, box.provider, box.name, seen)


def main(folder: Path, port: int, user: str) -> None:
    proxy = Cutting(port)
    proxy.start()
    boxes = {"ooma": box_settings(proxy.port, user, PASSWORD, timeout_seconds=60)}
    url = f"sqlite:///{folder}/{user}.db"
    built = desk(url, settings(folder, mailbox=boxes), draw=runtime.SystemDraw())
    (box,) = runtime.boxes(built)
    told: dict[str, Any] = {"batch": BATCH, "before": most_memory()}
    told["first"] = visit(built, box, 3)
    told["second"] = visit(built, box, 2)
    fill_ledger(built, box)
    box.mailbox.close()
    built.database.close()

    # From here on it is counted, what the database does by its own instructions.
    instructions = 0

    def count() -> None:
        nonlocal instructions
        instructions += 1

    event.listen(
        built.database.engine, "connect", lambda one, _: one.set_progress_handler(count, 1)
    )
    proxy.cut(None)
    told["new"] = collect.collect(built, box, runtime.utc_now)
    told["commands"], told["instructions"] = len(proxy.commands), instructions
    found = reconcile(built, box)
    told["sum"] = {"server": found.server, "held": found.held, "adds_up": found.adds_up}
    told["after"] = most_memory()
    box.mailbox.close()
    built.database.close()
    proxy.stop()
    sys.stdout.write(json.dumps(told))


main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
