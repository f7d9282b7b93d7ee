"""What is recorded of money: the facts of a claim, and what it comes to.

The facts stand in the timeline as they were given; an amount is text, so that no penny is lost on
the way through JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from plugin.cases.facts import Choice, Day, Money, Number, Word
from plugin.codes.compensation import MAX_DAYS, Claim

CUSTOMERS = ("consumer", "small_business", "business", "not_for_profit")

CLAIM = (
    Word("kind", "what it is for, where the provider knows several, e.g. porting"),
    Money("monthly_fee", "the monthly fee as billed, e.g. 25.00"),
    Day("due_on", "the day it was due, e.g. 2026-11-02"),
    Day("done_on", "the day it was done; left out, it is not done yet"),
    Number("days_late", "how many days late, where the two dates are not known", 0, MAX_DAYS),
    Number("times", "how often it happened", 1, 1000),
)
"""The facts that a claim is reckoned from."""

FACTS = (*CLAIM, Choice("customer", "what kind of customer", CUSTOMERS))
"""The same outside a case, where nothing is recorded of the customer."""

CLAIMED, DECIDED = "compensation_claimed", "compensation_decided"


class _Happened(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, Any] | None: ...


def claim_of(facts: Mapping[str, Any], customer: str | None = None) -> Claim:
    """The claim that recorded facts make. `customer`: the kind recorded of the case."""
    fee = facts.get("monthly_fee")
    return Claim(
        fees=((date.min, Decimal(fee)),) if fee is not None else (),
        due_on=_day(facts.get("due_on")),
        done_on=_day(facts.get("done_on")),
        days_late=facts.get("days_late"),
        times=facts.get("times", 1),
        customer=facts.get("customer") or customer,
    )


def open_claims(events: Iterable[_Happened]) -> dict[str, Mapping[str, Any]]:
    """The claims that stand undecided, by kind; the desk keeps one open of each."""
    found: dict[str, Mapping[str, Any]] = {}
    for event in events:
        facts = event.facts or {}
        kind = str(facts.get("kind", ""))
        if event.kind == CLAIMED:
            found[kind] = facts
        elif event.kind == DECIDED:
            found.pop(kind, None)
    return found


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None
