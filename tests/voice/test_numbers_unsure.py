"""Numbers that prove nobody: those that may be shown and compared, and those that are none.

The rule: a misprint is never silently made into somebody's number. Two of the three British ranges
for drama are in no metadata, so they stand for every new range.
"""

from __future__ import annotations

import pytest

from voice.numbers import LONGEST, read

MOBILE = "+447700900123"
RURAL = "+441632960123"
FREEPHONE = "+80044331345"
TRUNCATED = "+448004433134"

NOT_IN_USE = "no range that is known to be in use has it"


@pytest.mark.parametrize(
    ("raw", "region", "possible"),
    [
        ("07700 900123", "GB", MOBILE),
        ("07700900123", "GB", MOBILE),
        ("07700-900-123", "GB", MOBILE),
        ("(07700) 900123", "GB", MOBILE),
        ("07700 900 123", "GB", MOBILE),
        ("07 700 900 123", "GB", MOBILE),
        ("+44 7700 900123", "GB", MOBILE),
        ("+44 (0)7700 900123", "GB", MOBILE),
        ("0044 7700 900123", "GB", MOBILE),
        ("00447700900123", "GB", MOBILE),
        ("00447700900123", None, MOBILE),
        ("447700900123", "GB", MOBILE),
        ("447700900123", "CA", MOBILE),
        ("447700900123", None, MOBILE),
        ("+447700900123", "CA", MOBILE),
        ("+447700900123", None, MOBILE),
        ("011 44 7700 900123", "CA", MOBILE),
        ("011447700900123", None, MOBILE),
        ("tel:+44-7700-900123", "GB", MOBILE),
        ("sip:+447700900123@pbx.example.com", None, MOBILE),
        ('"Jane Roe" <sip:07700900123@pbx.example.com>', "GB", MOBILE),
        ("０７７００ ９００１２３", "GB", MOBILE),
        ("07700\u00a0900\u2011123", "GB", MOBILE),
        ("01632 960123", "GB", RURAL),
        ("01632 960 123", "GB", RURAL),
        ("(01632) 960123", "GB", RURAL),
        ("01632/960123", "GB", RURAL),
        ("+44 1632 960123", "GB", RURAL),
        ("+44 (0)1632 960123", None, RURAL),
        ("00 44 1632 960123", "GB", RURAL),
        ("01534 960123", "GB", "+441534960123"),
        ("+1 242 555 0123", "GB", "+12425550123"),
        ("1-868-555-0123", "CA", "+18685550123"),
        ("020 7946 010", "GB", "+44207946010"),
        ("+44 20 7946 010", "GB", "+44207946010"),
    ],
)
def test_a_number_of_no_known_range_is_kept_to_be_compared(
    raw: str, region: str | None, possible: str
) -> None:
    found = read(raw, region)
    assert (found.e164, found.possible, found.shown) == (None, possible, possible)
    assert (found.region, found.type, found.withheld, found.valid) == (None, None, False, False)
    assert (found.reason, found.raw) == (NOT_IN_USE, raw)


@pytest.mark.parametrize(
    ("raw", "region", "possible"),
    [
        ("20 7946 0101", "GB", "+442079460101"),
        ("2079460101", "GB", "+442079460101"),
        ("(20) 7946 0101", "GB", "+442079460101"),
        ("300 123 3333", "GB", "+443001233333"),
        ("345 286 4697", "GB", "+443452864697"),
        ("1534 456789", "GB", "+441534456789"),
        ("sip:2079460101@pbx.example.com", "GB", "+442079460101"),
        ("44 20 7946 0101", "CA", "+442079460101"),
        ("44-20-7946-0101", "CA", "+442079460101"),
        ("44 20 7946 0101", None, "+442079460101"),
        ("1 604 555 0134", "GB", "+16045550134"),
        ("1-604-555-0134", "GB", "+16045550134"),
        ("1 (604) 555-0134", None, "+16045550134"),
        ("1-866-671-0111", "GB", "+18666710111"),
    ],
)
def test_a_number_that_lacks_its_beginning_waits_for_a_person(
    raw: str, region: str | None, possible: str
) -> None:
    found = read(raw, region)
    assert (found.e164, found.possible) == (None, possible)
    assert (found.region, found.type, found.withheld) == (None, None, False)
    assert "a person must confirm it" in (found.reason or "")


