"""The panel's pages: cases, one case, its letters and contacts, mail that waits, quarantine.

A view asks the desk one question and hands the answer to a template. Which providers' records it
may ask for is `access`'s answer, never its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from mail.message import Unreadable
from mail.parse import parse
from plugin.cases.case import FRONT_LINE
from plugin.cases.reference import find, is_valid
from plugin.codes.provider_file import ProviderFile
from plugin.desk import accounts, listing, viewing
from plugin.desk.judging import seen_as
from plugin.desk.listing import Mark, Which
from plugin.desk.viewing import CaseView
from plugin.panel import files, lane, markup
from plugin.web import access, pages, words
from plugin.web.i18n import gettext
from plugin.web.office import now, office
from plugin.web.security import DOWNLOAD_POLICY

panel = Blueprint("panel", __name__, template_folder="templates")

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:\.|$)", re.I)
"""Names that mean a device where Windows meets them, whatever ending follows."""

_TABS: tuple[Which, ...] = ("due", "late", "settled")


@panel.get("/")
def home() -> ResponseReturnValue:
    """The first page is the list of cases, or what is open to somebody without one."""
    return redirect(url_for("panel.cases" if access.can("list_cases") else "door.account"))


@panel.get("/cases")
def cases() -> Response:
    """Cases by what is due next, or those found by a word."""
    known = _providers("list_cases")
    chosen = request.args.get("provider", "")
    wanted = [chosen] if chosen in known else list(known)
    asked = request.args.get("q", "").strip()[:200]
    tab = request.args.get("show", "due")
    which: Which = next((one for one in _TABS if one == tab), "due")
    desk = office().desk
    if asked:
        matched = listing.search_cases(desk, wanted, asked)
        lines, more, whole = matched.lines, None, matched.whole
    else:
        found = listing.list_cases(desk, wanted, which=which, now=now(), after=_mark())
        lines, more, whole = found.lines, found.next, True
    return pages.render(
        "panel/cases.html",
        "panel/_cases.html",
        lines=lines,
        more=more,
        which=which,
        asked=asked,
        chosen=chosen if chosen in known else "",
        known={key: file.name for key, file in _files().items() if key in known},
        late=listing.count_late(desk, wanted, now()),
        whole=whole,
    )


@panel.get("/cases/<provider>/<reference>")
def case(provider: str, reference: str) -> Response:
    """One case: what was promised, said, written and done."""
    view = _case(provider, reference)
    titles = _titles(view)
    own = {str(row.id): row for row in view.contacts}
    return pages.render(
        "panel/case.html",
        "panel/_case.html",
        view=view,
        row=view.row,
        zone=view.provider.file.calendar.zone,
        promises=sorted(viewing.explained(office().desk, view, now()), key=_by_urgency),
        readings=viewing.readings(office().desk, view),
        suggestions=viewing.compensation(office().desk, view, now()),
        titles=titles,
        level=listing.level_title(view.provider, view.row.level),
        contacts=[(row, lane.own_spans(row)) for row in reversed(view.contacts)],
        events=[_event(view, own, titles, one) for one in reversed(view.union)],
    )


@panel.get("/cases/<provider>/<reference>/letters/<int(max=9223372036854775807):id>")
def letter(provider: str, reference: str, id: int) -> Response:
    """A letter exactly as it was sent."""
    view, row = _found(viewing.show_letter, provider, reference, id)
    return pages.render(
        "panel/letter.html",
        view=view,
        row=row,
        zone=view.provider.file.calendar.zone,
        formatted=markup.clean(row.html),
    )


@panel.get("/contacts/<provider>/<int(max=9223372036854775807):id>")
def contact(provider: str, id: int) -> Response:
    """One contact: the sender's own words first, then the rest of what arrived."""
    view = _found(viewing.show_contact, provider, id)
    message = view.message
    return pages.render(
        "panel/contact.html",
        view=view,
        row=view.row,
        message=message,
        zone=view.provider.file.calendar.zone,
        spans=lane.own_spans(view.row),
        heard=lane.heard(view.row.evidence),
        choices=lane.choices(view.row),
        decided=lane.decided,
        seen=seen_as(view.row),
        subject_spans=lane.spans(view.row.evidence, "subject"),
        rest=markup.apart(message) if message else (),
        formatted=markup.clean(message.html) if message and message.html else None,
        cut=message is not None and len(message.html) > markup.MAX_SHOWN,
        attachments=[files.shown(one) for one in message.attachments] if message else [],
    )


@panel.get("/contacts/<provider>/<int(max=9223372036854775807):id>/mail.eml")
def contact_raw(provider: str, id: int) -> Response:
    """The mail as it arrived, to keep or to open in a mail program."""
    return _download(_found(viewing.raw_contact, provider, id), _raw_name(id))


@panel.get("/contacts/<provider>/<int(max=9223372036854775807):id>/attachments/<digest>")
def attachment(provider: str, id: int, digest: str) -> Response:
    """An attachment, to keep; a browser never opens it."""
    name, data = _found(viewing.attachment_of, provider, id, digest)
    return _download(data, name or gettext("attachment"))


@panel.get("/waiting")
def waiting() -> Response:
    """Mail that waits for a person to decide."""
    found = listing.list_waiting(office().desk, _providers("view_waiting"))
    return pages.render(
        "panel/waiting.html",
        "panel/_waiting.html",
        rows=lane.entries(found),
        providers=_files(),
        most=listing.MAX_WAITING,
    )


