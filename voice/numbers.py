"""Telephone numbers: whatever people and networks write, to E.164, what was received beside it.

The rule: a number that full metadata does not know is kept, shown and compared, and never dialled
or used to route; a misprint is never silently made into somebody's number; who withholds a number
is nobody. The metadata is libphonenumber's, as the `phonenumbers` package carries it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers
from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

LONGEST = 250
"""Characters of what is read as a number; longer text is none."""

WITHHELD_CODES = frozenset(
    {
        "266696687",  # ANONYMOUS
        "7378742833",  # RESTRICTED
        "2562533",  # BLOCKED
        "8656696",  # UNKNOWN
        "8566696",  # the same, as some networks spell it
        "86282452253",  # UNAVAILABLE
    }
)
"""Words that some networks spell on the keypad in place of a number."""

_WITHHELD_WORDS = {
    "en": "anonymous anonymouscaller restricted restrictednumber restrictedcaller private "
    "privatenumber privatecaller privatecall blocked blockednumber blockedcaller unknown "
    "unknowncaller unknownnumber unknownname unavailable unavailablenumber notavailable withheld "
    "numberwithheld callerwithheld calleridwithheld hidden hiddennumber nocallerid nonumber "
    "outofarea international payphone coinline",
    "fr": "anonyme appelantanonyme appelanonyme inconnu numeroinconnu appelantinconnu prive "
    "numeroprive appelprive masque numeromasque confidentiel nondisponible indisponible restreint "
    "numerorestreint cabinetelephonique",
    "nl": "anoniem onbekend onbekendnummer onbekendenummer privenummer afgeschermd "
    "afgeschermdnummer geheimnummer verborgennummer nietbeschikbaar",
    "networks": "none null nil undefined na invalid",
}
_WORDS = frozenset(" ".join(_WITHHELD_WORDS.values()).split())

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
_SOMEWHERE = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
}
_NANP = 1
_WORLD = "001"

# Digits of any script and what people put between them; then, maybe, an extension.
_DIALLED = re.compile(
    r"(?P<number>\+?(?=\D*\d)[\d\s().\-/·*]+)"
    r"(?:[;,]?\s*(?:ext(?:ension|n)?|x|poste|toestel|#)\s*[.:=]?\s*(?P<extension>\d{1,11})#?)?",
    re.IGNORECASE,
)
_VANITY = re.compile(r"\+?[\d\s().-]*\d{3}[\s().-]*[A-Za-z][A-Za-z\s.-]{2,12}")
_SCHEME = re.compile(r"(tel|sips?|callto):", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NAME_ADDR = re.compile(r"[^<>]*<([^<>]*)>[^<>]*")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹘﹣－", "-") | {"＋": "+", "﹢": "+", "⁄": "/"})


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number as it was received, and what is known of it.

    `raw`: exactly as received. `e164`: where full metadata calls it valid, else None with a
    `reason`. `possible`: an E.164-shaped candidate, to be shown and compared, never dialled or used
    to route. `region`: ISO 3166 (the Crown dependencies are JE, GG and IM), "001" for international
    freephone, None where it is not valid or proves nothing, as toll-free +1 does. `display`: as the
    people of the default region write it. `extension` is beside the number, in no E.164.
    """

    raw: str
    e164: str | None = None
    possible: str | None = None
    withheld: bool = False
    region: str | None = None
    type: str | None = None
    display: str | None = None
    reason: str | None = None
    extension: str | None = None

    @property
    def valid(self) -> bool:
        """Does full metadata call it a number?"""
        return self.e164 is not None

    @property
    def shown(self) -> str | None:
        """What can be compared with what others wrote: `e164`, or `possible` where that is None."""
        return self.e164 or self.possible


def read(raw: str | None, region: str | None = None, *, from_network: bool = False) -> Number:
    """Read a number.

    `region`: the default, ISO 3166 in capitals, that of the line dialled; None where there is none.
    `from_network`: a system that sends E.164 digits without "+" sent it, so that reading is tried
    first. None and "" are withheld. Never raises: what cannot be read has a `reason`.
    """
    if raw is None or not raw.strip():
        return Number(raw or "", withheld=True, reason="no number was given")
    return _read(raw, region, from_network)


@lru_cache(maxsize=4096)
def _read(raw: str, region: str | None, from_network: bool) -> Number:
    """The lines that are dialled, and who calls twice, are read once."""
    if len(raw) > LONGEST:
        return Number(raw, display=_clean(raw[:40]) + "…", reason="it is too long for a number")
    text = _clean(raw)
    text, is_account = _address(text)
    if _is_withheld(text):
        return Number(raw, withheld=True, reason="the caller's number is withheld")
    known = region if region in phonenumbers.SUPPORTED_REGIONS else None
    found = _dialled(text)
    if found is None:
        said = "an account, not a telephone number" if is_account else "not a telephone number"
        return Number(raw, display=_clean(raw), reason=f"it is {said}")
    digits, extension = found
    sure, number, why = _chosen(digits, known, from_network)
    if number is None:
        return Number(raw, display=_clean(raw), reason=why, extension=extension)
    e164 = phonenumbers.format_number(number.said, PhoneNumberFormat.E164)
    shown = _shown(number.said, known) + (f" ext. {extension}" if extension else "")
    if not sure:
        return Number(raw, possible=e164, display=shown, reason=why, extension=extension)
    return Number(
        raw,
        e164=e164,
        possible=e164,
        region=_region(number),
        type=_TYPES.get(number.kind),
        display=shown,
        extension=extension,
    )


