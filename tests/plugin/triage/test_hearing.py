"""Words however they are written, and where they stand in what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.triage import MAX_JUDGED, judge
from plugin.triage.fold import read, words_of
from plugin.triage.hearing import MAX_FINDINGS
from plugin.triage.verdict import DISSATISFIED, MAX_FEELINGS
from tests.plugin.triage.samples import samples


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I want to complane about my bill.", "complaint"),
        ("I want to make a complant.", "complaint"),
        ("I want to make a compalint.", "complaint"),
        ("I want to make a komplaint.", "complaint"),
        ("my compliant is that your van blocks our gate", "complaint"),
        ("i want to make a com plaint", "complaint"),
        ("i want to make a com-plaint", "complaint"),
        ("I wish to c o m p l a i n.", "complaint"),
        ("This is a C-O-M-P-L-A-I-N-T.", "complaint"),
        ("please excalate my complaint", "escalation"),
        ("please es calate it", "escalation"),
        ("I want to make a ｃｏｍｐｌａｉｎｔ.", "complaint"),
        ("I want to make a c\u00adom\u2060plaint.", "complaint"),
        ("I want to make a соmрlаint.", "complaint"),  # Cyrillic letters
        ("I want to make a cömplaint.", "complaint"),
        ("j'aimerais porter plinte", "complaint"),
        ("Je désire formuler une re\u0301clamation.", "complaint"),
        ("Je desire formuler une reclamation.", "complaint"),
        ("Kunt u mijn klacht eskaleren?", "escalation"),
        ("Ik wil dat dit ge\u0308escaleerd wordt.", "escalation"),
        ("Are the headsets compliant with the rules?", "neither"),
        ("I was complimented on my complexion.", "neither"),
        ("The escalator is out of order.", "neither"),
        ("Please excavate the trench again.", "neither"),
        ("The chaplain will complete it.", "neither"),
        ("Le technicien a planté la plinthe.", "neither"),
        ("De klant wacht op een klucht met kracht.", "neither"),
    ],
)
def test_however_a_word_is_spelt(text: str, label: str) -> None:
    assert judge(text).label == label


@pytest.mark.parametrize(
    "text",
    [
        "I want to make a com\u200bplaint.",
        "Ünïcode first. I wish to make a ｃｏｍｐｌａｉｎｔ.",
        "Œuf, œuf. Je porte plainte.",
        "I  w i s h  t o  c o m p l a i n.",
        "\u2066I want it escalated.\u2069",
    ],
)
def test_evidence_is_shown_as_it_was_written(text: str) -> None:
    verdict = judge(text)
    assert verdict.label != "neither"
    assert all(text[one.start : one.end] == one.text for one in verdict.evidence)
    assert text.index(verdict.evidence[0].text) == verdict.evidence[0].start


WORDS = st.sampled_from(
    "I want to make a complaint escalate it not if when my please porter plainte klacht een dien"
    " . , ? ! \n caller: agent: \u200b \u00a0 œ ﬁ İ ß e\u0301 ' \" ; c o m p - — 7 é".split(" ")
)


@given(st.lists(st.one_of(WORDS, st.text(max_size=3)), max_size=60), st.booleans())
def test_any_text_is_judged_and_its_evidence_stands_in_it(words: list[str], call: bool) -> None:
    text = " ".join(words)
    verdict = judge(text, subject=text, channel="phone" if call else "email")
    assert verdict.lang in ("en", "fr", "nl")
    assert not (verdict.possible and verdict.label != "neither")
    for one in verdict.evidence:
        assert 0 <= one.start < one.end <= len(text)
        assert one.text == text[one.start : one.end]


@given(st.text())
def test_each_letter_of_a_folded_text_has_its_place(text: str) -> None:
    folded, _ = read(text)
    places = [folded.place(at) for at in range(len(folded.text))]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


def test_every_sample_has_evidence_for_what_it_says() -> None:
    for one in (*samples("dev"), *samples("contacts")):
        verdict = one.judged()
        assert verdict.evidence or verdict.label == "neither"
        for found in verdict.evidence:
            said = one.subject if found.where == "subject" else one.text
            assert said[found.start : found.end] == found.text


def test_words_that_sound_dissatisfied_are_named() -> None:
    verdict = judge("What a shambles. I am fed up, it is disgraceful, a joke, and rude.")
    assert verdict.possible
    assert [one.text for one in verdict.evidence] == ["shambles", "fed up", "disgraceful"]
    assert {one.rule for one in verdict.evidence} == {DISSATISFIED}
    assert len(verdict.evidence) == MAX_FEELINGS


def test_of_a_neither_the_words_and_why_they_do_not_count_are_given() -> None:
    (found,) = judge("I am not writing to complain.").evidence
    assert (found.rule, found.text) == ("refused", "not writing to complain")


def test_a_later_wish_takes_the_place_of_an_earlier_one() -> None:
    assert judge("Please escalate it. No, do not escalate it.").label == "neither"
    assert judge("Do not escalate it. No: escalate it now.").label == "escalation"
    assert judge("I want to complain about the noise. Forget it, it stopped.").label == "neither"
    assert judge("Forget it, I said. But I do want to complain.").label == "complaint"
    assert judge("No need to escalate; I only want a complaint on record.").label == "complaint"


ODD = {
    "words of ours": "I want to complain and escalate. " * 35_000,
    "one long word": "complaint" * 115_000,
    "no end of a sentence": "i want to " * 100_000 + "complain",
    "spelled out": "c o m p l a i n t " * 60_000,
    "invisible": "\u200b" * 1_000_000 + "I complain.",
    "expanding": "ﷺ" * 60_000,
    "full stops": "." * 1_000_000,
    "line ends": "the\n" * 260_000,
    "quotes": "'a' \" " * 170_000,
    "speakers": "caller: no\nagent: complaint?\n" * 35_000,
    "menus": "ivr: complaint\ncaller: complaint\n" * 30_000,
    "splits": "com plaint ex es " * 60_000,
    "conditions": "if " * 300_000 + "complaint",
    "retractions": "forget it " * 100_000,
    "footers": "to unsubscribe " * 66_000,
    "near misses": " ".join(f"complai{n:x}" for n in range(80_000)),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("channel", ["email", "phone"])
def test_a_megabyte_of_anything_is_judged(name: str, channel: str) -> None:
    text = ODD[name]
    verdict = judge(text, subject=text[:100_000], channel=channel)
    assert verdict.possible or verdict.label != "neither" or name in ("footers",)
    assert len(verdict.evidence) <= 8 * MAX_FINDINGS
    assert all(one.end <= MAX_JUDGED for one in verdict.evidence)


def test_words_are_found_apart() -> None:
    assert words_of("i'd like (to) complain...now/then") == "i d like to complain now then".split()
