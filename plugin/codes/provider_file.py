"""What `templates/<provider>/provider.toml` may say about a provider beside its promises.

Facts of the published documents stand here as data: who the provider is, how it is reached, what
it owes beyond deadlines. Each is restated in our words with its place in the document. What is
printed and known to be out of date is kept as printed, marked, and never said to a customer.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from plugin.codes.model import (
    CalendarRule,
    Clause,
    Document,
    Key,
    Line,
    PromiseRule,
    ReadingName,
    Shape,
    Within,
)

Channel = Literal["phone", "fax", "email", "post", "web", "portal", "chat", "in_person"]
Format = Literal["large_print", "braille", "audio", "plain_text", "easy_read"]


class Edition(Shape):
    """One edition of the code. `effective_from` None: in force since before anyone can tell."""

    name: Line
    effective_from: date | None = None


class ContactPoint(Shape):
    """One way to reach somebody: as printed, normalised, and whether a person confirmed it.

    An unconfirmed number or address is shown to admins and left out of letters; one that is out of
    date is never said at all.
    """

    kind: Channel
    purpose: Line
    whose: Literal["provider", "scheme", "regulator"] = "provider"
    printed: Line | None = None
    """None where the document evidently had one and the text as supplied has lost it."""
    normalised: Line | None = None
    """E.164 for numbers, the address itself for mail; None where there is no such form."""
    confirmed: bool = False
    stale: bool = False
    reading: ReadingName | None = None
    note: Line | None = None


class Who(Shape):
    """Who may complain, and about what; the words never narrow what counts as a complaint."""

    clause: Clause
    threshold: Line | None = None


class ChannelRule(Shape):
    """A way of complaining or escalating, and what the code asks a customer to say or send."""

    channel: Channel
    serves: tuple[Literal["complaint", "escalation", "question"], ...] = ("complaint",)
    asks: Line | None = None
    reading: ReadingName | None = None
    clause: Clause


class Rung(Shape):
    """A level of the provider's ladder above the front line, lowest first."""

    level: Key
    title: Line
    titles: dict[Line, Line] = Field(default_factory=dict)
    """The title by language, where letters speak another than the file."""
    asked: bool = True
    """Does the customer have to ask, by the words of the code?"""
    role: Literal["supervisor", "manager"] = "manager"
    """The least role that decides at this level."""
    clause: Clause | None = None
    reading: ReadingName | None = None


class Escalation(Shape):
    """How cases climb the ladder beside the customer's wish."""

    on_objection: Key | None = None
    """The level a case goes to when the customer objects to an outcome."""
    on_reopening: Key | None = None
    """The level a closed case goes to when it is taken up again."""
    discretionary: tuple[Key, ...] = ()
    """Flags for which the code lets the provider escalate; none escalates by itself."""
    clause: Clause | None = None


class Closure(Shape):
    """What closes a case with the customer's agreement, and what happens afterwards."""

    confirmed_by: tuple[Literal["phone", "email", "post", "link", "chat"], ...] = ()
    """Channels by which a confirmation closes a case; empty: any."""
    clause: Clause | None = None
    reopening: Clause | None = None
    reading: ReadingName | None = None


class Accessibility(Shape):
    """Formats and help the code offers to customers who need them."""

    formats: tuple[Format, ...] = ()
    says: Line
    """What is offered, as free text."""
    needs: tuple[Line, ...] = ()
    """Needs the code names, as free text."""
    clauses: tuple[Clause, ...] = ()


class Representatives(Shape):
    """Who may complain for somebody else, by the code; for others ask for authority."""

    says: Line
    clause: Clause | None = None


class DailyFormula(Shape):
    """fee x times / divided_by for every day late, rounded once at the end."""

    times: int = Field(ge=1)
    divided_by: int = Field(ge=1)
    days: Literal["calendar_day", "business_day"] = "calendar_day"
    rounding: Literal["half_up", "up"] = "half_up"
    fee_on: Literal["due", "done"] = "due"
    """The fee in force on the day it was due, or on the day it was done."""
    readings: tuple[ReadingName, ...] = ()


class Compensation(Shape):
    """Money a code promises or considers. Always a suggestion; no payment is automatic."""

    key: Key
    formula: DailyFormula | None = None
    """None: each case upon its own facts."""
    paid: Line | None = None
    claim: Line | None = None
    without_formula: Line | None = None
    """What to do where the formula gives nothing and something is still owed."""
    clause: Clause


class Term(Shape):
    """Something a handler should know that starts no clock of a complaint."""

    topic: Literal[
        "billing",
        "cancellation",
        "refund",
        "interest",
        "suspension",
        "equipment",
        "maintenance",
        "privacy",
        "porting",
        "copies",
        "identity",
        "terms",
        "service",
        "aim",
    ]
    within: Within | None = None
    clause: Clause


