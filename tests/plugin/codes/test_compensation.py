"""Compensation to the penny, worked by hand, and what happens where no number can be had."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plugin.codes.compensation import (
    Claim,
    CompensationError,
    Entitlements,
    Suggestion,
    entitlements,
    money,
    suggest,
)
from plugin.codes.law import LawFile
from plugin.codes.rules import Installation, RuleBook
from tests.plugin.codes.tables import on, shipped

TODAY = on("Sat 28 Nov 2026")
LATER = on("Mon 11 Jan 2027")


def owed(
    key: str, readings: dict[str, str] | None = None, *, automatic: bool = False
) -> Entitlements:
    """What a provider may owe under some readings."""
    book = RuleBook(shipped(key), Installation(readings or {}))
    return entitlements(shipped(key), book.file, automatic=automatic)


def claim(fee: str, **facts: object) -> Claim:
    """A claim with a monthly fee that was always in force."""
    return Claim(fees=((date.min, Decimal(fee)),), **facts)  # type: ignore[arg-type]


def porting(fee: str, **facts: object) -> Suggestion:
    """What Ooma's formula gives."""
    return suggest(owed("ooma"), "porting", claim(fee, **facts), TODAY)


# fee x 12 / 365 x days, by hand; the exact amount stands beside it.
TABLE = [
    ("25.00", 7, "5.75"),  # 2100 / 365 = 5.7534
    ("19.99", 10, "6.57"),  # 2398.80 / 365 = 6.5720
    ("25.00", 1, "0.82"),  # 300 / 365 = 0.8219
    ("365.00", 1, "12.00"),  # 4380 / 365 = 12 exactly
    ("25.00", 365, "300.00"),  # twelve months
    ("25.00", 366, "300.82"),  # a leap year is divided by 365 too
    ("0.01", 1, "0.00"),  # 0.12 / 365 = 0.0003
    ("0.01", 15, "0.00"),  # 1.80 / 365 = 0.0049
    ("0.01", 16, "0.01"),  # 1.92 / 365 = 0.0053
    ("36.50", 1, "1.20"),  # 438 / 365 = 1.2 exactly
    ("3.65", 1, "0.12"),  # 43.80 / 365 = 0.12 exactly
    ("0.73", 5, "0.12"),  # 43.80 / 365 = 0.12 exactly
    ("0.73", 1, "0.02"),  # 8.76 / 365 = 0.024
    ("18.25", 1, "0.60"),  # 219 / 365 = 0.6 exactly
    ("12.50", 73, "30.00"),  # 10950 / 365 = 30 exactly
    ("99999.99", 30, "98630.13"),  # 35999996.40 / 365 = 98630.1271
    ("14.99", 28, "13.80"),  # 5036.64 / 365 = 13.7990
    ("14.99", 31, "15.28"),  # 5576.28 / 365 = 15.2775
]


@pytest.mark.parametrize(("fee", "days", "pounds"), TABLE)
def test_the_table_worked_by_hand(fee: str, days: int, pounds: str) -> None:
    assert porting(fee, days_late=days).amount == Decimal(pounds)


DATES = [
    ("2026-11-02", "2026-11-09", 7),
    ("2026-01-31", "2026-02-28", 28),
    ("2026-02-28", "2026-03-01", 1),
    ("2024-02-28", "2024-03-01", 2),  # a leap day is late like any other
    ("2024-02-29", "2024-03-31", 31),
    ("2023-12-31", "2024-12-31", 366),
    ("2025-12-31", "2026-12-31", 365),
    ("2026-12-24", "2027-01-04", 11),  # over Christmas and the end of the year
    ("2026-03-28", "2026-03-30", 2),  # the clocks change in between
    ("2026-11-09", "2026-11-10", 1),
]


@pytest.mark.parametrize(("due", "done", "days"), DATES)
def test_calendar_days_are_counted_from_the_day_after(due: str, done: str, days: int) -> None:
    late = claim("25.00", due_on=date.fromisoformat(due), done_on=date.fromisoformat(done))
    found = suggest(owed("ooma"), "porting", late, LATER)
    assert found.days_late == days
    assert found.amount == porting("25.00", days_late=days).amount


@pytest.mark.parametrize(
    ("readings", "pounds"),
    [
        ({}, "5.75"),
        ({"AMB-8": "business_days"}, "4.11"),  # five of the seven: 1500 / 365 = 4.1095
        ({"AMB-9": "once_up"}, "5.76"),
    ],
)
def test_readings(readings: dict[str, str], pounds: str) -> None:
    late = claim("25.00", due_on=on("Mon 02 Nov 2026"), done_on=on("Mon 09 Nov 2026"))
    assert suggest(owed("ooma", readings), "porting", late, TODAY).amount == Decimal(pounds)


