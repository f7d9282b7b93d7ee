"""What a code or a scheme gives for something that went wrong: a suggestion, never a payment.

An amount is reckoned exactly and rounded once, at the end. How it came about is said in words that
a person can check and a customer could be shown. Where the rules give no number nothing is
invented: a person decides, and is told what the code says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Literal

from babel.numbers import format_currency

from plugin.codes.calendar import Calendar, calendar_for
from plugin.codes.law import Rate
from plugin.codes.model import Clause, Document
from plugin.codes.provider import Provider
from plugin.codes.provider_file import Compensation, DailyFormula, ProviderFile

CURRENCY = {"UK": "GBP", "CA": "CAD"}
"""What customers of a jurisdiction are billed in."""

MAX_DAYS = 3660
"""The longest delay that is reckoned: ten years. More is a slip of the pen."""

_ROUNDINGS = {"half_up": ROUND_HALF_UP, "up": ROUND_UP}
_ROUNDED = {"half_up": "halves up", "up": "up to the next penny"}
_PENNY = Decimal("0.01")
_LOCALES = {"GBP": "en_GB", "CAD": "en_CA"}


class CompensationError(ValueError):
    """The claim cannot be reckoned; the message names the fact and says what would be right."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What went wrong, as far as anybody recorded it.

    `fees`: monthly fees as billed, each with the first day it was in force (date.min: always).
    `due_on`, `done_on`: the days it was due and done; `days_late`: their distance, where somebody
    counted it. `times`: how often. `customer`: the kind of customer, None unknown.
    """

    fees: Sequence[tuple[date, Decimal]] = ()
    due_on: date | None = None
    done_on: date | None = None
    days_late: int | None = None
    times: int = 1
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An amount with its basis; None where the rules give nothing and a person must decide.

    `words` say the calculation, a line each; `basis` is the same as one formula. `so_far`: it is
    not done yet, and more may be owed tomorrow.
    """

    kind: str
    amount: Decimal | None
    currency: str
    days_late: int | None
    basis: str
    words: tuple[str, ...]
    clause: str
    source: str
    readings: tuple[str, ...] = ()
    so_far: bool = False

    @property
    def shown(self) -> str:
        """The amount as people write it; "" where there is none."""
        return money(self.amount, self.currency) if self.amount is not None else ""

    def document(self) -> dict[str, object]:
        """As JSON: the amount is text, since a number would lose its pennies."""
        return {
            "kind": self.kind,
            "amount": None if self.amount is None else str(self.amount),
            "currency": self.currency,
            "days_late": self.days_late,
            "basis": self.basis,
            "words": list(self.words),
            "clause": self.clause,
            "source": self.source,
            "readings": list(self.readings),
            "so_far": self.so_far,
        }


@dataclass(frozen=True, slots=True)
class Entitlements:
    """Everything for which a provider may owe money, by kind.

    `own`: what its code says; `rates`: those of the schemes it takes part in.
    """

    own: Mapping[str, Compensation]
    rates: Mapping[str, tuple[Rate, ...]]
    documents: tuple[Document, ...]
    calendar: Calendar
    currency: str
    sources: Mapping[str, str] = field(default_factory=dict)
    """The source of each rate's kind."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind, the code's own first."""
        return (*self.own, *self.rates)

    @property
    def there(self) -> str:
        """Which kinds there are, in words."""
        return f"there are: {', '.join(self.kinds)}" if self.kinds else "its code knows none"


def entitlements(provider: Provider, file: ProviderFile, *, automatic: bool) -> Entitlements:
    """What a provider may owe. `file`: its file as read; `automatic`: it takes part in that."""
    rates: dict[str, list[Rate]] = {}
    sources: dict[str, str] = {}
    for law in provider.law.values():
        if law.jurisdiction != file.jurisdiction or (law.voluntary and not automatic):
            continue
        for rate in law.rates:
            rates.setdefault(rate.name, []).append(rate)
            sources[rate.name] = law.title
    return Entitlements(
        file.compensation,
        {name: tuple(many) for name, many in rates.items()},
        file.documents,
        calendar_for(file.calendar),
        CURRENCY[file.jurisdiction],
        sources,
    )


def suggest(owed: Entitlements, kind: str | None, claim: Claim, today: date) -> Suggestion:
    """What a claim of this kind comes to; `kind` None: the only one there is.

    `today` (the provider's date) stands for `done_on` of what is not done yet. Raises
    CompensationError.
    """
    if not owed.kinds:
        raise CompensationError("this provider's code knows no compensation")
    if kind is None:
        if len(owed.own or owed.kinds) != 1:
            raise CompensationError(f"kind: it is missing; {owed.there}")
        kind = next(iter(owed.own or owed.kinds))
    _possible(claim, today)
    if kind in owed.own:
        if claim.times != 1:
            raise CompensationError("times: the code counts days here; leave it out")
        rule = owed.own[kind]
        if rule.formula is None:
            return _person(owed, rule)
        return _by_formula(owed, rule, rule.formula, claim, today)
    if kind in owed.rates:
        return _by_rate(owed, owed.rates[kind], claim, today)
    raise CompensationError(f"kind: there is no {kind!r} here; {owed.there}")


