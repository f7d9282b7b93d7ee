"""How a page is made: whole for a person, its live part alone for a page that refreshes itself.

A live part carries an ETag. The browser names the one it shows, and gets an empty 304 where nothing
has changed: then nothing moves under the reader's eyes.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from flask import Flask, Response, make_response, render_template, request, url_for
from markupsafe import Markup, escape

from plugin import __version__
from plugin.web import access, dates, i18n, words
from plugin.web.office import now, office
from voice.numbers import read

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "answerable_theme"

LIVE_SECONDS = 5
"""How often a live part asks whether it has changed."""


def _telephone(number: str, country: str) -> str:
    """A telephone number as the people of a country write it."""
    return read(number, country).display or number


def install(app: Flask) -> None:
    """Give templates the words, dates and questions they need."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        when=dates.when,
        day_of=dates.day_of,
        marked=marked,
        number=words.number,
        telephone=_telephone,
    )
    app.jinja_env.globals.update(
        word=words.word,
        alert_word=words.alert,
        until=dates.until,
        distance=lambda moment: dates.distance(moment, now()),
        language_name=dates.language_name,
        time_left=_time_left,
        urgency=lambda moment: dates.urgency(moment, now()),
        zone_name=dates.zone_name,
        can=access.can,
        now=now,
        asset=asset,
        live_seconds=LIVE_SECONDS,
    )
    app.context_processor(_of_every_page)


def render(page: str, part: str | None = None, **values: object) -> Response:
    """A page, or only its `part` where the page itself asks for that."""
    if part is None:
        return make_response(render_template(page, **values))
    body = render_template(part, **values)
    etag = hashlib.sha256(body.encode()).hexdigest()[:32]
    if "HX-Request" not in request.headers:
        live = Markup(body)  # noqa: S704 - made by a template just now
        return make_response(render_template(page, live=live, live_etag=etag, **values))
    response = make_response(body)
    response.set_etag(etag)
    response.headers["Vary"] = "HX-Request, Cookie"
    response.make_conditional(request)
    return response


def _time_left(last_day: date | None, due_at: datetime, zone: str) -> str:
    """How long a promise can still be kept, or how long ago that ended."""
    if last_day is not None:
        return dates.days_off(last_day, now(), zone)
    return dates.distance(due_at, now())


def asset(name: str) -> str:
    """The address of a file of ours, new with each version so that no cache shows an old one."""
    return url_for("static", filename=name, v=__version__)


def theme() -> str:
    """Light, dark, or as the reader's system has it."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def marked(text: str, spans: list[tuple[int, int]]) -> Markup:
    """Text with the words at `spans` (half-open, in order or not) marked."""
    parts: list[Markup] = []
    at = 0
    for start, end in sorted(spans):
        if start < at or end <= start or end > len(text):
            continue
        parts += [escape(text[at:start]), Markup("<mark>%s</mark>") % text[start:end]]
        at = end
    return Markup("").join([*parts, escape(text[at:])])


def _of_every_page() -> dict[str, object]:
    return {
        "language": i18n.language(),
        "languages": i18n.LANGUAGES,
        "theme": theme(),
        "session_held": access.held(),
        "is_demo": office().posted is not None,
    }
