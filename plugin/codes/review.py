"""When a provider's own review of its code is due, soon or overdue."""

from __future__ import annotations

from datetime import date, timedelta

from plugin.codes.provider_file import Review

REMIND = timedelta(days=14)
"""How long before a review is due somebody is reminded of it."""


def next_review(review: Review, reviewed_on: date | None) -> date | None:
    """The day by which the code is to be reviewed again; None where nothing says how often.

    `reviewed_on`: what this installation knows of the last review, else what the folder says. The
    same day of a later month, or that month's last day.
    """
    last = last_review(review, reviewed_on)
    if review.every_months is None or last is None:
        return None
    months = last.year * 12 + last.month - 1 + review.every_months
    year, month = divmod(months, 12)
    for day in range(last.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, last.day)


def last_review(review: Review | None, reviewed_on: date | None) -> date | None:
    """The day of the last review, as the installation or else the folder knows it."""
    known = (reviewed_on, review.reviewed_on if review else None)
    return max((day for day in known if day), default=None)


def soon(review: Review | None, reviewed_on: date | None, today: date) -> str | None:
    """That a review is due within the next fortnight, in words, or None."""
    due = next_review(review, reviewed_on) if review else None
    if due is None or not today <= due <= today + REMIND:
        return None
    return f"its review is due on {due}; its code says every {review.every_months} months"  # type: ignore[union-attr]


def overdue(review: Review | None, reviewed_on: date | None, today: date) -> str | None:
    """Why a review is overdue, in words, or None."""
    if review is None or review.every_months is None:
        return None
    due = next_review(review, reviewed_on)
    if due is None:
        return f"no review is on record; its code says every {review.every_months} months"
    if due >= today:
        return None
    return f"its review was due on {due}; its code says every {review.every_months} months"
