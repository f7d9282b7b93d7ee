"""The published codes: a stable address for each provider, its languages and its paper forms.

Anybody may read them and nobody is known: no session, no cookie, nothing that changes. They are
made when they are asked for, from the version and the settings that cases run on, so that none can
be out of date; a paper form is kept for the day, since making one takes a moment.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import cast

from flask import Blueprint, Response, abort, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from plugin.codes.provider import Provider
from plugin.desk.publish import local_date, paper, publish
from plugin.published import pdf
from plugin.published.compose import documents
from plugin.published.document import Document
from plugin.published.fill import PublishError
from plugin.published.html import Link, css, to_html
from plugin.web import pages
from plugin.web.i18n import LANGUAGES
from plugin.web.office import now, office
from plugin.web.security import FOR_ANYBODY

public = Blueprint("public", __name__, template_folder="templates", url_prefix=FOR_ANYBODY)

MAX_KEPT = 64
"""How many paper forms are kept in memory; each has some forty kilobytes."""

_KEY = "answerable_papers"


@dataclass
class _Papers:
    """The paper forms made so far, the oldest first; one is made at a time."""

    lock: Lock = field(default_factory=Lock)
    kept: OrderedDict[tuple[object, ...], bytes] = field(default_factory=OrderedDict)


@public.get("/")
def index() -> ResponseReturnValue:
    """Every provider's code; where there is only one, that."""
    known = _providers()
    if len(known) == 1:
        return redirect(url_for("public.code", provider=next(iter(known))))
    page = pages.render("public/index.html", providers=known)
    page.headers["Vary"] = "Accept-Language, Cookie"
    return page


@public.get("/style.css")
def style() -> Response:
    """The style sheet of these pages."""
    response = make_response(css())
    response.headers["Content-Type"] = "text/css; charset=utf-8"
    return response


@public.get("/<provider>", strict_slashes=False)
def code(provider: str) -> ResponseReturnValue:
    """The stable address of a provider's complaints code: leads to the reader's language."""
    known = _provider(provider)
    asked = [one for one, quality in request.accept_languages if quality > 0]
    chosen = _spoken(known.file.languages, asked)
    (first, *_) = documents(known) or abort(404)
    response = redirect(
        url_for("public.document", provider=provider, language=chosen, document=first)
    )
    response.headers["Vary"] = "Accept-Language"
    return response


@public.get("/<provider>/<language>/<document>")
def document(provider: str, language: str, document: str) -> ResponseReturnValue:
    """A document as a page."""
    known = _provider(provider)
    whole = _spoken(known.file.languages, [language])
    if whole != language and whole.partition("-")[0] == language:
        return redirect(
            url_for("public.document", provider=provider, language=whole, document=document)
        )
    made = _made(known, language, document)
    links = tuple(_links(known, made))
    page = to_html(made, stylesheet=url_for("public.style"), links=links, paper=paper(known))
    response = make_response(page)
    response.headers["Content-Language"] = language
    response.set_etag(hashlib.sha256(page.encode()).hexdigest()[:32])
    return cast(Response, response.make_conditional(request))


@public.get("/<provider>/<language>/<document>.pdf", defaults={"large": False})
@public.get("/<provider>/<language>/<document>-large-print.pdf", defaults={"large": True})
def on_paper(provider: str, language: str, document: str, large: bool) -> Response:
    """A document as PDF, in ordinary or in large print."""
    known = _provider(provider)
    made = _made(known, language, document)
    response = make_response(_paper(known, made, large))
    name = f"{provider}-{document}-{language}{'-large-print' if large else ''}.pdf"
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Content-Language"] = language
    return response


def _paper(provider: Provider, made: Document, large: bool) -> bytes:
    papers = cast(_Papers, current_app.extensions.setdefault(_KEY, _Papers()))
    key = (provider.key, provider.version, made.key, made.language, made.on, large)
    with papers.lock:
        if key not in papers.kept:
            try:
                papers.kept[key] = pdf.to_pdf(made, large=large, paper=paper(provider))
            except pdf.NoPdf:
                abort(404)
            while len(papers.kept) > MAX_KEPT:
                papers.kept.popitem(last=False)
        return papers.kept[key]


def _made(provider: Provider, language: str, document: str) -> Document:
    try:
        on = local_date(provider, now())
        return publish(office().desk.settings, provider, document, language, on)
    except PublishError:
        abort(404)


def _providers() -> dict[str, Provider]:
    """Every provider that is in use and publishes something."""
    desk = office().desk
    with desk.database.read() as connection:
        known = desk.providers.newest(connection)
    return {
        key: provider
        for key, provider in known.items()
        if desk.settings.for_provider(key).enabled and documents(provider)
    }


def _provider(key: str) -> Provider:
    return _providers().get(key) or abort(404)


def _links(provider: Provider, made: Document) -> list[Link]:
    """The other documents, languages and forms of this one."""

    def address(endpoint: str, **other: object) -> str:
        place: dict[str, object] = {"language": made.language, "document": made.key}
        return url_for(endpoint, provider=provider.key, **(place | other))  # type: ignore[arg-type]

    links = []
    known = documents(provider)
    for key in known if len(known) > 1 else ():
        name = made.words[f"link_{key}"]
        here = address("public.document", document=key)
        links.append(Link(name, here, current=key == made.key))
    for language in provider.file.languages:
        if language != made.language:
            there = address("public.document", language=language)
            links.append(Link(_own_name(language), there, "alternate", language))
    if pdf.available():
        large = address("public.on_paper", large=True)
        links.append(Link(made.words["download_pdf"], address("public.on_paper", large=False)))
        links.append(Link(made.words["download_large"], large))
    return links


def _spoken(languages: Sequence[str], asked: Sequence[str]) -> str:
    """The first language asked for that there is, "fr" and "fr-FR" standing for "fr-CA"."""
    for wanted in asked:
        for known in (languages, [one.partition("-")[0] for one in languages]):
            for number, language in enumerate(known):
                if language.lower() in (wanted.lower(), wanted.lower().partition("-")[0]):
                    return languages[number]
    return languages[0]


def _own_name(language: str) -> str:
    """A language's name in itself."""
    return LANGUAGES.get(language.partition("-")[0], language)