class Waiting(Shape):
    """How long what nobody decided may wait for a person before somebody is told."""

    alert: Within


class Review(Shape):
    """How often the provider says it reviews its code, and when it last did as far as we know."""

    every_months: int | None = Field(default=None, ge=1, le=120)
    reviewed_on: date | None = None
    clause: Clause


class Adr(Shape):
    """The dispute resolution scheme: as the code prints it, and what is known today."""

    printed: Line | None = None
    called: Line | None = None
    """The printed name as a letter may say it, where the code states a membership."""
    scheme: Line | None = None
    membership_stated: bool
    membership_confirmed: bool = False
    website: Line | None = None
    telephone: Line | None = None
    binding: bool | None = None
    """Does the code say that a decision binds the provider? None: it does not say."""
    eligible: Line | None = None
    stale: tuple[Line, ...] = ()
    """Printed names and addresses that are out of date; never said to a customer."""
    exceptions: tuple[Key, ...] = ()
    """Reasons the code gives for sending no notice."""
    reading: ReadingName | None = None
    clauses: tuple[Clause, ...] = ()


class Choice(Shape):
    """One way of reading a clause: what it says, and the keys it changes.

    `promises` and `law` change promises of the code and of the law by name, `tables` any other
    table of the file. Nothing else makes one reading differ from another.
    """

    says: Line
    promises: dict[Key, dict[str, Any]] = Field(default_factory=dict)
    law: dict[Key, dict[str, Any]] = Field(default_factory=dict)
    tables: dict[str, Any] = Field(default_factory=dict)


class Reading(Shape):
    """An ambiguous clause: the question, how it is read here, and how it might be.

    A sentence alone is a reading with one choice, as folders of earlier versions have them.
    """

    asks: Line
    chosen: Key
    choices: dict[Key, Choice] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _of_a_sentence(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        asks = "How is it read?"
        return {"asks": asks, "chosen": "as_said", "choices": {"as_said": {"says": given}}}


class LetterRule(Shape):
    """What sending a letter of this kind does on the record."""

    implies: tuple[Key, ...] = ()
    elements: dict[Key, Line] = Field(default_factory=dict)
    """Required elements, each with the value that must not be empty and stands in the letter."""
    signposts: bool = False
    """It names the dispute resolution scheme to every customer whom the scheme could take."""
    title: dict[Line, Line] = Field(default_factory=dict)
    """What the letter is, in words for a customer, by language."""


class LettersFile(Shape):
    """`templates/base/letters.toml`: what letters do and contain at every provider."""

    kinds: dict[Key, LetterRule]
    texts: dict[Key, dict[Line, Line]] = Field(default_factory=dict)


class Letters(Shape):
    """Which letters go when, and what each must contain, over what they do at every provider."""

    on_opening: tuple[Key, ...] = ()
    kinds: dict[Key, LetterRule] = Field(default_factory=dict)
    texts: dict[Key, dict[Line, Line]] = Field(default_factory=dict)
    """Named texts a letter may use, by language ("en", "fr-CA")."""


class ProviderFile(Shape):
    """The whole of `provider.toml`."""

    format: Literal[1]
    name: Line
    legal_name: Line | None = None
    company_number: Line | None = None
    signs_as: Line
    """How letters are signed."""
    signs_as_in: dict[Line, Line] = Field(default_factory=dict)
    """How they are signed by language, where that differs."""
    jurisdiction: Literal["UK", "CA"]
    languages: tuple[Line, ...] = Field(min_length=1)
    language_reading: ReadingName | None = None
    settings: dict[Key, Line] = Field(default_factory=dict)
    """Settings an installation must supply for this provider, each with what it is for."""
    documents: tuple[Document, ...] = Field(min_length=1)
    editions: tuple[Edition, ...] = Field(min_length=1)
    who: Who | None = None
    contacts: tuple[ContactPoint, ...] = ()
    channels: tuple[ChannelRule, ...] = ()
    calendar: CalendarRule
    ladder: tuple[Rung, ...] = ()
    escalation: Escalation = Escalation()
    closure: Closure = Closure()
    waiting: Waiting | None = None
    """None: until the opening of the last business day for a first answer."""
    readings: dict[ReadingName, Reading] = Field(default_factory=dict)
    promises: tuple[PromiseRule, ...] = ()
    letters: Letters
    adr: Adr
    accessibility: Accessibility | None = None
    representatives: Representatives | None = None
    compensation: dict[Key, Compensation] = Field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    review: Review | None = None
