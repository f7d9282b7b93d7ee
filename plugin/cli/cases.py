"""Commands about cases: list, show, and do (in `doing.py`)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from plugin import runtime
from plugin.cases.reference import is_valid
from plugin.cli.common import EXAMPLE, desk, echo_json, say
from plugin.cli.doing import case_do
from plugin.desk import listing, viewing
from plugin.desk.listing import Line
from plugin.desk.ports import Desk
from plugin.desk.viewing import CaseView

_ADDRESS = re.compile(r"[^\s<>;:()]+@[^\s<>;:()]+")

MAX_LISTED = 500
"""How many cases one list shows; the most urgent ones."""


@click.group()
def case() -> None:
    """Cases: what is due, and each one's whole story."""


case.add_command(case_do)


@case.command("list", epilog=f"{EXAMPLE}answerable case list --provider jive")
@click.option("--provider", help="Only this provider's.")
@click.option("--names", is_flag=True, help="Show customers' names; otherwise initials.")
@click.option("--quarantine", is_flag=True, help="List mail that could not be read instead.")
@click.option("--json", "as_json", is_flag=True)
def list_(provider: str | None, names: bool, quarantine: bool, as_json: bool) -> None:
    """Cases, what is due next first."""
    with desk() as built:
        if quarantine:
            _show_quarantine(built, provider, as_json)
            return
        lines = _listed(built, [provider] if provider else None, names)
    if as_json:
        echo_json([{name: getattr(line, name) for name in line.__slots__} for line in lines])
        return
    if not lines:
        click.echo("There are no cases yet.")
        return
    heads = ("case", "provider", "state", "level", "customer", "next due")
    for row in _columns([heads, *(_row(line) for line in lines)]):
        say(row)


def _listed(built: Desk, providers: list[str] | None, names: bool) -> list[Line]:
    """Cases that need somebody, then settled ones as far as there is room."""
    due = listing.list_cases(built, providers, limit=MAX_LISTED).lines
    room = MAX_LISTED - len(due)
    if room:
        due += listing.list_cases(built, providers, which="settled", limit=room).lines
    return due if names else [replace(one, customer=listing.mask(one.customer)) for one in due]


def _row(line: Line) -> tuple[str, ...]:
    due = "nothing open"
    if line.next_promise and line.due_at:
        due = f"{_plain(line.next_promise)}, {_by(line.last_day, line.due_at, ZoneInfo(line.zone))}"
    state, level = _plain(line.state), _plain(line.level)
    return line.reference, line.provider, state, level, line.customer[:20], due


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows with every column but the last as wide as its longest entry."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]


def _by(last_day: date | None, due_at: datetime, zone: ZoneInfo) -> str:
    """Until when a promise can be kept, as people say it: due_at itself is a moment too late."""
    if last_day is not None:
        return f"by the end of {last_day:%a %d %b %Y}"
    return f"before {_when(due_at, zone)}"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _show_quarantine(built: Desk, provider: str | None, as_json: bool) -> None:
    rows = listing.list_quarantine(built, [provider] if provider else None)
    if as_json:
        echo_json([dict(row._mapping) for row in rows])
        return
    if not rows:
        click.echo("Nothing is in quarantine.")
    for row in rows:
        place = row.mailbox or row.source
        say(f"{row.id}  {row.provider:8} {_when(row.received_at)}  {place}: {row.reason}")


@case.command(epilog=f"{EXAMPLE}answerable case show 1234-5678-56")
@click.argument("reference")
@click.option("--names", is_flag=True, help="Show names, addresses and words.")
@click.option("--json", "as_json", is_flag=True)
def show(reference: str, names: bool, as_json: bool) -> None:
    """One case: its promises, letters, contacts and timeline."""
    if not is_valid(reference):
        raise click.ClickException(f"{reference} is no case reference; check its digits")
    with desk() as built:
        views = viewing.show_cases(built, None, reference)
        now = runtime.utc_now()
        suggested = {id(view): viewing.compensation(built, view, now) for view in views}
    if not views:
        raise click.ClickException(f"there is no case {reference}")
    if as_json:
        found = [(view, [one.document() for one in suggested[id(view)]]) for view in views]
        echo_json([_document(view, names) | {"compensation": owed} for view, owed in found])
        return
    for view in views:
        for line in _lines(view, names, ZoneInfo(view.provider.file.calendar.zone)):
            say(line)
        for suggestion in suggested[id(view)]:
            say(f"Compensation suggested, {_plain(suggestion.kind)}: {suggestion.shown or 'open'}")
            for line in suggestion.words:
                say(f"  {line}")


