"""The words on screen in the reader's language.

Catalogues are gettext's .po files, read at the first use: there is nothing to compile and nothing
that could be out of step. A sentence without translation is shown in English.
"""

from __future__ import annotations

import gettext as standard
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.core import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request

LANGUAGES = {"en": "English", "fr": "Français"}
"""The languages the pages speak, each named in itself."""

LOCALES = {"en": "en_GB", "fr": "fr_CA"}
"""How each writes its dates."""

COOKIE = "answerable_language"

_FOLDER = Path(__file__).parent / "locale"


def install(app: Flask) -> None:
    """Let templates use `_()` and `ngettext()`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install_callables = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
    install_callables(gettext, ngettext, newstyle=True)


def gettext(message: str) -> str:
    """The message in the reader's language."""
    return catalogue(language()).gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """The message for this number of things, in the reader's language."""
    return catalogue(language()).ngettext(one, many, number)


def N_(message: str) -> str:
    """Mark a message for the catalogue; it is translated where it is shown."""
    return message


def language() -> str:
    """The reader's language: as chosen, else as their browser asks, else English."""
    if not has_request_context():
        return "en"
    if "language" not in g:
        chosen = request.cookies.get(COOKIE, "")
        asked = [code.replace("-", "_") for code in request.accept_languages.values()]
        g.language = chosen if chosen in LANGUAGES else negotiate_locale(asked, LANGUAGES) or "en"
    return str(g.language)


def speak(code: str) -> str:
    """Answer this request in the language of what it is about, whatever the browser asks for.

    `code` as a case has it, e.g. "fr-CA". Returns the language that the page is then in.
    """
    known = code.partition("-")[0]
    g.language = known if known in LANGUAGES else "en"
    return code if known in LANGUAGES else "en"


def locale() -> Locale:
    """How the reader's language writes dates and numbers."""
    return Locale.parse(LOCALES[language()])


@cache
def catalogue(code: str) -> standard.NullTranslations:
    """The messages of one language."""
    path = _FOLDER / code / "messages.po"
    if not path.is_file():
        return standard.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return standard.GNUTranslations(compiled)
