"""Histories as JSON: what is read, and what is refused by its place."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.codes.history import Customer, Fact, HistoryError, read_history

LEVELS = ("frontline", "supervisor", "director")

GOOD: dict[str, Any] = {
    "received_at": "2026-11-20T16:00:00+00:00",
    "customer": {"kind": "business", "headcount": 12, "monthly_bill": 99.5},
    "flags": ["technical"],
    "events": [
        {"kind": "acknowledged", "at": "2026-11-20T16:00:05Z", "elements": {"reference": "1"}},
        {"kind": "escalated", "level": "director", "at": "2026-11-24T09:00:00+00:00"},
        {"kind": "progress_given", "by": ["phone", "email"], "at": "2026-11-24T10:00:00+01:00"},
    ],
    "as_of": "2026-12-01T12:00:00+00:00",
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good history with the key at a path such as "events.1.level" set, or with None gone."""
    document = copy.deepcopy(GOOD)
    place: Any = document
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


def test_a_history_is_read_whole() -> None:
    history, as_of = read_history(GOOD, LEVELS)
    assert history.received_at == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert as_of == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert history.customer == Customer("business", 12, 99.5)
    assert history.flags == {"technical"}
    assert history.events[1] == Fact(
        "escalated", datetime(2026, 11, 24, 9, tzinfo=UTC), {"level": "director"}
    )


def test_only_the_receipt_is_needed() -> None:
    history, as_of = read_history({"received_at": "2026-11-20T16:00:00+00:00"})
    assert (list(history.events), history.customer, as_of) == ([], Customer(), None)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param([], "the history: it is no JSON object", id="a list"),
        pytest.param({}, "received_at: it is missing; give the time", id="empty"),
        pytest.param(changed("colour", 1), "colour: there is no such key; there are: ", id="key"),
        pytest.param(
            changed("received_at", "soon"), "received_at: 'soon' is no time", id="no time"
        ),
        pytest.param(
            changed("received_at", "2026-11-20T16:00:00"),
            "received_at: '2026-11-20T16:00:00' is no time with an offset",
            id="no offset",
        ),
        pytest.param(
            changed("received_at", "0001-01-01T00:00:00+00:00"),
            "received_at: '0001-01-01T00:00:00+00:00' is no time with an offset between 1990",
            id="year one",
        ),
        pytest.param(changed("received_at", 5), "received_at: 5 is no time", id="a number"),
        pytest.param(changed("as_of", "x"), "as_of: 'x' is no time", id="as_of"),
        pytest.param(changed("events", {}), "events: it is not a list", id="events"),
        pytest.param(changed("events.0", "x"), "events[0]: it is no JSON object", id="event"),
        pytest.param(
            changed("events.0.kind", "acknowleged"),
            "events[0].kind: 'acknowleged' is no kind of event; is 'acknowledged' meant?",
            id="a slip in the kind",
        ),
        pytest.param(changed("events.0.kind", ...), "events[0].kind: None is no kind", id="kind"),
        pytest.param(changed("events.0.at", ...), "events[0].at: it is missing", id="at"),
        pytest.param(
            changed("events.1.level", "manager"),
            "events[1].level: 'manager' is none of: frontline, supervisor, director",
            id="a level that there is not",
        ),
        pytest.param(changed("events.1.level", ...), "events[1].level: it is missing", id="level"),
        pytest.param(
            changed("events.0.elements", "all"), "events[0].elements: it is no JSON", id="elements"
        ),
        pytest.param(
            changed("events.0.elements", {"timeframe_date": "Friday"}),
            "events[0].elements.timeframe_date: 'Friday' is no date; give e.g. 2026-11-27",
            id="timeframe_date",
        ),
        pytest.param(changed("events.2.by", "phone"), "events[2].by: it is not a list", id="by"),
        pytest.param(
            changed("events.2.by", ["pigeon"]),
            "events[2].by[0]: 'pigeon' is none of: phone, email, letter",
            id="a way that there is not",
        ),
        pytest.param(
            changed("events.0", {"kind": "interval_agreed", "at": "2026-11-21T00:00:00Z"}),
            "events[0].days: None is no number of business days",
            id="an interval of nothing",
        ),
        pytest.param(
            changed(
                "events.0", {"kind": "interval_agreed", "days": True, "at": "2026-11-21T00:00:00Z"}
            ),
            "events[0].days: True is no number of business days",
            id="an interval of true",
        ),
        pytest.param(
            changed("events.0", {"kind": "closed", "as": "done", "at": "2026-11-21T00:00:00Z"}),
            "events[0].as: 'done' is none of: confirmed, assumed, deadlock, withdrawn, out",
            id="closed as",
        ),
        pytest.param(
            changed("events.0", {"kind": "adr_excepted", "at": "2026-11-21T00:00:00Z"}),
            "events[0].reason: None is none of: vexatious, out_of_jurisdiction",
            id="an exception without a reason",
        ),
        pytest.param(
            changed(
                "events.0",
                {"kind": "adr_excepted", "reason": "vexatious", "at": "2026-11-21T00:00:00Z"},
            ),
            "events[0].by: it is missing; name the person who decided",
            id="an exception by nobody",
        ),
        pytest.param(
            changed("events.0", {"kind": "letter_undelivered", "at": "2026-11-21T00:00:00Z"}),
            "events[0].letter: it is missing; say which letter",
            id="which letter",
        ),
        pytest.param(
            changed("events.0.silence_closes", "no"),
            "events[0].silence_closes: 'no' is neither true nor false",
            id="silence_closes",
        ),
        pytest.param(
            changed("events.0.contact_at", "noon"), "events[0].contact_at: 'noon' is no", id="noon"
        ),
        pytest.param(changed("customer", "consumer"), "customer: it is no JSON", id="customer"),
        pytest.param(
            changed("customer.kind", "firm"),
            "customer.kind: 'firm' is none of: consumer",
            id="firm",
        ),
        pytest.param(
            changed("customer.staff", 3), "customer.staff: there is no such key", id="staff"
        ),
        pytest.param(
            changed("customer.headcount", -1), "customer.headcount: -1 is no number", id="minus one"
        ),
        pytest.param(
            changed("customer.monthly_bill", "2500"),
            "customer.monthly_bill: '2500' is no amount",
            id="a bill in words",
        ),
        pytest.param(changed("flags", "technical"), "flags: it is not a list of words", id="flags"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_place(document: object, told: str) -> None:
    with pytest.raises(HistoryError) as refused:
        read_history(document, LEVELS)
    assert str(refused.value).startswith(told)