@panel.get("/quarantine")
def quarantine() -> Response:
    """Mail that could not be read, with the reason."""
    found = listing.list_quarantine(office().desk, _providers("view_quarantine"))
    return pages.render(
        "panel/quarantine.html", "panel/_quarantine.html", rows=found, providers=_files()
    )


@panel.get("/quarantine/<provider>/<int(max=9223372036854775807):id>/mail.eml")
def quarantine_raw(provider: str, id: int) -> Response:
    """A quarantined mail as it arrived."""
    return _download(_found(viewing.raw_quarantined, provider, id), _raw_name(id))


@panel.get("/mailboxes")
def mailboxes() -> Response:
    """What each mailbox's server has beside what we hold."""
    desk, known = office().desk, _providers("view_mailboxes")
    return pages.render(
        "panel/mailboxes.html",
        "panel/_mailboxes.html",
        boxes=accounts.show(desk, known),
        troubles=accounts.troubles(desk, known, now()),
        providers=_files(),
    )


@panel.post("/mailboxes/<provider>/<name>/check")
def check_mailbox(provider: str, name: str) -> ResponseReturnValue:
    """Ask for a mailbox's account anew; the worker takes it on its next visit."""
    _found(accounts.ask, provider, name, now())
    flash(gettext("The mailbox is being checked; the page shows what comes of it."))
    return redirect(url_for("panel.mailboxes"))


@panel.get("/outgoing")
def outgoing() -> Response:
    """The demo's outgoing mailbox: what its mail server has taken."""
    posted = office().posted
    if posted is None:
        abort(404)
    letters = [(one, parse(one.raw)) for one in posted()]
    return pages.render("panel/outgoing.html", "panel/_outgoing.html", letters=letters[::-1])


@panel.get("/outgoing/<int:number>")
def outgoing_letter(number: int) -> Response:
    """One letter as the demo's mail server took it."""
    posted = office().posted
    one = next((one for one in (posted() if posted else ()) if one.number == number), None)
    if one is None:
        abort(404)
    message = parse(one.raw)
    return pages.render(
        "panel/outgoing_letter.html",
        one=one,
        message=message,
        raw=one.raw.decode("utf-8", "replace"),
        formatted=markup.clean(message.html) if message.html else None,
    )


def _providers(kind: str) -> tuple[str, ...]:
    """The providers at which the person at hand may do this."""
    desk = office().desk
    with desk.database.read() as connection:
        return access.visible(kind, desk.providers.newest(connection))


def _files() -> dict[str, ProviderFile]:
    """What each provider's file says: its name, its zone."""
    desk = office().desk
    with desk.database.read() as connection:
        return {key: found.file for key, found in desk.providers.newest(connection).items()}


def _case(provider: str, reference: str) -> CaseView:
    canonical = next(find(reference), reference)
    if is_valid(canonical) and canonical != reference:
        abort(redirect(url_for("panel.case", provider=provider, reference=canonical)))
    views = viewing.show_cases(office().desk, [provider], reference)
    if not views:
        abort(404)
    return views[0]


def _found(ask: Callable[..., Any], *key: object) -> Any:
    """What the desk answers; what is not there, or cannot be read any more, is no page."""
    try:
        return ask(office().desk, *key)
    except (LookupError, Unreadable):
        abort(404)


def _mark() -> Mark | None:
    text = request.args.get("after", "")
    if not text:
        return None
    try:
        return Mark.read(text)
    except ValueError:
        abort(400)


def _download(data: bytes, name: str) -> Response:
    """Bytes from outside, to be kept and not opened: no type of their own, no rights."""
    response = make_response(data)
    response.headers["Content-Type"] = "application/octet-stream"
    name = name.strip(". ") or "mail"
    if _RESERVED.match(name):
        name = f"_{name}"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    exact = quote(name, safe="", errors="replace")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"
    )
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response


def _raw_name(id: int) -> str:
    return f"mail-{id}.eml"


def _titles(view: CaseView) -> dict[str, str]:
    ladder = {rung.level: rung.title for rung in view.provider.file.ladder}
    return {FRONT_LINE: gettext("front line"), **ladder}


_ORDER = {"open": 0, "broken": 1, "kept": 2, "waived": 3, "stopped": 4}


def _by_urgency(promise: Any) -> tuple[bool, int, Any]:
    """What somebody still has to do first: open, and broken and never kept."""
    owed = (promise.state == "open" and promise.reason is None) or (
        promise.state == "broken" and promise.kept_at is None
    )
    return not owed, 0 if owed else _ORDER[promise.state], promise.due_at


def _event(
    view: CaseView, contacts: dict[str, Any], titles: dict[str, str], event: Any
) -> dict[str, object]:
    facts = event.facts or {}
    said = words.event(event.kind, event.facts, titles)
    contact_id = str(facts.get("contact", ""))
    letter_id = facts.get("letter")
    leads = None
    if contact_id in contacts:
        leads = f"contact-{contact_id}"
    elif any(row.id == letter_id for row in view.letters):
        leads = f"letter-{letter_id}"
    return {
        "seq": event.seq,
        "at": event.at,
        "said": said,
        "actor": event.actor.partition(":")[0],
        "leads": leads,
        "mark": _mark_of(event.kind),
    }


def _mark_of(kind: str) -> str:
    """Which of the timeline's marks an event gets."""
    if kind in ("received", "customer_wrote", "party_joined"):
        return "in"
    if kind.startswith("letter_"):
        return "bad" if kind in ("letter_undelivered", "letter_cancelled") else "out"
    return "up" if kind == "escalated" else "done"
