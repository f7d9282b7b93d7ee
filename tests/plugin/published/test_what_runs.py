"""Every deadline that a published code names is the one that `derive` reckons with.

The times are read back out of the finished sentences and counted here a second time, by hand and
with holidays written down, so that neither the code's words nor its calendar can be wrong alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.codes.derive import derive
from plugin.codes.history import Fact, History
from plugin.codes.promise import Promise
from plugin.published.compose import Here
from plugin.published.document import Document
from tests.plugin.codes.tables import shipped
from tests.plugin.published.places import EVERY, TODAY, VALUES, book, made, points

ZONES = {"UK": ZoneInfo("Europe/London"), "CA": ZoneInfo("America/Toronto")}
HOLIDAYS = {
    "UK": {date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25), date(2026, 12, 28)},
    "CA": {date(2026, 4, 3), date(2026, 12, 25), date(2026, 12, 28)},
}
HOLIDAYS["UK"] |= {date(2027, 1, 1)}
HOLIDAYS["CA"] |= {date(2027, 1, 1)}
OPENS, CLOSES = time(8, 30), time(17, 30)

# As the clock on the provider's wall shows them; each test puts its zone in.
MOMENTS = [
    datetime(
        2026, 12, 23, 16, 10, tzinfo=UTC
    ),  # Wednesday; Christmas and its substitute day follow
    datetime(2026, 12, 26, 11, 5, tzinfo=UTC),  # a Saturday and a holiday
    datetime(2026, 4, 2, 9, 40, tzinfo=UTC),  # the Thursday before Easter, under the eight weeks
]

UNITS = {
    "business day": "business_day",
    "jour ouvrable": "business_day",
    "opening hour": "opening_hour",
    "hour of business day": "business_hour",
    "day, counting the day we receive it": "day_inclusive",
    "business day, counting the first": "business_day_inclusive",
    "day": "day",
    "jour": "day",
    "week": "week",
    "semaine": "week",
    "hour": "hour",
    "heure": "hour",
}
TIME = re.compile(
    r"(\d+)(?: (?:to|à) (\d+))? (business days?, counting the first"
    r"|days?, counting the day we receive it"
    r"|business days?|opening hours?|hours? of business days|days?|weeks?|hours?"
    r"|jours? ouvrables?|jours?|semaines?|heures?)"
)
SAME_DAY = re.compile(r"by the end of the same business day|à la fin du même jour ouvrable")


@dataclass(frozen=True)
class Said:
    """A time that a sentence names; `nearer`: the first of "3 to 5"."""

    amount: int
    unit: str
    nearer: int | None = None


def read(text: str) -> Iterator[Said]:
    """The times in a sentence."""
    text = re.sub(r"\bd’une? (?=jour|heure|semaine)", "1 ", text)
    for first, second, words in TIME.findall(text):
        unit = UNITS[re.sub(r"\b(?!business)(\w+?)s\b", r"\1", words)]
        yield Said(int(second or first), unit, int(first) if second else None)
    if SAME_DAY.search(text):
        yield Said(1, "business_day_inclusive")


def count(start: datetime, amount: int, unit: str, jurisdiction: str) -> datetime:
    """The first moment too late, counted on one's fingers. `start` is local."""
    holidays, day = HOLIDAYS[jurisdiction], start.date()

    def worked(one: date) -> bool:
        return one.weekday() < 5 and one not in holidays

    if unit == "hour":
        return (start.astimezone(UTC) + timedelta(hours=amount)).astimezone(start.tzinfo)
    if unit in ("opening_hour", "business_hour"):
        return _hours(start, amount, unit, worked)
    if unit == "week":
        day += timedelta(days=7 * amount)
    elif unit == "day":
        day += timedelta(days=amount)
    elif unit == "day_inclusive":
        day += timedelta(days=amount - 1)
    else:
        left = amount - (unit == "business_day_inclusive" and worked(day))
        while left:
            day += timedelta(days=1)
            left -= worked(day)
    return datetime.combine(day + timedelta(days=1), time(), start.tzinfo)


def _hours(start: datetime, amount: int, unit: str, worked: object) -> datetime:
    """Minute by minute: a minute counts while the office is open, or on a day it works."""
    left, now = amount * 60, start
    begun = False
    while left:
        open_ = worked(now.date()) and OPENS <= now.time() < CLOSES  # type: ignore[operator]
        begun = begun or open_
        counts = open_ if unit == "opening_hour" else begun and worked(now.date())  # type: ignore[operator]
        left -= bool(counts)
        now += timedelta(minutes=1)
    return now


def history(key: str, name: str, start: datetime) -> History:
    """A case in which the promise starts at `start`."""
    ladder = [rung.level for rung in shipped(key).file.ladder]
    before = start - timedelta(minutes=30)
    facts = {
        "technical_resolution": [Fact("handed_to_engineering", start)],
        "outcome_notice": [Fact("determined", start)],
        "determination": [Fact("escalated", start, {"level": ladder[-1]})],
        "assumed_closure": [Fact("outcome_advised", start)],
        "deadlock_letter": [Fact("outcome_advised", before), Fact("deadlocked", start)],
        "ccts_notice": [
            Fact("escalated", before, {"level": ladder[0]}),
            Fact("outcome_advised", start, {"by_level": ladder[0]}),
        ],
        "data_protection_acknowledgement": [Fact("data_protection_raised", start)],
    }
    if name not in facts:
        return History(start)
    return History(before - timedelta(minutes=30), facts[name])


def derived(
    key: str, name: str, start: datetime, readings: dict[str, str] | None = None
) -> Promise | None:
    """The promise of that name that starts there; None where there is none."""
    case = history(key, name, start)
    rules = book(key, readings).on(case.received_at.date())
    found = derive(rules, case, start + timedelta(minutes=1))
    return next((one for one in found if one.promise == name and one.starts_at == start), None)


