"""A call from its first request to its last answer: each system goes on as we told it to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from tests.voice.systems.support import (
    CONNECT,
    FORM,
    JSON,
    PASS,
    VOICEMAIL,
    form,
    links,
    request,
    system,
)
from voice.routing import Route
from voice.systems import OVER
from voice.webhook import Answer, Request

CALL = {"CallSid": "CA1", "From": "+447700900123", "To": "+442079460101", "Direction": "inbound"}
LEG = {"uuid": "b", "conversation_uuid": "CON-1", "direction": "outbound", "from": "1", "to": "2"}


def ask(name: str, made: Request, route: Route = CONNECT) -> tuple[int, Answer]:
    """Which step a request asks for, and what it is answered."""
    step = system(name).asks(made)
    assert step is not None
    return step, system(name).answer(route, step, links(name))


def as_json(path: str, told: Mapping[str, Any]) -> Request:
    """A request with JSON."""
    return request(path, json.dumps(told), JSON)


def dialled(answer: Answer, **told: str) -> Request:
    """What Twilio sends after the Dial of an answer."""
    action = fromstring(answer.body)[0].get("action", "")
    return form(action, {**CALL, **told})


@pytest.mark.parametrize("missed", ["busy", "no-answer", "failed", "canceled", ""])
def test_twilio_goes_from_step_to_step_and_then_takes_a_message(missed: str) -> None:
    step, answer = ask("twilio", form("twilio/incoming", CALL, CallStatus="ringing"))
    assert step == 0
    for expected in (1, 2):
        step, answer = ask("twilio", dialled(answer, DialCallStatus=missed))
        assert step == expected
    record = fromstring(answer.body).find("Record")
    assert record is not None
    step, answer = ask("twilio", form(record.get("action", ""), CALL, RecordingDuration="9"))
    assert step == OVER
    assert [one.tag for one in fromstring(answer.body)] == ["Hangup"]


@pytest.mark.parametrize("taken", ["completed", "answered"])
def test_twilio_is_told_no_more_once_somebody_has_talked(taken: str) -> None:
    _, first = ask("twilio", form("twilio/incoming", CALL))
    _, second = ask("twilio", dialled(first, DialCallStatus="busy"))
    for answer in (first, second):
        step, last = ask("twilio", dialled(answer, DialCallStatus=taken))
        assert step == OVER
        assert [one.tag for one in fromstring(last.body)] == ["Hangup"]


@pytest.mark.parametrize("leaf", ["status", "recording", "transcription", "gather/speech", "json"])
def test_what_only_tells_twilio_is_answered_with_an_empty_response(leaf: str) -> None:
    made = form(f"twilio/{leaf}", CALL)
    assert system("twilio").asks(made) is None
    answer = system("twilio").acknowledge(made)
    assert answer.body.endswith("<Response />")
    assert answer.content_type.startswith("text/xml")


@pytest.mark.parametrize("step", ["-1", "0", "x", "", "٣", "999999999999999999999", "21"])
def test_a_step_that_is_none_is_still_a_step(step: str) -> None:
    for name, made in (
        ("twilio", form(f"twilio/dialled?step={step}", CALL, DialCallStatus="busy")),
        ("vonage", as_json(f"vonage/dialled?step={step}", {**LEG, "status": "busy"})),
    ):
        assert ask(name, made)[0] in range(1, 21)


def event_url(answer: Answer) -> str:
    """Where Vonage tells of the connect of an answer."""
    return str(json.loads(answer.body)[0]["eventUrl"][0])


@pytest.mark.parametrize(
    "missed", ["busy", "timeout", "unanswered", "failed", "rejected", "cancelled"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_vonage_goes_from_target_to_target_and_then_records(missed: str, method: str) -> None:
    first = request("vonage/answer?uuid=a&from=1&to=2", method="GET")
    if method == "POST":
        first = as_json("vonage/answer", {"uuid": "a", "from": "1", "to": "2"})
    step, answer = ask("vonage", first)
    assert step == 0
    for expected in (1, 2, 3):
        step, answer = ask("vonage", as_json(event_url(answer), {**LEG, "status": missed}))
        assert step == expected
    assert [one["action"] for one in json.loads(answer.body)] == ["talk", "talk", "record"]


@pytest.mark.parametrize("status", ["started", "ringing", "answered", "completed", "machine", None])
def test_vonage_asks_nothing_where_a_target_may_still_answer(status: str | None) -> None:
    _, answer = ask("vonage", as_json("vonage/answer", {"uuid": "a"}))
    assert system("vonage").asks(as_json(event_url(answer), {**LEG, "status": status})) is None
    for leaf in ("event", "record", "input"):
        assert system("vonage").asks(as_json(f"vonage/{leaf}", {**LEG, "status": "busy"})) is None


def action(status: str, kind: str = "CALL_ACTION", **told: Any) -> Request:
    """What 8x8 asks or tells."""
    payload = {"sessionId": "s", "callStatus": status, "sipCode": None, **told}
    return as_json("8x8/vca", {"eventType": kind, "payload": payload})


def test_8x8_goes_from_target_to_target_and_then_hangs_up() -> None:
    step, answer = ask("8x8", action("CALL_RECEIVED"))
    done = []
    for _ in range(3):
        told = json.loads(answer.body)
        done.append((step, told["callflow"][0]["params"].get("destination")))
        label = told["clientActionId"]
        step, answer = ask("8x8", action("ACTION_COMPLETED", clientActionId=label, sipCode=480))
    assert done == [(0, "+447700900456"), (1, "sip:desk@pbx.example"), (2, "+442079460102")]
    assert [one["action"] for one in json.loads(answer.body)["callflow"]] == ["say", "hangup"]


def test_8x8_hangs_up_once_somebody_has_talked() -> None:
    _, answer = ask("8x8", action("CALL_RECEIVED"))
    label = json.loads(answer.body)["clientActionId"]
    step, last = ask("8x8", action("ACTION_COMPLETED", clientActionId=label, sipCode=200))
    assert step == OVER
    assert [one["action"] for one in json.loads(last.body)["callflow"]] == ["hangup"]


@pytest.mark.parametrize(
    "made",
    [
        action("CALL_RECEIVED", "CALL_STATUS"),
        action("CALL_DISCONNECTED"),
        action("ACTION_COMPLETED", clientActionId="somebody-elses"),
        action("ACTION_COMPLETED"),
        action("COMPLETED", "SESSION_SUMMARY"),
    ],
)
def test_8x8_asks_nothing_where_no_action_of_ours_was_done(made: Request) -> None:
    assert system("8x8").asks(made) is None


def httapi(**told: str) -> Request:
    """What FreeSWITCH asks."""
    return form("httapi", {"session_id": "s", "Caller-Destination-Number": "02079460101", **told})


def test_freeswitch_is_told_everything_at_once_and_then_to_hang_up() -> None:
    step, answer = ask("freeswitch", httapi())
    assert step == 0
    params = fromstring(answer.body).find("params")
    assert params is not None
    again = httapi(**{one.tag: one.text or "" for one in params})
    for made in (again, httapi(exiting="true")):
        step, answer = ask("freeswitch", made)
        assert step == OVER
        assert [one.tag for one in fromstring(answer.body).iter("hangup")] == ["hangup"]
    for method in ("GET", "POST"):
        by_query = request("httapi?session_id=s", b"session_id=s", FORM, method=method)
        assert system("freeswitch").asks(by_query) == 0


CTI = {"callId": "1", "from": "447700900123", "to": "442079460101"}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("sipgate", lambda told: form("sipgate", told)),
        ("asterisk", lambda told: form("cti/secret", told)),
        ("asterisk", lambda told: as_json("cti/secret", told)),
        ("kamailio", lambda told: as_json("hooks", told)),
        ("standard-webhooks", lambda told: as_json("hooks", told)),
    ],
)
def test_a_new_call_asks_once_and_what_follows_only_tells(
    name: str, make: Callable[[Mapping[str, str]], Request]
) -> None:
    one = system(name)
    assert one.asks(make({**CTI, "event": "newCall", "direction": "in"})) == 0
    assert one.asks(make({**CTI, "event": "newCall"})) == 0
    for event in ("answer", "hangup", "dtmf", "", "newcall"):
        made = make({**CTI, "event": event, "direction": "in", "cause": "cancel"})
        assert one.asks(made) is None
        assert one.acknowledge(made).status == 200
    # A call of ours to somebody is not routed.
    out = one.asks(make({**CTI, "event": "newCall", "direction": "out"}))
    assert out in {None, OVER}
    if out is not None:
        assert json.loads(one.answer(CONNECT, out, links(name)).body)["action"] == "pass"


@pytest.mark.parametrize("name", ["kamailio", "standard-webhooks"])
def test_the_long_shape_of_a_new_call_asks_too(name: str) -> None:
    for type, data, expected in (
        ("call.started", CTI, 0),
        ("call.started", {**CTI, "direction": "out"}, OVER),
        ("call.ended", CTI, None),
        ("voicemail.transcribed", CTI, None),
    ):
        assert system(name).asks(as_json("hooks", {"type": type, "data": data})) == expected


@pytest.mark.parametrize("name", ["zammad-cti", "ringcentral", "goto"])
def test_systems_that_only_tell_are_answered_with_an_empty_object(name: str) -> None:
    one = system(name)
    made = as_json(f"{one.path}/secret", {**CTI, "event": "newCall", "direction": "in"})
    assert not one.routes
    assert one.asks(made) is None
    assert json.loads(one.acknowledge(made).body) == {}


def test_a_dialplan_that_only_tells_is_answered_with_nothing_it_could_take_for_an_order() -> None:
    made = form("cti/secret", {**CTI, "event": "hangup"})
    assert system("asterisk").acknowledge(made).body == ""


@pytest.mark.parametrize("name", ["twilio", "vonage", "8x8", "freeswitch", "sipgate", "asterisk"])
def test_nobody_is_rung_where_a_route_rings_nobody(name: str) -> None:
    for route in (VOICEMAIL, PASS, replace(CONNECT, action="voicemail", steps=())):
        for step in (0, 1, 20, OVER):
            body = system(name).answer(route, step, links(name)).body
            for target in ("447700900456", "connect", "makeCall", "<Number"):
                assert target not in body
