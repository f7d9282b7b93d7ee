"""A subject is read by whoever looks over a shoulder: it says the kind of letter and the reference.

Every value a letter is made with is filled with words that could only come from the case; none of
them, and no date, may be seen in a subject. Which words those are does not matter to the subject.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from plugin.codes.load import keys
from plugin.letters.render import render
from tests.plugin.letters import samples

pytestmark = pytest.mark.slow

CASES = [
    pytest.param(key, language, kind, id=f"{key}-{language}-{kind}")
    for key in keys(samples.BUNDLED)
    for language in samples.LANGUAGES[key]
    for kind in samples.kinds()
]

SECRET = "Quillon Vex, quillon.vex@example.net, 07700 900123, 4 Larch Row: the router burned"

SECRET_LINK = "https://quillon.example/c/burned"

DECIDES = frozenset({"reference", "language", "closed_as", "form", "kind"})
"""Values that a letter branches on, or may show: the reference alone is one of the case's own."""


def filled(value: Any, name: str = "") -> Any:
    """The same values with a secret in place of every text, and every date a year later."""
    if name in DECIDES:
        return value
    if isinstance(value, Mapping):
        return {key: filled(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(filled(one) for one in value)
    if isinstance(value, str) and value:
        return SECRET_LINK if name == "link" else SECRET
    if isinstance(value, date | datetime):
        return value + timedelta(days=365)
    return value


@pytest.mark.parametrize(("key", "language", "kind"), CASES)
def test_a_subject_says_the_kind_of_letter_and_the_reference_alone(
    key: str, language: str, kind: str
) -> None:
    provider = samples.provider(key)
    for name, values in samples.variants(key, language, kind):
        plain = render(provider, kind, language, values).subject
        # The published code is nobody's secret, and the same in every case.
        secret = filled({**values, "code": {}}) | {"code": values["code"]}
        subject = render(provider, kind, language, secret).subject
        assert subject == plain, name
        assert re.findall(r"\d+", subject) == samples.REFERENCE.split("-"), name


def test_the_secret_does_reach_the_letters_text() -> None:
    values = filled({**samples.full("ooma", "en", "outcome"), "code": {}})
    assert "router burned" in render(samples.provider("ooma"), "outcome", "en", values).text