def compare(
    document: Document, key: str, start: datetime, readings: dict[str, str] | None = None
) -> int:
    """Hold every promise of a document against `derive`; how many had a time."""
    jurisdiction = shipped(key).file.jurisdiction
    compared = 0
    for place, point in points(document).items():
        kind, _, name = place.partition(":")
        if kind != "promise":
            continue
        times = list(read(point.text))
        promise = derived(key, name, start, readings)
        if not times:
            assert promise is None, (name, point.text)
            continue
        assert promise is not None, (name, point.text)
        if name == "resolution_target":
            times = times[:1]  # the law's, when independent help is open, stands behind it
        ends = [count(start, one.amount, one.unit, jurisdiction) for one in times]
        assert min(ends) == promise.due_at, (name, point.text, min(ends), promise.due_at)
        nearer = [count(start, one.nearer, one.unit, jurisdiction) for one in times if one.nearer]
        if nearer:
            assert nearer == [promise.alert_at], (name, point.text)
        compared += 1
    return compared


PER_DOCUMENT = {"ooma": 11, "8x8": 5, "jive": 4, "opus": 6}
"""How many promises name a time; so that a sentence that lost its time is noticed."""


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
@pytest.mark.parametrize(("key", "document", "language"), EVERY)
def test_every_deadline_in_the_text_is_the_one_that_runs(
    key: str, document: str, language: str, moment: datetime
) -> None:
    start = moment.replace(tzinfo=ZONES[shipped(key).file.jurisdiction])
    made_ = made(key, document, language, on=moment.date())
    compared = compare(made_, key, start)
    if document == "complaints":
        data_protection = moment.date() < date(2026, 6, 19) and key != "jive"
        assert compared == PER_DOCUMENT[key] - data_protection


READINGS = [
    (key, name, option)
    for key in ("ooma", "8x8", "jive", "opus")
    for name, reading in shipped(key).file.readings.items()
    for option in reading.choices
]


@pytest.mark.parametrize(("key", "name", "option"), READINGS)
def test_another_reading_changes_the_text_as_it_changes_the_deadline(
    key: str, name: str, option: str
) -> None:
    zone = ZONES[shipped(key).file.jurisdiction]
    chosen = {name: option}
    for language in shipped(key).file.languages:
        document = made(key, language=language, readings=chosen)
        if (name, option) == ("AMB-21", "every_outcome"):
            continue  # it changes for whom, and no time
        assert compare(document, key, MOMENTS[0].replace(tzinfo=zone), chosen)


def test_every_promise_of_the_rules_is_said() -> None:
    for key, document, language in EVERY:
        if document == "complaints":
            said = {place.partition(":")[2] for place in points(made(key, document, language))}
            assert {one.rule.name for one in book(key).on(TODAY).promises} <= said


TIMED = (
    "promise:",
    "terms:cancellation",
    "adr:months",
    "adr:when",
    "compensation:",
    "unit:",
    "hours",
)
"""What may name a time: promises, a term with its own, and what is no deadline."""


@pytest.mark.parametrize(("key", "document", "language"), EVERY)
def test_no_other_sentence_names_a_time(key: str, document: str, language: str) -> None:
    for place, point in points(made(key, document, language)).items():
        if not place.startswith(TIMED):
            assert not list(read(point.text)), (place, point.text)


def test_the_law_is_marked_and_the_code_is_not() -> None:
    opus = points(made("opus"))
    assert opus["promise:adr_notice"].law == "Ofcom General Condition C4"
    assert "6 weeks" in opus["promise:adr_notice"].text
    assert "Our own code gives us 8 weeks" in opus["promise:adr_notice"].text
    assert opus["promise:handler_introduction"].law == ""


def test_the_day_of_first_receipt_chooses_the_law() -> None:
    before = points(made("8x8", on=date(2026, 4, 7)))["promise:adr_notice"].text
    after = points(made("8x8", on=date(2026, 4, 8)))["promise:adr_notice"].text
    assert "within 8 weeks" in before
    assert "within 6 weeks" in after


def test_a_reading_without_closing_on_silence_says_nothing_of_it() -> None:
    assert "promise:assumed_closure" in points(made("ooma"))
    assert "promise:assumed_closure" not in points(made("ooma", readings={"AMB-5": "never"}))


@pytest.mark.parametrize("on", [date(2026, 4, 7), date(2026, 4, 8)], ids=str)
@pytest.mark.parametrize("key", ["ooma", "8x8", "opus"])
def test_when_the_scheme_is_open_is_when_its_notice_is_due(key: str, on: date) -> None:
    here = Here(VALUES | {"adr_scheme": "CISAS"})
    said = points(made(key, on=on, here=here))
    (when,) = read(said["adr:when"].text)
    (notice, *_) = read(said["promise:adr_notice"].text)
    assert (when.amount, when.unit) == (notice.amount, notice.unit)


def test_a_longer_aim_says_that_independent_help_comes_sooner() -> None:
    aim = "promise:resolution_target"
    assert "it is open to you after 6 weeks" in points(made("ooma"))[aim].text
    before = points(made("ooma", on=date(2026, 4, 7)))[aim].text
    assert before == "We aim to resolve your complaint within 8 weeks."
    assert "independent help" not in points(made("8x8"))[aim].text


def test_a_time_that_the_law_does_not_name_is_not_said_to_be_its() -> None:
    said = points(made("ooma"))["promise:deadlock_letter"].text
    assert "The law names no time for that; we do it by the end of the same business day" in said
