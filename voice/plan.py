"""A provider's routing plan as data: its lines, who is rung for which, and where messages go.

The rule: every number in it is normalised when it is loaded, and one that does not validate, or
that reaches the emergency services, stops the loading with its place; a plan never finds out while
somebody is calling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from string import Formatter
from typing import Annotated, Any, Literal

import phonenumbers
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from voice.numbers import is_emergency, read

MAX_TARGETS = 10
"""Who is rung together at most, which is what one Dial of Twilio's takes."""

_SIP = re.compile(r"sips?:[A-Za-z0-9+_.!~*'()%-]{1,64}@[A-Za-z0-9.-]{1,253}(:\d{1,5})?")
_EXTENSION = re.compile(r"\d{2,6}")


def _region(given: object) -> object:
    if given not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError('it is no country; write its two capitals, e.g. "GB" or "CA"')
    return given


def normalised(given: str, region: str | None) -> str:
    """A number as E.164. Raises ValueError saying what is wrong."""
    found = read(given, region)
    if found.withheld or found.e164 is None:
        raise ValueError(f"{given!r} is no number that can be used: {found.reason}")
    if found.extension:
        raise ValueError(f"{given!r} has an extension; a line or target is a whole number")
    return found.e164


def _target(given: object, info: ValidationInfo) -> str:
    """E.164, a sip: URI or an extension of the phone system."""
    if not isinstance(given, str):
        raise ValueError("it is no text; write it in quotes")
    text = given.strip()
    region = (info.context or {}).get("region")
    if is_emergency(text, None) or is_emergency(text, region):
        raise ValueError(f"{text!r} reaches the emergency services; no call is sent there")
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("sip", "sips"):
        text = f"{scheme.lower()}:{rest}"
        if not _SIP.fullmatch(text):
            raise ValueError(f"{text!r} is no SIP address; e.g. sip:complaints@pbx.example.com")
        return text
    if _EXTENSION.fullmatch(text):
        return text
    return normalised(text, region)