def _possible(claim: Claim, today: date) -> None:
    """Nothing that is owed lies ahead, and nothing is done before it is due."""
    for name, day in (("due_on", claim.due_on), ("done_on", claim.done_on)):
        if day is not None and day > today:
            raise CompensationError(f"{name}: {day} has not come yet; nothing is late")
    if claim.due_on and claim.done_on and claim.done_on < claim.due_on:
        raise CompensationError(
            f"done_on: {claim.done_on} is before {claim.due_on}, when it was due"
        )


def by_formula(formula: DailyFormula, fee: Decimal, days: int) -> Decimal:
    """fee x times / divided_by x days, exact until it is rounded once (OOMA-I section 8)."""
    exact = fee * formula.times * days / formula.divided_by
    return exact.quantize(_PENNY, rounding=_ROUNDINGS[formula.rounding])


def money(amount: Decimal, currency: str, locale: str | None = None) -> str:
    """An amount as people write it, e.g. "£5.75"."""
    return format_currency(amount, currency, locale=locale or _LOCALES[currency])


def _by_formula(
    owed: Entitlements, rule: Compensation, formula: DailyFormula, claim: Claim, today: date
) -> Suggestion:
    days, counted, so_far = _days(claim, today, formula.days, owed.calendar)
    if days == 0:
        words = [counted, "No day is late, so the formula gives nothing."]
        words += [_sentence(rule.without_formula)] if rule.without_formula else []
        return _made(owed, rule.key, None, 0, "", [*words, _NEVER], rule.clause, formula.readings)
    fee, on = _fee(claim, formula, today)
    unit = formula.days.replace("_", " ") + ("" if days == 1 else "s")
    basis = f"{fee} × {formula.times} ÷ {formula.divided_by} × {days} {unit}"
    readings = formula.readings
    fee_day = {"due": "it was due", "done": "it was done"}[formula.fee_on]
    in_force = f", {_day(on)}" if on else ""
    words = [
        f"The monthly fee as billed, in force on the day {fee_day}{in_force}: "
        f"{money(fee, owed.currency)}.",
        counted,
    ]
    amount = by_formula(formula, fee, days)
    exact = fee * formula.times * days / formula.divided_by
    rounded = f"rounded once to the penny, {_ROUNDED[formula.rounding]}"
    words.append(f"{basis} = {_exact(exact)}, {rounded}: {money(amount, owed.currency)}.")
    words.append(f"Always {formula.divided_by}, in a leap year too, as the code prints it.")
    words += [f"How it is claimed: {rule.claim}."] if rule.claim else []
    words.append(_NEVER)
    return _made(owed, rule.key, amount, days, basis, words, rule.clause, readings, so_far=so_far)


def _by_rate(owed: Entitlements, rates: Sequence[Rate], claim: Claim, today: date) -> Suggestion:
    first = rates[0]
    source = owed.sources[first.name]
    days, so_far = None, False
    if first.per == "day":
        days, counted, so_far = _days(claim, today, "calendar_day", owed.calendar)
        start = claim.due_on or today - timedelta(days=days)
        wanted = [start + timedelta(days=n) for n in range(1, days + 1)]
    else:
        on = claim.due_on or today
        wanted = [on] * claim.times
        times = "once" if claim.times == 1 else f"{claim.times} times"
        counted = f"It happened {times}; the rate of {_day(on)}."
    per_day = [next((one.amount for one in rates if one.in_force(day)), None) for day in wanted]
    words = [_sentence(first.clause.says), counted]
    amount: Decimal | None = None
    basis = ""
    if not claim.customer:
        words.append("The scheme is for home customers: record what kind of customer this is.")
    if claim.customer and first.customers and claim.customer not in first.customers:
        kind = claim.customer.replace("_", " ")
        words.append(f"The scheme is for home customers; this one is recorded as {kind}.")
    elif None in per_day:
        without = wanted[per_day.index(None)]
        words.append(f"No rate is known here for {_day(without)}: find it, and decide.")
    elif wanted:
        amount = sum((one for one in per_day if one), Decimal())
        basis = _spelled([one for one in per_day if one])
        words.append(f"{basis} = {money(amount, owed.currency)}.")
    else:
        words.append("No day is late, so the scheme gives nothing.")
    words += [f"The rate is {first.status} confirmed: check it.", _NEVER]
    clause = f"{first.clause.section}: {first.clause.says}"
    return Suggestion(
        first.name, amount, first.currency, days, basis, tuple(words), clause, source, (), so_far
    )


