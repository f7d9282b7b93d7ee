"""What must not change a verdict: quotes, signatures, footers, case, spacing; and what must not
make one: a denial in front of anything."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.plugin.triage.samples import Sample, samples

EVERY = (*samples("dev"), *samples("contacts"), *samples("fresh"))
MAILS = tuple(one for one in EVERY if one.channel == "email")

LETTER = """

On 3 Nov 2026 at 10:01, Ashgrove Complaints <complaints@ashgrove.example> wrote:
> We have your complaint. If you want it escalated, say "I want to escalate my complaint".
> I wish to make a complaint. Please escalate.
> Je porte plainte. Escaladez. Ik dien een klacht in. Escaleer dit.
"""
ORIGINAL = """

-----Original Message-----
From: Ashgrove Complaints
Sent: 3 November 2026
To: Jo Marsh
Subject: Your complaint

I want to make a complaint and I want it escalated to a director.
"""
SIGNATURES = ("\n\n-- \nPat Doe\nComplaints Manager\n", "\n\nPat Doe\nComplaints Manager\n")
FOOTER = """

This e-mail is confidential. If you wish to make a complaint about our firm, please see our
complaints procedure at firm.example/complaints. We take complaints seriously and escalate them.
Firm Ltd, registered in England.
"""


def same(one: Sample, text: str, subject: str | None = None) -> bool:
    return one.judged(text, subject).label == one.judged().label


@pytest.mark.parametrize("added", [LETTER, ORIGINAL, *SIGNATURES, FOOTER])
def test_what_stands_below_a_mail_changes_nothing(added: str) -> None:
    assert [one.id for one in MAILS if not same(one, one.text + added)] == []


def spaced(text: str) -> str:
    return text.replace(" ", "  ")


def unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")


def trailing(text: str) -> str:
    return re.sub(r"(?m)$", " ", text)


def hidden(text: str) -> str:
    """A zero-width character within every long word."""
    return re.sub(r"([^\W\d_]{3})([^\W\d_]{3})", "\\1\u200b\\2", text)


def looking_alike(text: str) -> str:
    """Cyrillic letters for Latin ones."""
    return text.translate(str.maketrans("aeopcxA", "аеорсхА"))


def decomposed(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    "change", [str.upper, str.lower, spaced, unbroken, trailing, hidden, looking_alike, decomposed]
)
def test_how_it_is_set_changes_nothing(change: Callable[[str], str]) -> None:
    moved = [
        one.id
        for one in EVERY
        if not same(one, change_body(one, change), change_subject(one.subject, change))
    ]
    assert moved == []


def change_subject(subject: str, change: Callable[[str], str]) -> str:
    """The change to all but the "Re:" of a mail program."""
    answers = re.match(r"(?:\w{1,4} ?: ?)*", subject)
    assert answers is not None
    return answers[0] + change(subject[answers.end() :])


def change_body(one: Sample, change: Callable[[str], str]) -> str:
    """The change to everything but the marks by which quotes and speakers are known."""
    if change not in (hidden, looking_alike):
        return change(one.text)
    kept = re.compile(
        r"(?m)^(?:caller|agent|ivr):|^.*(?:wrote|écrit|schreef).*$|^[->_].*$|^[\w\- ]{2,14}:.*$"
    )
    parts, at = [], 0
    for mark in kept.finditer(one.text):
        parts += [change(one.text[at : mark.start()]), mark[0]]
        at = mark.end()
    return "".join([*parts, change(one.text[at:])])


@pytest.mark.parametrize(
    "denial",
    ["I am not making a complaint. ", "Je ne porte pas plainte. ", "Ik dien geen klacht in. "],
)
def test_a_denial_in_front_never_makes_a_complaint(denial: str) -> None:
    neutral = [one for one in EVERY if one.judged().label == "neither" and one.channel == "email"]
    assert len(neutral) > 50
    assert [one.id for one in neutral if one.judged(denial + one.text).label != "neither"] == []


def test_the_same_text_has_the_same_verdict_every_time() -> None:
    for one in EVERY:
        assert one.judged() == one.judged()
