"""The steps of a scenario: mail that arrives, what customers and agents do, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from mail.parse import MAX_BYTES
from plugin.cases.actions import ACTIONS, WAITING
from plugin.cases.roles import Role, role
from plugin.simulation.fields import (
    ScenarioError,
    Table,
    counted,
    line,
    lines,
    meant,
    moment,
    one_of,
    shown,
    text,
    truth,
)

MAX_EML = MAX_BYTES + 1024 * 1024
"""The largest .eml file: a little more than the desk reads, so that its refusal can be shown."""

Threading = Literal["full", "in-reply-to", "subject", "none"]
THREADINGS: tuple[Threading, ...] = ("full", "in-reply-to", "subject", "none")

Button = Literal["confirm", "not_resolved", "escalate"]
BUTTONS: tuple[Button, ...] = ("confirm", "not_resolved", "escalate")


@dataclass(frozen=True, slots=True)
class Written:
    """What a customer's mail says. None: left out, and filled in as a mail program would.

    `sender` and `message_id` are "" where the mail is to have none. `headers` stand in place of
    those that would be made.
    """

    sender: str | None = None
    to: tuple[str, ...] | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] | None = None
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail arrives."""

    says: Written


@dataclass(frozen=True, slots=True)
class Eml:
    """A mail arrives as it lies in a file."""

    path: Path


@dataclass(frozen=True, slots=True)
class Reply:
    """The newest letter of a name in a case is answered."""

    letter: str
    case: int
    threading: Threading
    says: Written


@dataclass(frozen=True, slots=True)
class Bounce:
    """The newest letter of a name in a case comes back, or is delayed where not `permanent`."""

    letter: str
    case: int
    permanent: bool


@dataclass(frozen=True, slots=True)
class Agent:
    """A person acts: on a case, or on what opened none where `not_case` is given."""

    action: str
    case: int
    not_case: int | None
    facts: Mapping[str, Any]
    role: Role


@dataclass(frozen=True, slots=True)
class Link:
    """The customer presses a button on the page of the case."""

    button: Button
    case: int


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody telephones. `caller`: as it is written, None for withheld; `transcript`: with
    "caller:", "agent:" and "ivr:" before turns, or the caller's words alone; None: nothing was
    written down. `voicemail`: it is a message."""

    caller: str | None
    transcript: str | None
    voicemail: bool


What = Mail | Eml | Reply | Bounce | Agent | Link | Call


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens at a moment (UTC); `place` is where the scenario says so."""

    at: datetime
    place: str
    what: What


_WRITTEN = (
    "from",
    "to",
    "subject",
    "text",
    "html",
    "message_id",
    "in_reply_to",
    "references",
    "headers",
)
_BESIDE: dict[str, tuple[str, ...]] = {
    "mail": (),
    "eml": (),
    "reply_to": ("case", "threading", *_WRITTEN),
    "bounce": ("case", "permanent"),
    "call": (),
    "agent": (),
    "link": ("case",),
}
"""Every kind of step, with the keys that may stand beside it."""


def read_step(value: object, place: str, base: Path) -> Step:
    """One step; relative paths start from `base`. Raises ScenarioError."""
    known = {"at", *_BESIDE, *(key for keys in _BESIDE.values() for key in keys)}
    kinds = [kind for kind in _BESIDE if Table(value, place, known).has(kind)]
    if len(kinds) != 1:
        said = f"it is both {' and '.join(kinds)}" if kinds else "it says nothing to do"
        raise ScenarioError(f"{place}: {said}; give one of {', '.join(_BESIDE)}")
    (kind,) = kinds
    table = Table(value, place, ("at", kind, *_BESIDE[kind]))
    return Step(table.need("at", moment), place, _READERS[kind](table, base))


def _mail(table: Table, base: Path) -> Mail:
    del base
    says = _written(Table(table.values["mail"], table.at("mail"), _WRITTEN))
    if says.sender is None:
        raise ScenarioError(f"{table.at('mail')}.from: it is missing")
    if says.text is None and says.html is None:
        raise ScenarioError(f"{table.at('mail')}.text: it is missing; give text or html")
    return Mail(says)