def _person(owed: Entitlements, rule: Compensation) -> Suggestion:
    words = [f"{_sentence(rule.clause.says)} No formula is printed: a person decides."]
    words += [f"It is paid {rule.paid}."] if rule.paid else []
    words.append(_NEVER)
    return _made(owed, rule.key, None, None, "", words, rule.clause, ())


_NEVER = "This is a suggestion: somebody decides, and nothing is paid by itself."


def _made(
    owed: Entitlements,
    kind: str,
    amount: Decimal | None,
    days: int | None,
    basis: str,
    words: Sequence[str],
    clause: Clause,
    readings: Sequence[str],
    *,
    so_far: bool = False,
) -> Suggestion:
    document = next(one for one in owed.documents if one.key == clause.document)
    sentence = f", sentence {clause.sentence}" if clause.sentence else ""
    return Suggestion(
        kind,
        amount,
        owed.currency,
        days,
        basis,
        tuple(words),
        f"{clause.section}{sentence}: {clause.says}",
        f"{document.title}, {document.dated or 'undated'}",
        tuple(readings),
        so_far,
    )


def _days(
    claim: Claim, today: date, unit: Literal["calendar_day", "business_day"], calendar: Calendar
) -> tuple[int, str, bool]:
    """How many days late, in words too, and whether it still goes on.

    Day one is the day after it was due; the day it was done is the last (AMB-8).
    """
    late = claim.days_late
    if claim.due_on is None:
        if late is None:
            raise CompensationError("due_on: it is missing; give due_on and done_on, or days_late")
        if claim.done_on is not None:
            raise CompensationError("due_on: it is missing; give it, or days_late alone")
        return late, f"Late by {_count(late, unit)}, as counted by whoever recorded it.", False
    so_far = claim.done_on is None and late is None
    if claim.done_on is None and late is not None:
        return late, f"Late by {_count(late, unit)} after {_day(claim.due_on)}, as recorded.", False
    done = claim.done_on or today
    span = (done - claim.due_on).days
    if span > MAX_DAYS:
        raise CompensationError(f"done_on: {done} is more than ten years after {claim.due_on}")
    days = sum(
        unit == "calendar_day" or calendar.is_business_day(claim.due_on + timedelta(days=n))
        for n in range(1, span + 1)
    )
    if late is not None and late != days:
        raise CompensationError(
            f"days_late: from {claim.due_on} to {done} it is {days}, not {late}; leave it out"
        )
    first = claim.due_on + timedelta(days=1)
    if days == 0:
        return 0, f"Due on {_day(claim.due_on)} and done on {_day(done)}: not late.", so_far
    until = f"{_day(done)}, and it is not done yet" if so_far else _day(done)
    return days, f"Late by {_count(days, unit)}: from {_day(first)} to {until}.", so_far


def _fee(claim: Claim, formula: DailyFormula, today: date) -> tuple[Decimal, date | None]:
    if not claim.fees:
        raise CompensationError("monthly_fee: it is missing; give the monthly fee as billed")
    day = claim.due_on if formula.fee_on == "due" else (claim.done_on or today)
    if day is None:
        return max(claim.fees)[1], None
    in_force = [(since, fee) for since, fee in claim.fees if since <= day]
    if not in_force:
        raise CompensationError(
            f"monthly_fee: none was in force on {day}; give the fee of that day"
        )
    return max(in_force)[1], day


def _count(days: int, unit: str) -> str:
    return f"{days} {unit.replace('_', ' ')}{'' if days == 1 else 's'}"


def _spelled(amounts: Sequence[Decimal]) -> str:
    """ "10.34 × 3 + 11.00 × 2": equal amounts that follow each other together."""
    runs: list[tuple[Decimal, int]] = []
    for amount in amounts:
        if runs and runs[-1][0] == amount:
            runs[-1] = (amount, runs[-1][1] + 1)
        else:
            runs.append((amount, 1))
    return " + ".join(f"{amount} × {times}" for amount, times in runs)


def _exact(amount: Decimal) -> str:
    """An exact amount to four places, marked where it goes on."""
    cut = amount.quantize(Decimal("0.0001"), rounding="ROUND_DOWN")
    return f"{cut}…" if cut != amount else f"{amount.normalize():f}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _sentence(text: str) -> str:
    said = text[:1].upper() + text[1:]
    return said if said.endswith(".") else f"{said}."
