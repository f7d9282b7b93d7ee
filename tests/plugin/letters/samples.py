"""Sample values for every letter: one case told in full, and the ways in which cases differ."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from plugin.bundle import folder
from plugin.codes.load import load, read_folder
from plugin.codes.provider import Provider
from plugin.desk.publish import explained
from plugin.sections import WebSettings
from plugin.settings import Settings

BUNDLED = folder("templates")
REFERENCE = "1234-5678-33"
LINK = "https://complaints.example.com/c/k1.3fz9q0c7x2m5w8.a-b_c%20d"
LANGUAGES = {"ooma": ("en", "fr"), "8x8": ("en", "fr"), "opus": ("en", "fr")}
LANGUAGES |= {"jive": ("en-CA", "fr-CA")}

ANSWERS = ("outcome", "determination")
"""Letters that end with a question to the customer."""

WITH_SCHEME = (*ANSWERS, "closed", "adr_notice", "ccts_notice", "deadlock_letter", "information")
"""Letters that may speak of dispute resolution, and so differ with the scheme."""

TEXT = {
    "en": ["We found a fault in the line card and replaced it.", "We credited £25.00: see *bill*."],
    "fr": ["Nous avons trouvé et corrigé une erreur.", "Nous avons crédité 25,00 $ au compte."],
}
ELEMENTS = {
    "en": {
        "progress": "The engineer has measured the line.",
        "proposed_actions": "We replace the router.",
        "timeframe": "Until Friday 4 December.",
    },
    "fr": {
        "progress": "Le technicien a vérifié la ligne.",
        "proposed_actions": "Nous remplaçons le routeur.",
        "timeframe": "Jusqu’au vendredi 4 décembre.",
    },
}
EMPTY_ELEMENTS = {"progress": "", "proposed_actions": "", "timeframe": ""}
OMBUDSMAN = {
    "form": "named",
    "scheme": "Communications Ombudsman",
    "printed": "Ombudsman Services",
    "telephone": "0330 440 1614",
    "website": "commsombudsman.org",
    "address": "PO Box 730, Warrington WA4 6WU",
    "email": "enquiry@commsombudsman.org",
    "binding": True,
    "months": 12,
    "regulator": "Ofcom",
}
CCTS = {
    "form": "named",
    "scheme": "CCTS",
    "printed": "Commission for Complaints for Telecom-television Services (CCTS)",
    "telephone": "1-888-221-1687",
    "website": "www.ccts-cprst.ca",
    "address": "",
    "email": "",
    "binding": False,
    "months": 0,
    "regulator": "CRTC",
}
NOTICE = {
    "en": ["CCTS is the body that the regulator’s own fixed text is about.", "Its text goes on."],
    "fr": ["La CPRST est l’organisme dont parle le texte fixe.", "Ce texte continue ici."],
}
LEVELS = {
    "ooma": "Director of Customer Service",
    "8x8": "senior manager",
    "jive": "senior manager or head of support",
    "opus": "Customer Service Manager or Head of Professional Services",
}


def spoken(language: str) -> str:
    """ "fr" for "fr-CA": the language of the words."""
    return language.partition("-")[0]


@cache
def provider(key: str) -> Provider:
    """A provider as it is shipped."""
    return load(key, read_folder(BUNDLED, key))


def kinds() -> list[str]:
    """Every kind of letter there is a source for in base; the other sources are what they share."""
    shared = {"letter", "scheme", "answer", "notice"}
    names = {path.name.partition(".")[0] for path in (BUNDLED / "base").glob("*.md.j2")}
    return sorted(names - shared)


@cache
def standing(kind: str, language: str, customer: str) -> str:
    """The sentence that says in which standing a representative is written to."""
    texts = tomllib.loads((BUNDLED / "base" / "letters.toml").read_text(encoding="utf-8"))["texts"]
    said = texts[f"standing_{kind}" if customer else f"standing_{kind}_unnamed"]
    return str(said[spoken(language)]).format(customer=customer)


def representative(kind: str, language: str, customer: str) -> dict[str, object]:
    """Somebody who complains for `customer`; `kind` is "confirmed" or "asked"."""
    return {
        "customer": customer,
        "confirmed": kind == "confirmed",
        "standing": standing(kind, language, customer),
    }


@cache
def explanation(key: str, language: str) -> dict[str, object]:
    """What the information letter says of the code; in French, which three do not write, Jive's."""
    here = Settings(base=Path(), web=WebSettings(url="https://complaints.example.com"))
    if spoken(language) == "fr":
        key, language = "jive", "fr-CA"
    return explained(here, provider(key), language, date(2026, 11, 24), scheme=True)


