"""The shape of a provider: what `templates/<provider>/provider.toml` may say, and nothing else.

Everything that differs between providers is data of these shapes; no code names a provider. An
unknown key is an error, so that a slip in a file cannot silently change a promise. Each promise
carries the clause it comes from, so that a person can check the date against the document.
"""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Line = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\n\r]+$")]

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


class Shape(BaseModel):
    """Base of everything in a provider file: immutable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Unit(StrEnum):
    """What an amount of time counts. Each means something different; none is converted."""

    BUSINESS_DAY = "business_day"  # ends with the local day; the day it starts is not counted
    WORKING_HOUR = "working_hour"  # an hour in which the provider is open
    WORKING_DAY_HOUR = "working_day_hour"  # any hour of a business day, from the next opening
    CLOCK_HOUR = "clock_hour"  # an elapsed hour, clock changes notwithstanding
    CALENDAR_DAY = "calendar_day"  # ends with the local day; the day it starts is not counted
    CALENDAR_DAY_INCLUSIVE = "calendar_day_inclusive"  # the day it starts is day one
    WEEK = "week"  # seven calendar days, never rolling over a holiday


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
    """Where a promise stands in the provider's own document, and what it says in our words."""

    document: Key
    section: Line
    sentence: int | None = Field(default=None, ge=1)
    says: Line


class KeptBy(Shape):
    """An event kind that keeps a promise, with the elements it must carry to count."""

    event: Key
    elements: tuple[Key, ...] = ()


class PromiseRule(Shape):
    """One promise of a code (architecture, section 3). Only the shape `once` is known so far."""

    name: PromiseName
    shape: Literal["once"]
    severity: Severity
    starts: Key = "received"
    within: Within
    alert: Within | None = None
    kept_by: tuple[KeptBy, ...]
    stopped_by: tuple[Key, ...] = ("closed", "withdrawn")
    letter: Key | None = None
    clause: Clause
    reading: Annotated[str, StringConstraints(pattern=r"^AMB-\d+$")] | None = None


class Document(Shape):
    """A published document of the provider's, named by `Clause.document`."""

    key: Key
    title: Line
    dated: Line | None = None
    """The date as printed; None where the document prints none."""


class Edition(Shape):
    """One edition of the code. `effective_from` None: in force since before anyone can tell."""

    name: Line
    effective_from: date | None = None


class ContactPoint(Shape):
    """One way to reach the provider: as printed, normalised, and whether a person confirmed it.

    An unconfirmed number or address is shown to admins and left out of letters.
    """

    kind: Literal["phone", "fax", "email", "post", "web", "portal", "chat"]
    purpose: Line
    printed: Line | None = None
    """None where the document evidently had one and the text as supplied has lost it."""
    normalised: Line | None = None
    """E.164 for numbers, the address itself for mail; None where there is no such form."""
    confirmed: bool = False
    note: Line | None = None


class Opening(Shape):
    """A daily opening window, half-open: at `closes` the provider is closed."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    opens: time
    closes: time
    """00:00 means the end of the day."""


class CalendarRule(Shape):
    """Which days and hours the provider works. `opening` empty: nothing is printed."""

    zone: Line
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    subdivision: Line | None = None
    opening: tuple[Opening, ...] = ()
    closures: tuple[date, ...] = ()


class Rung(Shape):
    """A level of the provider's ladder above the front line, lowest first."""

    level: Key
    title: Line


class Adr(Shape):
    """The dispute resolution scheme: as the code prints it, and what is known today."""

    printed: Line | None = None
    scheme: Line | None = None
    membership_stated: bool
    membership_confirmed: bool = False
    website: Line | None = None
    telephone: Line | None = None


class LetterRule(Shape):
    """What sending a letter of this kind does on the record."""

    implies: tuple[Key, ...] = ()
    elements: dict[Key, Line] = Field(default_factory=dict)
    """Required elements, each with the variable of the letter that must not be empty."""


class Letters(Shape):
    """Which letters go when, and what each must contain."""

    on_opening: tuple[Key, ...] = ()
    kinds: dict[Key, LetterRule] = Field(default_factory=dict)
    texts: dict[Key, dict[Line, Line]] = Field(default_factory=dict)
    """Named texts a letter may use, by language ("en", "fr-CA")."""


class ProviderFile(Shape):
    """The whole of `provider.toml`."""

    format: Literal[1]
    name: Line
    legal_name: Line | None = None
    signs_as: Line
    """How letters are signed."""
    jurisdiction: Literal["UK", "CA"]
    languages: tuple[Line, ...] = Field(min_length=1)
    settings: dict[Key, Line] = Field(default_factory=dict)
    """Settings an installation must supply for this provider, each with what it is for."""
    documents: tuple[Document, ...] = Field(min_length=1)
    editions: tuple[Edition, ...] = Field(min_length=1)
    contacts: tuple[ContactPoint, ...] = ()
    calendar: CalendarRule
    ladder: tuple[Rung, ...] = ()
    readings: dict[Annotated[str, StringConstraints(pattern=r"^AMB-\d+$")], Line] = Field(
        default_factory=dict
    )
    promises: tuple[PromiseRule, ...] = ()
    letters: Letters
    adr: Adr