def test_it_is_rounded_once_and_not_for_every_day() -> None:
    by_day = porting("25.00", days_late=1).amount
    assert by_day is not None
    assert porting("25.00", days_late=7).amount == Decimal("5.75") != 7 * by_day


def test_the_fee_is_that_of_the_day_it_was_due() -> None:
    due, done = on("Mon 02 Nov 2026"), on("Mon 09 Nov 2026")
    fees = [(date(2020, 1, 1), Decimal(25)), (on("Tue 03 Nov 2026"), Decimal(50))]
    late = Claim(fees=fees, due_on=due, done_on=done)
    assert suggest(owed("ooma"), "porting", late, TODAY).amount == Decimal("5.75")
    later = owed("ooma", {"AMB-10": "when_done"})
    assert suggest(later, "porting", late, TODAY).amount == Decimal("11.51")


def test_the_calculation_is_said_in_words() -> None:
    found = porting("25.00", due_on=on("Mon 02 Nov 2026"), done_on=on("Mon 09 Nov 2026"))
    assert found.basis == "25.00 × 12 ÷ 365 × 7 calendar days"
    assert found.words == (
        "The monthly fee as billed, in force on the day it was due, 2 November 2026: £25.00.",
        "Late by 7 calendar days: from 3 November 2026 to 9 November 2026.",
        "25.00 × 12 ÷ 365 × 7 calendar days = 5.7534…, rounded once to the penny, halves up: "
        "£5.75.",
        "Always 365, in a leap year too, as the code prints it.",
        "How it is claimed: in writing to the registered office; a claim made otherwise is not "
        "refused.",
        "This is a suggestion: somebody decides, and nothing is paid by itself.",
    )
    assert found.readings == ("AMB-8", "AMB-9", "AMB-10")
    assert found.source == "Ooma code on availability of information, 9 August 2017"


def test_what_is_not_done_yet_is_counted_so_far() -> None:
    found = porting("25.00", due_on=on("Sat 21 Nov 2026"))
    assert (found.days_late, found.so_far) == (7, True)
    assert "and it is not done yet" in found.words[1]


@pytest.mark.parametrize(
    "late",
    [
        {"days_late": 0},
        {"due_on": on("Mon 09 Nov 2026"), "done_on": on("Mon 09 Nov 2026")},
    ],
)
def test_no_day_late_is_a_persons_to_decide_and_never_nothing(late: dict[str, object]) -> None:
    found = suggest(owed("ooma"), "porting", Claim(**late), TODAY)  # type: ignore[arg-type]
    assert (found.amount, found.days_late, found.shown) == (None, 0, "")
    assert any("a person decides what is reasonable" in line for line in found.words)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "due_on: it is missing; give due_on and done_on, or days_late"),
        ({"done_on": TODAY, "days_late": 3}, "due_on: it is missing; give it, or days_late alone"),
        ({"due_on": on("Sun 29 Nov 2026")}, "due_on: 2026-11-29 has not come yet"),
        (
            {"due_on": on("Mon 09 Nov 2026"), "done_on": on("Sun 29 Nov 2026")},
            "done_on: 2026-11-29 has not come yet",
        ),
        (
            {"due_on": on("Mon 09 Nov 2026"), "done_on": on("Mon 02 Nov 2026")},
            "done_on: 2026-11-02 is before",
        ),
        ({"days_late": 3, "times": 2}, "times: the code counts days here; leave it out"),
        (
            {"due_on": date(2010, 1, 1), "done_on": TODAY},
            "done_on: 2026-11-28 is more than ten years after 2010-01-01",
        ),
        (
            {"due_on": on("Mon 02 Nov 2026"), "done_on": on("Mon 09 Nov 2026"), "days_late": 8},
            "days_late: from 2026-11-02 to 2026-11-09 it is 7, not 8",
        ),
    ],
)
def test_a_claim_that_makes_no_sense_is_named(facts: dict[str, object], said: str) -> None:
    with pytest.raises(CompensationError) as why:
        porting("25.00", **facts)
    assert str(why.value).startswith(said)


def test_a_fee_that_nobody_knows_is_asked_for() -> None:
    with pytest.raises(CompensationError, match="monthly_fee: it is missing"):
        suggest(owed("ooma"), "porting", Claim(days_late=7), TODAY)
    late = Claim(
        fees=((on("Tue 03 Nov 2026"), Decimal(25)),),
        due_on=on("Mon 02 Nov 2026"),
        done_on=on("Mon 09 Nov 2026"),
    )
    with pytest.raises(CompensationError, match="none was in force on 2026-11-02"):
        suggest(owed("ooma"), "porting", late, TODAY)


