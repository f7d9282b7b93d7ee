"""Error pages that say what happened and what to do, and nothing that helps an attacker.

An error of ours gets a number: it is on the page and in the log, beside the fault and without
anything a person wrote.
"""

from __future__ import annotations

import logging

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from plugin.passwords import Busy
from plugin.web import pages
from plugin.web.i18n import N_, gettext
from plugin.web.office import office
from plugin.web.security import FOR_ANYBODY, for_anybody, for_customers

logger = logging.getLogger(__name__)

_SAID: dict[int, tuple[str, str]] = {
    400: (
        N_("This could not be read"),
        N_("Something in the address or the form is not as it should be. Go back and try again."),
    ),
    401: (N_("Please sign in"), N_("This page is for people who are signed in.")),
    403: (
        N_("Not for your role"),
        N_("Your role does not include this. An admin can change your role if you need it."),
    ),
    404: (
        N_("There is no such page"),
        N_("The address may be mistyped, or the case belongs to a provider you do not work for."),
    ),
    405: (
        N_("Not this way"),
        N_("This address takes another kind of request. Go back and try again."),
    ),
    413: (N_("Too large"), N_("What was sent is larger than any form of ours. Nothing was kept.")),
    429: (N_("Too many tries"), N_("Wait a few minutes, then try again.")),
    500: (
        N_("Something went wrong here"),
        N_(
            "It is our fault, not yours, and nothing was lost. Try again; if it happens again, give"
            " your admin the number below."
        ),
    ),
    503: (
        N_("Not available just now"),
        N_("The database does not answer. Mail that arrives is kept; try again in a minute."),
    ),
}

_BUSY = (
    N_("Many people are signing in"),
    N_("Wait a few seconds, go back and try again. This try was not counted."),
)

_TO_CUSTOMERS = (
    N_("This link does not work any more"),
    N_("Reply to our message or call us, and we will tell you how your complaint stands."),
)
"""Whatever is wrong with an address that should be a customer's link: it says no more than this."""

_NO_DOCUMENT = (
    N_("There is no such document"),
    N_("Go to the list of complaints codes: it has every one that is published here."),
)

_FAULT_TO_CUSTOMERS = (
    N_("Something went wrong here"),
    N_(
        "It is our fault, not yours, and nothing was changed. Try again in a few minutes. You can"
        " also reply to our message or call us."
    ),
)

_FAULT_TO_ANYBODY = (
    N_("Something went wrong here"),
    N_("It is our fault, not yours. Try again in a few minutes."),
)

_EXPIRED = (
    N_("This form has expired"),
    N_("Nothing was changed. Go back, reload the page and send it again."),
)


def install(app: Flask) -> None:
    """Use these pages for every error."""
    app.register_error_handler(HTTPException, _known)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(SecurityError, _not_our_name)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(OperationalError, _no_database)
    app.register_error_handler(Exception, _fault)


def _known(error: HTTPException) -> Response:
    if error.response is not None:
        return error.get_response()  # type: ignore[return-value]
    return _page(error.code or 500)


def _expired(_: CSRFError) -> Response:
    return _page(400, _EXPIRED)


def _busy(_: Busy) -> Response:
    return _page(503, _BUSY)


def _not_our_name(_: SecurityError) -> Response:
    """Asked for under a name that is not ours: no page, since its links would bear that name."""
    said = "This service does not go by the name you asked for. Its admin can set web.url.\n"
    return Response(said, 400, mimetype="text/plain")


def _no_database(error: OperationalError) -> Response:
    # Who asks cannot be looked up either.
    g.session = None
    logger.error("the database failed for %s: %s", request.endpoint, type(error.orig).__name__)
    return _page(503)


def _fault(error: Exception) -> Response:
    number = f"{office().desk.draw.below(10**8):08d}"
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "?"
    # Not its message: that may quote what a customer wrote.
    logger.error("error %s: %s in %s (%s)", number, type(error).__name__, place, request.endpoint)
    return _page(500, number=number)


def _page(code: int, said: tuple[str, str] | None = None, number: str | None = None) -> Response:
    if for_customers():
        return _to_customer(code)
    if for_anybody():
        return _to_anybody(code)
    title, text = said or _SAID.get(code) or _SAID[400 if code < 500 else 500]
    values = {"code": code, "title": gettext(title), "text": gettext(text), "number": number}
    try:
        page = pages.render("error.html", None, **values)
    except SQLAlchemyError:
        g.session = None
        page = pages.render("error.html", None, **values)
    page.status_code = code
    return page


def _to_anybody(code: int) -> Response:
    """An error among the published codes, which never names the panel."""
    title, text = _NO_DOCUMENT if code < 500 else _FAULT_TO_ANYBODY
    values = {"title": gettext(title), "text": gettext(text), "back": FOR_ANYBODY}
    page = pages.render("plain_error.html", None, **values)
    page.status_code = code
    return page


def _to_customer(code: int) -> Response:
    """An error on a customer's page, which leads nowhere else and never names the panel."""
    title, text = _TO_CUSTOMERS if code < 500 else _FAULT_TO_CUSTOMERS
    page = pages.render("plain_error.html", None, title=gettext(title), text=gettext(text))
    # One answer for every link that does not work: a forged one is told nothing by its code.
    page.status_code = 404 if code < 500 else code
    return page
