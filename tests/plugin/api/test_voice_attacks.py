"""What somebody tried who had one captured request, one wrong setting, or very good timing."""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from plugin.store.schema import phone_call
from tests.plugin.api.test_voice import ADDRESS, CALLER, LINE, TOKEN, Switch, switch_in

FIELDS = {"CallSid": "CA1", "CallStatus": "ringing", "From": CALLER, "To": LINE}


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Switch]:
    made = switch_in(tmp_path)
    yield made
    made.desk.database.close()


def replayed(switch: Switch, leaf: str, fields: dict[str, str], body: str) -> TestResponse:
    """A captured request's signature over the same fields, written in other bytes."""
    made = RequestValidator(TOKEN).compute_signature(f"{ADDRESS}/voice/twilio/{leaf}", fields)
    return switch.client.post(
        f"/voice/twilio/{leaf}",
        data=body,
        headers={
            "X-Twilio-Signature": made,
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )


@pytest.mark.parametrize(
    "body",
    [
        urlencode(FIELDS),
        urlencode(FIELDS).replace("%2B", "%2b"),
        urlencode(dict(reversed(FIELDS.items()))),
        urlencode(FIELDS) + "&CallSid=CA1",
        urlencode(FIELDS) + "&",
        urlencode(FIELDS).replace("CA1", "%43A1"),
        "&".join(f"{name}={quote(value)}" for name, value in FIELDS.items()),
    ],
)
def test_a_captured_request_in_other_bytes_is_a_repeat(switch: Switch, body: str) -> None:
    replayed(switch, "incoming", FIELDS, urlencode(FIELDS))
    before = switch.rows()
    assert replayed(switch, "incoming", FIELDS, body).status_code == 200
    assert switch.rows() == before


def test_fields_split_otherwise_are_the_same_request(switch: Switch) -> None:
    status = {"CallSid": "CA1", "CallStatus": "completed"}
    replayed(switch, "status", status, urlencode(status))
    before = switch.rows()
    again = {"CallSid": "CA1CallStatuscompleted"}
    assert replayed(switch, "status", status, urlencode(again)).status_code == 200
    assert switch.rows() == before


def test_a_get_that_was_signed_is_no_head(switch: Switch) -> None:
    assert switch.client.head("/voice/twilio/status?CallSid=CA1").status_code == 405


def test_what_cannot_be_read_waits_once(switch: Switch) -> None:
    for number in range(3):
        assert switch.send("not json", f"m{number}").status_code == 400
    assert switch.rows() == (0, 0, 1)


def test_a_leg_that_we_rang_does_not_become_the_caller(switch: Switch) -> None:
    switch.twilio("incoming", From="anonymous")
    leg = {"CallSid": "CA2", "ParentCallSid": "CA1", "From": LINE, "To": "+18666710111"}
    switch.twilio("status", **leg, CallStatus="in-progress", Direction="outbound-dial")
    call = switch.call()
    assert (call.caller, call.withheld, call.dialled) == ("", True, LINE)
    assert (call.provider, call.direction, call.stage) == ("8x8", "in", "answered")


def test_a_leg_that_vonage_rang_does_not_turn_the_call_around(switch: Switch) -> None:
    told = {"from": CALLER[1:], "to": LINE[1:]}
    switch.vonage("answer", **told)
    leg = {"uuid": "u2", "from": LINE[1:], "to": "442079460101", "direction": "outbound"}
    switch.vonage("event", **leg, status="answered")
    call = switch.call()
    assert (call.caller, call.direction, call.stage) == (CALLER, "in", "answered")


@pytest.mark.parametrize("leaf", ["voice", "incoming", "x"])
def test_a_ringing_call_is_taken_whatever_its_address_is_called(switch: Switch, leaf: str) -> None:
    assert "<Dial" in switch.twilio(leaf, Direction="inbound").get_data(as_text=True)
    told = {"from": CALLER[1:], "to": LINE[1:]}
    answer = switch.vonage(leaf if leaf != "incoming" else "answer", **told).get_json()
    assert answer[0]["action"] == "connect"


def test_a_key_told_before_begins_no_other_call(switch: Switch) -> None:
    first = switch.tell("call.started", "m1").get_json()
    assert switch.tell("call.started", "m1", callId="another").get_json() == first
    assert switch.rows()[:2] == (1, 1)


def test_a_clock_that_is_days_slow_moves_no_calls_beginning(switch: Switch) -> None:
    began = switch.clock.now
    switch.tell("call.started", "m1")
    long_ago = (began - timedelta(days=6)).isoformat()
    body = {"type": "call.answered", "timestamp": long_ago, "data": {"callId": "c1"}}
    switch.send(json.dumps(body), "m2")
    assert switch.call().began_at >= began - timedelta(minutes=10)


def test_a_database_that_somebody_holds_is_not_waited_for(switch: Switch) -> None:
    path = str(switch.desk.database.engine.url.database)
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert switch.tell("call.started").status_code == 503
        assert time.monotonic() - started < 10
        other.rollback()
    assert switch.tell("call.started").status_code == 200


def test_who_speaks_httapi_gets_a_document_even_when_refused(switch: Switch) -> None:
    wrong = base64.b64encode(b"freeswitch:wrong").decode()
    answer = switch.client.post("/voice/httapi", headers={"Authorization": f"Basic {wrong}"})
    assert (answer.status_code, answer.mimetype) == (403, "text/xml")
    assert "<break" in answer.get_data(as_text=True)


@pytest.mark.servers
def test_a_call_is_one_providers_however_its_first_events_race(
    any_database_url: str, tmp_path: Path
) -> None:
    made = switch_in(tmp_path, any_database_url)

    def tell(call: str, number: int) -> int:
        line = Switch(made.app, made.desk, made.clock)
        if number:
            told = {"type": "call.answered", "data": {"callId": call}}
            return line.send(json.dumps(told), f"{call}a").status_code
        return line.tell("call.started", f"{call}s", callId=call, to="+18666710111").status_code

    try:
        with ThreadPoolExecutor(8) as pool:
            asked = [(f"c{n}", k) for n in range(25) for k in (0, 1)]
            assert set(pool.map(lambda one: tell(*one), asked)) == {200}
        with made.desk.database.read() as c:
            rows = c.execute(select(phone_call.c.provider, phone_call.c.events)).all()
        assert len(rows) == 25
        assert {tuple(row) for row in rows} == {("jive", 2)}
    finally:
        made.desk.database.close()
