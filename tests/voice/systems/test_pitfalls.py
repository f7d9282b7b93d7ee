"""What once went wrong with a phone system's request or answer, each held here for good."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.voice.systems.signing import (
    JWT_KEY,
    SIGNED,
    TOKEN,
    WHSEC,
    by_standard,
    by_vonage,
    with_header,
)
from tests.voice.systems.support import (
    CONNECT,
    FORM,
    JSON,
    NOW,
    VOICEMAIL,
    answer,
    believed,
    form,
    request,
    system,
    xml,
)
from voice.call import Event, call_of
from voice.numbers import LONGEST
from voice.record import event_of, event_text
from voice.routing import Step, fit
from voice.systems import REGIONS, systems
from voice.webhook import Request, Unreadable


def as_json(path: str, told: dict[str, Any]) -> Request:
    return request(path, json.dumps(told), {**JSON, "webhook-id": "m"})


def read(name: str, made: Request) -> Event:
    return system(name).read(made, REGIONS)[0]


def test_a_query_with_too_many_fields_is_not_believed() -> None:
    asked = "&".join(["a=1"] * 501)
    made = request(f"twilio/incoming?{asked}", b"", {**FORM, SIGNED: "x"})
    assert not believed("twilio", made, TOKEN)


@pytest.mark.parametrize("name", sorted(systems()))
def test_an_address_that_is_none_is_no_fault(name: str) -> None:
    made = replace(request("hooks", b"{}", JSON), url="https://[/x")
    assert not believed(name, made, "x" * 40)
    try:
        read(name, made)
        system(name).asks(made)
    except Unreadable:
        pass


def test_a_status_that_is_no_word_asks_for_nothing() -> None:
    assert system("vonage").asks(as_json("vonage/dialled", {"uuid": "a", "status": []})) is None


def test_a_moment_at_the_end_of_time_is_none() -> None:
    told = {"CallSid": "CA1", "Timestamp": "Fri, 31 Dec 9999 23:59:59 -1200"}
    assert read("twilio", form("twilio/status", told)).at is None


@pytest.mark.parametrize("issued", [10**400, -1, True, float("nan")])
def test_a_token_of_no_moment_is_not_believed(issued: float) -> None:
    assert not believed("vonage", by_vonage(JWT_KEY, b"{}", NOW, iat=issued), JWT_KEY)


def test_half_a_character_is_no_fault_in_a_header() -> None:
    made = with_header(by_standard(WHSEC, b"{}", NOW), "webhook-id", "\ud800")
    assert not believed("standard-webhooks", made, WHSEC)


@pytest.mark.parametrize("broken", ["\ud800 x", "a\0b"])
def test_what_no_database_keeps_is_made_plain(broken: str) -> None:
    told = {"callId": "a", "text": broken, "from": broken}
    kept = event_text(
        read("standard-webhooks", as_json("hooks", {"type": "input.speech", "data": told}))
    )
    assert "\\u0000" not in kept
    assert event_of(kept).text is not None
    kept.encode()


def test_a_number_as_it_was_received_is_kept_as_far_as_a_number_goes() -> None:
    told = {"event": "newCall", "callId": "a", "from": "9" * 200_000}
    caller = read("zammad-cti", as_json("cti/x", told)).caller
    assert caller is not None
    assert len(caller.raw) <= LONGEST + 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "goto",
            {
                "content": {
                    "metadata": {"conversationSpaceId": "a"},
                    "state": {"sequenceNumber": True, "id": "s"},
                }
            },
        ),
        ("ringcentral", {"body": {"telephonySessionId": "a", "sequence": True}}),
    ],
)
def test_true_is_no_place_in_an_order(name: str, told: dict[str, Any]) -> None:
    found = read(name, as_json(name, told))
    assert found.sequence == 0
    assert "True" not in found.key


def test_a_secret_without_its_padding_is_the_same_secret() -> None:
    bare = WHSEC.rstrip("=")
    assert believed("standard-webhooks", by_standard(WHSEC, b"{}", NOW), bare)


def test_sipgate_rings_five_at_most() -> None:
    many = Step("q", "queue", tuple(f"+4420794601{n:02}" for n in range(10)), 25)
    assert len(xml(answer("sipgate", replace(CONNECT, steps=(many,))))[0]) == 5


def test_8x8_hangs_up_after_voicemail() -> None:
    route = fit(replace(CONNECT, target="+442079460199"), system("8x8").rings)
    steps = [json.loads(answer("8x8", route, step).body)["callflow"] for step in (2, 3, 20)]
    assert [[one["action"] for one in flow] for flow in steps] == [
        ["say", "makeCall"],
        ["hangup"],
        ["hangup"],
    ]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("twilio", ("+442079460102", "sip:desk@pbx.example")),
        ("vonage", ("+442079460102", "sip:desk@pbx.example")),
        ("kamailio", ("+442079460102", "sip:desk@pbx.example")),
        ("8x8", ("+442079460102",)),
        ("sipgate", ("+442079460102",)),
        ("asterisk", ("+442079460102", "sip:desk@pbx.example", "1015")),
        ("freeswitch", ("+442079460102", "sip:desk@pbx.example", "1015")),
    ],
)
def test_only_targets_that_a_system_can_ring_are_left(name: str, left: tuple[str, ...]) -> None:
    every = Step("q", "queue", ("+442079460102", "sip:desk@pbx.example", "1015"), 25)
    found = fit(replace(CONNECT, steps=(every,)), system(name).rings)
    assert found.steps[0].targets == left


def test_where_a_system_can_ring_nobody_the_call_goes_to_voicemail_and_says_why() -> None:
    inside = Step("q", "queue", ("1015",), 25)
    found = fit(replace(CONNECT, steps=(inside,)), system("twilio").rings)
    assert (found.action, found.steps) == ("voicemail", ())
    assert found.reason.endswith("can ring nobody")


def test_asterisk_is_told_the_voicemail_after_the_last_step() -> None:
    assert answer("asterisk", replace(CONNECT, target="4000")).body.endswith(",voicemail:4000")


def test_freeswitch_says_by_which_voice() -> None:
    speak = xml(answer("freeswitch", VOICEMAIL)).find("work/speak")
    assert speak is not None
    assert speak.get("engine")


def test_vonage_reads_no_markup_and_no_more_than_it_may() -> None:
    said = json.loads(answer("vonage", replace(VOICEMAIL, say="<speak>" + "x" * 2000)).body)
    assert all(len(one.get("text", "")) <= 1500 for one in said)
    assert "<" not in said[0]["text"]


def test_a_key_pressed_twice_is_two_events_of_vonage() -> None:
    body = json.dumps({"uuid": "a", "dtmf": "2", "timed_out": False}).encode()
    first, second = (by_vonage(JWT_KEY, body, NOW, jti=one) for one in ("1", "2"))
    assert read("vonage", first).key != read("vonage", second).key
    assert read("vonage", first).key == read("vonage", first).key


def test_who_was_taken_to_voicemail_was_answered_by_nobody() -> None:
    told = [
        form("twilio/incoming", {"CallSid": "CA1", "CallStatus": "ringing"}),
        form("twilio/recorded", {"CallSid": "CA1", "CallStatus": "completed"}),
        form("twilio/status", {"CallSid": "CA1", "CallStatus": "completed"}),
    ]
    call = call_of([(read("twilio", one), NOW) for one in told])
    assert (call.stage, call.outcome) == ("ended", "voicemail")
