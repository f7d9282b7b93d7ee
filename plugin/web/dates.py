"""Dates as the reader's language writes them, in the provider's own time.

A promise "by the end of Wednesday" can be kept until midnight; one "before 14:48" cannot be kept at
14:48. Both come from the same half-open `due_at`, and are said so that nobody reads them wrong.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_location

from plugin.web.i18n import gettext, locale

NEAR = timedelta(hours=24)
"""What is due within this long is shown as due soon."""


def day(moment: date) -> str:
    """A day, e.g. "Wed 25 Nov 2026"."""
    return format_date(moment, "EEE d MMM y", locale=locale())


def day_of(moment: datetime, zone: str) -> str:
    """The day a moment falls on in that zone."""
    return day(moment.astimezone(ZoneInfo(zone)).date())


def when(moment: datetime, zone: str, *, named: bool = False) -> str:
    """A moment, e.g. "Wed 25 Nov 2026, 14:48", in that zone.

    `named`: with the place whose time it is, for lists over several providers.
    """
    local = moment.astimezone(ZoneInfo(zone))
    said = format_datetime(local, "EEE d MMM y, HH:mm", locale=locale())
    return f"{said} ({zone_name(zone)})" if named and zone != "UTC" else said


def until(last_day: date | None, due_at: datetime, zone: str) -> str:
    """Until when a promise can be kept."""
    if last_day is not None:
        return gettext("by the end of %(day)s") % {"day": day(last_day)}
    return gettext("before %(moment)s") % {"moment": when(due_at, zone)}


def days_off(last_day: date, now: datetime, zone: str) -> str:
    """How far off a day is, as the days are counted there: "today", "tomorrow", "in 3 days"."""
    number = (last_day - now.astimezone(ZoneInfo(zone)).date()).days
    near = {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}
    return near.get(number) or distance(now + timedelta(days=number), now)


def distance(moment: datetime, now: datetime) -> str:
    """How far off a moment is, e.g. "in 3 days", "2 hours ago"."""
    if abs(moment - now) < timedelta(seconds=1):
        return gettext("just now")
    return format_timedelta(moment - now, add_direction=True, threshold=1.2, locale=locale())


def urgency(due_at: datetime | None, now: datetime) -> str:
    """ "late", "soon" or "ok" for what is due then; "none" where nothing is."""
    if due_at is None:
        return "none"
    if due_at <= now:
        return "late"
    return "soon" if due_at - now <= NEAR else "ok"


def zone_name(zone: str) -> str:
    """Where a zone is, as people name it: "London", "Toronto"."""
    return str(get_timezone_location(ZoneInfo(zone), locale=locale(), return_city=True))


def language_name(code: str) -> str:
    """A language as people name it, e.g. "Canadian French" for "fr-CA"."""
    try:
        return str(Locale.parse(code, sep="-").get_display_name(locale()) or code)
    except (UnknownLocaleError, ValueError):
        return code