def spoken(number: str, region: str | None = None) -> str:
    """A number to be read out, digit by digit, a comma where people pause.

    `number`: E.164. Example: +442079460101 in GB is "0 2 0, 7 9 4 6, 0 1 0 1".
    """
    shown = read(number, region).display or number
    groups = re.findall(r"\+?\d+", shown)
    said = ", ".join(" ".join(group) for group in groups)
    return said.replace("+", "plus")


def is_emergency(dialled: str, region: str | None) -> bool:
    """Is it a number that reaches the emergency services from there? Such calls are not ours.

    Without a region, those of the United Kingdom and Canada are looked at.
    """
    digits = re.sub(r"\D", "", _address(_clean(dialled))[0])
    if not 2 <= len(digits) <= 6:
        return False
    regions = [region] if region in phonenumbers.SUPPORTED_REGIONS else ["GB", "CA"]
    return any(phonenumbers.is_emergency_number(digits, one) for one in regions)


def _clean(text: str) -> str:
    """One line: no invisible characters, every space and dash an ordinary one."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = "".join(
        " " if unicodedata.category(one) in {"Zs", "Cc"} else _plain_digit(one)
        for one in text.translate(_DASHES)
        if unicodedata.category(one) not in {"Cf", "Cs", "Co", "Cn"}
    )
    return " ".join(kept.split())


def _plain_digit(one: str) -> str:
    return str(unicodedata.decimal(one)) if one.isdecimal() else one


def _address(text: str) -> tuple[str, bool]:
    """The number in a name-addr, a tel: or a sip: URI (RFC 3966, RFC 3261); is it an account?"""
    named = _NAME_ADDR.fullmatch(text)
    if named:
        text = named[1].strip()
    scheme = _SCHEME.match(text)
    if scheme is None:
        return text, bool(_OTHER_SCHEME.match(text)) or "@" in text
    rest = unquote(text[scheme.end() :])
    if scheme[1].lower() in {"sip", "sips"}:
        user, at, host = rest.partition("@")
        if not at:
            return "", True
        if host.lower().startswith("anonymous.invalid"):
            return "anonymous", True
        return user.partition(";")[0].partition(":")[0], True
    number, *parameters = rest.split(";")
    told = dict(one.partition("=")[::2] for one in parameters)
    context, extension = told.get("phone-context", ""), told.get("ext", "")
    if context.startswith("+") and not number.startswith("+"):
        number = context + number
    return number + (f" ext {extension}" if extension else ""), False


def _is_withheld(text: str) -> bool:
    digits = text.lstrip("+")
    if digits.isdigit():
        return digits in WITHHELD_CODES
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(one for one in plain if one.isalnum())
    return letters in WITHHELD_CODES or letters in _WORDS or not letters


def _dialled(text: str) -> tuple[str, str | None] | None:
    """(what was dialled, the extension), or None where it is no number."""
    found = _DIALLED.fullmatch(text)
    if found is not None:
        return found["number"].strip(), found["extension"]
    if _VANITY.fullmatch(text):
        return phonenumbers.convert_alpha_characters_in_number(text), None
    return None


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
    bare = _bare(digits)
    abroad = _parsed("+" + bare, None) if bare is not None and from_network else None
    if abroad is not None and abroad.valid:
        return True, abroad, ""
    home = _parsed(_home(digits, region), region)
    if home is not None and home.valid:
        if not _lacks_trunk(home.said, region):
            return True, home, ""
        return False, home, f"it lacks the leading 0 of {region} or a +; a person must confirm it"
    if bare is not None and not from_network:
        abroad = _parsed("+" + bare, None)
    if abroad is not None and abroad.valid:
        if digits.isdigit() and phonenumbers.region_code_for_number(abroad.said) != _WORLD:
            return True, abroad, ""
        return False, abroad, "it is written without a + or 00; a person must confirm it"
    for number in (home, abroad):
        if (
            number is not None
            and _is_possible(number.said)
            and not _lacks_trunk(number.said, region)
        ):
            return False, number, "no range that is known to be in use has it"
    return False, None, _why_not(digits, region)


def _home(digits: str, region: str | None) -> str:
    """International prefixes of the other country are as clear, where no number begins so."""
    plain = re.sub(r"[^\d+]", "", digits)
    nanp = region is not None and phonenumbers.country_code_for_region(region) == _NANP
    if plain.startswith("00") and (nanp or region is None):
        return "+" + plain[2:]
    if plain.startswith("011") and region is None:
        return "+" + plain[3:]
    return digits


def _bare(digits: str) -> str | None:
    """E.164 digits that lack only their "+"."""
    plain = re.sub(r"\D", "", digits)
    is_bare = not digits.startswith("+") and not plain.startswith("0") and 10 <= len(plain) <= 15
    return plain if is_bare else None


def _parsed(digits: str, region: str | None) -> _Parsed | None:
    if region is None and not digits.startswith("+"):
        return None
    try:
        number = phonenumbers.parse(digits, region, keep_raw_input=True)
    except NumberParseException:
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


def _is_possible(number: PhoneNumber) -> bool:
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


def _region(number: _Parsed) -> str | None:
    if number.said.country_code == _NANP and number.kind not in _SOMEWHERE:
        return None
    found: str | None = phonenumbers.region_code_for_number(number.said)
    return found


def _shown(number: PhoneNumber, region: str | None) -> str:
    """National form to nationals: to whoever shares the country code."""
    code = phonenumbers.country_code_for_region(region) if region else None
    form = PhoneNumberFormat.NATIONAL
    if number.country_code != code:
        form = PhoneNumberFormat.INTERNATIONAL
    shown: str = phonenumbers.format_number(number, form)
    return shown