def _lines(view: CaseView, names: bool, zone: ZoneInfo) -> list[str]:
    row = view.row
    handler = f", handler {row.handler}" if row.handler else ""
    lines = [
        f"Case {row.reference}, {row.provider}: {_plain(row.state)}, level {_plain(row.level)}"
        f"{handler}",
        f"First received {_when(row.first_received_at, zone)}",
        *(_party(party, names) for party in view.parties),
        "",
        "Promises",
    ]
    for promise in view.promises:
        kept = f", kept {_when(promise.kept_at, zone)}" if promise.kept_at else ""
        due = _by(promise.last_day, promise.due_at, zone)
        name = _plain(promise.name)
        lines.append(f"  {name} ({promise.severity}): {promise.state}, to be kept {due}{kept}")
    lines += ["", "Letters"]
    for letter in view.letters:
        to = letter.recipient if names else _masked_address(letter.recipient)
        sent = f" {_when(letter.sent_at, zone)}" if letter.sent_at else ""
        said = _said(letter.reason, names)
        why = f" ({said})" if letter.state != "sent" and said else ""
        how = f"{to}" if letter.channel == "email" else f"{to or 'whoever you reach'} by a person"
        lines.append(f"  {letter.kind} [{letter.language}] to {how}: {letter.state}{sent}{why}")
        lines.append(f"    {letter.subject} (letter {letter.id})")
    lines += ["", "Contacts"]
    for contact in view.contacts:
        label = "our answer, from a mail program" if contact.ours else contact.label
        said = f"  {_when(contact.received_at, zone)} {contact.channel}: {label}"
        waits = f"; waits for a person ({_plain(contact.waits)})" if contact.waits else ""
        words = _deciding(contact.evidence)
        lines.append(f"{said} {words} (contact {contact.id}){waits}".replace("  (", " ("))
        if names:
            lines += [f"    | {line}" for line in contact.own_words.split("\n")]
    lines += ["", "Timeline"]
    lines += [
        f"  {event.seq:3} {_when(event.at, zone)} {event.kind} {_facts(event.facts)}".rstrip()
        for event in view.timeline
    ]
    lines += [
        f"Alert {_when(alert.at, zone)}: {alert.text}" + (" (done)" if alert.cleared_at else "")
        for alert in view.alerts
    ]
    lines += ["", f"Record: {view.chain or 'complete and unaltered'}"]
    return lines


def _party(party: Any, names: bool) -> str:
    """A party and the standing it has."""
    who = _name(party.name, names) or "(no name given)"
    standing = "Customer"
    if party.role == "representative":
        known = "authority on record" if party.authorised else "authority asked for"
        standing = f"Representative, {known}"
    confirmed = "" if party.confirmed else "; not confirmed as a party"
    return f"{standing}: {who} (party {party.id}){confirmed}"


def _document(view: CaseView, names: bool) -> dict[str, Any]:
    personal = "own_words sender sender_name subject evidence text html recipient name"
    hide = set() if names else set(personal.split())

    def plain(row: Any) -> dict[str, Any]:
        kept = {key: value for key, value in row._mapping.items() if key not in hide}
        return kept | {"reason": _said(kept["reason"], names)} if "reason" in kept else kept

    return {
        "case": dict(view.row._mapping),
        "parties": [plain(row) for row in view.parties],
        "promises": [
            {k: v for k, v in row._mapping.items() if not k.startswith("claimed")}
            for row in view.promises
        ],
        "letters": [plain(row) for row in view.letters],
        "contacts": [plain(row) for row in view.contacts],
        "alerts": [dict(row._mapping) for row in view.alerts],
        "timeline": [
            {"seq": e.seq, "kind": e.kind, "at": e.at, "actor": e.actor, "facts": e.facts}
            for e in view.timeline
        ],
        "record": view.chain or "complete and unaltered",
    }


def _deciding(evidence: str) -> str:
    words = [entry["text"] for entry in json.loads(evidence)]
    return "by the words " + "; ".join(f"“{text}”" for text in words) if words else ""


_SHOWN = (
    *("kind", "level", "by_level", "channel", "statement", "handler", "days", "flag", "as"),
    *("reason", "by", "into", "from", "event", "letter"),
    *("amount", "currency", "suggested", "basis", "paid"),
    *("monthly_fee", "due_on", "done_on", "days_late", "times", "text"),
)
"""The facts of an event that its line in the terminal says."""


def _facts(facts: Any) -> str:
    if facts is None:
        return "(erased)"
    return ", ".join(f"{key} {facts[key]}" for key in _SHOWN if key in facts)


def _name(name: str, names: bool) -> str:
    return name if names else listing.mask(name)


def _said(reason: str | None, names: bool) -> str | None:
    """Why a letter did not go; a mail server's words often hold the recipient's address."""
    if names or reason is None:
        return reason
    return _ADDRESS.sub(lambda found: _masked_address(found[0]), reason)


def _masked_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _when(moment: datetime | None, zone: ZoneInfo | None = None) -> str:
    if moment is None:
        return ""
    return f"{moment.astimezone(zone):%a %d %b %Y %H:%M}" if zone else f"{moment:%d %b %H:%M} UTC"
