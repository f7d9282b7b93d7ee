"""What phone systems are answered, held against what their vendors say an answer may hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from inspect import signature
from typing import Any
from xml.etree.ElementTree import canonicalize, fromstring

import pytest

from tests.voice.systems.support import (
    BASE,
    CONNECT,
    FIRST,
    IN_XML,
    LINE,
    PASS,
    ROUTING,
    SECOND,
    STEPS,
    VOICEMAIL,
    answer,
    xml,
)
from voice.routing import Route, Step
from voice.systems import OVER

twiml: Any = import_module("twilio.twiml")
voice_response: Any = import_module("twilio.twiml.voice_response")

ROUTES = {"connect": CONNECT, "voicemail": VOICEMAIL, "pass": PASS}


def test_these_systems_route_by_our_answer() -> None:
    assert set(ROUTING) == {
        *("twilio", "vonage", "8x8", "sipgate", "freeswitch", "asterisk"),
        *("kamailio", "standard-webhooks", "3cx"),
    }


@pytest.mark.parametrize("name", ROUTING)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ROUTES)
def test_an_answer_is_of_the_type_that_its_system_wants(name: str, step: int, kind: str) -> None:
    wanted = {
        "twilio": "text/xml; charset=utf-8",
        "freeswitch": "text/xml",
        "sipgate": "application/xml",
        "asterisk": "text/plain; charset=utf-8",
    }
    made = answer(name, ROUTES[kind], step)
    assert made.content_type == wanted.get(name, "application/json")
    assert (made.status, dict(made.headers)) == (200, {})
    if name in IN_XML:
        assert xml(made).tag in {"Response", "document"}
    elif name != "asterisk":
        json.loads(made.body)


VERBS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("Response", "Dial"): voice_response.VoiceResponse.dial,
    ("Response", "Say"): voice_response.VoiceResponse.say,
    ("Response", "Record"): voice_response.VoiceResponse.record,
    ("Response", "Hangup"): voice_response.VoiceResponse.hangup,
    ("Response", "Reject"): voice_response.VoiceResponse.reject,
    ("Dial", "Number"): voice_response.Dial.number,
    ("Dial", "Sip"): voice_response.Dial.sip,
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ROUTES)
def test_twiml_holds_what_twilios_library_knows_and_nothing_else(kind: str, step: int) -> None:
    response = xml(answer("twilio", ROUTES[kind], step))
    for parent in response.iter():
        for verb in parent:
            known = {
                twiml.lower_camel(one) for one in signature(VERBS[parent.tag, verb.tag]).parameters
            }
            assert set(verb.attrib) <= known
            for name, value in verb.attrib.items():
                if name == "action" or name.endswith("Callback"):
                    assert value.startswith(f"{BASE}/twilio/")
    assert not (response.text or "").strip()


def test_twiml_is_what_twilios_library_would_write() -> None:
    response = voice_response.VoiceResponse()
    dial = response.dial(
        timeout=25,
        answer_on_bridge=True,
        action=f"{BASE}/twilio/dialled?step=2",
        method="POST",
        caller_id=LINE,
    )
    told = {"status_callback": f"{BASE}/twilio/status", "status_callback_event": "answered"}
    dial.sip("sip:desk@pbx.example", **told)
    dial.number("+442079460102", **told)
    made = answer("twilio", CONNECT, 1).body
    assert canonicalize(made) == canonicalize(str(response))


def test_a_message_is_recorded_and_transcribed_as_twilios_library_would_write() -> None:
    response = voice_response.VoiceResponse()
    response.say("We are closed.", language="en-GB")
    response.say("Please leave a message after the tone.", language="en-GB")
    response.record(
        action=f"{BASE}/twilio/recorded",
        max_length=120,
        play_beep=True,
        finish_on_key="#",
        transcribe=True,
        transcribe_callback=f"{BASE}/twilio/transcription",
        recording_status_callback=f"{BASE}/twilio/recording",
        recording_status_callback_event="completed absent",
    )
    response.hangup()
    ours, theirs = (fromstring(one) for one in (answer("twilio", VOICEMAIL).body, str(response)))
    assert [one.tag for one in ours] == [one.tag for one in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one.text == other.text
        # What a later version adds is looked at above; what must be there is there.
        assert dict(other.attrib).items() <= dict(one.attrib).items()


def test_what_is_over_hangs_up_and_what_is_not_ours_is_rejected() -> None:
    for route in ROUTES.values():
        assert [one.tag for one in xml(answer("twilio", route, OVER))] == ["Hangup"]
    assert [one.tag for one in xml(answer("twilio", PASS))] == ["Reject"]


Check = Callable[[Any], bool]


def a_text(value: object) -> bool:
    """Text with something in it; of what is spoken 1,500 characters at most."""
    return isinstance(value, str) and 0 < len(value) <= 1500


def within(low: int, high: int) -> Check:
    """A whole number between two others."""
    return lambda value: type(value) is int and low <= value <= high


def one_of(*values: object) -> Check:
    """One of these."""
    return lambda value: value in values


def one_address(value: object) -> bool:
    """A list with one address of ours."""
    ours = f"{BASE}/vonage/"
    return isinstance(value, list) and len(value) == 1 and str(value[0]).startswith(ours)


def endpoint(value: object) -> bool:
    """One endpoint: a number in E.164 without its "+", or a SIP address."""
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], dict):
        return False
    if value[0].get("type") == "sip":
        return set(value[0]) == {"type", "uri"} and re.match("sips?:", value[0]["uri"]) is not None
    number = value[0].get("number", "")
    keys = {"type", "number"}
    return set(value[0]) == keys and re.fullmatch(r"[1-9]\d{6,14}", number) is not None


NCCO: Mapping[str, Mapping[str, Check]] = {
    "talk": {
        "text": a_text,
        "language": lambda value: re.fullmatch(r"[a-z]{2}-[A-Z]{2}", value) is not None,
        "bargeIn": one_of(True, False),
        "loop": within(0, 10),
        "style": within(0, 50),
    },
    "connect": {
        "endpoint": endpoint,
        "from": lambda value: re.fullmatch(r"[1-9]\d{6,14}", value) is not None,
        "timeout": within(1, 7200),
        "eventType": one_of("synchronous"),
        "eventUrl": one_address,
        "eventMethod": one_of("POST"),
    },
    "record": {
        "format": one_of("mp3", "wav", "ogg"),
        "endOnSilence": within(3, 10),
        "endOnKey": lambda value: re.fullmatch(r"[*#0-9]", value) is not None,
        "timeOut": within(3, 7200),
        "beepStart": one_of(True, False),
        "eventUrl": one_address,
        "eventMethod": one_of("POST"),
    },
}
NEEDED = {"talk": {"text"}, "connect": {"endpoint"}, "record": {"eventUrl", "endOnSilence"}}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ROUTES)
def test_an_ncco_holds_known_actions_with_known_values(kind: str, step: int) -> None:
    for action in json.loads(answer("vonage", ROUTES[kind], step).body):
        verb = action.pop("action")
        assert NEEDED[verb] <= set(action)
        for name, value in action.items():
            assert NCCO[verb][name](value), (verb, name, value)


def test_vonage_rings_one_after_the_other_and_then_records() -> None:
    made = [json.loads(answer("vonage", CONNECT, step).body) for step in range(4)]
    assert [one[0].get("endpoint") for one in made] == [
        [{"type": "phone", "number": "447700900456"}],
        [{"type": "sip", "uri": "sip:desk@pbx.example"}],
        [{"type": "phone", "number": "442079460102"}],
        None,
    ]
    assert [one[0].get("timeout") for one in made] == [20, 25, 25, None]
    assert [one["action"] for one in made[3]] == ["talk", "talk", "record"]
    assert [json.loads(answer("vonage", one, OVER).body) for one in ROUTES.values()] == [[]] * 3
    assert json.loads(answer("vonage", PASS).body) == []


ACTIONS: Mapping[str, set[str]] = {
    "say": {"text", "voiceProfile", "repetition", "speed"},
    "makeCall": {"source", "destination", "callRecording"},
    "hangup": set(),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ROUTES)
def test_a_call_flow_holds_known_actions(kind: str, step: int) -> None:
    numbers = replace(SECOND, targets=("+442079460102",))
    route = replace(ROUTES[kind], steps=(FIRST, numbers) if kind == "connect" else ())
    told = json.loads(answer("8x8", route, step).body)
    assert set(told) == {"clientActionId", "callflow"}
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,50}", told["clientActionId"])
    assert told["callflow"]
    for one in told["callflow"]:
        assert set(one) <= {"action", "params"}
        params = one.get("params", {})
        assert set(params) <= ACTIONS[one["action"]]
        if one["action"] == "makeCall":
            assert all(
                re.fullmatch(r"\+[1-9]\d{6,14}", params[end]) for end in ("source", "destination")
            )
    assert told["callflow"][-1]["action"] in {"makeCall", "hangup"}


def test_sipgate_is_told_a_dial_or_its_voicemail_and_where_to_tell_of_it() -> None:
    told = {f"on{one}": f"{BASE}/sipgate" for one in ("Answer", "Hangup")}
    both = replace(SECOND, targets=("+442079460102", "+447700900456"))
    for route, expected in (
        (replace(CONNECT, steps=(both, FIRST)), ["442079460102", "447700900456"]),
        (CONNECT, ["447700900456"]),
    ):
        (dial,) = response = xml(answer("sipgate", route))
        assert (response.tag, response.attrib, dial.tag) == ("Response", told, "Dial")
        assert [(one.tag, one.text) for one in dial] == [("Number", one) for one in expected]
    (dial,) = response = xml(answer("sipgate", VOICEMAIL))
    assert (response.attrib, [one.tag for one in dial]) == (told, ["Voicemail"])
    for route, step in ((PASS, 0), (CONNECT, OVER)):
        assert list(xml(answer("sipgate", route, step))) == []


def test_freeswitch_rings_one_group_after_the_other_and_then_hangs_up() -> None:
    document = xml(answer("freeswitch", CONNECT))
    assert (document.tag, document.attrib) == ("document", {"type": "xml/freeswitch-httapi"})
    work = document.find("work")
    assert work is not None
    done = [(one.tag, one.get("application"), one.get("data")) for one in work]
    assert [one for one in done if one[1] in {"set", "bridge"}] == [
        ("execute", "set", "hangup_after_bridge=true"),
        ("execute", "set", "continue_on_fail=true"),
        ("execute", "set", "call_timeout=20"),
        ("execute", "bridge", "loopback/447700900456"),
        ("execute", "set", "call_timeout=25"),
        ("execute", "bridge", "sofia/external/sip:desk@pbx.example,loopback/442079460102"),
    ]
    assert done[-1][0] == "hangup"
    target = replace(VOICEMAIL, target="4000", say="")
    work = xml(answer("freeswitch", target)).find("work")
    assert work is not None
    assert [one.get("data") for one in work][-2:] == ["loopback/4000", None]


@pytest.mark.parametrize(
    ("route", "step", "verb"),
    [
        (PASS, 0, "break"),
        (PASS, OVER, "hangup"),
        (CONNECT, OVER, "hangup"),
        (VOICEMAIL, OVER, "hangup"),
    ],
)
def test_freeswitch_goes_on_without_us_or_hangs_up(route: Route, step: int, verb: str) -> None:
    work = xml(answer("freeswitch", route, step)).find("work")
    assert work is not None
    assert [one.tag for one in work] == [verb]


def test_asterisk_reads_one_line() -> None:
    mailbox = replace(VOICEMAIL, target="4000")
    extensions = Step("desk", "queue", ("800", "801"), 25)
    for route, line in (
        (CONNECT, "connect,20:+447700900456,25:sip:desk@pbx.example&+442079460102"),
        (replace(CONNECT, steps=(extensions,)), "connect,25:800&801"),
        (mailbox, "voicemail,4000"),
        (VOICEMAIL, "voicemail,"),
        (PASS, "pass"),
    ):
        assert answer("asterisk", route).body == line


@pytest.mark.parametrize("name", ["kamailio", "standard-webhooks"])
def test_the_generic_answer_names_the_action_and_every_step(name: str) -> None:
    told = json.loads(answer(name, CONNECT).body)
    assert (told["action"], told["target"], told["voicemail"]) == (
        *("dial", "tel:+447700900456"),
        None,
    )
    assert told["steps"] == [
        {"name": FIRST.name, "seconds": 20, "targets": ["tel:+447700900456"]},
        {
            "name": "complaints",
            "seconds": 25,
            "targets": ["sip:desk@pbx.example", "tel:+442079460102"],
        },
    ]
    assert (told["case"], told["say"]) == ("NL-7", "Nobody can answer just now.")
    mailbox = json.loads(answer(name, replace(VOICEMAIL, target="sip:box@pbx.example")).body)
    assert (mailbox["action"], mailbox["target"]) == ("voicemail", "sip:box@pbx.example")
    for route, step in ((PASS, 0), (CONNECT, OVER)):
        assert set(json.loads(answer(name, route, step).body)) == {"action", "reason"}
