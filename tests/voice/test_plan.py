"""Plans that load, and every mistake that stops one, each with its place.

A plan must never find out while somebody is calling: a number in it is one that can be dialled, and
none reaches the emergency services.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from tests.voice.support import ADA, LEEDS, LONDON, NORTHLINE, plan
from voice.plan import MAX_TARGETS, WORDS, plan_from, shared_lines

Place = tuple[str | int, ...]


def with_(place: Place, value: object) -> dict[str, Any]:
    """Northline's plan with something else at a place."""
    data: Any = deepcopy(NORTHLINE)
    here = data
    for key in place[:-1]:
        here = here[key]
    here[place[-1]] = value
    found: dict[str, Any] = data
    return found


def refused(data: dict[str, Any]) -> list[tuple[Place, str]]:
    with pytest.raises(ValidationError) as raised:
        plan_from(data, "northline")
    return [(error["loc"], error["msg"]) for error in raised.value.errors()]


def test_numbers_are_normalised_when_a_plan_is_loaded() -> None:
    loaded = plan()
    assert [line.number for line in loaded.lines[:2]] == [LONDON, LEEDS]
    assert loaded.queues["complaints"].targets == ("+442079460110", "1015")
    assert loaded.handlers == {
        "ada@northline.example": ADA,
        "bo@northline.example": "1016",
    }
    assert (loaded.provider, loaded.voicemail) == ("northline", "500")


def test_a_plan_that_says_little_has_sensible_defaults() -> None:
    least = plan_from({"format": 1, "region": "CA", "queues": {"complaints": {}}}, "jive")
    assert (least.language, least.queue, least.escalated_queue) == ("en-GB", "complaints", None)
    assert (least.lines, least.voicemail, least.handlers) == ((), None, {})
    assert 5 <= least.rings_seconds <= 120


@pytest.mark.parametrize(
    ("target", "loaded"),
    [
        ("020 7946 0110", "+442079460110"),
        ("+44 (0)20 7946 0110", "+442079460110"),
        ("00 1 604 555 0134", "+16045550134"),
        ("tel:+44-20-7946-0110", "+442079460110"),
        ("0345 286 4697", "+443452864697"),
        ("12", "12"),
        ("1015", "1015"),
        ("123456", "123456"),
        (" 1015 ", "1015"),
        ("sip:complaints@pbx.example.com", "sip:complaints@pbx.example.com"),
        ("sips:complaints@pbx.example.com:5061", "sips:complaints@pbx.example.com:5061"),
        ("sip:1015@203.0.113.5", "sip:1015@203.0.113.5"),
        ("sip:+442079460110@pbx.example.com", "sip:+442079460110@pbx.example.com"),
    ],
)
def test_a_target_is_a_number_an_extension_or_a_sip_address(target: str, loaded: str) -> None:
    assert plan(
        queues={"complaints": {"targets": [target]}}, escalated_queue=None, lines=[]
    ).queues["complaints"].targets == (loaded,)
    assert plan(voicemail=target).voicemail == loaded
    assert (
        plan(handlers={"ada@northline.example": target}).handlers["ada@northline.example"] == loaded
    )


TARGETS: list[Place] = [
    ("queues", "complaints", "targets", 1),
    ("handlers", "bo@northline.example"),
    ("voicemail",),
]
WRONG_TARGETS = [
    ("999", "emergency"),
    ("112", "emergency"),
    ("9-9-9", "emergency"),
    (" 999 ", "emergency"),
    ("９９９", "emergency"),
    ("tel:999", "emergency"),
    ("sip:999@pbx.example.com", "emergency"),
    ("<sip:112@pbx.example.com>", "emergency"),
    ("07700 900123", "no number that can be used: no range"),
    ("020 7946 01011", "no number that can be used: it has too few or too many digits"),
    ("20 7946 0110", "no number that can be used: it lacks the leading 0"),
    ("800 4433 134", "no number that can be used: it lacks the leading 0"),
    ("800 4433 1345", "no number that can be used: it is written without a +"),
    ("020 7946 0110 ext 12", "has an extension"),
    ("anonymous", "no number that can be used"),
    ("", "no number that can be used"),
    ("client:jenny", "no number that can be used"),
    ("7", "no number that can be used"),
    ("sip:pbx.example.com", "no SIP address"),
    ("sip:a b@pbx.example.com", "no SIP address"),
    ("sip:ada@pbx.example.com;transport=tls?x=<y>", "no SIP address"),
    ("sip:ada@pbx.example.com\r\nVia: x", "no SIP address"),
    ('sip:ada@pbx.example.com"/>', "no SIP address"),
    (1015, "write it in quotes"),
    (2079460110, "write it in quotes"),
    (True, "write it in quotes"),
    (["1015"], "write it in quotes"),
]


@pytest.mark.parametrize("place", TARGETS, ids=lambda place: str(place[0]))
@pytest.mark.parametrize(("target", "said"), WRONG_TARGETS)
def test_a_target_that_cannot_be_rung_is_refused_with_its_place(
    place: Place, target: object, said: str
) -> None:
    [(where, why)] = refused(with_(place, target))
    assert where[: len(place)] == place
    assert said in why


