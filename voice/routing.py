"""Where a call goes: pure, and always with a reason.

The rule: the number dialled decides the provider and the region; only a number that is surely
somebody's finds their case, and two cases are never guessed between; whatever is unclear goes to
people, and what is not ours is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from voice.call import Call
from voice.numbers import is_emergency
from voice.plan import Plan

Action = Literal["connect", "voicemail", "pass"]


@dataclass(frozen=True, slots=True)
class LiveCase:
    """A live case that the caller is party to. `level`: its rung, "" for the front line."""

    reference: str
    level: str = ""
    handler: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the desk knows of the caller: the live cases their number is a confirmed route of."""

    cases: tuple[LiveCase, ...] = ()


@dataclass(frozen=True, slots=True)
class Office:
    """Is the provider open when the call comes, and what may be said if nobody answers.

    `closed` and `unanswered`: words by language, each no more than the code supports; `message`:
    the invitation to leave one, for systems that record.
    """

    open: bool
    opens_at: datetime | None = None
    closed: Mapping[str, str] = field(default_factory=dict)
    unanswered: Mapping[str, str] = field(default_factory=dict)
    message: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """Who is rung together, and for how long. `targets`: E.164, sip: URIs or extensions."""

    name: str
    kind: Literal["handler", "queue"]
    targets: tuple[str, ...]
    rings_seconds: int


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call goes, and why.

    `steps` are tried one after the other, then voicemail: `target` is the phone system's own, where
    it has one. `say` is said before that, where words can be said, and `invite` too where a message
    can be taken. "pass": the call is not ours to route; the phone system does as without us.
    """

    action: Action
    reason: str
    provider: str | None = None
    region: str | None = None
    language: str = "en-GB"
    line: str | None = None
    queue: str | None = None
    handler: str | None = None
    level: str | None = None
    case: str | None = None
    steps: tuple[Step, ...] = ()
    target: str | None = None
    say: str = ""
    invite: str = ""


def plan_of(dialled: str | None, plans: Iterable[Plan]) -> Plan | None:
    """The plan that a line belongs to; None where it is nobody's.

    `dialled`: E.164. A line is one provider's alone, which is checked when plans are loaded.
    """
    return next((plan for plan in plans if plan.line(dialled) is not None), None)


def route(call: Call, plan: Plan | None, standing: Standing, office: Office) -> Route:
    """Where a call goes. `plan`: the plan that its line belongs to, None for nobody's line."""
    dialled = call.dialled
    region = plan.region if plan else None
    if dialled is not None and is_emergency(dialled.raw, region):
        return Route("pass", "an emergency number was dialled; such a call is never ours")
    if call.direction == "out":
        return Route("pass", "it is a call of ours to somebody")
    if plan is None:
        return Route("pass", "no provider has the line that was dialled")
    line = plan.line(dialled.e164 if dialled else None)
    found = Route(
        "voicemail",
        "",
        provider=plan.provider,
        region=plan.region,
        language=(line.language if line else None) or plan.language,
        line=line.number if line else None,
        target=plan.voicemail,
    )
    usual = (line.queue if line else None) or plan.queue
    return _timed(_placed(found, call, plan, standing, usual), office)


def kind_of(target: str) -> str:
    """ "number", "sip" or "extension"."""
    if target.startswith("+"):
        return "number"
    return "sip" if target.startswith(("sip:", "sips:")) else "extension"


def fit(found: Route, rings: frozenset[str]) -> Route:
    """The same route for a system that rings these kinds of target; voicemail if none is left."""
    steps = []
    for step in found.steps:
        targets = tuple(target for target in step.targets if kind_of(target) in rings)
        steps += [replace(step, targets=targets)] if targets else []
    target = found.target if found.target and kind_of(found.target) in rings else None
    if found.steps and not steps:
        reason = f"{found.reason}, of whom this phone system can ring nobody"
        found = replace(found, action="voicemail", reason=reason)
    return replace(found, steps=tuple(steps), target=target)


def one_by_one(found: Route) -> Route:
    """The same route for a system that rings one at a time."""
    steps = [
        Step(step.name, step.kind, (target,), step.rings_seconds)
        for step in found.steps
        for target in step.targets
    ]
    return replace(found, steps=tuple(steps))


def _placed(found: Route, call: Call, plan: Plan, standing: Standing, usual: str) -> Route:
    """To whom it would go, whatever the hour. `usual`: the line's queue, or the provider's."""
    case, why = _case(call, standing)
    if case is None:
        return _to(replace(found, queue=usual), plan, why, (usual, plan.queue))
    senior = plan.queue_for(case.level)
    why = f"the caller is party to case {case.reference}"
    why += f", escalated to {case.level}" if case.level else ""
    queue = senior or usual
    found = replace(found, queue=queue, level=case.level or None, case=case.reference)
    target = plan.handlers.get((case.handler or "").lower())
    if case.handler and target:
        step = Step(case.handler, "handler", (target,), plan.rings_seconds)
        found = replace(found, handler=case.handler, steps=(step,))
    return _to(found, plan, why, (queue, usual, plan.queue))


def _case(call: Call, standing: Standing) -> tuple[LiveCase | None, str]:
    caller = call.caller
    if caller is None or caller.withheld:
        return None, "the caller's number is withheld, so nobody is assumed"
    if caller.e164 is None:
        return None, f"the caller's number proves nobody: {caller.reason}"
    if not standing.cases:
        return None, "the caller is party to no live case"
    if len(standing.cases) > 1:
        return None, f"the caller is party to {len(standing.cases)} live cases; none is guessed"
    return standing.cases[0], ""


def _to(found: Route, plan: Plan, why: str, queues: tuple[str, ...]) -> Route:
    steps = list(found.steps)
    for name in dict.fromkeys(queues):
        queue = plan.queues[name]
        if queue.targets:
            steps.append(Step(name, "queue", queue.targets, queue.rings_seconds))
    return replace(found, reason=why, steps=tuple(steps))


def _timed(found: Route, office: Office) -> Route:
    """Closed hours go to voicemail, whoever calls."""
    words = office.unanswered if office.open else office.closed
    found = replace(
        found,
        say=_said(words, found.language),
        invite=_said(office.message, found.language),
    )
    if not office.open:
        until = f" until {office.opens_at:%Y-%m-%d %H:%M %Z}" if office.opens_at else ""
        return replace(found, steps=(), reason=f"closed{until}; {found.reason}")
    if not found.steps:
        return replace(found, reason=f"{found.reason}; nobody is rung in queue {found.queue}")
    first = found.steps[0]
    return replace(
        found, action="connect", reason=f"{found.reason}; to the {first.kind} {first.name}"
    )


def _said(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words.get(language.partition("-")[0]) or words.get("en", "")
