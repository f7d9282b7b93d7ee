"""How a number is shown and read out, which of them are emergencies, and what always holds."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.numbers import is_emergency, read, spoken

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
REGIONS = ["GB", "CA", "US", "JE", None, "ZZ"]


@pytest.mark.parametrize(
    ("raw", "region", "display"),
    [
        ("+442079460101", "GB", "020 7946 0101"),
        ("+442079460101", "JE", "020 7946 0101"),
        ("+442079460101", "CA", "+44 20 7946 0101"),
        ("+442079460101", None, "+44 20 7946 0101"),
        ("+16045550134", "CA", "(604) 555-0134"),
        ("+16045550134", "US", "(604) 555-0134"),
        ("+16045550134", "GB", "+1 604-555-0134"),
        ("+12025550143", "CA", "(202) 555-0143"),
        ("+18666710111", "CA", "(866) 671-0111"),
        ("+18666710111", "GB", "+1 866-671-0111"),
        ("+441534456789", "GB", "01534 456789"),
        ("+441534456789", "CA", "+44 1534 456789"),
        ("+80044331345", "GB", "+800 4433 1345"),
        ("+80044331345", "CA", "+800 4433 1345"),
        ("+447700900123", "GB", "07700 900123"),
        ("+447700900123", "CA", "+44 7700 900123"),
        ("+441632960123", "GB", "01632 960123"),
        ("0300 123 3333", "GB", "0300 123 3333"),
        ("02079460101 ext 12", "GB", "020 7946 0101 ext. 12"),
        ("07700900123 x12", "GB", "07700 900123 ext. 12"),
        ("800 4433 1345", "GB", "+800 4433 1345"),
        ("20 7946 0101", "GB", "020 7946 0101"),
        ("101", "GB", "101"),
        ("client:jenny", "GB", "client:jenny"),
        ("  ask\u00a0 me\u200b later\n", "GB", "ask me later"),
    ],
)
def test_nationals_see_the_national_form_and_foreigners_the_international(
    raw: str, region: str | None, display: str
) -> None:
    assert read(raw, region).display == display


@pytest.mark.parametrize(
    ("e164", "region", "said"),
    [
        ("+442079460101", "GB", "0 2 0, 7 9 4 6, 0 1 0 1"),
        ("+447700900123", "GB", "0 7 7 0 0, 9 0 0 1 2 3"),
        ("+443001233333", "GB", "0 3 0 0, 1 2 3, 3 3 3 3"),
        ("+16045550134", "CA", "6 0 4, 5 5 5, 0 1 3 4"),
        ("+18666710111", "CA", "8 6 6, 6 7 1, 0 1 1 1"),
        ("+442079460101", "CA", "plus 4 4, 2 0, 7 9 4 6, 0 1 0 1"),
        ("+16045550134", None, "plus 1, 6 0 4, 5 5 5, 0 1 3 4"),
        ("+80044331345", "GB", "plus 8 0 0, 4 4 3 3, 1 3 4 5"),
    ],
)
def test_a_number_is_read_out_digit_by_digit(e164: str, region: str | None, said: str) -> None:
    assert spoken(e164, region) == said


@pytest.mark.parametrize(
    ("dialled", "region", "emergency"),
    [
        ("999", "GB", True),
        ("112", "GB", True),
        ("999", "JE", True),
        ("9 9 9", "GB", True),
        ("9-9-9", "GB", True),
        (" 999 ", "GB", True),
        ("９９９", "GB", True),
        ("9\u200b99", "GB", True),
        ("tel:999", "GB", True),
        ("sip:999@pbx.example.com", "GB", True),
        ("<sip:112@pbx.example.com;user=phone>", "GB", True),
        ("911", "CA", True),
        ("112", "CA", True),
        ("9-1-1", "CA", True),
        ("tel:911", "CA", True),
        ("sips:911@pbx.example.com", "US", True),
        ("999", None, True),
        ("911", None, True),
        ("112", None, True),
        ("911", "ZZ", True),
        ("101", "GB", False),
        ("111", "GB", False),
        ("211", "CA", False),
        ("9990", "GB", False),
        ("99", "GB", False),
        ("020 7946 0999", "GB", False),
        ("+442079460911", "CA", False),
        ("anonymous", "GB", False),
        ("", "GB", False),
        ("800", "GB", False),
    ],
)
def test_calls_for_help_are_known_however_they_are_dialled(
    dialled: str, region: str | None, emergency: bool
) -> None:
    assert is_emergency(dialled, region) is emergency


anything = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="+0123456789 ()-./#*x;,:@<>\u200b\u00a0٣３", max_size=40),
    st.from_regex(r"(tel|sips?|client):[+0-9a-z%;=@.<>-]{0,40}", fullmatch=True),
)


@settings(max_examples=400, deadline=None)
@given(anything, st.sampled_from(REGIONS), st.booleans())
def test_whatever_is_written_is_kept_and_says_of_itself_only_what_holds(
    raw: str, region: str | None, from_network: bool
) -> None:
    found = read(raw, region, from_network=from_network)
    assert found.raw == raw
    assert (found.reason is None) is found.valid
    assert not found.withheld or (found.shown is None and found.display is None)
    assert found.withheld or isinstance(found.display, str)
    if found.possible is not None:
        assert E164.fullmatch(found.possible)
    if found.e164 is None:
        assert (found.region, found.type) == (None, None)
    else:
        assert found.possible == found.e164
        assert phonenumbers.is_valid_number(phonenumbers.parse(found.e164))


@settings(max_examples=200, deadline=None)
@given(anything, st.sampled_from(REGIONS), st.sampled_from(REGIONS), st.booleans())
def test_e164_is_the_same_number_wherever_it_is_read(
    raw: str, region: str | None, elsewhere: str | None, from_network: bool
) -> None:
    e164 = read(raw, region, from_network=from_network).e164
    if e164 is not None:
        assert read(e164, elsewhere).e164 == e164
        assert read(e164, elsewhere, from_network=True).e164 == e164


@settings(max_examples=200, deadline=None)
@given(anything, st.sampled_from(REGIONS))
def test_whatever_is_dialled_is_an_emergency_or_not(raw: str, region: str | None) -> None:
    assert is_emergency(raw, region) in (True, False)
    assert isinstance(spoken(raw, region), str)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        [("02079460101", "GB"), ("+442079460101", "CA"), ("6045550134", "CA"), ("0044", "GB")]
    ),
    st.lists(st.sampled_from([" ", "-", ".", "\u00a0", "\u200b", "\u2011", "/", "\u202f"])),
    st.data(),
)
def test_what_stands_between_digits_changes_no_number(
    given_: tuple[str, str], between: list[str], data: st.DataObject
) -> None:
    digits, region = given_
    raw = digits
    for one in between:
        place = data.draw(st.integers(2, len(raw)))
        raw = raw[:place] + one + raw[place:]
    assert read(raw, region).shown == read(digits, region).shown


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["02079460101", "+16045550134", "07700900123"]), st.data())
def test_digits_of_any_script_are_the_same_number(digits: str, data: st.DataObject) -> None:
    zero = data.draw(st.sampled_from([0x0660, 0x06F0, 0x0966, 0x09E6, 0xFF10]))
    written = "".join(chr(zero + int(one)) if one.isdigit() else one for one in digits)
    assert read(written, "GB").shown == read(digits, "GB").shown
