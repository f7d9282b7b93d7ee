"""Words in an answer, whoever's they are, stay words: none becomes a verb, a key or a target."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voice.systems.support import (
    CONNECT,
    IN_XML,
    PASS,
    ROUTING,
    STEPS,
    VOICEMAIL,
    answer,
    xml,
)
from voice.webhook import Answer

BREAKING = st.sampled_from(
    (
        *('"/><Dial>', "</Say><Hangup/>", "]]>", "<!--", "&amp;&lt;", "'; DROP", "\\", '","x":"'),
        *(
            "${SHELL(id)}",
            "]}",
            "%0d%0a",
            "<speak>",
            "\N{RIGHT-TO-LEFT OVERRIDE}",
            " ",
            "\N{PILE OF POO}",
        ),
    )
)
LEGAL = st.characters(
    min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"
)
SAID = st.lists(BREAKING | st.text(LEGAL, max_size=8), min_size=1, max_size=4).map("".join)


def shape(value: Any) -> Any:
    """What an answer is made of, whatever its words."""
    if isinstance(value, Element):
        return (value.tag, sorted(value.attrib), [shape(one) for one in value])
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return type(value)


def parsed(name: str, made: Answer) -> Any:
    """An answer as its system reads it."""
    if name in IN_XML:
        return xml(made)
    return made.body if name == "asterisk" else json.loads(made.body)


@pytest.mark.parametrize("name", ROUTING)
@given(said=SAID.filter(str.strip), step=st.sampled_from(STEPS))
@settings(max_examples=60, deadline=None)
def test_no_words_break_out_of_their_place(name: str, said: str, step: int) -> None:
    for plain in (replace(CONNECT, handler="h", level="l"), VOICEMAIL, PASS):
        steps = tuple(replace(one, name=said) for one in plain.steps)
        words: dict[str, Any] = {
            one: said
            for one in ("say", "invite", "reason", "handler", "level", "case", "queue")
            if getattr(plain, one)
        }
        made = answer(name, replace(plain, steps=steps, **words), step)
        before = answer(name, plain, step)
        assert shape(parsed(name, made)) == shape(parsed(name, before))
        if name == "asterisk":
            assert made.body == before.body
            assert re.fullmatch(r"[A-Za-z0-9:@.,&+_!~*'()%-]+", made.body)
        elif name == "twilio":
            spoken = {one.text for one in xml(made).iter("Say")}
            assert spoken <= {said}
