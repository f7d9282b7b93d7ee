"""Ways a number could silently become somebody else's, or nobody's, each with what it must be."""

from __future__ import annotations

import pytest

from tests.voice.support import NOW
from voice.call import Event, call_of
from voice.numbers import is_emergency, read
from voice.systems import numbers


@pytest.mark.parametrize(
    ("raw", "region", "e164", "possible"),
    [
        # Ten digits are a national number in Canada and E.164 digits of half the world.
        ("6045550134", "CA", "+16045550134", "+16045550134"),
        ("6475550123", "CA", "+16475550123", "+16475550123"),
        ("3682255555", "CA", "+13682255555", "+13682255555"),
        ("6045550134", "GB", None, "+6045550134"),
        ("6045550134", None, None, "+6045550134"),
        # With what people put between, it is no network's.
        ("604-555-0134", "CA", "+16045550134", "+16045550134"),
        ("604-555-0134", "GB", None, None),
        ("(604) 555-0134", None, None, None),
        ("202-555-0143", "GB", None, "+442025550143"),
        ("604 555 01344", "CA", None, None),
        ("44 20 7946 0101", "CA", None, "+442079460101"),
        # Words are no keypad letters but where numbers are advertised so.
        ("020 7946 home", "GB", None, None),
        ("604 555 work", "CA", None, None),
        ("1-888-CAP-1687", "CA", "+18882271687", "+18882271687"),
        ("+800 0000 0000", "GB", None, None),
        ("7700 900123", "GB", None, "+447700900123"),
        ("(+44) 20 7946 0101", "GB", "+442079460101", "+442079460101"),
        ("(+44)(0)20 7946 0101", "GB", "+442079460101", "+442079460101"),
        ("(+1) 604-555-0134", "CA", "+16045550134", "+16045550134"),
        ("020·7946·0101", "GB", "+442079460101", "+442079460101"),
        ("Tel. 020 7946 0101", "GB", "+442079460101", "+442079460101"),
        ("Tél. : 514 555-0123", "CA", "+15145550123", "+15145550123"),
        ("[020] 7946 0101", "GB", "+442079460101", "+442079460101"),
        ("%2B442079460101", "GB", "+442079460101", "+442079460101"),
        ("tel://+442079460101", "GB", "+442079460101", "+442079460101"),
        ("tel:7946-0101;Phone-Context=+4420", "GB", "+442079460101", "+442079460101"),
        ("sip:+442079460101", "GB", "+442079460101", "+442079460101"),
        ("sip:2079460101;phone-context=+44@pbx.example", "GB", "+442079460101", "+442079460101"),
        ('"Jane <3" <sip:+442079460101@pbx.example>', "GB", "+442079460101", "+442079460101"),
        ("+442079460101@pbx.example", "GB", "+442079460101", "+442079460101"),
        ("*31#02079460101", "GB", None, None),
    ],
)
def test_a_number_is_nobody_elses(
    raw: str, region: str | None, e164: str | None, possible: str | None
) -> None:
    found = read(raw, region)
    assert (found.e164, found.possible, found.withheld) == (e164, possible, False)


def test_a_networks_digits_are_e164_where_nothing_stands_between() -> None:
    assert read("442079460101", "CA", from_network=True).e164 == "+442079460101"
    assert read("604-555-0134", "CA", from_network=True).e164 == "+16045550134"


def test_a_line_is_read_by_the_region_it_belongs_to() -> None:
    caller, line = numbers("6475550123", "6045550134", ("GB", "CA"))
    assert caller is not None
    assert line is not None
    assert (caller.e164, line.e164) == ("+16475550123", "+16045550134")


@pytest.mark.parametrize(
    "raw",
    [
        *("Anonymous call", "Private name", "Number unavailable", "Caller ID unavailable"),
        *("withheld by caller", "No CLI", "CLI withheld", "Presentation restricted", "P", "O"),
        *("Coinline/Payphone", "Not provided", "Appel masqué", "Identité masquée", "Numéro caché"),
        *("Correspondant inconnu", "Numéro confidentiel", "Numéro non disponible"),
        *("Anonieme beller", "Nummer afgeschermd", "Geen nummer", "anonymous@anonymous.invalid"),
        *("0000000000", '"Anonymous" <sip:+442079460101@pbx.example>'),
    ],
)
def test_nobody_is_told_in_many_ways(raw: str) -> None:
    found = read(raw, "GB")
    assert found.withheld
    assert found.shown is None


@pytest.mark.parametrize(
    "raw",
    ["Private Roe", "private.roe@example.com", '"Unknown" <+442079460101>', "sip:pbx.example.com"],
)
def test_words_that_only_look_so_withhold_nothing(raw: str) -> None:
    assert not read(raw, "GB").withheld


@pytest.mark.parametrize(
    ("dialled", "region", "is_one"),
    [
        ("urn:service:sos", "GB", True),
        ("sip:sos@pbx.example", "GB", True),
        ("tel:112;phone-context=+44", "GB", True),
        ("tel:911;phone-context=+1", "CA", True),
        ("999 ext 1", "GB", True),
        ("18000", "GB", True),
        ("sip:911@pbx.example", "CA", True),
        ("client:jenny911", "CA", False),
        ("jenny112@example.com", "GB", False),
        ("apartment 911", "CA", False),
        ("sip:room112@pbx.example", "GB", False),
    ],
)
def test_only_a_call_for_help_is_one(dialled: str, region: str, is_one: bool) -> None:
    assert is_emergency(dialled, region) is is_one


def test_a_recording_told_twice_is_one_and_one_that_was_heard_after_all_waits_for_nobody() -> None:
    told = [
        Event("recording.ready", "1", call_id="c", recording_id="r"),
        Event("recording.ready", "2", call_id="c", recording_id="r"),
        Event("transcription.failed", "3", call_id="c", recording_id="r"),
        Event("transcription.ready", "4", call_id="c", recording_id="r", text="hello"),
    ]
    call = call_of([(one, NOW) for one in told])
    assert call.recordings == (("r", None),)
    assert call.unheard == ()


def test_an_event_that_does_not_know_who_calls_whom_decides_nothing() -> None:
    told = [
        Event("recording.ready", "1", call_id="c"),
        Event("call.started", "2", call_id="c", direction="out"),
    ]
    assert call_of([(one, NOW) for one in told]).direction == "out"