def _eml(table: Table, base: Path) -> Eml:
    place, path = table.at("eml"), base / table.need("eml", line)
    try:
        if not path.is_file():
            raise ScenarioError(f"{place}: there is no file {path}")
        if path.stat().st_size > MAX_EML:
            raise ScenarioError(f"{place}: {path} is larger than {MAX_EML // 1024**2} MiB")
    except OSError as error:
        raise ScenarioError(f"{place}: {path} cannot be read: {error.strerror}") from None
    return Eml(path)


def _reply(table: Table, base: Path) -> Reply:
    del base
    says = _written(table)
    if says.text is None and says.html is None:
        raise ScenarioError(f"{table.at('text')}: it is missing; give text or html")
    threading = table.get("threading", one_of(THREADINGS), "full")
    return Reply(
        letter=table.need("reply_to", line),
        case=table.get("case", counted, 1),
        threading=next(one for one in THREADINGS if one == threading),
        says=says,
    )


def _bounce(table: Table, base: Path) -> Bounce:
    del base
    return Bounce(
        letter=table.need("bounce", line),
        case=table.get("case", counted, 1),
        permanent=table.get("permanent", truth, True),
    )


def _call(table: Table, base: Path) -> Call:
    del base
    said = Table(table.values["call"], table.at("call"), ("from", "to", "transcript", "voicemail"))
    said.get("to", line, None)
    return Call(
        caller=said.get("from", line, None),
        transcript=said.get("transcript", text, None),
        voicemail=said.get("voicemail", truth, False),
    )


def _agent(table: Table, base: Path) -> Agent:
    del base
    place, value = table.at("agent"), table.values["agent"]
    if not isinstance(value, Mapping):
        raise ScenarioError(f"{place}: {shown(value)} is not an object")
    kind = Table(value, place, value).need("action", line)
    action = ACTIONS.get(kind) or WAITING.get(kind)
    if action is None:
        there = meant(kind, [*ACTIONS, *WAITING])
        raise ScenarioError(f"{place}.action: there is no action {kind!r}{there}")
    beside = {"case", "action", "role", *(("not_case",) if kind in WAITING else ())}
    facts = [fact.name for fact in action.facts]
    plain = {key.partition(".")[0]: said for key, said in value.items()}
    Table(plain, place, {*beside, *facts})
    told = Table(value, place, value)
    return Agent(
        action=kind,
        case=told.get("case", counted, 1),
        not_case=told.need("not_case", counted) if kind in WAITING else None,
        facts={key: said for key, said in value.items() if key not in beside},
        role=told.get("role", _role, Role.ADMIN),
    )


def _link(table: Table, base: Path) -> Link:
    del base
    button = table.need("link", one_of(BUTTONS))
    case = table.get("case", counted, 1)
    return Link(next(one for one in BUTTONS if one == button), case)


def _written(table: Table) -> Written:
    return Written(
        sender=table.get("from", line, None),
        to=table.get("to", lines, None),
        subject=table.get("subject", line, None),
        text=table.get("text", text, None),
        html=table.get("html", text, None),
        message_id=table.get("message_id", line, None),
        in_reply_to=table.get("in_reply_to", line, None),
        references=table.get("references", lines, None),
        headers=table.get("headers", _headers, {}),
    )


def _headers(value: object, place: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise ScenarioError(f"{place}: {shown(value)} is not an object")
    for name in value:
        if not name or any(not "!" <= c <= "~" or c == ":" for c in name):
            raise ScenarioError(f"{place}: {shown(name)} is no name of a header")
    return {name: lines(said, f"{place}.{name}") for name, said in value.items()}


def _role(value: object, place: str) -> Role:
    return role(one_of([one.word for one in Role])(value, place))


_READERS: dict[str, Callable[[Table, Path], What]] = {
    "mail": _mail,
    "eml": _eml,
    "reply_to": _reply,
    "bounce": _bounce,
    "call": _call,
    "agent": _agent,
    "link": _link,
}
