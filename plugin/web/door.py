"""The door: signing in and out, one's own sessions and password, language and colours.

Nothing changes on a GET: a one-time sign-in shows a button first, so that a program which opens
every link in a mail does not use it up.
"""

from __future__ import annotations

import re
from datetime import datetime

from flask import Blueprint, Response, flash, g, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField, StringField

from plugin.desk import people
from plugin.desk.people import Attempt, Refused, SignedIn
from plugin.passwords import LEAST_LENGTH
from plugin.store import people as rows
from plugin.web import access, i18n, pages
from plugin.web.i18n import N_, gettext
from plugin.web.office import now, office

door = Blueprint("door", __name__)

DEVICE_COOKIE = "answerable_device"
_YEAR = 365 * 24 * 3600

_PASSWORD_PROBLEMS = {
    "short": N_("It needs at least %(least)s characters. A few words in a row do well."),
    "long": N_("It is too long; 200 characters are enough."),
    "plain": N_("It repeats too few characters. A few words in a row do well."),
    "yours": N_("It is made of your own name or address. Choose something else."),
    "wrong": N_("That is not your present password."),
    "wait": N_("There were too many tries. Wait a few minutes, then try again."),
}

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"))
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")


class SignInForm(FlaskForm):  # type: ignore[misc]
    """An address and a password."""

    email = StringField()
    password = PasswordField()


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The present password and a new one."""

    present = PasswordField()
    new = PasswordField()


@door.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in by address and password."""
    if access.held() is not None:
        return redirect(_after())
    form = SignInForm()
    problem = None
    if form.validate_on_submit():
        email, password = form.email.data or "", form.password.data or ""
        made = people.sign_in(office().desk, email, password, _attempt(), now())
        if isinstance(made, SignedIn):
            return _let_in(made)
        problem = _said(made)
    page = pages.render("door/sign_in.html", form=form, problem=problem, after=_after())
    page.status_code = 422 if problem else 200
    return page


@door.route("/sign-in/once/<value>", methods=["GET", "POST"])
def sign_in_once(value: str) -> ResponseReturnValue:
    """Sign in by a link that works once: shown on GET, used on POST."""
    desk = office().desk
    if request.method == "POST":
        made = people.sign_in_once(desk, value, _attempt(), now())
        if made is not None:
            return _let_in(made)
    with desk.database.read() as connection:
        holds = rows.peek_link(connection, value, now())
    page = pages.render("door/once.html", holds=holds)
    page.status_code = 200 if holds else 410
    return page


@door.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    held = access.signed_in()
    office().desk.database.write(lambda c: rows.end_session(c, held.user.id, held.digest))
    session.clear()
    flash(gettext("You are signed out."))
    return redirect(url_for("door.sign_in"))


@door.route("/account", methods=["GET", "POST"])
def account() -> ResponseReturnValue:
    """One's own sessions and password."""
    held = access.signed_in()
    form = PasswordForm()
    problem = None
    if form.validate_on_submit():
        why = people.change_password(
            office().desk, held, form.present.data or "", form.new.data or "", _attempt(), now()
        )
        if why is None:
            flash(gettext("Your password is set. Your other sessions have ended."))
            return redirect(url_for("door.account"))
        problem = (why, gettext(_PASSWORD_PROBLEMS[why]) % {"least": LEAST_LENGTH})
    with office().desk.database.read() as connection:
        sessions = rows.sessions(connection, held.user.id)
    page = pages.render(
        "door/account.html", form=form, problem=problem, sessions=sessions, least=LEAST_LENGTH
    )
    page.status_code = 422 if problem else 200
    return page


@door.post("/account/sessions/<digest>/end")
def end_session(digest: str) -> ResponseReturnValue:
    """End one session of one's own."""
    user = access.signed_in().user.id
    office().desk.database.write(lambda c: rows.end_session(c, user, digest))
    flash(gettext("That session has ended."))
    return redirect(url_for("door.account"))


@door.post("/account/sessions/end-others")
def end_others() -> ResponseReturnValue:
    """End every session of one's own but this one."""
    held = access.signed_in()
    office().desk.database.write(lambda c: rows.end_sessions(c, held.user.id, but=held.digest))
    flash(gettext("All other sessions have ended."))
    return redirect(url_for("door.account"))


@door.post("/preferences")
def preferences() -> ResponseReturnValue:
    """Choose the language and the colours of the pages; kept in this browser."""
    response = make_response(redirect(_after()))
    language = request.form.get("language", "")
    theme = request.form.get("theme", "")
    if language in i18n.LANGUAGES:
        _remember(response, i18n.COOKIE, language)
    if theme in pages.THEMES:
        _remember(response, pages.THEME_COOKIE, theme)
    return response


def _let_in(made: SignedIn) -> BaseResponse:
    """A new session, nothing of the stranger's carried over."""
    before = access.held()
    if before is not None:
        ended = before
        office().desk.database.write(lambda c: rows.end_session(c, ended.user.id, ended.digest))
    session.clear()
    session[access.COOKIE_KEY] = made.session
    g.pop("csrf_token", None)
    response = make_response(redirect(_after()))
    _remember(response, DEVICE_COOKIE, made.device)
    return response


def _remember(response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=office().desk.settings.web.secure,
    )


def _attempt() -> Attempt:
    return Attempt(
        address=request.remote_addr or "",
        device=request.cookies.get(DEVICE_COOKIE, ""),
        browser=browser_name(request.headers.get("User-Agent", "")),
    )


def _after() -> str:
    """Where to go next: a page of ours that the form or the address names, else the first page."""
    wanted = request.form.get("next") or request.args.get("next") or "/"
    # Browsers read "\\" as "/" and "//host" as another host, and drop tabs and line ends.
    ours = re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", wanted)
    return wanted if ours and not wanted.startswith("/sign-") else "/"


def _said(refused: Refused) -> str:
    if refused.retry_at is None:
        return gettext("This address and password do not go together. Check both and try again.")
    minutes = _minutes(refused.retry_at)
    return i18n.ngettext(
        "There were too many tries. Try again in %(num)s minute.",
        "There were too many tries. Try again in %(num)s minutes.",
        minutes,
    ) % {"num": minutes}


def _minutes(moment: datetime) -> int:
    return max(1, -(-int((moment - now()).total_seconds()) // 60))


def browser_name(agent: str) -> str:
    """A browser and system in two words, for the list of one's sessions."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    browser = browser or ("Safari" if "Safari" in agent else "")
    system = next((name for name in _SYSTEMS if name in agent), "").replace("Mac OS X", "macOS")
    return ", ".join(part for part in (browser, system) if part)[:80]