class TestTheTwoPrintsOfOneFreephoneNumber:
    """AMB-7: one document prints `800 4433 1345` five times and `800 4433 134` once."""

    @pytest.mark.parametrize("raw", ["800 4433 1345", "80044331345", "800-4433-1345"])
    @pytest.mark.parametrize("region", ["GB", "CA", None])
    def test_the_good_print_is_a_candidate_that_no_one_dials_unconfirmed(
        self, raw: str, region: str | None
    ) -> None:
        found = read(raw, region)
        assert (found.e164, found.possible, found.region) == (None, FREEPHONE, None)

    @pytest.mark.parametrize("raw", ["800 4433 134", "8004433134", "800 443 3134"])
    def test_the_misprint_does_not_become_somebodys_freephone_number(self, raw: str) -> None:
        found = read(raw, "GB")
        assert (found.e164, found.possible, found.region) == (None, TRUNCATED, None)
        assert found.raw == raw

    @pytest.mark.parametrize("raw", ["+800 4433 134", "00 800 4433 134"])
    def test_the_misprint_as_an_international_number_is_too_short(self, raw: str) -> None:
        found = read(raw, "GB")
        assert (found.e164, found.possible) == (None, None)

    def test_who_writes_it_as_it_is_dialled_means_it(self) -> None:
        assert read("00 800 4433 1345", "GB").e164 == FREEPHONE
        assert read("0800 443 3134", "GB").e164 == TRUNCATED


@pytest.mark.parametrize(
    ("raw", "region", "reason"),
    [
        ("020 7946 01011", "GB", "too few or too many digits"),
        ("020 7946 01", "GB", "too few or too many digits"),
        ("7946 0101", "GB", "too few or too many digits"),
        ("+44 20 7946 01011", "GB", "too few or too many digits"),
        ("07700 9001234", "GB", "too few or too many digits"),
        ("+1 604 555 01344", "CA", "too few or too many digits"),
        ("1-604-555-01344", "CA", "too few or too many digits"),
        ("604 555 013", "CA", "too few or too many digits"),
        ("+1 604 555 013", "GB", "too few or too many digits"),
        ("020 7946 0101", "CA", "too few or too many digits"),
        ("07700 900123", "CA", "too few or too many digits"),
        ("011 44 20 7946 0101", "GB", "too few or too many digits"),
        ("141 020 7946 0101", "GB", "too few or too many digits"),
        ("*67 604 555 0134", "CA", "too few or too many digits"),
        ("02079460101.0", "GB", "too few or too many digits"),
        ("442079460101.0", "GB", "too few or too many digits"),
        ("1234567890123456", "GB", "too few or too many digits"),
        ("9" * LONGEST, "GB", "too few or too many digits"),
        ("555-0134", "CA", "lacks its area code"),
        ("555 0134", "US", "lacks its area code"),
        ("020 7946 0101", None, "no country"),
        ("07700 900123", None, "no country"),
        ("020 7946 0101", "ZZ", "no country"),
        ("01632 960123", "gb", "no country"),
        ("101", "GB", "short code"),
        ("999", "GB", "short code"),
        ("911", "CA", "short code"),
        ("211", "CA", "short code"),
        ("0", "GB", "short code"),
        ("1001", None, "short code"),
        ("12", "GB", "short code"),
        ("+44", "GB", "short code"),
        ("#101", "GB", "not a telephone number"),
        ("020 7946 0101 / 020 7946 0102", "GB", "too few or too many digits"),
        ("020 7946 0101 020 7946 0102", "GB", "too few or too many digits"),
        ("020 7946 0101/2", "GB", "too few or too many digits"),
        ("020 7946 0101, 07700 900123", "GB", "not a telephone number"),
        ("020 7946 0101; 020 7946 0102", "GB", "not a telephone number"),
        ("020 7946 0101 or 07700 900123", "GB", "not a telephone number"),
        ("604-555-0134 ou 604-555-0135", "CA", "not a telephone number"),
        ("020 7946 0101 ext 12 or 13", "GB", "not a telephone number"),
        ("O2O 7946 O1O1", "GB", "not a telephone number"),
        ("++44 20 7946 0101", "GB", "not a telephone number"),
        ("#31#02079460101", "GB", "not a telephone number"),
        ("4.42079E+11", "GB", "not a telephone number"),
        ("my usual one", "GB", "not a telephone number"),
        ("call me on 020 7946 0101", "GB", "not a telephone number"),
        ("½", "GB", "not a telephone number"),
        ("²⁰⁷", "GB", "not a telephone number"),
    ],
)
def test_what_is_no_number_says_why_and_is_kept(raw: str, region: str | None, reason: str) -> None:
    found = read(raw, region)
    assert (found.e164, found.possible, found.shown) == (None, None, None)
    assert (found.region, found.type, found.withheld) == (None, None, False)
    assert reason in (found.reason or "")
    assert found.raw == raw


def test_a_long_text_is_no_number_and_only_its_beginning_is_shown() -> None:
    raw = "020 7946 0101 " * 100_000
    found = read(raw, "GB")
    assert (found.e164, found.possible, found.withheld) == (None, None, False)
    assert found.raw == raw
    assert raw.startswith((found.display or "").rstrip("…"))
    assert 10 < len(found.display or "") < 100
    assert "too long" in (found.reason or "")


@pytest.mark.parametrize(
    "raw", ["0000000000", "00000000000", "000 000 0000", "+1-000-000-0000", "+44 0000000000"]
)
@pytest.mark.parametrize("region", ["GB", "CA", None])
def test_noughts_stand_for_no_number_and_make_no_two_callers_one(
    raw: str, region: str | None
) -> None:
    assert read(raw, region).shown is None