def _line_number(given: object, info: ValidationInfo) -> str:
    if not isinstance(given, str):
        raise ValueError("it is no text; write it in quotes")
    return normalised(given, (info.context or {}).get("region"))


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")]
Region = Annotated[str, BeforeValidator(_region)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[A-Z]{2}$")]
Target = Annotated[str, BeforeValidator(_target)]
LineNumber = Annotated[str, BeforeValidator(_line_number)]
Rings = Annotated[int, Field(ge=5, le=120)]


WORDS = (
    *("closed", "opens", "opens_day", "unanswered", "message"),
    *("acknowledged", "acknowledged_target"),
)
"""What may be said to callers."""

SLOTS = ("provider", "day", "time", "within")
"""What may stand in braces in it."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Shape):
    """A number that customers dial. `says`: what it is for, as free text."""

    number: LineNumber
    says: str = ""
    language: Language | None = None
    queue: Name | None = None


class Queue(_Shape):
    """People who are rung together, and at which levels of the ladder cases are theirs."""

    targets: tuple[Target, ...] = Field(default=(), max_length=MAX_TARGETS)
    rings_seconds: Rings = 25
    levels: tuple[Name, ...] = ()


def _wrong_words(language: str, text: str) -> str | None:
    """What is wrong with what is said to callers, None where nothing is."""
    if not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", language):
        return 'it is no language; write e.g. "en" or "fr-CA"'
    if not text.isprintable():
        return "it holds a line break or another control character"
    try:
        slots = [(name, form) for _, name, form, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        return f"its braces are wrong: {error}"
    unknown = [name for name, form in slots if name not in SLOTS or form]
    if unknown:
        return f"nothing fills {{{unknown[0]}}}; its slots are: {', '.join(SLOTS)}"
    return None


def _handlers(given: object) -> object:
    """Addresses of handlers as they are compared, in small letters."""
    if not isinstance(given, dict):
        return given
    small = {str(name).lower(): one for name, one in given.items()}
    if len(small) < len(given):
        raise ValueError("a handler is there twice; their addresses differ in capitals alone")
    return small


Handlers = Annotated[dict[str, Target], BeforeValidator(_handlers)]


class Plan(_Shape):
    """How one provider's calls are routed. `provider` is its key; files do not name it.

    `handlers`: a handler's e-mail address to where they are rung. `voicemail`: where the phone
    system itself takes messages, for those that cannot be told to record.
    """

    format: Literal[1]
    provider: str = ""
    region: Region
    language: Language = "en-GB"
    rings_seconds: Rings = 20
    queue: Name = "complaints"
    escalated_queue: Name | None = None
    voicemail: Target | None = None
    lines: tuple[Line, ...] = ()
    queues: dict[Name, Queue] = Field(default_factory=dict)
    handlers: Handlers = Field(default_factory=dict)
    words: dict[str, dict[str, str]] = Field(default_factory=dict)
    """What is said to callers, by language; its slots are filled by whoever hands it in."""

    @model_validator(mode="after")
    def _agrees(self) -> Plan:
        """Every queue that is named exists, and no level or line is there twice."""
        named = [self.queue, *(line.queue for line in self.lines)]
        for name in (*named, self.escalated_queue):
            if name is not None and name not in self.queues:
                there = ", ".join(self.queues) or "none"
                raise ValueError(f"there is no queue {name!r}; its queues are: {there}")
        unknown = sorted(set(self.words) - set(WORDS))
        if unknown:
            raise ValueError(f"there are no words {unknown[0]!r}; there are: {', '.join(WORDS)}")
        for name, queue in self.queues.items():
            if len(set(queue.targets)) < len(queue.targets):
                raise ValueError(f"the queue {name} rings a target twice")
        for what, said in (
            ("line", [line.number for line in self.lines]),
            ("level", [level for queue in self.queues.values() for level in queue.levels]),
        ):
            twice = {one for one in said if said.count(one) > 1}
            if twice:
                raise ValueError(f"the {what} {min(twice)} is there twice")
        return self

    @model_validator(mode="after")
    def _says(self) -> Plan:
        """What is said has a language, and nothing in it that is not filled."""
        for name, texts in self.words.items():
            for language, text in texts.items():
                problem = _wrong_words(language, text)
                if problem:
                    raise ValueError(f"words.{name}.{language}: {problem}")
        return self

    @model_validator(mode="after")
    def _ends(self) -> Plan:
        """No call is sent to a line it came in by."""
        own = {line.number for line in self.lines}
        circle = sorted(own.intersection(self.rung))
        if circle:
            raise ValueError(f"{circle[0]} is a line of its own: a call would ring for ever")
        return self

    @property
    def rung(self) -> list[str]:
        """Every target there is."""
        found = [one for queue in self.queues.values() for one in queue.targets]
        return [*found, *self.handlers.values(), *([self.voicemail] if self.voicemail else [])]

    @cached_property
    def _levels(self) -> dict[str, str]:
        return {level: name for name, queue in self.queues.items() for level in queue.levels}

    def queue_for(self, level: str) -> str | None:
        """The queue of a level; of an escalated case without one, the senior queue."""
        return self._levels.get(level) or (self.escalated_queue if level else None)

    def line(self, number: str | None) -> Line | None:
        """The line with this number (E.164)."""
        return next((line for line in self.lines if line.number == number), None)


def plan_from(data: dict[str, Any], provider: str) -> Plan:
    """A plan from a file's data. Raises pydantic's ValidationError, with the place of each."""
    region = data.get("region")
    known = region if region in phonenumbers.SUPPORTED_REGIONS else None
    return Plan.model_validate({**data, "provider": provider}, context={"region": known})


def shared_lines(plans: Iterable[Plan]) -> list[str]:
    """What is wrong with plans taken together: a line is one provider's alone."""
    owners: dict[str, str] = {}
    problems: list[str] = []
    known = list(plans)
    for plan in known:
        for line in plan.lines:
            first = owners.setdefault(line.number, plan.provider)
            if first != plan.provider:
                problems.append(
                    f"{line.number} is a line of {first} and of {plan.provider}; "
                    "a call to it could go to either: name it in one, or set enabled = false for "
                    "the provider that is not served here"
                )
    for plan in known:
        for target in plan.rung:
            owner = owners.get(target)
            if owner is not None and owner != plan.provider:
                problems.append(f"{plan.provider} rings {target}, which is a line of {owner}")
    return problems