@pytest.mark.parametrize("target", ["911", "112", "9 1 1", "sip:911@pbx.example.com"])
def test_what_is_an_emergency_depends_on_the_country(target: str) -> None:
    data = {
        "format": 1,
        "region": "CA",
        "queues": {"complaints": {"targets": ["1001", target]}},
    }
    [(where, why)] = refused(data)
    assert where == ("queues", "complaints", "targets", 1)
    assert "emergency" in why


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        pytest.param(("lines", 1, "number"), "07700 900123", "no range", id="unknown range"),
        pytest.param(("lines", 1, "number"), "7946 0101", "too few", id="too short"),
        pytest.param(("lines", 1, "number"), "999", "too short", id="emergency as a line"),
        pytest.param(("lines", 1, "number"), "1015", "too short", id="extension as a line"),
        pytest.param(("lines", 1, "number"), "800 4433 134", "leading 0", id="misprint"),
        pytest.param(("lines", 1, "number"), "withheld", "no number", id="withheld line"),
        pytest.param(("lines", 1, "number"), "020 7946 0101 x2", "an extension", id="with x"),
        pytest.param(("lines", 1, "number"), 2079460101, "in quotes", id="line as a number"),
        pytest.param(("lines", 1, "language"), "english", "pattern", id="no language"),
        pytest.param(("lines", 1, "queue"), "Leeds!", "pattern", id="no name of a queue"),
        pytest.param(("lines", 1, "tone"), "soft", "Extra inputs", id="unknown key of a line"),
        pytest.param(("format",), 2, "should be 1", id="another format"),
        pytest.param(("region",), "UK", "no country", id="UK is no region"),
        pytest.param(("region",), "gb", "no country", id="small letters"),
        pytest.param(("region",), "", "no country", id="no region"),
        pytest.param(("region",), None, "no country", id="nothing for a region"),
        pytest.param(("language",), "en", "pattern", id="a language without a country"),
        pytest.param(("rings_seconds",), 4, "greater than or equal to 5", id="hardly rings"),
        pytest.param(("rings_seconds",), 121, "less than or equal to 120", id="rings for ever"),
        pytest.param(("hours",), "9-5", "Extra inputs", id="unknown key"),
        pytest.param(("queues", "senior", "hours"), "9-5", "Extra inputs", id="key of a queue"),
        pytest.param(("queues", "senior", "rings_seconds"), 0, "or equal to 5", id="0 seconds"),
        pytest.param(("queues", "senior", "levels", 0), "The Board", "pattern", id="no level"),
        pytest.param(
            ("queues", "senior", "targets"),
            [str(number) for number in range(1001, 1002 + MAX_TARGETS)],
            "at most 10 items",
            id="too many targets",
        ),
        pytest.param(("words", "closed"), "We are closed", "dictionary", id="words unspoken"),
    ],
)
def test_a_mistake_is_refused_with_its_place(place: Place, value: object, said: str) -> None:
    found = refused(
        with_(place, value) if place[0] != "words" else {**NORTHLINE, "words": {place[1]: value}}
    )
    where, why = next(one for one in found if one[0][: len(place)] == place)
    assert where[: len(place)] == place
    assert said in why


def test_as_many_targets_as_may_be_rung_together_are_fine() -> None:
    targets = [str(number) for number in range(1001, 1001 + MAX_TARGETS)]
    loaded = plan_from(with_(("queues", "complaints", "targets"), targets), "northline")
    assert len(loaded.queues["complaints"].targets) == MAX_TARGETS


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("queue",), "nobody", "there is no queue 'nobody'"),
        (("escalated_queue",), "nobody", "there is no queue 'nobody'"),
        (("lines", 0, "queue"), "nobody", "there is no queue 'nobody'"),
        (("queues",), {}, "its queues are: none"),
        (("queues", "directors", "levels"), ["supervisor"], "the level supervisor is there twice"),
        (("queues", "senior", "levels"), ["a", "b", "a"], "the level a is there twice"),
        (("lines", 1, "number"), "+44 (0)20 7946 0101", f"the line {LONDON} is there twice"),
        (("words",), {"greeting": {"en": "Hello"}}, "there are no words 'greeting'"),
    ],
)
def test_what_does_not_agree_is_named(place: Place, value: object, said: str) -> None:
    [(_, why)] = refused(with_(place, value))
    assert said in why


def test_all_mistakes_are_named_at_once() -> None:
    data = with_(("lines", 0, "number"), "7946 0101")
    data["queues"]["complaints"]["targets"] = ["999", "1015"]
    data["hours"] = "9-5"
    assert {where[0] for where, _ in refused(data)} == {"lines", "queues", "hours"}


@pytest.mark.parametrize("missing", ["format", "region"])
def test_what_a_plan_must_say_is_asked_for(missing: str) -> None:
    data = {key: value for key, value in NORTHLINE.items() if key != missing}
    assert any(where == (missing,) for where, _ in refused(data))


def test_all_known_words_may_be_said() -> None:
    words = {name: {"en": "Hello", "fr-CA": "Bonjour"} for name in WORDS}
    assert plan(words=words).words == words


@pytest.mark.parametrize(
    ("level", "queue"),
    [("supervisor", "senior"), ("director", "directors"), ("board", "senior"), ("", None)],
)
def test_a_level_has_its_queue_or_the_senior_one(level: str, queue: str | None) -> None:
    assert plan().queue_for(level) == queue


class TestSharedLines:
    def test_a_line_of_two_providers_is_named_with_both(self) -> None:
        ours, theirs = plan(), plan_from(NORTHLINE, "southline")
        problems = shared_lines([ours, theirs])
        assert len(problems) == len(ours.lines)
        assert all("northline" in said and "southline" in said for said in problems)
        assert LONDON in problems[0]

    def test_lines_of_their_own_are_fine(self) -> None:
        theirs = plan_from({**NORTHLINE, "lines": [{"number": "020 7946 0777"}]}, "southline")
        assert shared_lines([plan(), theirs]) == []
        assert shared_lines([plan(), plan()]) == []
        assert shared_lines([]) == []
