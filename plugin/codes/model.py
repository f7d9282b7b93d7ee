"""The shape of a promise: what a code of practice and the law may say, and nothing else.

A promise has one of four shapes; there is no expression language, and a new behaviour is a new
shape in code. Everything that differs between providers is data of these shapes. An unknown key is
an error, so that a slip in a file cannot silently change a promise. Each promise carries the clause
it comes from, so that a person can check the date against the document.
"""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Line = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\n\r]+$")]
ReadingName = Annotated[str, StringConstraints(pattern=r"^(AMB-\d+|[a-z][a-z0-9_]*)$")]

PromiseName = Literal[
    "acknowledge",
    "triage_review",
    "manager_response",
    "handler_introduction",
    "contact_time_agreed",
    "progress_update",
    "technical_resolution",
    "resolution_target",
    "determination",
    "outcome_notice",
    "assumed_closure",
    "adr_notice",
    "deadlock_letter",
    "ccts_notice",
    "data_protection_acknowledgement",
]

How = Literal["confirmed", "assumed", "deadlock", "withdrawn", "out_of_scope", "unconfirmed"]
"""How a case ended; "unconfirmed": closed without the customer's word where silence is none."""

EVERY_END: tuple[How, ...] = (
    "confirmed",
    "assumed",
    "deadlock",
    "withdrawn",
    "out_of_scope",
    "unconfirmed",
)


class Shape(BaseModel):
    """Base of everything in a provider or law file: immutable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Unit(StrEnum):
    """What an amount of time counts. Each means something different; none is converted."""

    BUSINESS_DAY = "business_day"  # ends with the local day; the day it starts is not counted
    BUSINESS_DAY_INCLUSIVE = "business_day_inclusive"  # the day it starts counts, if worked
    WORKING_HOUR = "working_hour"  # an hour in which the provider is open
    WORKING_DAY_HOUR = "working_day_hour"  # any hour of a business day, from the next opening
    CLOCK_HOUR = "clock_hour"  # an elapsed hour, clock changes notwithstanding
    CALENDAR_DAY = "calendar_day"  # ends with the local day; the day it starts is not counted
    CALENDAR_DAY_INCLUSIVE = "calendar_day_inclusive"  # the day it starts is day one
    WEEK = "week"  # seven calendar days, never rolling over a holiday

    __hash__ = str.__hash__  # the enum's own is written in Python and asked for every promise


class Severity(StrEnum):
    """How hard a promise is: missing a target is an alert, a commitment or legal duty a breach."""

    TARGET = "target"
    COMMITMENT = "commitment"
    LEGAL = "legal"


class Within(Shape):
    """A length of time, e.g. `{ amount = 1, unit = "business_day" }`."""

    amount: int = Field(ge=1, le=1000)
    unit: Unit


class Clause(Shape):
    """Where something stands in a document, and what it says in our words."""

    document: Key
    section: Line
    sentence: int | None = Field(default=None, ge=1)
    says: Line


class KeptBy(Shape):
    """An event kind that keeps a promise, and what it must carry to count."""

    event: Key
    elements: tuple[Key, ...] = ()
    """Keys of the event's `elements` that must be there and not blank."""
    not_blank: tuple[Key, ...] = ()
    """Facts that, where the event gives them, must not be blank."""
    by: tuple[Literal["phone", "written"], ...] = ()
    """Ways it must reach the customer, where the event says how; "written": mail or letter."""
    phone_may_be_excused: bool = False
    """Written alone is enough where the event says why a call was not possible."""
    at_level: bool = False
    """It counts only where its `by_level` is the level of the start, or is not given."""


class WaivedBy(Shape):
    """A recorded decision that waives a promise: who decided must stand in its `by`."""

    event: Key
    reasons: tuple[Key, ...] = Field(min_length=1)


class GivenBy(Shape):
    """A length of time not printed in the code: said in a letter, else set by the installation."""

    event: Key
    element: Key
    setting: Key


class PromiseRule(Shape):
    """One promise (architecture, section 3).

    `once`: from the first `starts`, within a time, kept by something. `each`: again for every
    start. `repeat`: from the start and then from each update, at a fixed or agreed interval.
    `silence`: something happens because nobody spoke.
    """

    name: PromiseName
    shape: Literal["once", "each", "repeat", "silence"]
    severity: Severity
    starts: Key = "received"
    at_levels: tuple[Key, ...] = ()
    """Only starts whose `level` is one of these."""
    from_level: int | None = Field(default=None, ge=1, le=9)
    """Only starts at this level or above; the front line is level 1."""
    within: Within | None = None
    """None: the interval is agreed with the customer (`repeat`), or comes from `given_by`."""
    given_by: GivenBy | None = None
    counts_from: Literal["moment", "next_opening"] = "moment"
    alert: Within | None = None
    act_by: Literal["opening", "business_day"] = "opening"
    """What must be left of working time: opening hours, or those of business days alone."""
    suggested: Within | None = None
    """An interval to propose to the customer; it binds nobody."""
    kept_by: tuple[KeptBy, ...] = ()
    kept_before: bool = False
    """What keeps it may have happened before it started."""
    counts_as_update: tuple[Key, ...] = ()
    """`repeat`: events that count as the first update without being one."""
    stopped_by: tuple[Key, ...] = ()
    """Events that stop it, beside the end of the case."""
    restarted_by: tuple[Key, ...] = ()
    """`repeat`: events that start a stopped series anew."""
    ends_with: tuple[How, ...] = EVERY_END
    """The ways of ending a case that stop it."""
    judged_at_end: bool = False
    """It is kept by an outcome that still stands when the case ends, and judged then."""
    resumes: bool = False
    """It runs on, with the same end, when a closed case is re-opened."""
    waived_by: tuple[WaivedBy, ...] = ()
    letter: Key | None = None
    clause: Clause
    reading: ReadingName | None = None
    editions: tuple[Line, ...] = ()
    """The editions of the code it stands in; empty: every one."""
    off: bool = False
    """A reading by which the code makes no such promise."""


class Document(Shape):
    """A published document, named by `Clause.document`."""

    key: Key
    title: Line
    dated: Line | None = None
    """The date as printed; None where the document prints none."""


class Opening(Shape):
    """A daily opening window, half-open: at `closes` the provider is closed."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    opens: time
    closes: time
    """00:00 means the end of the day."""


class OneOff(Shape):
    """A holiday proclaimed for one date that the general list may not have yet."""

    on: date
    name: Line


class CalendarRule(Shape):
    """Which days and hours the provider works. `opening` empty: nothing is printed.

    Holidays are those of `country` and `subdivision` in the given categories of the `holidays`
    package ("public"; "government" adds the federal ones in Canada), and the dated ones here.
    """

    zone: Line
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    subdivision: Line | None = None
    categories: tuple[Key, ...] = ("public",)
    holidays: tuple[OneOff, ...] = ()
    opening: tuple[Opening, ...] = ()
    closures: tuple[date, ...] = ()
