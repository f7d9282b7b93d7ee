"""Webhooks through the application: what is believed is kept once and answered, and what is not
leaves no trace but a number."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from plugin.app import create_app
from plugin.desk import calls, receive
from plugin.desk.phones import phones
from plugin.desk.ports import Desk
from plugin.store.schema import inbound, phone_call, phone_event, webhook_refusal
from tests.plugin import support

ADDRESS = "https://voice.complaints.example"
KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER_KEY = "whsec_" + base64.b64encode(b"o" * 32).decode()
TOKEN = "3f2a9c0d5b7e41868a1f0c9d2e7b6a54"
VONAGE = "vonage-signature-secret-0123456789abcdef"
LINE = "+443452864697"
CALLER = "+442079460123"

PLAN = """
format = 1
region = "GB"
queue = "complaints"
escalated_queue = "senior"
[[lines]]
number = "0345 286 4697"
[queues.complaints]
targets = ["+44 20 7946 0101", "sip:complaints@pbx.example"]
[queues.senior]
targets = ["+44 20 7946 0102"]
[handlers]
"kim@example.com" = "1015"
"""

PHONES: dict[str, dict[str, Any]] = {
    "pbx": {"system": "standard-webhooks", "secret": KEY, "other_secret": OTHER_KEY},
    "carrier": {"system": "twilio", "secret": TOKEN},
    "cloud": {"system": "vonage", "secret": VONAGE},
    "connect": {"system": "8x8", "secret": "Authorization: e8-hook-7f3c1b9a"},
    "zammad": {"system": "zammad-cti", "secret": "PhXp3demoTokenQyJfcb1pVO"},
    "dialplan": {"system": "asterisk", "secret": "AnotherTokenOfTheDialplan"},
    "switch": {"system": "freeswitch", "secret": "freeswitch:demo-pass-of-the-switch"},
    "ring": {"system": "ringcentral", "secret": "rc-verify-92b7d4"},
    "jive": {"system": "goto", "secret": "gt-5b1d0c7e9a2f4836", "provider": "jive"},
    "desk": {"system": "3cx", "secret": "Authorization: Bearer cxTemplateToken-4aB7"},
}


class Switch:
    """An application with phone systems, and ways to call it as they do."""

    def __init__(self, app: Flask, desk: Desk, clock: support.Clock) -> None:
        self.app, self.client, self.desk, self.clock = app, app.test_client(), desk, clock

    def tell(
        self, kind: str, id: str = "msg_1", key: str = KEY, type: str = "type", **data: Any
    ) -> TestResponse:
        """A signed webhook of the generic PBX."""
        told = {"callId": "c1", "from": CALLER, "to": LINE, **data}
        return self.send(json.dumps({type: kind, "data": told}), id, key)

    def send(self, body: str, id: str = "msg_1", key: str = KEY) -> TestResponse:
        headers = {
            "webhook-id": id,
            "webhook-timestamp": str(int(self.clock.now.timestamp())),
            "webhook-signature": Webhook(key).sign(id, self.clock.now, body),
            "Content-Type": "application/json",
        }
        return self.client.post("/voice/hooks", data=body.encode(), headers=headers)

    def twilio(self, leaf: str, **told: str) -> TestResponse:
        fields = {"CallSid": "CA1", "From": CALLER, "To": LINE, "CallStatus": "ringing", **told}
        url = f"{ADDRESS}/voice/twilio/{leaf}"
        made = RequestValidator(TOKEN).compute_signature(url, fields)
        return self.client.post(
            f"/voice/twilio/{leaf}",
            data=urlencode(fields),
            headers={
                "X-Twilio-Signature": made,
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )

    def vonage(self, leaf: str, **told: Any) -> TestResponse:
        body = json.dumps({"uuid": "u1", "conversation_uuid": "CON-1", **told}).encode()
        claims = {
            "iat": int(self.clock.now.timestamp()),
            "jti": hashlib.sha256(body).hexdigest()[:16],
            "payload_hash": hashlib.sha256(body).hexdigest(),
        }
        token = jwt.encode(claims, VONAGE, algorithm="HS256")
        return self.client.post(
            f"/voice/vonage/{leaf}", data=body, headers={"Authorization": f"Bearer {token}"}
        )

    def rows(self) -> tuple[int, int, int]:
        """How many calls, events and arrivals there are."""
        with self.desk.database.read() as c:
            tables = (phone_call, phone_event, inbound)
            made = [c.execute(select(func.count()).select_from(one)).scalar_one() for one in tables]
        return made[0], made[1], made[2]

    def call(self) -> Any:
        """The one call on record."""
        with self.desk.database.read() as c:
            return c.execute(select(phone_call)).one()

    def refusals(self) -> dict[str, int]:
        with self.desk.database.read() as c:
            counted = select(webhook_refusal.c.reason, webhook_refusal.c.count)
            return {row[0]: row[1] for row in c.execute(counted)}


def switch_in(folder: Path, url: str | None = None) -> Switch:
    (folder / "plan.toml").write_text(PLAN)
    given = support.settings(folder)
    provider = {key: section.model_dump() for key, section in given.provider.items()}
    provider["8x8"]["phone_plan"] = "plan.toml"
    systems = {name: {"provider": "8x8", **one} for name, one in PHONES.items()}
    chosen = support.settings(
        folder, provider=provider, phone=systems, web={"url": ADDRESS, "host": "127.0.0.1"}
    )
    clock = support.Clock()
    built = support.desk(url or f"sqlite:///{folder}/voice.db", chosen)
    app = create_app(built, clock, phones=phones(built))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Switch(app, built, clock)


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Switch]:
    made = switch_in(tmp_path)
    yield made
    made.desk.database.close()


def test_a_call_is_on_record_before_it_is_answered_and_goes_to_the_queue(switch: Switch) -> None:
    answer = switch.tell("call.started")
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["action"] == "dial"
    assert told["target"] == "tel:+442079460101"
    assert told["provider"] == "8x8"
    assert "party to no live case" in told["reason"]
    call = switch.call()
    assert (call.provider, call.caller, call.dialled, call.stage) == (
        "8x8",
        CALLER,
        LINE,
        "ringing",
    )
    assert call.began_at == switch.clock.now


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
def test_either_of_two_live_secrets_is_believed(switch: Switch, key: str) -> None:
    assert switch.tell("call.started", key=key).status_code == 200


def test_a_repeat_gets_the_same_answer_and_changes_nothing(switch: Switch) -> None:
    first = switch.tell("call.started")
    before = switch.rows()
    switch.clock.advance(seconds=60)
    assert switch.tell("call.started").get_json() == first.get_json()
    assert switch.rows() == before


def test_a_call_keeps_its_route_when_the_office_closes_meanwhile(switch: Switch) -> None:
    switch.clock.now = datetime(2026, 11, 24, 17, 29, tzinfo=UTC)
    switch.twilio("incoming")
    switch.clock.now = datetime(2026, 11, 24, 17, 31, tzinfo=UTC)
    again = switch.twilio("dialled?step=1", DialCallStatus="no-answer").get_data(as_text=True)
    assert "<Record" in again


def test_what_ended_stays_ended_whatever_arrives_late(switch: Switch) -> None:
    switch.tell("call.started", "m1")
    switch.tell("call.ended", "m3", outcome="answered", durationSeconds=184)
    switch.tell("call.answered", "m2", agent="1015")
    call = switch.call()
    assert (call.stage, call.outcome, call.agent, call.events) == ("ended", "answered", "1015", 3)


def test_a_line_of_another_provider_decides_whose_call_it_is(switch: Switch) -> None:
    switch.tell("call.started", to="+18666710111", **{"from": "+14165550142"})
    assert switch.call().provider == "jive"


def test_events_that_came_before_the_line_was_known_move_with_their_call(switch: Switch) -> None:
    switch.send(json.dumps({"type": "call.answered", "data": {"callId": "c1"}}), "m0")
    assert switch.call().provider == "8x8"
    switch.tell("call.started", "m1", to="+18666710111")
    assert switch.call().provider == "jive"
    assert switch.rows()[:2] == (1, 2)


def test_closed_hours_go_to_voicemail_with_what_the_code_supports(switch: Switch) -> None:
    switch.clock.now = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    said = switch.twilio("incoming").get_data(as_text=True)
    assert "Our office is closed" in said
    assert "We open again on Monday 30 November." in said
    assert "<Dial" not in said
    assert "<Record" in said


def test_twilio_is_taken_from_queue_to_voicemail(switch: Switch) -> None:
    first = switch.twilio("incoming").get_data(as_text=True)
    assert ">+442079460101</Number>" in first
    assert ">sip:complaints@pbx.example</Sip>" in first
    assert f"{ADDRESS}/voice/twilio/dialled?step=1" in first
    second = switch.twilio("dialled?step=1", DialCallStatus="no-answer").get_data(as_text=True)
    assert "nobody can take your call" in second
    done = switch.twilio("dialled?step=1", DialCallStatus="completed").get_data(as_text=True)
    assert "<Hangup" in done


def test_vonage_is_taken_from_queue_to_voicemail(switch: Switch) -> None:
    told = {"from": CALLER[1:], "to": LINE[1:]}
    first = switch.vonage("answer", **told).get_json()
    assert first[0]["endpoint"] == [{"type": "phone", "number": "442079460101"}]
    second = switch.vonage("dialled?step=1", status="timeout", **told).get_json()
    assert second[0]["endpoint"] == [{"type": "sip", "uri": "sip:complaints@pbx.example"}]
    third = switch.vonage("dialled?step=2", status="busy", **told).get_json()
    assert [one["action"] for one in third] == ["talk", "talk", "record"]


def test_vonage_unsigned_is_asked_to_try_again(switch: Switch) -> None:
    assert switch.client.post("/voice/vonage/answer", data=b"{}").status_code == 503
    assert switch.rows() == (0, 0, 0)


def test_two_systems_at_one_address_are_told_apart_by_their_secrets(switch: Switch) -> None:
    told = {"event": "newCall", "from": CALLER, "to": LINE, "direction": "in", "callId": "c9"}
    one = switch.client.post("/voice/cti/PhXp3demoTokenQyJfcb1pVO", json=told)
    assert one.get_json() == {}
    other = switch.client.post("/voice/cti/AnotherTokenOfTheDialplan", data=told)
    assert other.get_data(as_text=True).startswith("connect,25:+442079460101&sip:complaints@")
    assert switch.client.post("/voice/cti/guess", json=told).status_code == 403
    assert switch.rows()[0] == 2


def test_a_screen_asks_who_calls_and_nothing_is_kept(switch: Switch) -> None:
    answer = switch.client.post(
        "/voice/3cx/lookup",
        json={"number": CALLER},
        headers={"Authorization": "Bearer cxTemplateToken-4aB7"},
    )
    assert answer.status_code == 200
    assert answer.get_json()["case"] is None
    assert switch.rows() == (0, 0, 0)


def test_the_handshake_of_ringcentral_is_echoed_and_changes_nothing(switch: Switch) -> None:
    answer = switch.client.post("/voice/ringcentral", headers={"Validation-Token": "e335eeaf"})
    assert answer.status_code == 200
    assert answer.headers["Validation-Token"] == "e335eeaf"
    assert switch.rows() == (0, 0, 0)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("/voice/hooks", {}, 401),
        ("/voice/twilio/incoming", {}, 401),
        ("/voice/twilio/incoming", {"X-Twilio-Signature": "AAAA"}, 403),
        ("/voice/8x8/vca", {"Authorization": "e8-hook-7f3c1b9b"}, 403),
        ("/voice/8x8/vca", {}, 401),
        ("/voice/ringcentral", {"Verification-Token": "rc-verify-92b7d5"}, 403),
        ("/voice/goto/gt-5b1d0c7e9a2f4837", {}, 403),
        ("/voice/3cx/report", {"Authorization": "bearer cxTemplateToken-4aB7"}, 403),
    ],
)
def test_what_is_not_believed_has_no_effect_but_a_number(
    switch: Switch, address: str, headers: dict[str, str], status: int
) -> None:
    answer = switch.client.post(address, data=b"{}", headers=headers)
    assert answer.status_code == status
    assert answer.get_data(as_text=True) == "not believed"
    assert "Set-Cookie" not in answer.headers
    assert switch.rows() == (0, 0, 0)
    assert list(switch.refusals().values()) == [1]


def test_refusals_are_counted_and_forgotten(switch: Switch) -> None:
    for _ in range(3):
        switch.client.post("/voice/hooks", data=b"{}")
    assert switch.refusals() == {"a webhook- header is missing": 3}
    switch.clock.advance(days=92)
    calls.tidy(switch.desk, switch.clock.now)
    assert switch.refusals() == {}


def test_the_host_header_decides_nothing(switch: Switch) -> None:
    fields = {"CallSid": "CA1", "From": CALLER, "To": LINE, "CallStatus": "ringing"}
    made = RequestValidator(TOKEN).compute_signature(
        "https://localhost/voice/twilio/incoming", fields
    )
    answer = switch.client.post(
        "/voice/twilio/incoming",
        data=fields,
        headers={"X-Twilio-Signature": made, "Host": "localhost"},
    )
    assert answer.status_code == 403


def test_a_path_with_two_slashes_names_no_other_host(switch: Switch) -> None:
    fields = {"CallSid": "CA1", "From": CALLER, "To": LINE}
    made = RequestValidator(TOKEN).compute_signature("https://evil.example/voice/twilio/x", fields)
    answer = switch.client.post(
        "/voice/twilio/incoming",
        data=fields,
        headers={"X-Twilio-Signature": made},
        environ_overrides={"REQUEST_URI": "//evil.example/voice/twilio/x"},
    )
    assert answer.status_code == 403


def test_a_believed_webhook_that_cannot_be_read_waits_in_quarantine(switch: Switch) -> None:
    assert switch.send("not json").status_code == 400
    assert switch.rows() == (0, 0, 1)
    receive.receive(switch.desk, switch.clock.now)
    with switch.desk.database.read() as c:
        row = c.execute(select(inbound)).one()
    assert row.state == "quarantined"
    assert "phone system pbx could not be read: the body is not JSON" in row.reason


def test_a_body_that_is_too_large_is_refused(switch: Switch) -> None:
    assert switch.send("{" + " " * 300_000 + "}").status_code == 413


def test_nothing_is_at_an_address_that_no_system_has(switch: Switch) -> None:
    assert switch.client.post("/voice/nobody/x").status_code == 404
    assert switch.client.put("/voice/hooks").status_code == 405


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "type",
                            "event",
                            "data",
                            "callId",
                            "from",
                            "to",
                            "text",
                            "timestamp",
                            "digits",
                        ]
                    ),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=15,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_whatever_is_signed_is_never_a_fault_of_ours(switch: Switch, body: bytes) -> None:
    moment = str(int(switch.clock.now.timestamp()))
    id = "m" + hashlib.sha256(body).hexdigest()[:20]
    mac = hmac.digest(b"k" * 32, f"{id}.{moment}.".encode() + body, "sha256")
    signature = "v1," + base64.b64encode(mac).decode()
    answer = switch.client.post(
        "/voice/hooks",
        data=body,
        headers={
            "webhook-id": id,
            "webhook-timestamp": moment,
            "webhook-signature": signature,
        },
    )
    assert answer.status_code in (200, 400)


@pytest.mark.servers
def test_many_webhooks_of_one_call_at_once_make_one_call(
    any_database_url: str, tmp_path: Path
) -> None:
    made = switch_in(tmp_path, any_database_url)
    told = [("call.started", "s"), ("call.answered", "a"), ("call.ended", "e")]

    def tell(one: tuple[str, str]) -> int:
        return Switch(made.app, made.desk, made.clock).tell(*one).status_code

    try:
        with ThreadPoolExecutor(8) as pool:
            answers = set(pool.map(tell, [told[n % 3] for n in range(24)]))
        assert answers == {200}
        assert made.rows() == (1, 3, 1)
        assert (made.call().stage, made.call().events) == ("ended", 3)
    finally:
        made.desk.database.close()
