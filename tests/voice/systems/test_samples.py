"""Sample requests of every phone system, good and bad: each gives the result that stands in it.

The samples were made with the senders' own libraries; their README tells what each field means.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from plugin.triage import judge
from tests.voice.systems.samples import BELIEVED, SAME_PROTOCOL, SAMPLES, secrets, sent
from tests.voice.systems.support import CONNECT, believed, links, system
from voice.call import Event, call_of
from voice.systems import REGIONS
from voice.webhook import Refused


def read(name: str, by: str | None = None) -> Event:
    """The one event of a sample."""
    (event,) = system(by or SAMPLES[name]["system"]).read(sent(name), REGIONS)
    return event


def told(event: Event) -> dict[str, Any]:
    """What an event says, by the names that samples use."""
    caller, dialled = event.caller, event.dialled
    found: dict[str, Any] = {
        name: getattr(event, name)
        for name in (
            *("kind", "call_id", "conversation_id", "agent_extension", "caller_country"),
            *("confidence", "digits", "duration_s", "outcome", "queue", "recording_id"),
            *("stir", "text"),
        )
    }
    found["from_e164"] = caller.shown if caller else None
    found["to_e164"] = dialled.shown if dialled else None
    found["withheld"] = bool(caller and caller.withheld)
    channel = "phone" if event.kind == "input.speech" else "voicemail"
    found["explicit_complaint"] = judge(event.text or "", channel=channel).label != "neither"
    return found


def test_every_sample_is_there() -> None:
    counted = Counter(name.partition("/")[0] for name in SAMPLES)
    assert sum(counted.values()) == 94
    assert set(counted) == {one["system"] for one in SAMPLES.values()}
    assert len(BELIEVED) == 63


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_believed_where_it_should_be_and_nowhere_else(name: str) -> None:
    sample = SAMPLES[name]
    assert believed(sample["system"], sent(name), *secrets(name)) is sample["expected_valid"]


@pytest.mark.parametrize(
    "name", [name for name, sample in SAMPLES.items() if sample["system"] in SAME_PROTOCOL]
)
def test_systems_of_one_shape_judge_alike(name: str) -> None:
    sample = SAMPLES[name]
    other = SAME_PROTOCOL[sample["system"]]
    assert believed(other, sent(name), *secrets(name)) is sample["expected_valid"]
    if sample["expected_valid"]:
        assert read(name, other) == read(name)


@pytest.mark.parametrize("name", BELIEVED)
def test_a_believed_sample_is_read_as_it_is_meant(name: str) -> None:
    meaning = SAMPLES[name]["meaning"]
    found = told(read(name))
    assert {key: found[key] for key in meaning} == meaning


@pytest.mark.parametrize("name", SAMPLES)
def test_without_its_secret_no_sample_is_believed_but_the_handshake(name: str) -> None:
    sample = SAMPLES[name]
    is_handshake = sample.get("meaning", {}).get("kind") == "handshake"
    for none in ((), ("",), ("", "")):
        assert believed(sample["system"], sent(name), *none) is is_handshake


@pytest.mark.parametrize("name", BELIEVED)
def test_a_repeat_is_known_by_its_key(name: str) -> None:
    folder = name.partition("/")[0]
    earlier = [one for one in BELIEVED[: BELIEVED.index(name)] if one.partition("/")[0] == folder]
    keys = {read(one).key for one in earlier}
    if SAMPLES[name]["expected_duplicate"]:
        assert read(name).key in keys
    elif not any(same_event(one, name) for one in earlier):
        assert read(name).key not in keys


def same_event(one: str, other: str) -> bool:
    """Do two samples deliver one event? Some show one event in several ways."""
    a, b = SAMPLES[one], SAMPLES[other]
    ids = [sample["headers"].get("webhook-id") for sample in (a, b)]
    if ids[0] is not None:
        return bool(ids[0] == ids[1])
    return bool((a["url"], a["body"]) == (b["url"], b["body"]))


@pytest.mark.parametrize(
    "name", [name for name, sample in SAMPLES.items() if "expected_response" in sample]
)
def test_the_answer_is_what_the_sender_expects(name: str) -> None:
    expected, asked = SAMPLES[name]["expected_response"], sent(name)
    one = system(SAMPLES[name]["system"])
    step = one.asks(asked)
    made = one.acknowledge(asked)
    if step is not None:
        made = one.answer(CONNECT, step, links(one.name))
    assert made.status == expected.get("status", 200)
    if "content_type" in expected:
        assert made.content_type.partition(";")[0] == expected["content_type"]
    for header in expected.get("headers_echo", ()):
        assert made.headers[header] == asked.header(header)
    lines = [f"{key}: {value}\r\n" for key, value in made.headers.items()]
    assert len("".join([*lines, made.body]).encode()) <= expected.get("max_bytes", 64_000)


@pytest.mark.parametrize("folder", ["goto", "ringcentral"])
def test_what_arrives_late_and_twice_reopens_no_call(folder: str) -> None:
    names = [
        name
        for name in BELIEVED
        if name.startswith(f"{folder}/") and SAMPLES[name]["meaning"]["kind"] != "handshake"
    ]
    events = [(read(name), sent(name).at) for name in names]
    for order in (events, events[::-1], [*events, *events]):
        assert call_of(order).stage == "ended"


def test_an_auth_token_and_a_shared_key_are_not_each_others() -> None:
    by_token, by_key = "twilio/01-incoming-call-gb", "twilio/19-shared-key-sha256"
    for name, right, wrong in (
        (by_token, "hmac-sha1", "hmac-sha256"),
        (by_key, "hmac-sha256", "hmac-sha1"),
    ):
        for option, expected in ((right, True), (wrong, False), ("", True)):
            given = {"signature": option}
            assert believed("twilio", sent(name), *secrets(name), options=given) is expected


def test_a_token_of_another_account_is_refused_where_settings_name_one() -> None:
    name = "vonage/01-answer-post"
    for option, value, expected in (
        ("api_key", "a1b2c3d4", True),
        ("api_key", "a1b2c3d5", False),
        ("application_id", "c751459f-45b9-4d8c-b9f9-0f812dd96b62", True),
        ("application_id", "c751459f-45b9-4d8c-b9f9-0f812dd96b63", False),
    ):
        given = {option: value}
        assert believed("vonage", sent(name), *secrets(name), options=given) is expected


def test_what_is_unsigned_is_asked_for_again() -> None:
    name = "vonage/12-no-authorization"
    with pytest.raises(Refused) as refused:
        system("vonage").verify(sent(name), secrets(name), {})
    assert refused.value.status == 503
