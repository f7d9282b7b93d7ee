"""When a code is to be reviewed: due, soon and overdue."""

from __future__ import annotations

from datetime import date

import pytest

from plugin.codes.model import Clause
from plugin.codes.provider_file import Review
from plugin.codes.review import last_review, next_review, overdue, soon
from tests.plugin.codes.tables import on, shipped

DUE = on("Mon 02 Nov 2026")


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

    def test_a_fortnight_before_somebody_is_reminded(self) -> None:
        rule = review(3, date(2026, 8, 9))
        assert soon(rule, None, date(2026, 10, 25)) is None
        said = "its review is due on 2026-11-09; its code says every 3 months"
        assert soon(rule, None, date(2026, 10, 26)) == said
        assert soon(rule, None, date(2026, 11, 9)) == said
        assert soon(rule, None, date(2026, 11, 10)) is None
        assert soon(None, None, date(2026, 11, 9)) is None
        assert soon(review(None, None), None, date(2026, 11, 9)) is None

    def test_the_last_review_is_the_newest_anybody_knows(self) -> None:
        rule = review(3, date(2017, 8, 9))
        assert last_review(rule, None) == date(2017, 8, 9)
        assert last_review(rule, date(2026, 10, 1)) == date(2026, 10, 1)
        assert last_review(rule, date(2016, 1, 1)) == date(2017, 8, 9)
        assert last_review(None, None) is None
