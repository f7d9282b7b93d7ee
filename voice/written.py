"""What somebody or some network wrote in place of a number: digits, an account, or nobody.

The rule: who withholds a number is nobody, whether a word says so, in any of the languages here, or
digits that spell one on the keypad. What is no number is never picked apart for one.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import unquote

import phonenumbers

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

_SAID = tomllib.loads(files("voice").joinpath("withheld.toml").read_text(encoding="utf-8"))
_KEY, _FILLERS, _PHRASES = (
    frozenset(one for language in _SAID.values() for one in language.get(kind, ()))
    for kind in ("nobody", "beside", "phrases")
)
_ANONYMOUS = frozenset({"anonymous", "anonyme", "anoniem"})
"""Names beside a number by which its caller asks not to be known (RFC 3323)."""

# Digits of any script and what people put between them; then, maybe, an extension.
_DIALLED = re.compile(
    r"(?P<number>\+?(?=\D*\d)[\d\s().\-/*]++)"
    r"(?:[;,]?\s*+\(?(?:ext(?:ension|n)?|x|poste|p\.|toestel|#)\s*[.:=]?\s*(?:no\.?\s*)?"
    r"(?P<extension>\d{1,7})\)?)?#?",
    re.IGNORECASE,
)
# Letters of the keypad stand in advertised numbers, which are freephone and the like.
_VANITY = re.compile(
    r"(?=.{9,20}$)(?:\+?1[\s.-]*|\+?44[\s.-]*|0)?\(?[38]\d\d\)?[\s.-]*(?:\d[\d\s.-]*)?"
    r"[A-Za-z]{3}[\dA-Za-z\s.-]*"
)
_LABEL = re.compile(
    r"(?:t[eé]l(?:[eé]phone)?|phone|mobile|mob|cell|fax)\b\s*\.?\s*:?\s*(?=[+\d(])", re.IGNORECASE
)
_SCHEME = re.compile(r"(tel|sips?|callto):(?://)?", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NAME_ADDR = re.compile(r"((?:\"[^\"]*\"|[^<>\"])*)<([^<>]*)>[^<>]*")
_BRACKETED = re.compile(r"[(\[]\s*(\+?\d{1,5})\s*[)\]]")
_SIGNS = str.maketrans(dict.fromkeys("‐‑‒–—―−﹘﹣－·", "-") | {"＋": "+", "﹢": "+", "⁄": "/"})
_CONTEXT = re.compile(r";\s*phone-context=[^;>]*", re.IGNORECASE)
_SOS = re.compile(r"urn:service:sos\b|sips?:sos@", re.IGNORECASE)

_RELAY = "18000"
"""Reaches the emergency services by text relay in the United Kingdom; no metadata has it."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. `digits`: as dialled, with what stands between; None where it is none."""

    digits: str | None = None
    extension: str | None = None
    withheld: bool = False
    account: bool = False


def written(raw: str) -> Written:
    """What a text is that stands where a number should. Never raises."""
    text = clean(raw)
    plain = _number_in(text)
    if plain is not None:
        return plain
    named = _NAME_ADDR.fullmatch(text)
    if named:
        if _folded(named[1]) in _ANONYMOUS:
            return Written(withheld=True)
        text = named[2].strip()
    if _is_withheld(text):
        return Written(withheld=True)
    said, account = _address(text)
    if _is_withheld(said) and said:
        return Written(withheld=True)
    found = _number_in(said, account=account)
    if found is not None:
        return found
    if not account and _VANITY.fullmatch(said):
        return Written(phonenumbers.convert_alpha_characters_in_number(said))
    return Written(account=account)


def _number_in(text: str, *, account: bool = False) -> Written | None:
    """The number that a text is, its label and its first brackets left out; None for no number."""
    label = _LABEL.match(text)
    text = text[label.end() :] if label else text
    text = _BRACKETED.sub(r"\1 ", text, count=1) if text[:1] in ("(", "[") else text
    found = _DIALLED.fullmatch(text)
    if found is None:
        return None
    digits = found["number"].strip()
    plain = re.sub(r"\D", "", digits)
    if plain in WITHHELD_CODES or (len(plain) > 2 and not plain.strip("0")):
        return Written(withheld=True)
    return Written(digits, found["extension"], account=account)


def is_emergency(dialled: str, region: str | None) -> bool:
    """Is it a number that reaches the emergency services from there? Such calls are not ours.

    Without a region, those of the United Kingdom and Canada are looked at.
    """
    text = clean(dialled[:LONGEST])
    if _SOS.match(text):
        return True
    found = written(_CONTEXT.sub("", text))
    digits = re.sub(r"\D", "", found.digits or "")
    if digits == _RELAY:
        return True
    if not 2 <= len(digits) <= 6:
        return False
    regions = [region] if region in phonenumbers.SUPPORTED_REGIONS else ["GB", "CA"]
    return any(phonenumbers.is_emergency_number(digits, one) for one in regions)


def clean(text: str) -> str:
    """One line: no invisible characters, every space, dash and digit an ordinary one."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = "".join(
        " " if unicodedata.category(one) in {"Zs", "Cc"} else _plain(one)
        for one in text.translate(_SIGNS)
        if unicodedata.category(one) not in {"Cf", "Cs", "Co", "Cn"}
    )
    return " ".join(kept.split())


def _plain(one: str) -> str:
    """A digit of any script as ours, a full-width sign as the narrow one."""
    if one.isdecimal():
        return str(unicodedata.decimal(one))
    return chr(ord(one) - 0xFEE0) if "\uff01" <= one <= "\uff5e" else one


def _address(text: str) -> tuple[str, bool]:
    """(the number, is it an account's?) in a tel: or sip: URI (RFC 3966, RFC 3261) or before an @.

    The number is "" where there is only a host.
    """
    if text.lower().startswith("%2b"):
        text = unquote(text)
    scheme = _SCHEME.match(text)
    if scheme is None and "@" not in text:
        return text, bool(_OTHER_SCHEME.match(text))
    rest = unquote(text[scheme.end() :]) if scheme else text
    if scheme and not scheme[1].lower().startswith("sip"):
        return _with_parameters(rest), False
    user, at, host = rest.rpartition("@")
    if (host if at else rest).lower().startswith("anonymous.invalid"):
        return "anonymous", True
    if not at:
        # Without a host it is a number, or there is no user at all.
        number = rest.partition(";")[0]
        return (number if _DIALLED.fullmatch(number) else ""), True
    return _with_parameters(user.partition(":")[0]), True


def _with_parameters(said: str) -> str:
    """A number with its context before it and its extension after it (RFC 3966, 3 and 5.1)."""
    number, *parameters = said.split(";")
    told = {name.lower(): value for name, _, value in (one.partition("=") for one in parameters)}
    context, extension = told.get("phone-context", ""), told.get("ext", "")
    if context.startswith("+") and not number.startswith("+"):
        number = context + number
    return number.strip() + (f" ext {extension}" if extension else "")


def _is_withheld(text: str) -> bool:
    """Do its words say that a number is withheld or not known?"""
    said = _folded(text)
    if not said:
        return not any(one in text for one in "*#@:;")
    if said in _PHRASES:
        return True
    words = said.split()
    return any(word in _KEY for word in words) and all(
        word in _KEY or word in _FILLERS for word in words
    )


def _folded(text: str) -> str:
    """Its words in small letters, without accents and marks."""
    if len(text) > 60:
        return text
    apart = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    return " ".join(re.findall(r"[^\W_]+", plain))
