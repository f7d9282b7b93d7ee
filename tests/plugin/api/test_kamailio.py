"""A real phone system: SIPp calls Kamailio, which asks where calls go and tells how they went."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from waitress.server import create_server

from plugin.app import create_app
from plugin.cases.roles import Role
from plugin.desk import ingest, receive
from plugin.desk.act import Doer, act
from plugin.desk.phones import phones
from plugin.desk.ports import Desk
from plugin.runtime import SystemDraw, utc_now
from plugin.store import providers as rows
from plugin.store.schema import case, contact, phone_call
from tests.plugin import support
from tests.servers.kamailio import KEY, Agents, Kamailio, call
from tests.servers.wait import HOST, free_port, until

LINE = "+80044331345"
CALLER = "+442079460123"
SECRET = "whsec_" + base64.b64encode(KEY.encode()).decode()


class Exchange:
    """A phone system before the service, with agents at two desks and a voicemail."""

    def __init__(self, folder: Path, answerable: str = "") -> None:
        self.first, self.second, self.voicemail = Agents(), Agents(), Agents()
        self.folder = folder
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self.desk: Desk | None = None
        self._address = answerable

    def start(self, *, first_answers: bool = True) -> None:
        self.first = Agents(first_answers)
        for one in (self.first, self.second, self.voicemail):
            one.start()
        address = self._address or f"http://{HOST}:{self._serve()}/voice/hooks"
        self.kamailio = Kamailio(address, self.voicemail.port, free_port())
        self.kamailio.start()

    def _serve(self) -> int:
        (self.folder / "plan.toml").write_text(
            'format = 1\nregion = "GB"\nqueue = "complaints"\n'
            '[[lines]]\nnumber = "+800 4433 1345"\n'
            f'[queues.complaints]\ntargets = ["sip:desk@{HOST}:{self.first.port}"]\n'
            "rings_seconds = 5\n"
            f'[handlers]\n"kim@example.com" = "sip:kim@{HOST}:{self.second.port}"\n'
        )
        given = support.settings(self.folder)
        provider = {key: one.model_dump() for key, one in given.provider.items()}
        provider["ooma"]["phone_plan"] = "plan.toml"
        one = {"system": "kamailio", "provider": "ooma", "secret": SECRET}
        chosen = support.settings(self.folder, provider=provider, phone={"sip": one})
        self.desk = support.desk(f"sqlite:///{self.folder}/sip.db", chosen, draw=SystemDraw())
        app = create_app(self.desk, utc_now, phones=phones(self.desk))
        self._server = create_server(app, host=HOST, port=0, threads=8)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        return int(self._server.effective_port)

    def close_office(self) -> None:
        """From now on the provider is open on one day of the week, and that is not near."""
        assert self.desk is not None
        day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(utc_now().weekday() + 3) % 7]

        def edit(c: Connection) -> None:
            files = rows.files_of(c, "ooma", rows.newest(c)["ooma"])
            every = 'days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
            assert every in files["provider.toml"]
            files["provider.toml"] = files["provider.toml"].replace(every, f'days = ["{day}"]')
            rows.store_folder(c, "ooma", files, now=utc_now())

        self.desk.database.write(edit)

    def hang_up(self) -> None:
        """The service goes away while the phone system stays."""
        if self._server is not None:
            self._server.close()
            assert self._thread is not None
            self._thread.join(timeout=10)
            self._server = None

    def calls(self) -> list[Any]:
        assert self.desk is not None
        with self.desk.database.read() as c:
            return list(c.execute(select(phone_call)))

    def stop(self) -> None:
        self.hang_up()
        self.kamailio.stop()
        for one in (self.first, self.second, self.voicemail):
            one.stop()
        if self.desk is not None:
            self.desk.database.close()


@pytest.fixture
def exchange(tmp_path: Path, sip: None) -> Iterator[Exchange]:
    made = Exchange(tmp_path)
    yield made
    made.stop()


def well(done: Any) -> None:
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_a_call_rings_where_the_service_says_and_its_end_is_told(exchange: Exchange) -> None:
    exchange.start()
    well(call(exchange.kamailio, LINE, CALLER))
    assert len(exchange.first.invites) == 1
    assert exchange.voicemail.invites == []
    until(lambda: [one.stage for one in exchange.calls()] == ["ended"], "the end is told", 5)
    (kept,) = exchange.calls()
    assert (kept.provider, kept.caller, kept.dialled) == ("ooma", CALLER, LINE)
    assert kept.outcome == "answered"
    assert exchange.desk is not None
    receive.receive(exchange.desk, utc_now())
    with exchange.desk.database.read() as c:
        (heard,) = c.execute(select(contact)).all()
    assert (heard.channel, heard.sender, heard.received_at) == ("phone", CALLER, kept.began_at)


def test_who_has_a_live_case_rings_its_handler_who_sees_which(exchange: Exchange) -> None:
    exchange.start()
    desk = exchange.desk
    assert desk is not None
    list(ingest.ingest(desk, [support.letter("I complain.", when=utc_now())], "ooma", utc_now()))
    with desk.database.read() as c:
        opened = c.execute(select(case)).one()
    for kind, facts in (
        ("address_added", {"kind": "phone", "address": CALLER}),
        ("assigned", {"handler": "kim@example.com"}),
    ):
        act(desk, "ooma", opened.id, kind, facts, Doer("user:1", Role.ADMIN), utc_now())
    well(call(exchange.kamailio, LINE, CALLER))
    (invite,) = exchange.second.invites
    assert f"X-Complaint-Case: {opened.reference}" in invite
    assert exchange.first.invites == []


def test_a_caller_cannot_choose_where_the_call_goes(exchange: Exchange) -> None:
    exchange.start()
    well(call(exchange.kamailio, LINE, "x%22%2C%22action%22%3A%22dial&target=sip"))
    assert len(exchange.first.invites) == 1
    until(lambda: [one.withheld for one in exchange.calls()] == [False], "it is on record", 5)


def test_in_closed_hours_a_call_goes_to_voicemail(exchange: Exchange) -> None:
    exchange.start()
    exchange.close_office()
    well(call(exchange.kamailio, LINE, CALLER))
    assert exchange.first.invites == []
    assert len(exchange.voicemail.invites) == 1
    assert "closed until" in exchange.calls()[0].route


def test_a_desk_that_is_busy_leaves_the_caller_to_voicemail(exchange: Exchange) -> None:
    exchange.start(first_answers=False)
    well(call(exchange.kamailio, LINE, CALLER))
    assert len(exchange.first.invites) == len(exchange.voicemail.invites) == 1


def test_while_the_service_is_away_every_call_reaches_voicemail(exchange: Exchange) -> None:
    exchange.start()
    exchange.hang_up()
    well(call(exchange.kamailio, LINE, CALLER, calls=3, a_second=3))
    assert exchange.first.invites == []
    assert len(exchange.voicemail.invites) == 3


def test_a_service_that_says_nothing_for_three_seconds_is_not_waited_for(
    tmp_path: Path,
    sip: None,
) -> None:
    with socket.create_server((HOST, 0)) as silent:
        made = Exchange(tmp_path, f"http://{HOST}:{silent.getsockname()[1]}/voice/hooks")
        made.start()
        try:
            well(call(made.kamailio, LINE, CALLER))
            assert len(made.voicemail.invites) == 1
        finally:
            made.stop()


def test_two_hundred_calls_at_twenty_a_second_none_lost_none_routed_wrongly(
    exchange: Exchange,
) -> None:
    exchange.start()
    well(call(exchange.kamailio, LINE, CALLER, calls=200, a_second=20))
    assert len(exchange.first.invites) == 200
    assert exchange.voicemail.invites == []
    until(lambda: {one.stage for one in exchange.calls()} == {"ended"}, "every end is told", 10)
    assert len(exchange.calls()) == 200
