"""A customer with a case and a link to its page: the real application on a real desk.

Only `act` is stood in for: `Acts` records what it is asked and writes the events that the action
table names, refusing what does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Connection, select, update
from werkzeug.test import TestResponse

from plugin.cases.actions import ACTIONS
from plugin.desk import links
from plugin.desk.act import Acted, ActionRefused, Doer
from plugin.desk.casework import open_case_work
from plugin.desk.ports import Desk
from plugin.store import cases
from plugin.store.schema import case, event, party
from plugin.web import office
from plugin.web.office import Office
from tests.plugin.support import letter
from tests.plugin.web.rooms import Rooms, rooms

COMPLAINT = "I would like to make a complaint: the private words of Jo about a line.\n"
FRENCH = "Je souhaite déposer une plainte au sujet de ma ligne.\n"

LEADS_TO = {
    "customer_confirmed": "closed_confirmed",
    "customer_objected": "open",
    "reopened": "reopened",
}


OURS = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
"""What a browser sends with our own form, our pages naming no referrer."""


@dataclass
class Acts:
    """Stands in for `act.act`; `before` may raise."""

    before: Callable[[], None] = lambda: None
    asked: list[tuple[str, Doer, dict[str, object]]] = field(default_factory=list)

    def __call__(
        self,
        desk: Desk,
        provider: str,
        case: int,
        kind: str,
        facts: Mapping[str, object],
        doer: Doer,
        now: datetime,
    ) -> Acted:
        self.before()
        self.asked.append((kind, doer, dict(facts)))

        def write(connection: Connection) -> None:
            locked = cases.lock(connection, provider, case)
            assert locked is not None
            if locked.standing.state not in ACTIONS[kind].fits:
                raise ActionRefused("it does not fit")
            events = [(kind, dict(facts))]
            if kind == "customer_confirmed":
                events.append(("closed", {"as": "confirmed"}))
            record(connection, desk, provider, case, now, doer.actor, *events)
            if kind in LEADS_TO:
                put(connection, provider, case, LEADS_TO[kind])

        desk.database.write(write)
        return Acted(case, (kind,), ())


def record(
    connection: Connection,
    desk: Desk,
    provider: str,
    id: int,
    at: datetime,
    actor: str,
    *events: tuple[str, dict[str, object]],
) -> None:
    """Write events down and derive the promises anew."""
    work = open_case_work(connection, desk, provider, id, at)
    assert work is not None
    for kind, facts in events:
        work.record(kind, facts, actor=actor)
    work.commit()


def put(connection: Connection, provider: str, id: int, state: str, **more: object) -> None:
    """Put a case into a state."""
    row = (case.c.provider == provider) & (case.c.id == id)
    connection.execute(update(case).where(row).values(state=state, **more))


@dataclass
class Place:
    """A case, its customer's link, and what was asked of `act`."""

    rooms: Rooms
    acts: Acts
    provider: str
    case: int
    party: int
    token: str

    @property
    def desk(self) -> Desk:
        return self.rooms.desk

    @property
    def address(self) -> str:
        return f"/c/{self.token}"

    def browser(self) -> FlaskClient:
        return self.rooms.client()

    def write(self, work: Any) -> Any:
        return self.desk.database.write(work)

    def put(self, state: str, **more: object) -> None:
        self.write(lambda c: put(c, self.provider, self.case, state, **more))

    def record(self, *events: tuple[str, dict[str, object]], actor: str = "system") -> None:
        at = self.rooms.clock()
        self.write(lambda c: record(c, self.desk, self.provider, self.case, at, actor, *events))

    def issue(self, case: int, party: int, letter: int = 1) -> str:
        """Another link."""
        id, token = links.make(self.desk, self.provider)
        now = self.rooms.clock()
        self.write(
            lambda c: links.give(
                c, self.provider, id, case=case, party=party, letter=letter, now=now
            )
        )
        return token

    def propose(self) -> None:
        """Two hours later, the customer is told the outcome."""
        self.rooms.clock.advance(hours=2)
        self.record(("outcome_advised", {}))
        self.put("outcome_proposed")

    def seen(self, wish: str) -> str:
        """What the form that asks once more says its sender saw."""
        shown = self.browser().get(f"{self.address}?ask={wish}").get_data(as_text=True)
        found = re.search(r'name="seen" value="([^"]+)"', shown)
        assert found is not None, "it does not ask"
        return found[1]

    def send(self, **fields: str) -> TestResponse:
        """Send the form as a browser does."""
        return self.browser().post(self.address, data=fields, headers=OURS)

    def events(self) -> list[Any]:
        """Every event there is, whole."""
        with self.desk.database.read() as connection:
            return list(connection.execute(select(event).order_by(*event.primary_key)))


def place(
    folder: Path,
    provider: str = "ooma",
    text: str = COMPLAINT,
    url: str | None = None,
    **sections: object,
) -> Place:
    """A customer who has complained, and holds a link."""
    made = rooms(folder, url, **sections)
    acts = Acts()
    office.install(made.app, Office(made.desk, made.clock, lambda: made.posted, acts))
    made.arrive(letter(text, to=f"complaints@{provider}.example"), provider=provider)
    with made.desk.database.read() as connection:
        row = connection.execute(select(party)).one()
    built = Place(made, acts, provider, row.case_id, row.id, "")
    built.token = built.issue(row.case_id, row.id)
    return built
