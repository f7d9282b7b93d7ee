"""Telephone numbers: whatever people and networks write, to E.164, what was received beside it.

The rule: a number that full metadata does not know is kept, shown and compared, and never dialled
or used to route; a misprint is never silently made into somebody's number; who withholds a number
is nobody. The metadata is libphonenumber's, as the `phonenumbers` package carries it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

from voice.written import LONGEST, clean, is_emergency, written

__all__ = ["LONGEST", "MOST_SHOWN", "Number", "at_home", "is_emergency", "read", "spoken"]

MOST_SHOWN = 40
"""Characters of what is no number that are shown."""

_TYPES = {
    PhoneNumberType.FIXED_LINE: "fixed_line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal_number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_SOMEWHERE = {"fixed_line", "mobile", "fixed_line_or_mobile"}
_NATIONAL = 10
"""Digits that a national number has at most in the countries served."""

_NANP = 1
_ITALY = 39
"""Where a leading 0 is part of the number."""

_WORLD = "001"


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number as it was received, and what is known of it.

    `raw`: exactly as received. `e164`: where full metadata calls it valid, else None with a
    `reason`. `possible`: an E.164-shaped candidate, to be shown and compared, never dialled or used
    to route. `home`: the default region it was read with. `extension` is beside the number, in no
    E.164.
    """

    raw: str
    e164: str | None = None
    possible: str | None = None
    withheld: bool = False
    type: str | None = None
    reason: str | None = None
    extension: str | None = None
    home: str | None = None

    @property
    def valid(self) -> bool:
        """Does full metadata call it a number?"""
        return self.e164 is not None

    @property
    def shown(self) -> str | None:
        """What can be compared with what others wrote: `e164`, or `possible` where that is None."""
        return self.e164 or self.possible

    @property
    def region(self) -> str | None:
        """ISO 3166 (the Crown dependencies are JE, GG and IM), "001" for international freephone.

        None where it is not valid or proves nothing, as toll-free +1 does.
        """
        return _region(self.e164, self.type) if self.e164 else None

    @property
    def display(self) -> str | None:
        """As the people of the default region write it; None where it is withheld."""
        if self.withheld:
            return None
        shown = _shown(self.shown, self.home) if self.shown else _line(self.raw)
        return f"{shown} ext. {self.extension}" if self.extension and self.shown else shown


def read(raw: str | None, region: str | None = None, *, from_network: bool = False) -> Number:
    """Read a number.

    `region`: the default, ISO 3166 in capitals, that of the line dialled; None where there is none.
    `from_network`: a system that sends E.164 digits without "+" sent it, so that reading is tried
    first. None and "" are withheld. Never raises: what cannot be read has a `reason`.
    """
    if raw is None or not raw.strip():
        return Number(raw or "", withheld=True, reason="no number was given")
    if len(raw) > LONGEST:
        return Number(raw, reason="it is too long for a number", home=region)
    return _read(raw, region, from_network)


@lru_cache(maxsize=4096)
def _read(raw: str, region: str | None, from_network: bool) -> Number:
    """The lines that are dialled, and who calls twice, are read once."""
    found = written(raw)
    if found.withheld:
        return Number(raw, withheld=True, reason="the caller's number is withheld", home=region)
    known = region if region in phonenumbers.SUPPORTED_REGIONS else None
    if found.digits is None:
        said = "an account, not a telephone number" if found.account else "not a telephone number"
        return Number(raw, reason=f"it is {said}", home=known)
    digits, extension = found.digits, found.extension
    sure, number, why = _chosen(digits, known, from_network)
    if number is None:
        return Number(raw, reason=why, extension=extension, home=known)
    e164 = phonenumbers.format_number(number.said, PhoneNumberFormat.E164)
    if not sure:
        return Number(raw, possible=e164, reason=why, extension=extension, home=known)
    return Number(
        raw,
        e164=e164,
        possible=e164,
        type=_TYPES.get(number.kind),
        extension=extension,
        home=known,
    )


def at_home(e164: str) -> str:
    """A number as the people of its own country write it; what is no number stays as it is."""
    number = _parsed(e164, None)
    if number is None:
        return e164
    shown: str = phonenumbers.format_number(number.said, PhoneNumberFormat.NATIONAL)
    return shown


