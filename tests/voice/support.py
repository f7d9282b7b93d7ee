"""What tests of calls share: a provider's plan, and calls as values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from voice.call import Call, Direction
from voice.numbers import read
from voice.plan import Plan, plan_from
from voice.routing import LiveCase, Office, Route, Standing, route

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)

LONDON = "+442079460101"
LEEDS = "+441134960123"
FRENCH = "+442079460102"
QUEUELESS = "+442079460103"
CALLER = "+442079460199"
ADA = "sip:ada@pbx.example.com"

NORTHLINE: dict[str, Any] = {
    "format": 1,
    "region": "GB",
    "language": "en-GB",
    "rings_seconds": 15,
    "queue": "complaints",
    "escalated_queue": "senior",
    "voicemail": "500",
    "lines": [
        {"number": "020 7946 0101", "says": "customer service"},
        {"number": "0113 496 0123", "queue": "leeds"},
        {"number": "020 7946 0102", "language": "fr-CA"},
        {"number": "020 7946 0103", "queue": "empty"},
    ],
    "queues": {
        "complaints": {"targets": ["020 7946 0110", "1015"], "rings_seconds": 30},
        "senior": {"targets": ["1020"], "levels": ["supervisor"]},
        "directors": {"targets": ["sip:director@pbx.example.com"], "levels": ["director"]},
        "leeds": {"targets": ["1030"]},
        "empty": {},
    },
    "handlers": {
        "Ada@northline.example": ADA,
        "bo@northline.example": "1016",
    },
}


def plan(**changes: Any) -> Plan:
    """Northline's plan; `changes` replace whole keys."""
    return plan_from({**NORTHLINE, **changes}, "northline")


def call(
    caller: str | None = CALLER,
    dialled: str | None = LONDON,
    direction: Direction = "in",
    region: str = "GB",
) -> Call:
    """A call that has just begun."""
    return Call(
        call_id="1",
        told_direction=direction,
        caller=read(caller, region),
        dialled=None if dialled is None else read(dialled, region),
        began_at=NOW,
    )


def live(*cases: LiveCase) -> Standing:
    """A caller who is party to these cases."""
    return Standing(cases)


OPEN = Office(
    open=True,
    closed={"en": "We are closed."},
    unanswered={"en": "Nobody can answer.", "fr": "Personne ne peut répondre."},
    message={"en": "Leave a message.", "fr-CA": "Laissez un message."},
)
CLOSED = Office(
    open=False,
    opens_at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
    closed={"en": "We are closed.", "fr": "Nous sommes fermés."},
    unanswered={"en": "Nobody can answer."},
    message={"en": "Leave a message."},
)


def routed(
    one: Call | None = None, *cases: LiveCase, office: Office = OPEN, by: Plan | None = None
) -> Route:
    """Where Northline's plan routes a call."""
    return route(one or call(), by or plan(), live(*cases), office)
