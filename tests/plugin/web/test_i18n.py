"""Every sentence the pages can show is there in every language, and fits the one it stands for.

A sentence without translation falls back to English without a sound, so only a test notices it.
The rule: a catalogue holds exactly the messages that are marked in the sources, each of them
finished, with the placeholders of the original and the typography of its language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.core import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from flask import Flask
from jinja2.ext import babel_extract

from plugin import customer, panel, public, web
from plugin.web import i18n

FOLDERS = [Path(package.__file__ or "").parent for package in (web, panel, customer, public)]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
TEMPLATES = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
TRANSLATED = sorted(set(i18n.LANGUAGES) - {"en"})

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.")
# A colon needs its no-break space, save in a time of day; guillemets have theirs inside.
MISSET = re.compile(r"(?<!\u00a0):(?!\d)|«(?!\u00a0)|(?<!\u00a0)»|\s[;?!]|['\"“”]")

Key = str | tuple[str, ...]


@cache
def marked() -> dict[Key, str]:
    """Every message marked in the sources, with the first place that marks it."""
    found: dict[Key, str] = {}
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*")):
            for line, message in _messages(path):
                found.setdefault(message, f"{path.relative_to(folder.parent)}:{line}")
    return found


def _messages(path: Path) -> Iterator[tuple[int, Key]]:
    if path.suffix not in (".py", ".html"):
        return
    method: Any = "python" if path.suffix == ".py" else babel_extract
    with path.open("rb") as file:
        for line, message, *_ in extract(method, file, KEYWORDS, options=TEMPLATES):
            yield line, message


@cache
def catalogue(code: str) -> Catalog:
    """The catalogue as its file has it, what is fuzzy or obsolete included."""
    path = FOLDERS[0] / "locale" / code / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def held(code: str) -> dict[Key, tuple[str, ...]]:
    """What the catalogue says for each of its messages: one text, or one for each number."""
    found: dict[Key, tuple[str, ...]] = {}
    for message in catalogue(code):
        key = message.id if isinstance(message.id, str) else tuple(message.id)
        text = message.string or ""
        if key:
            found[key] = (text,) if isinstance(text, str) else tuple(text)
    return found


def test_the_extraction_sees_python_and_templates_and_numbers() -> None:
    found = marked()
    assert found["Acknowledge the complaint"].startswith("web/words.py:")
    assert found["Skip to the content"].startswith("web/templates/base.html:")
    assert found["Timeline"].startswith("panel/templates/")
    assert any(isinstance(key, tuple) and "%(num)d" in key[0] for key in found)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated(code: str) -> None:
    known = held(code)
    wanting = [
        f"{place}: {message}"
        for message, place in marked().items()
        if not known.get(message) or not all(text.strip() for text in known[message])
    ]
    assert not wanting, "\n".join(wanting)


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_message_is_left_over(code: str) -> None:
    assert not held(code).keys() - marked().keys()
    assert not catalogue(code).obsolete


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_translation_is_a_guess(code: str) -> None:
    assert not [message.id for message in catalogue(code) if message.id and message.fuzzy]


@pytest.mark.parametrize("code", TRANSLATED)
def test_placeholders_are_those_of_the_message(code: str) -> None:
    for message, texts in held(code).items():
        wanted = sorted(PLACEHOLDER.findall(message if isinstance(message, str) else message[-1]))
        for text in texts:
            assert sorted(PLACEHOLDER.findall(text)) == wanted, message


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_number_has_its_form(code: str) -> None:
    forms = catalogue(code).num_plurals
    for message, texts in held(code).items():
        assert len(texts) == (1 if isinstance(message, str) else forms), message


def test_french_is_set_as_canadians_set_it() -> None:
    plain = {text: PLACEHOLDER.sub("…", text) for texts in held("fr").values() for text in texts}
    assert not [text for text, seen in plain.items() if MISSET.search(seen)]


def test_french_counts_nothing_and_one_in_the_singular() -> None:
    one, many = "%(num)d case found", "%(num)d cases found"
    said = [i18n.catalogue("fr").ngettext(one, many, number) for number in (0, 1, 2)]
    assert said == ["%(num)d dossier trouvé", "%(num)d dossier trouvé", "%(num)d dossiers trouvés"]


def test_every_language_has_a_locale_for_its_dates() -> None:
    assert i18n.LOCALES.keys() == i18n.LANGUAGES.keys()
    for code, locale in i18n.LOCALES.items():
        assert Locale.parse(locale).language == code


def test_an_unknown_message_is_shown_in_english() -> None:
    cookie = {"Cookie": f"{i18n.COOKIE}=fr"}
    with Flask(__name__).test_request_context(headers=cookie):
        assert i18n.language() == "fr"
        assert i18n.gettext("Cases") == "Dossiers"
        assert i18n.gettext("No catalogue has this.") == "No catalogue has this."
        assert i18n.ngettext("%(num)s kettle", "%(num)s kettles", 2) == "%(num)s kettles"
