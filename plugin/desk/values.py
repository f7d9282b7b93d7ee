"""What a letter may say of a case: every value by name, "" or None where there is nothing.

A letter says only what is certain. Unconfirmed numbers and addresses are no values at all, the
scheme is what `signpost` allows, and dates are those of the promises as they stand with what is
just being recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from plugin.cases.facts import paragraphs
from plugin.codes.model import Within
from plugin.codes.promise import Promise
from plugin.codes.provider import REGULATOR_NOTICE, Provider, spoken
from plugin.codes.signpost import Signpost
from plugin.codes.spans import parse_within, say
from plugin.desk.ports import Desk
from plugin.letters.names import greeting_name
from plugin.store.cases import OpenCase
from plugin.store.parties import Party

TIMEFRAME = "acknowledgement_timeframe"


def timeframe(desk: Desk, provider: Provider) -> Within | None:
    """The time frame this installation gives in its acknowledgements, where it gives one.

    Raises ValueError where the setting is not a length of time.
    """
    text = desk.settings.for_provider(provider.key).values.get(TIMEFRAME, "")
    return parse_within(text) if text.strip() else None


def values(
    desk: Desk,
    provider: Provider,
    case: OpenCase,
    party: Party,
    *,
    post: Signpost | None,
    promises: tuple[Promise, ...] = (),
    introduced: tuple[str, str] = ("", ""),
    outcome_at: datetime | None = None,
    told: Mapping[str, Any] | None = None,
    silence: Within | None = None,
    late: bool = False,
    today: date | None = None,
    link: str = "",
    code: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The values of a letter to `party`.

    `told`: the facts of the action that made it. `code`: what the published code says, for the
    letter that explains it. `silence`: it says that so long a silence closes
    the case; never on a day before `today`.
    """
    file, language = provider.file, case.language
    zone = ZoneInfo(file.calendar.zone)
    facts = dict(told or {})
    within = timeframe(desk, provider)
    rungs = {rung.level: rung for rung in file.ladder}
    # Whoever decided signs for it, wherever the case stands.
    level = rungs.get(str(facts.get("by_level") or case.standing.level))
    state = case.standing.state
    closes_on = _last_day(promises, "assumed_closure")
    return {
        **_common(provider, language, party.name, post),
        "case": {
            "reference": case.reference,
            "received_on": case.first_received_at.astimezone(zone).date(),
            "level": spoken(level.titles, language) or level.title if level else "",
            "was_closed": bool(facts.get("was_closed")),
            "closed_as": state.removeprefix("closed_") if state.startswith("closed_") else "",
        },
        "representative": _representative(party, file.letters.texts, language),
        "text": paragraphs(str(facts.get("text", ""))),
        "elements": {
            name: str((facts.get("elements") or {}).get(name, ""))
            for name in ("progress", "proposed_actions", "timeframe")
        },
        "handler": dict(zip(("name", "contact"), introduced, strict=True)),
        "contact_at": _moment(facts.get("contact_at"), zone),
        "link": link,
        "code": code,
        "silence": {
            "within": say(silence, language),
            "closes_on": max(closes_on, today or closes_on) if closes_on else None,
        }
        if silence
        else None,
        "due": {
            "decision": _last_day(promises, "determination"),
            "update": _last_day(promises, "progress_update"),
        },
        "outcome_on": outcome_at.astimezone(zone).date() if outcome_at else None,
        "original": facts.get("original"),
        "timeframe": say(within, language) if within else "",
        "late": late,
    }


def without_case(
    provider: Provider,
    language: str,
    name: str,
    *,
    post: Signpost | None,
    code: Mapping[str, Any],
) -> dict[str, Any]:
    """The values of a letter to somebody who has no case: `code` is all that it is about.

    `name`: as the mail gives it.
    """
    return {
        **_common(provider, language, name, post),
        "case": {
            "reference": "",
            "received_on": None,
            "level": "",
            "was_closed": False,
            "closed_as": "",
        },
        "representative": None,
        "text": [],
        "elements": {"progress": "", "proposed_actions": "", "timeframe": ""},
        "handler": {"name": "", "contact": ""},
        "contact_at": None,
        "link": "",
        "code": code,
        "silence": None,
        "due": {"decision": None, "update": None},
        "outcome_on": None,
        "original": None,
        "timeframe": "",
        "late": False,
    }


def _common(provider: Provider, language: str, name: str, post: Signpost | None) -> dict[str, Any]:
    """What every letter may say: who writes, to whom, and of the scheme."""
    file = provider.file
    texts = {key: spoken(said, language) for key, said in file.letters.texts.items()}
    return {
        **texts,
        "customer": {"name": greeting_name(name)},
        "provider": {
            "name": file.name,
            "signs_as": spoken(file.signs_as_in, language) or file.signs_as,
        },
        "adr": _adr(post, language),
        "notice": paragraphs(provider.text(REGULATOR_NOTICE, language)),
    }


def _representative(
    party: Party, texts: Mapping[str, Mapping[str, str]], language: str
) -> dict[str, Any] | None:
    if party.role != "representative":
        return None
    customer = greeting_name(party.stands_for or "")
    name = f"standing_{'confirmed' if party.authorised else 'asked'}"
    said = spoken(texts.get(name if customer else f"{name}_unnamed", {}), language)
    return {
        "customer": customer,
        "confirmed": party.authorised,
        "standing": said.replace("{customer}", customer),
    }


def _adr(post: Signpost | None, language: str) -> dict[str, Any] | None:
    if post is None:
        return None
    said = {name: getattr(post, name) for name in post.__slots__ if name != "scheme_in"}
    return said | {"scheme": spoken(post.scheme_in, language) or post.scheme}


def _last_day(promises: tuple[Promise, ...], name: str) -> date | None:
    days = [one.last_day for one in promises if one.promise == name and one.state == "open"]
    return days[-1] if days else None


def _moment(value: object, zone: ZoneInfo) -> datetime | None:
    return datetime.fromisoformat(value).astimezone(zone) if isinstance(value, str) else None
