"""The law as data: one file for each instrument, in the same shapes as a code of practice.

What applies is chosen by the date a complaint was first received, or, where the instrument says so,
by the event itself; never by today's date. Each rule keeps its source and whether a person has
read it there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from plugin.codes.model import Clause, Document, Key, Line, PromiseRule, Shape, Within
from plugin.codes.problems import ProviderError, problem

Status = Literal["confirmed", "partly", "unconfirmed"]

PREFIX = "law/"
"""Where the law's files stand among those of a provider version."""


class Dated(Shape):
    """Something in force from a day to a day, both included; None: without end."""

    effective_from: date | None = None
    effective_to: date | None = None
    status: Status

    @model_validator(mode="after")
    def _in_order(self) -> Dated:
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to is before effective_from; swap them")
        return self

    def in_force(self, day: date) -> bool:
        """Is it in force on that day?"""
        begun = self.effective_from is None or self.effective_from <= day
        return begun and (self.effective_to is None or day <= self.effective_to)


class Takes(Shape):
    """Whom the scheme takes, by a recorded number; unknown is never refused, nor a consumer."""

    number: Literal["headcount", "monthly_bill"]
    at_most: int | None = None
    below: int | None = None
    says: Line

    @model_validator(mode="after")
    def _one_limit(self) -> Takes:
        if (self.at_most is None) == (self.below is None):
            raise ValueError("give at_most or below, one of them")
        return self

    def takes(self, recorded: float) -> bool:
        """Would the scheme take a customer with this number?"""
        if self.at_most is not None:
            return recorded <= self.at_most
        return self.below is None or recorded < self.below


class LawPromise(PromiseRule, Dated):
    """A promise that the law makes in the provider's name."""

    dated_by: Literal["received", "event"] = "received"
    """Does it apply by the date of first receipt, or of the event it starts from?"""
    takes: Takes | None = None
    after_silence: Within | None = None
    """After a closing on silence it runs on for so long from the last outcome, and no longer."""
    own_time: bool = False
    """The law names no time for it; the one here is our reading."""
    bounds: tuple[Key, ...] = ()
    """Promises of a code that are laxer than this law where they give more time."""


class Duty(Dated):
    """Something the law asks for that is no promise with a clock in a case."""

    name: Key
    applies_to: Line
    carried_by: Line
    """What in the product carries it."""
    within: Within | None = None
    months: int | None = Field(default=None, ge=1)
    clause: Clause


class Silence(Dated):
    """How long silence must last before a case may be closed on it."""

    within: Within
    clause: Clause


class Rate(Dated):
    """An amount that is owed for a day or a time something went wrong, while it is in force."""

    name: Key
    per: Literal["day", "time"]
    amount: Decimal = Field(gt=0, decimal_places=2)
    currency: Literal["GBP", "CAD"]
    customers: tuple[Key, ...] = ()
    """The kinds of customer it is for; empty: any."""
    told: dict[Key, Line]
    """What it is paid for, by language."""
    clause: Clause


class Scheme(Shape):
    """A dispute resolution scheme that providers of the jurisdiction can belong to."""

    name: Line
    name_in: dict[Key, Line] = Field(default_factory=dict)
    """What it is called in other languages, e.g. fr."""
    formerly: Line | None = None
    run_by: Line | None = None
    telephone: Line | None = None
    """E.164."""
    dialled: Line | None = None
    """The number as people of the country write it."""
    address: Line | None = None
    website: Line | None = None
    email: Line | None = None
    award_limit: Line | None = None
    will_not_take: tuple[Line, ...] = ()
    status: Status


class LawFile(Shape):
    """One instrument: `templates/law/<name>.toml`."""

    format: Literal[1]
    title: Line
    title_in: dict[Key, Line] = Field(default_factory=dict)
    """Its title in other languages, e.g. fr."""
    jurisdiction: Literal["UK", "CA"]
    regulator: Line | None = None
    """The regulator it comes from, which decides no complaint of a customer's."""
    voluntary: bool = False
    """It binds only a provider whose installation says that it takes part."""
    documents: tuple[Document, ...] = Field(min_length=1)
    promises: tuple[LawPromise, ...] = ()
    duties: tuple[Duty, ...] = ()
    silence: Silence | None = None
    schemes: tuple[Scheme, ...] = ()
    rates: tuple[Rate, ...] = ()


Law = Mapping[str, LawFile]
"""Every instrument by the name of its file, e.g. "ofcom-c4"."""


def read_law(files: Mapping[str, str]) -> dict[str, LawFile]:
    """The law among a provider version's files. Raises ProviderError naming every problem."""
    law: dict[str, LawFile] = {}
    problems: list[str] = []
    for name, text in sorted(files.items()):
        if not name.startswith(PREFIX):
            continue
        place = f"templates/{name}"
        try:
            read = LawFile.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            problems.append(f"{place}: it is not TOML: {error}")
        except ValidationError as error:
            problems += [f"{place}: {problem(entry)}" for entry in error.errors()]
        else:
            law[name.removeprefix(PREFIX).removesuffix(".toml")] = read
            problems += [f"{place}: {said}" for said in _problems(read)]
    if problems:
        raise ProviderError(problems)
    return law


def _problems(file: LawFile) -> Iterator[str]:
    documents = {document.key for document in file.documents}
    cited = [(f"promises[{n}]", one.clause) for n, one in enumerate(file.promises)]
    cited += [(f"duties[{n}]", one.clause) for n, one in enumerate(file.duties)]
    cited += [(f"rates[{n}]", one.clause) for n, one in enumerate(file.rates)]
    if file.silence:
        cited.append(("silence", file.silence.clause))
    for place, clause in cited:
        if clause.document not in documents:
            known = ", ".join(sorted(documents))
            yield f"{place}.clause.document: {clause.document!r} is none of: {known}"
    for number, one in enumerate(file.promises):
        for other in file.promises[:number]:
            if one.name == other.name and _overlap(one, other):
                yield f"promises[{number}].effective_from: two of {one.name!r} are in force at once"
    for number, rate in enumerate(file.rates):
        for earlier in file.rates[:number]:
            if rate.name == earlier.name and _overlap(rate, earlier):
                yield f"rates[{number}].effective_from: two of {rate.name!r} are in force at once"


def _overlap(one: Dated, other: Dated) -> bool:
    ends = [
        date.max if dated.effective_to is None else dated.effective_to for dated in (one, other)
    ]
    begins = [dated.effective_from or date.min for dated in (one, other)]
    return max(begins) <= min(ends)