def spoken(number: str, region: str | None = None) -> str:
    """A number to be read out, digit by digit, a comma where people pause.

    `number`: E.164. Example: +442079460101 in GB is "0 2 0, 7 9 4 6, 0 1 0 1".
    """
    shown = read(number, region).display or number
    groups = re.findall(r"\+?\d+", shown)
    said = ", ".join(" ".join(group) for group in groups)
    return said.replace("+", "plus")


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A number as libphonenumber parsed it, and of which kind it is; UNKNOWN where not valid."""

    said: PhoneNumber
    kind: int

    @property
    def valid(self) -> bool:
        return self.kind != PhoneNumberType.UNKNOWN


def _chosen(
    digits: str, region: str | None, from_network: bool
) -> tuple[bool, _Parsed | None, str]:
    """(is it sure?, the number or a candidate to be shown, why it is no more than that)."""
    abroad = _abroad(digits)
    if from_network and digits.isdigit() and abroad is not None and abroad.valid:
        return True, abroad, ""
    home = _parsed(_home(digits, region), region)
    lacks_trunk = home is not None and _lacks_trunk(home.said, region)
    confirm = f"it lacks the leading 0 of {region} or a +; a person must confirm it"
    if home is not None and home.valid:
        return not lacks_trunk, home, confirm if lacks_trunk else ""
    if abroad is not None and abroad.valid:
        # Ten digits are a national number too in half of the world.
        is_world = phonenumbers.region_code_for_number(abroad.said) == _WORLD
        if digits.isdigit() and len(digits) > _NATIONAL and not is_world:
            return True, abroad, ""
        return False, abroad, "it is written without a + or 00; a person must confirm it"
    if home is not None and lacks_trunk and _has_shape(home.said, region):
        return False, home, confirm
    for number in (home, abroad):
        if number is not None and _is_possible(number.said):
            if number is home and lacks_trunk:
                continue
            return False, number, "no range that is known to be in use has it"
    return False, None, _why_not(digits, region)


def _abroad(digits: str) -> _Parsed | None:
    """What E.164 digits that lack only their "+" would be."""
    plain = re.sub(r"\D", "", digits)
    if digits.startswith("+") or plain.startswith("0") or not _NATIONAL <= len(plain) <= 15:
        return None
    first = re.split(r"\D", digits.strip("("))[0]
    if first != plain and int(first or 0) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return None
    return _parsed("+" + plain, None)


def _home(digits: str, region: str | None) -> str:
    """International prefixes of the other country are as clear, where no number begins so."""
    plain = re.sub(r"[^\d+]", "", digits)
    nanp = region is not None and phonenumbers.country_code_for_region(region) == _NANP
    if plain.startswith("00") and (nanp or region is None):
        return "+" + plain[2:]
    if plain.startswith("011") and region is None:
        return "+" + plain[3:]
    return digits


def _parsed(digits: str, region: str | None) -> _Parsed | None:
    if region is None and not digits.startswith("+"):
        return None
    try:
        number = phonenumbers.parse(digits, region, keep_raw_input=True)
    except NumberParseException:
        return None
    if not number.national_number:
        return None
    return _Parsed(number, phonenumbers.number_type(number))


def _lacks_trunk(number: PhoneNumber, region: str | None) -> bool:
    """Is it a national number that nobody there could dial as it is written?"""
    if number.country_code_source != CountryCodeSource.FROM_DEFAULT_COUNTRY or region is None:
        return False
    trunk = phonenumbers.ndd_prefix_for_region(region, True)
    if trunk != "0":
        return False
    return not re.sub(r"\D", "", number.raw_input or "").startswith("0")


def _has_shape(number: PhoneNumber, region: str | None) -> bool:
    """Has it the shape of that region's numbers, whether or not its range is in use?"""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region or "")
    shape = metadata.general_desc if metadata else None
    pattern = (shape.national_number_pattern if shape else None) or ""
    national = phonenumbers.national_significant_number(number)
    return bool(re.fullmatch(pattern, national)) and _is_possible(number)


def _is_possible(number: PhoneNumber) -> bool:
    if number.italian_leading_zero and number.country_code != _ITALY:
        return False
    found = phonenumbers.is_possible_number_with_reason(number)
    return bool(found == ValidationResult.IS_POSSIBLE)


def _why_not(digits: str, region: str | None) -> str:
    count = len(re.sub(r"\D", "", digits))
    if count <= 6:
        return "it is too short: an extension or a short code"
    if region is None and not digits.startswith("+"):
        return "it has no country: neither a + nor a default region"
    if region is not None and count == 7 and phonenumbers.country_code_for_region(region) == _NANP:
        return "it lacks its area code"
    return "it has too few or too many digits"


@lru_cache(maxsize=4096)
def _region(e164: str, kind: str | None) -> str | None:
    number = phonenumbers.parse(e164)
    if number.country_code == _NANP and kind not in _SOMEWHERE:
        return None
    found: str | None = phonenumbers.region_code_for_number(number)
    return found


@lru_cache(maxsize=4096)
def _shown(e164: str, region: str | None) -> str:
    """National form to nationals: to whoever shares the country code."""
    number = phonenumbers.parse(e164)
    code = phonenumbers.country_code_for_region(region) if region else None
    form = PhoneNumberFormat.NATIONAL
    if number.country_code != code:
        form = PhoneNumberFormat.INTERNATIONAL
    shown: str = phonenumbers.format_number(number, form)
    return shown


def _line(raw: str) -> str:
    """What is no number, on one line that fits anywhere."""
    text = clean(raw[: LONGEST + 1])
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"
