"""Porting compensation by its worked examples, and when a code is to be reviewed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from plugin.codes.calendar import calendar_for
from plugin.codes.compensation import suggest
from plugin.codes.model import Clause
from plugin.codes.provider_file import DailyFormula, Review
from plugin.codes.review import next_review, overdue
from plugin.codes.rules import Installation, RuleBook
from tests.plugin.codes.tables import on, shipped

DUE = on("Mon 02 Nov 2026")


def formula(**readings: str) -> DailyFormula:
    """Ooma's formula under some readings."""
    names = {name.replace("_", "-"): option for name, option in readings.items()}
    found = RuleBook(shipped("ooma"), Installation(names)).file.compensation["porting"].formula
    assert found is not None
    return found


def amount(fee: str, days: int, rule: DailyFormula, due: date = DUE) -> Decimal | None:
    """What is suggested for a number that came some days late."""
    calendar = calendar_for(shipped("ooma").file.calendar)
    fees = [(date(2020, 1, 1), Decimal(fee))]
    return suggest(rule, fees, due, due + timedelta(days=days), calendar).amount


class TestPorting:
    @pytest.mark.parametrize(
        ("fee", "days", "pounds"),
        [("25.00", 7, "5.75"), ("19.99", 10, "6.57"), ("25.00", 1, "0.82"), ("365", 1, "12.00")],
    )
    def test_the_worked_examples(self, fee: str, days: int, pounds: str) -> None:
        assert amount(fee, days, formula()) == Decimal(pounds)

    def test_a_leap_year_has_365_days_here_too(self) -> None:
        leap = on("Thu 01 Feb 2024")
        assert amount("25.00", 366, formula(), leap) == Decimal("300.82")

    def test_it_is_rounded_once_at_the_end(self) -> None:
        by_day = amount("25.00", 1, formula())
        assert by_day is not None
        assert amount("25.00", 7, formula()) != 7 * by_day

    def test_half_a_penny_goes_up(self) -> None:
        half = DailyFormula(times=1, divided_by=2)
        assert amount("0.01", 1, half) == Decimal("0.01")
        assert amount("0.03", 1, half) == Decimal("0.02")

    @pytest.mark.parametrize(
        ("readings", "pounds"),
        [
            ({}, "5.75"),
            ({"AMB_8": "business_days"}, "4.11"),
            ({"AMB_9": "once_up"}, "5.76"),
        ],
    )
    def test_readings(self, readings: dict[str, str], pounds: str) -> None:
        assert amount("25.00", 7, formula(**readings)) == Decimal(pounds)

    def test_the_fee_is_that_of_the_day_it_was_due(self) -> None:
        calendar = calendar_for(shipped("ooma").file.calendar)
        fees = [(date(2020, 1, 1), Decimal("25")), (DUE + timedelta(days=1), Decimal("50"))]
        done = DUE + timedelta(days=7)
        assert suggest(formula(), fees, DUE, done, calendar).amount == Decimal("5.75")
        later = formula(AMB_10="when_done")
        assert suggest(later, fees, DUE, done, calendar).amount == Decimal("11.51")

    def test_no_day_late_is_a_persons_to_decide_and_never_nothing(self) -> None:
        assert amount("25.00", 0, formula()) is None
        assert "a person decides" in (
            shipped("ooma").file.compensation["porting"].without_formula or ""
        )

    def test_the_basis_is_shown(self) -> None:
        calendar = calendar_for(shipped("ooma").file.calendar)
        fees = [(date(2020, 1, 1), Decimal("25.00"))]
        found = suggest(formula(), fees, DUE, DUE + timedelta(days=7), calendar)
        assert found.basis == "25.00 × 12 ÷ 365 × 7 calendar days"

    def test_a_fee_that_nobody_knows_is_asked_for(self) -> None:
        calendar = calendar_for(shipped("ooma").file.calendar)
        with pytest.raises(ValueError, match="no fee was in force on 2026-11-02"):
            suggest(formula(), [], DUE, DUE + timedelta(days=7), calendar)


def review(months: int | None, reviewed_on: date | None) -> Review:
    """A review clause."""
    clause = Clause(document="d", section="s", says="reviewed")
    return Review(every_months=months, reviewed_on=reviewed_on, clause=clause)


class TestReview:
    @pytest.mark.parametrize(
        ("last", "months", "due"),
        [
            (date(2026, 8, 9), 3, date(2026, 11, 9)),
            (date(2026, 11, 30), 3, date(2027, 2, 28)),
            (date(2023, 11, 29), 3, date(2024, 2, 29)),
            (date(2026, 12, 31), 12, date(2027, 12, 31)),
            (date(2026, 3, 31), 1, date(2026, 4, 30)),
        ],
    )
    def test_the_same_day_of_a_later_month(self, last: date, months: int, due: date) -> None:
        assert next_review(review(months, last), None) == due

    def test_it_is_overdue_the_day_after(self) -> None:
        rule = review(3, date(2026, 8, 9))
        assert overdue(rule, None, date(2026, 11, 9)) is None
        said = overdue(rule, None, date(2026, 11, 10))
        assert said == "its review was due on 2026-11-09; its code says every 3 months"

    def test_what_the_installation_knows_is_newer(self) -> None:
        assert overdue(review(3, date(2017, 8, 9)), date(2026, 10, 1), date(2026, 11, 10)) is None

    def test_a_code_that_says_nothing_is_never_overdue(self) -> None:
        assert overdue(review(None, None), None, date(2026, 11, 10)) is None
        assert overdue(None, None, date(2026, 11, 10)) is None

    def test_one_that_was_never_recorded_is_asked_for(self) -> None:
        assert "no review is on record" in (overdue(review(3, None), None, DUE) or "")

    def test_oomas_quarterly_review_is_overdue_by_what_is_printed(self) -> None:
        assert overdue(shipped("ooma").file.review, None, date(2026, 11, 10))
