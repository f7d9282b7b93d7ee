"""Who may see which page: one table, asked before every request.

A page that is not in the table cannot be reached. What a page needs is the least role of its action
(`cases/actions.py`), at the provider its address names or, where it names none, at any. A
provider at which a person has no role at all does not exist for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from flask import abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from plugin.cases.actions import VIEWS
from plugin.cases.roles import EVERY_PROVIDER, Grant, Role, may, providers_of
from plugin.desk import people
from plugin.store.people import Session
from plugin.web.office import now, office
from plugin.web.security import for_anybody, for_customers

PUBLIC = "public"
SIGNED_IN = "signed in"

PAGES: dict[str, str] = {
    "static": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "customer.page": PUBLIC,  # its address is a signed link, which it checks before all else
    "public.index": PUBLIC,
    "public.style": PUBLIC,
    "public.code": PUBLIC,
    "public.document": PUBLIC,
    "public.on_paper": PUBLIC,
    "voice.hook": PUBLIC,  # every request proves itself by its signature
    "door.sign_in": PUBLIC,
    "door.sign_in_once": PUBLIC,
    "door.preferences": PUBLIC,
    "door.sign_out": SIGNED_IN,
    "door.account": SIGNED_IN,
    "door.end_session": SIGNED_IN,
    "door.end_others": SIGNED_IN,
    "panel.home": SIGNED_IN,
    "panel.cases": "list_cases",
    "panel.case": "view_case",
    "panel.letter": "view_case",
    "panel.contact": "view_contact",
    "panel.contact_raw": "view_contact",
    "panel.attachment": "view_contact",
    "panel.waiting": "view_waiting",
    "deciding.decide": "decide_contact",
    "panel.quarantine": "view_quarantine",
    "panel.quarantine_raw": "download_raw_mail",
    "panel.mailboxes": "view_mailboxes",
    "panel.check_mailbox": "check_mailbox",
    "panel.outgoing": "view_outgoing_mail",
    "panel.outgoing_letter": "view_outgoing_mail",
}

EVERYWHERE = frozenset({"view_outgoing_mail"})
"""Actions that concern every provider at once, and need the role at every one."""

COOKIE_KEY = "s"


def guard() -> ResponseReturnValue | None:
    """Before each request: let through, send to the sign-in, or refuse."""
    if request.endpoint is None:
        return None
    need = PAGES.get(request.endpoint)
    if need is None or any("\0" in str(part) for part in (request.view_args or {}).values()):
        abort(404)
    if need == PUBLIC:
        return None
    if held() is None:
        return _to_sign_in()
    if need != SIGNED_IN:
        require(need, (request.view_args or {}).get("provider"))
    return None


def require(kind: str, provider: str | None) -> None:
    """Refuse unless the person at hand may do this at that provider (None: at any)."""
    grants = signed_in().user.grants
    if provider is not None and not may(grants, provider, Role.AGENT):
        abort(404)
    if not _may(grants, kind, provider):
        abort(403)


def held() -> Session | None:
    """The session at hand, None for a stranger; looked up once, by the first that asks.

    On a customer's page, and on those for anybody, everybody is a stranger, who else may be signed
    in in the same browser.
    """
    if "session" not in g:
        g.session = None if for_customers() or for_anybody() else _session()
    return cast(Session | None, g.session)


def can(kind: str, provider: str | None = None) -> bool:
    """May the person at hand do this? For showing or leaving out what leads there."""
    session_held = held()
    return session_held is not None and _may(session_held.user.grants, kind, provider)


def _may(grants: Iterable[Grant], kind: str, provider: str | None) -> bool:
    """Do these grants allow the action there (None: anywhere)?"""
    least = VIEWS[kind].least
    if kind in EVERYWHERE:
        return may(grants, EVERY_PROVIDER, least)
    if provider is None:
        return any(granted.role >= least for granted in grants)
    return may(grants, provider, least)


def visible(kind: str, known: Iterable[str]) -> tuple[str, ...]:
    """Those of the known providers at which the person at hand may do this."""
    return providers_of(signed_in().user.grants, known, VIEWS[kind].least)


def signed_in() -> Session:
    """The session at hand; only on pages that need one."""
    session_held = held()
    if session_held is None:
        abort(401)
    return session_held


def _session() -> Session | None:
    value = session.get(COOKIE_KEY)
    if not isinstance(value, str):
        return None
    # A page that refreshes itself is nobody at work: it keeps no session alive.
    in_use = "HX-Request" not in request.headers
    return people.current(office().desk, value, now(), in_use=in_use)


def _to_sign_in() -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return "", 401, {"HX-Refresh": "true"}
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("door.sign_in", next=here if here != "/" else None))
