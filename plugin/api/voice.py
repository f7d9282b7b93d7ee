"""Webhooks of phone systems, beneath `/voice/<system>/`.

The rule: the raw bytes are believed before anything is parsed, against the address that settings
name and never the Host header. What is not believed has no effect but a number; nothing that
arrives makes a fault of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from plugin.desk import calls
from plugin.desk.faults import ANY_FAULT, place_of
from plugin.desk.phones import Phone
from plugin.web.office import now, office
from plugin.web.security import csrf
from voice.systems import Links
from voice.webhook import MAX_BODY, Answer, Refused, Request, request_of

voice = Blueprint("voice", __name__)

PATH = "/voice/"
"""Where phone systems reach the service."""

KEY = "answerable_phones"
"""Where an application keeps its phone systems."""


# A machine has no session that could be abused: what it proves itself by is its signature.
@voice.route(f"{PATH}<path:rest>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
def hook(rest: str) -> ResponseReturnValue:
    """One webhook."""
    segment = rest.partition("/")[0]
    phones = [one for one in _phones() if one.system.path == segment]
    if not phones:
        abort(404)
    if request.method == "HEAD":
        # Signed as a GET is, and answered with nothing: whoever sends it has captured one.
        abort(405)
    request.max_content_length = MAX_BODY
    try:
        body = request.get_data(cache=True)
    except HTTPException as error:
        return Response("the body is too large", status=error.code or 413, mimetype="text/plain")
    arrived = request_of(request.method, _url(), list(request.headers.items()), body, now())
    desk = office().desk
    try:
        phone = calls.believe(phones, arrived)
    except Refused as why:
        calls.refuse(desk, segment, why, now())
        return _sorry(phones[0], "not believed", why.status)
    try:
        return _response(calls.take(desk, phone, arrived, Links(_base(phone, arrived)), now()))
    except (SQLAlchemyError, *ANY_FAULT) as fault:
        # The phone system's own fallback takes the call: better than an answer that is lost here.
        desk.tell("webhook_failed", phone=phone.name, why=place_of(fault))
        return _sorry(phone, "try again", 503)


def _sorry(phone: Phone, said: str, status: int) -> Response:
    """A refusal as its system can take it."""
    form = phone.system.sorry
    if form is None:
        return Response(said, status=status, mimetype="text/plain")
    return Response(form.body, status=status, content_type=form.content_type)


def _phones() -> Sequence[Phone]:
    found: Sequence[Phone] = current_app.extensions[KEY]
    return found


def _url() -> str:
    """The address that was used: our own name from settings, the rest as it was sent."""
    sent = str(request.environ.get("REQUEST_URI") or "")
    if not sent.startswith("/"):
        query = request.query_string.decode("latin-1")
        sent = quote(request.path) + (f"?{query}" if query else "")
    return _name() + sent


def _name() -> str:
    web = office().desk.settings.web
    return web.address(web.port)


def _base(phone: Phone, arrived: Request) -> str:
    """The phone system's own address, with the secret where that is part of it."""
    base = f"{_name()}{PATH}{phone.system.path}"
    return f"{base}/{arrived.leaf}" if phone.system.secret_in_path else base


def _response(answer: Answer) -> Response:
    response = Response(answer.body, status=answer.status, content_type=answer.content_type)
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response
