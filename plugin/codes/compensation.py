"""What a code's formula for compensation gives: a suggestion to a person, never a payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Literal

from plugin.codes.calendar import Calendar
from plugin.codes.provider_file import DailyFormula

_ROUNDINGS = {"half_up": ROUND_HALF_UP, "up": ROUND_UP}
_PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An amount with its basis; None where the formula gives nothing and a person must decide."""

    amount: Decimal | None
    days_late: int
    basis: str


def suggest(
    formula: DailyFormula,
    fees: Sequence[tuple[date, Decimal]],
    due_on: date,
    done_on: date,
    calendar: Calendar,
) -> Suggestion:
    """Monthly fee x times / divided_by for each day late (OOMA-I section 8, AMB-8 to AMB-10).

    `fees` are monthly fees as billed, each with the first day it was in force; `due_on` and
    `done_on` the days of what was late. Day one is the day after `due_on`. Rounded once, at the
    end. Raises ValueError where no fee was in force.
    """
    days = _days_late(formula.days, due_on, done_on, calendar)
    fee = _fee_on(fees, due_on if formula.fee_on == "due" else done_on)
    words = formula.days.replace("_", " ") + ("" if days == 1 else "s")
    basis = f"{fee} × {formula.times} ÷ {formula.divided_by} × {days} {words}"
    if days == 0:
        return Suggestion(None, 0, basis)
    exact = fee * formula.times * days / formula.divided_by
    rounding = _ROUNDINGS[formula.rounding]
    return Suggestion(exact.quantize(_PENNY, rounding=rounding), days, basis)


def _days_late(
    unit: Literal["calendar_day", "business_day"], due_on: date, done_on: date, calendar: Calendar
) -> int:
    days = (due_on + timedelta(days=n) for n in range(1, (done_on - due_on).days + 1))
    return sum(unit == "calendar_day" or calendar.is_business_day(day) for day in days)


def _fee_on(fees: Sequence[tuple[date, Decimal]], day: date) -> Decimal:
    in_force = [(since, fee) for since, fee in fees if since <= day]
    if not in_force:
        raise ValueError(f"no fee was in force on {day}; give the fee of that day")
    return max(in_force)[1]