def test_the_only_kind_need_not_be_named_and_an_unknown_one_is_refused() -> None:
    assert suggest(owed("ooma"), None, claim("25.00", days_late=7), TODAY).kind == "porting"
    with pytest.raises(CompensationError, match="there is no 'gift' here; there are: porting"):
        suggest(owed("ooma"), "gift", claim("25.00", days_late=7), TODAY)
    for key in ("8x8", "jive"):
        with pytest.raises(CompensationError, match="this provider's code knows no compensation"):
            suggest(owed(key), None, claim("25.00", days_late=7), TODAY)


def test_opus_looks_at_each_case_and_no_number_is_invented() -> None:
    found = suggest(owed("opus"), None, claim("25.00", days_late=7), TODAY)
    assert (found.kind, found.amount) == ("case_by_case", None)
    assert "No formula is printed: a person decides." in found.words[0]
    assert "It is paid as a credit to the monthly invoice, or as agreed." in found.words


class TestAutomaticScheme:
    """Voluntary, off by default, with rates that are in force from a day to a day."""

    def rate(self, kind: str, **facts: Any) -> Suggestion:
        today = facts.pop("today", TODAY)
        return suggest(owed("opus", automatic=True), kind, Claim(**facts), today)

    @pytest.mark.parametrize("key", ["ooma", "8x8", "jive", "opus"])
    def test_it_is_off_unless_the_installation_says_so(self, key: str) -> None:
        assert owed(key).rates == {}

    def test_no_scheme_of_the_united_kingdom_is_canadas(self) -> None:
        assert owed("jive", automatic=True).rates == {}

    @pytest.mark.parametrize(
        ("kind", "facts", "pounds", "basis"),
        [
            ("delayed_repair", {"days_late": 3}, "31.02", "10.34 × 3"),
            ("late_start", {"days_late": 10}, "64.60", "6.46 × 10"),
            ("missed_appointment", {}, "32.31", "32.31 × 1"),
            ("missed_appointment", {"times": 2}, "64.62", "32.31 × 2"),
        ],
    )
    def test_the_rates(self, kind: str, facts: dict[str, object], pounds: str, basis: str) -> None:
        found = self.rate(kind, **facts)
        assert (found.amount, found.basis) == (Decimal(pounds), basis)

    def test_a_day_without_a_rate_is_a_persons_to_decide(self) -> None:
        april = date(2027, 4, 3)
        found = self.rate("delayed_repair", due_on=date(2027, 3, 29), done_on=april, today=april)
        assert found.amount is None
        assert "No rate is known here for 1 April 2027: find it, and decide." in found.words

    def test_days_of_two_rates_have_each_its_own(self) -> None:
        law = shipped("opus").law["automatic-compensation"]
        (old,) = (one for one in law.rates if one.name == "delayed_repair")
        new = old.model_copy(
            update={
                "amount": Decimal("11.00"),
                "effective_from": date(2027, 4, 1),
                "effective_to": None,
            }
        )
        both = LawFile.model_validate(law.model_dump() | {"rates": [old, new]})
        provider = shipped("opus")
        found = entitlements(
            type(provider)("opus", 0, provider.file, {}, {"scheme": both}),
            provider.file,
            automatic=True,
        )
        late = Claim(due_on=date(2027, 3, 29), done_on=date(2027, 4, 2))
        made = suggest(found, "delayed_repair", late, date(2027, 4, 3))
        assert (made.basis, made.amount) == ("10.34 × 2 + 11.00 × 2", Decimal("42.68"))

    def test_it_is_for_home_customers(self) -> None:
        assert self.rate("late_start", days_late=1, customer="consumer").amount is not None
        found = self.rate("late_start", days_late=1, customer="small_business")
        assert found.amount is None
        assert any("recorded as small business" in line for line in found.words)

    def test_an_appointment_to_come_is_not_missed(self) -> None:
        with pytest.raises(CompensationError, match="due_on: 2026-12-27 has not come yet"):
            self.rate("missed_appointment", due_on=date(2026, 12, 27))

    def test_who_the_customer_is_is_asked_where_nobody_recorded_it(self) -> None:
        found = self.rate("late_start", days_late=1)
        assert any("record what kind of customer this is" in line for line in found.words)

    def test_nothing_late_is_nothing(self) -> None:
        assert self.rate("late_start", days_late=0).amount is None


def test_money_is_written_as_people_write_it() -> None:
    assert money(Decimal("5.75"), "GBP") == "£5.75"
    assert money(Decimal("1234.5"), "GBP") == "£1,234.50"
    assert money(Decimal("5.75"), "CAD") == "$5.75"
    assert money(Decimal("5.75"), "CAD", "fr_CA") == "5,75\xa0$"