def full(key: str, language: str, kind: str) -> dict[str, Any]:
    """Every value given, as for a case about which everything is known."""
    code = spoken(language)
    file = provider(key).file
    texts = {name: said[code] for name, said in file.letters.texts.items()}
    french = code == "fr"
    within = "cinq jours ouvrables" if french else "five business days"
    return {
        "procedure": "",
        **texts,
        "language": language,
        "case": {
            "reference": REFERENCE,
            "received_on": date(2026, 11, 24),
            "level": LEVELS[key] if kind in ("determination", "escalated") else "",
            "was_closed": True,
            "closed_as": "assumed" if kind == "closed" else "",
        },
        "customer": {"name": "Jo Marsh"},
        "provider": {
            "name": file.name,
            "signs_as": file.signs_as_in.get(code, file.signs_as),
        },
        "representative": None,
        "text": TEXT[code],
        "elements": ELEMENTS[code],
        "handler": {"name": "Sam Reed", "contact": "020 7946 0123"},
        "contact_at": datetime(2026, 12, 1, 14, 30, tzinfo=ZoneInfo(file.calendar.zone)),
        "link": LINK,
        "adr": CCTS if key == "jive" else OMBUDSMAN,
        "notice": [],
        "silence": {"within": within, "closes_on": date(2026, 12, 8)} if key == "ooma" else None,
        "due": {"decision": date(2026, 12, 4), "update": date(2026, 12, 7)},
        "outcome_on": date(2026, 12, 1),
        "original": {
            "kind": "acknowledgement",
            "title": "la confirmation que nous avons reçu votre plainte"
            if french
            else "the confirmation that we have your complaint",
            "sent_on": date(2026, 11, 24),
        },
        "timeframe": "10 jours ouvrables" if french else "10 business days",
        "late": False,
        "code": explanation(key, language),
    }


def variants(key: str, language: str, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The ways in which the same letter differs from case to case, each with its name."""
    base = full(key, language, kind)
    yield "full", base
    yield "empty", {**base, **_EMPTY, "case": {**base["case"], "level": "", "was_closed": False}}
    yield "no link", {**base, "link": "", "code": {**base["code"], "link": ""}}
    yield "no text", {**base, "text": [], "elements": EMPTY_ELEMENTS}
    yield "late", {**base, "late": True}
    yield "no handler", {**base, "handler": {"name": "", "contact": ""}}
    for level in (rung.title for rung in provider(key).file.ladder):
        yield f"at {level}", {**base, "case": {**base["case"], "level": level}}
    for standing_ in ("confirmed", "asked"):
        for name in ("Kim Hall", ""):
            who = representative(standing_, language, name)
            yield f"{standing_} for {name}", {**base, "representative": who}
    if kind in (*ANSWERS, "closure_warning"):
        yield from _silences(base)
    if kind in WITH_SCHEME:
        for closed in ("confirmed", "assumed", "withdrawn", ""):
            yield f"closed as {closed}", {**base, "case": {**base["case"], "closed_as": closed}}
        yield from _schemes(base, key, spoken(language))


def _silences(base: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "silence closes nothing", {**base, "silence": None}
    if base["silence"]:
        silence = {**base["silence"], "closes_on": None}
        yield "silence without a day", {**base, "silence": silence}


def _schemes(base: Mapping[str, Any], key: str, code: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "no scheme for this customer", {**base, "adr": None}
    if key == "jive":
        yield "the regulator's text", {**base, "notice": NOTICE[code]}
        return
    bare = {"website": "", "telephone": "", "email": "", "address": ""}
    cisas = {**OMBUDSMAN, **bare, "scheme": "CISAS", "telephone": "020 7520 3814"}
    unset = {**OMBUDSMAN, **bare, "form": "missing", "scheme": "", "printed": ""}
    yield "the other scheme", {**base, "adr": cisas}
    yield "no way to reach it known", {**base, "adr": {**OMBUDSMAN, **bare}}
    yield "stated", {**base, "adr": {**OMBUDSMAN, "form": "stated"}}
    yield "missing", {**base, "adr": unset}


_EMPTY: dict[str, Any] = {
    "customer": {"name": ""},
    "text": [],
    "elements": EMPTY_ELEMENTS,
    "handler": {"name": "", "contact": ""},
    "contact_at": None,
    "link": "",
    "adr": None,
    "notice": [],
    "silence": None,
    "due": {"decision": None, "update": None},
    "outcome_on": None,
    "original": None,
    "timeframe": "",
}
"""A case of which nothing is known but its reference and its date."""
