"""Commands of the telephone: numbers, routing, and whether a webhook would be believed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from plugin import runtime
from plugin.cli.common import EXAMPLE, answer_lines, desk, echo_json, say
from plugin.desk.switchboard import board_of
from plugin.triage import judge
from voice.call import Event, call_of
from voice.numbers import Number, read
from voice.routing import Office, Route
from voice.systems import REGIONS, System, numbers, systems
from voice.webhook import Refused, Request, Unreadable, request_of

WORDS = frozenset({"input.speech", "transcription.ready"})


@click.group()
def phone() -> None:
    """Telephone numbers, and where calls are routed."""


@click.group()
def voice() -> None:
    """Webhooks of phone systems, and whether they are believed."""


@phone.command(
    epilog=f"""{EXAMPLE}echo '{{"number": "020 7946 0101", "region": "GB"}}' | """
    "answerable phone number --jsonl"
)
@click.option("--jsonl", is_flag=True, required=True, help="JSON lines in, JSON lines out.")
def number(jsonl: bool) -> None:  # noqa: ARG001 - the flag is required and says all
    """What a telephone number is: E.164, or a candidate, or why neither."""
    answer_lines(_number)


def _number(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise click.ClickException('give {"id", "number", "region"}')
    raw, region = given.get("number"), given.get("region")
    if raw is not None and not isinstance(raw, str):
        raise click.ClickException('"number" is text, as it was received')
    if region is not None and not isinstance(region, str):
        raise click.ClickException('"region" is a country such as "GB" or "CA", or left out')
    found = read(raw, region.upper() if region else None)
    return {"raw": raw, **_told(found)}


def _told(found: Number) -> dict[str, Any]:
    return {
        "e164": found.e164,
        "possible": found.possible,
        "valid": found.valid,
        "withheld": found.withheld,
        "region": found.region,
        "type": found.type,
        "display": found.display,
        "reason": found.reason,
    }


@phone.command("route", epilog=f"{EXAMPLE}answerable phone route --to '0345 286 4697' --json")
@click.option("--to", "dialled", required=True, metavar="NUMBER", help="The number dialled.")
@click.option("--from", "caller", metavar="NUMBER", help="Who calls; left out, withheld.")
@click.option("--at", "moment", metavar="ISO", help="When, with its zone; left out, now.")
@click.option("--json", "as_json", is_flag=True, help="The whole decision as JSON.")
def route_command(dialled: str, caller: str | None, moment: str | None, as_json: bool) -> None:
    """Where a call would go, and why; nothing is changed."""
    at = _moment(moment)
    with desk() as built, built.database.read() as connection:
        board = board_of(built, at)
        caller_, line = numbers(caller or "", dialled, board.regions())
        asked = Event("call.started", "asked", caller=caller_, dialled=line)
        whose = {one.provider for one in built.settings.phone.values()} & set(board.plans)
        # As the service has it: a number that no plan names is its phone system's provider's.
        provider = board.owner(asked) or (min(whose) if len(whose) == 1 else None)
        made = board.route(connection, provider, call_of([(asked, at)]))
        office = board.office(provider) if provider else None
    told = {
        **_decision(made, office),
        "to": line and _told(line),
        "from": caller_ and _told(caller_),
    }
    if as_json:
        echo_json({**told, "at": at.isoformat()})
        return
    say(f"{made.action}: {made.reason}")
    for number_, step in enumerate(made.steps, start=1):
        say(
            f"  {number_}. {step.kind} {step.name}, {step.rings_seconds} s: "
            f"{', '.join(step.targets)}"
        )
    if made.action != "pass":
        say(f"  then voicemail: {made.say}")


def _moment(given: str | None) -> datetime:
    if given is None:
        return runtime.utc_now()
    try:
        moment = datetime.fromisoformat(given)
        in_range = datetime(2000, 1, 1) <= moment.replace(tzinfo=None) < datetime(2100, 1, 1)  # noqa: DTZ001
    except ValueError:
        in_range = False
    if not in_range:
        raise click.UsageError(
            f"--at {given!r} is no ISO moment of 2000 to 2099; e.g. 2026-11-30T09:00:00Z"
        )
    if moment.tzinfo is None:
        raise click.UsageError("--at needs its zone; e.g. 2026-11-30T09:00:00+00:00")
    return moment.astimezone(UTC)


def _decision(made: Route, office: Office | None) -> dict[str, Any]:
    return {
        "action": made.action,
        "reason": made.reason,
        "provider": made.provider,
        "region": made.region,
        "language": made.language,
        "line": made.line,
        "queue": made.queue,
        "handler": made.handler,
        "level": made.level,
        "case": made.case,
        "steps": [
            {
                "kind": step.kind,
                "name": step.name,
                "targets": list(step.targets),
                "rings_seconds": step.rings_seconds,
            }
            for step in made.steps
        ],
        "voicemail": made.target,
        "say": made.say,
        "invite": made.invite,
        "open": office.open if office else None,
        "opens_at": office.opens_at.isoformat() if office and office.opens_at else None,
    }


@voice.command("check", epilog=f"{EXAMPLE}answerable voice check --jsonl < webhooks.jsonl")
@click.option("--jsonl", is_flag=True, required=True, help="JSON lines in, JSON lines out.")
def check(jsonl: bool) -> None:  # noqa: ARG001 - the flag is required and says all
    """Would this webhook be believed, and what does it say?"""
    answer_lines(_check)


def _check(given: Any) -> dict[str, Any]:
    request, system, secrets = _request(given)
    try:
        system.verify(request, secrets, {})
    except Refused as why:
        return {"valid": False, "reason": why.reason, "events": []}
    try:
        events = [_event(one) for one in system.read(request, REGIONS)]
    except Unreadable as why:
        return {"valid": True, "reason": f"it cannot be read: {why}", "events": []}
    return {"valid": True, "reason": "", "events": events}


def _request(given: Any) -> tuple[Request, System, list[str]]:
    if not isinstance(given, dict):
        raise click.ClickException(
            'give {"id", "system", "method", "url", "headers", "body", "secret", "now"?}'
        )
    system = systems().get(given["system"]) if isinstance(given.get("system"), str) else None
    if system is None:
        raise click.ClickException(f'"system" is one of: {", ".join(systems())}')
    for name, needed in (("url", True), ("secret", True), ("method", False), ("body", False)):
        value = given.get(name)
        if not isinstance(value, str) and (needed or value is not None):
            raise click.ClickException(f'"{name}" is text')
    headers = given.get("headers") or {}
    if not isinstance(headers, Mapping) or not all(isinstance(v, str) for v in headers.values()):
        raise click.ClickException('"headers" is an object of texts')
    body = (given.get("body") or "").encode("utf-8", "surrogatepass")
    at = _now(given.get("now", given.get("received_at")))
    request = request_of(given.get("method") or "POST", given["url"], headers.items(), body, at)
    return request, system, system.several(given["secret"])


def _now(value: object) -> datetime:
    if value is None:
        return runtime.utc_now()
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise click.ClickException('"now" is Unix seconds or an ISO moment')


def _event(event: Event) -> dict[str, Any]:
    """An event as it is told; every key is always there. Words are judged beside it."""
    caller, dialled = event.caller, event.dialled
    told: dict[str, Any] = {
        "kind": event.kind,
        "key": event.key,
        "call_id": event.call_id or None,
        "conversation_id": event.conversation_id or None,
        "at": event.at.isoformat() if event.at else None,
        "began_at": event.began_at.isoformat() if event.began_at else None,
        "direction": event.direction,
        "from": {"raw": caller.raw, **_told(caller)} if caller else None,
        "to": {"raw": dialled.raw, **_told(dialled)} if dialled else None,
        "from_e164": caller.shown if caller else None,
        "to_e164": dialled.shown if dialled else None,
        "withheld": bool(caller and caller.withheld),
    }
    for name in (
        *("caller_country", "stir", "queue", "agent_extension", "digits", "text", "confidence"),
        *("language", "recording_id", "recording_url", "duration_s", "outcome"),
    ):
        told[name] = getattr(event, name)
    told["explicit_complaint"] = None
    if event.kind in WORDS and event.text:
        channel = "phone" if event.kind == "input.speech" else "voicemail"
        told["explicit_complaint"] = judge(event.text, channel=channel).label != "neither"
    return told
