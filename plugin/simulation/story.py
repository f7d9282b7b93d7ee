"""The same document as a story for a person: a line for each thing that happened, in local time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

_UNTOLD = frozenset({"letter_queued"})
"""Events that the next one tells better."""

_TOLD = (
    "statement",
    "channel",
    "level",
    "flag",
    "as",
    "letter",
    "state",
    "reason",
    "handler",
    "days",
)

_QUIET = 78
"""The longest text of a note that is told whole, in characters."""


def story(document: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the story, and at its end how each case stands."""
    told = [
        *(_event(case, event) for case in document["cases"] for event in _own(document, case)),
        *(_not_case(number, one) for number, one in enumerate(document["not_cases"], start=1)),
        *(_alert(one) for one in document["alerts"]),
    ]
    lines = sorted((one for one in told if one is not None), key=lambda one: one[0])
    for at, who, what in lines:
        yield f"{at:%a %d %b %Y %H:%M}  {who:8} {what}"
    if not lines:
        yield "Nothing happened."
    for case in document["cases"]:
        yield ""
        yield from _ending(case)


def _own(document: Mapping[str, Any], case: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The events of a case that no case merged into it tells already."""
    merged = [one for one in document["cases"] if one["merged_into"] == case["case"]]
    theirs = [event for one in merged for event in one["timeline"]]
    return (event for event in case["timeline"] if event not in theirs)


Told = tuple[datetime, str, str]


def _event(case: Mapping[str, Any], event: Mapping[str, Any]) -> Told | None:
    if event["kind"] in _UNTOLD:
        return None
    facts = ", ".join(f"{_words(name)} {_words(event[name])}" for name in _TOLD if event.get(name))
    what = f"{_words(event['kind'])}{': ' if facts else ''}{facts}"
    return _at(event), f"case {case['case']}", f"{what} ({event['actor'].partition(':')[0]})"


def _not_case(number: int, one: Mapping[str, Any]) -> Told:
    kept = f", kept with case {one['case']}" if one["case"] else ""
    return _at(one), "no case", f"{number}: {_words(one['why'])}{kept}"


def _alert(one: Mapping[str, Any]) -> Told:
    who = f"case {one['case']}" if one["case"] else "alert"
    return _at(one), who, f"! {one['text']}"


def _ending(case: Mapping[str, Any]) -> Iterator[str]:
    merged = f", merged into case {case['merged_into']}" if case["merged_into"] else ""
    yield f"Case {case['case']}, {case['reference']}: {_words(case['state'])}, level " + (
        f"{_words(case['level'])}{merged}"
    )
    for promise in case["promises"]:
        last = promise["last_day"] or f"{_moment(promise['due_at']):%Y-%m-%d %H:%M}"
        kept = f", kept {_moment(promise['kept_at']):%Y-%m-%d %H:%M}" if promise["kept_at"] else ""
        name = f"{_words(promise['promise'])} {promise['occurrence']}"
        why = f" ({promise['reason']})" if promise["reason"] else ""
        yield f"  {name:28} {promise['state']:8} by {last}{kept}{why}"


def _at(one: Mapping[str, Any]) -> datetime:
    return _moment(one["at"])


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


def _words(said: object) -> str:
    text = str(said).replace("_", " ")
    return text if len(text) <= _QUIET else f"{text[: _QUIET - 3]}..."
