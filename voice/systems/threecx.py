"""3CX: what a CRM template sends, a look-up while it rings and a report after the call.

The template is the admin's own, so its keys are ours to choose (docs/phone.md). A report
has no id of its call; a variable that was not filled arrives as its own name in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from voice.call import Event, Outcome
from voice.routing import Route
from voice.systems import (
    Links,
    System,
    bad_header,
    direction_of,
    id_of,
    moment_of,
    numbers,
    text_of,
    url_of,
    word_of,
)
from voice.webhook import Answer, Request, Unreadable, as_json, check_header, digest

_OUTCOMES: Mapping[str, Outcome] = {
    "Inbound": "answered",
    "Outbound": "answered",
    "Missed": "missed",
    "Notanswered": "no-answer",
}


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """The bearer token that stands in the template. Raises Refused."""
    check_header(request, secrets, "Authorization")


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request. Raises Unreadable."""
    told = {name: _filled(value) for name, value in request.json().items()}
    line = told.get("line") or None
    caller, dialled = numbers(told.get("number"), line, regions)
    if request.leaf == "lookup":
        return [Event("lookup", "", caller=caller, dialled=dialled)]
    began, ended = moment_of(told.get("startedAt")), moment_of(told.get("endedAt"))
    if began is None and ended is None:
        raise Unreadable("it says neither when the call started nor when it ended")
    kind = word_of(told.get("callType")) or ""
    key = _key(began or ended, told)
    return [
        Event(
            "call.ended",
            key,
            call_id=key,
            at=ended or began,
            caller=caller,
            dialled=dialled,
            direction=direction_of(told.get("callDirection"), "out"),
            began_at=began,
            queue=word_of(told.get("queueExtension")),
            agent_extension=word_of(told.get("agent")),
            text=text_of(told.get("transcription")),
            recording_url=url_of(told.get("recordingUrl")),
            duration_s=_duration(told.get("duration")),
            outcome=_OUTCOMES.get(kind),
        )
    ]


def _filled(value: object) -> str:
    """What a variable was filled with; "" where it was not."""
    text = str(value) if isinstance(value, str | int | float) else ""
    return "" if re.fullmatch(r"\[[A-Za-z]{1,40}\]", text) else text


def _key(moment: datetime | None, told: Mapping[str, str]) -> str:
    second = f"{moment:%Y-%m-%dT%H:%M:%S}" if moment else ""
    names = ("agent", "number", "callDirection")
    return digest(second, *(id_of(told.get(name)) for name in names))[:32]


def _duration(value: str | None) -> int | None:
    """hh:mm:ss in seconds."""
    found = re.fullmatch(r"(\d{1,4}):([0-5]\d):([0-5]\d)", value or "", re.ASCII)
    if found is None:
        return None
    hours, minutes, seconds = map(int, found.groups())
    return hours * 3600 + minutes * 60 + seconds


def asks(request: Request) -> int | None:
    """A look-up wants to know who calls; a report only tells."""
    return 0 if request.leaf == "lookup" else None


def answer(route: Route, step: int, links: Links) -> Answer:
    """Whose call it is, for the screen of who picks it up; nothing of the case but its number."""
    told = {
        "case": route.case,
        "level": route.level,
        "handler": route.handler,
        "queue": route.queue,
        "reason": route.reason,
    }
    return as_json(told)


SYSTEM = System(
    name="3cx",
    path="3cx",
    proof='the bearer token of the template, e.g. "Authorization: Bearer a-long-secret"',
    verify=verify,
    problem=bad_header,
    read=read,
    asks=asks,
    answer=answer,
    leaves=("lookup", "report"),
)
