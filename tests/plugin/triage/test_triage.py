"""Triage: what counts as an explicit statement, what takes it back, and where the words stand."""

from __future__ import annotations

import pytest

from plugin.triage import MAX_JUDGED, judge, language


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I would like to make a complaint about my line.", "complaint"),
        ("Please treat this as a formal complaint.", "complaint"),
        ("This is a complaint.", "complaint"),
        ("Complaint about my bill", "complaint"),
        ("Please escalate this to senior management.", "escalation"),
        ("I want this escalated.", "escalation"),
        ("This is a complaint. Please escalate it.", "escalation"),
        ("Je souhaite porter plainte.", "complaint"),
        ("Je dépose une réclamation auprès de vous pour ma ligne.", "complaint"),
        (
            "Je souhaite que ma plainte soit transmise à un gestionnaire supérieur.",
            "escalation",
        ),
        (
            "Je veux qu’elle soit transmise à la direction de l’équipe de soutien.",
            "escalation",
        ),
        ("Veuillez transmettre mon dossier à votre superviseure.", "escalation"),
        ("Ne transmettez pas ma plainte à la direction.", "neither"),
        ("Je vous ai transmis mon dossier de paiement.", "neither"),
        ("My line crackles and nobody answers.", "neither"),
        ("How do I make a complaint?", "neither"),
        ("I do not want to make a complaint.", "neither"),
        ("If this goes on I will make a complaint.", "neither"),
        ("My neighbours made a complaint about the mast.", "neither"),
        ("I have a stomach complaint and cannot travel.", "neither"),
        ("The costs escalated last year.", "neither"),
        ("Je ne veux pas porter plainte.", "neither"),
        ("", "neither"),
    ],
)
def test_only_explicit_statements_count(text: str, label: str) -> None:
    assert judge(text).label == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (
            "My line has been down for a week now and I would like to make a\ncomplaint.",
            "complaint",
        ),
        ("My line has been down for a week but I would rather not make a\ncomplaint.", "neither"),
        ("I would not like to make a\ncomplaint about this.", "neither"),
        ("There is no need to worry\n\nComplaint about my line", "complaint"),
        ("My list:\n- complaint about my line", "complaint"),
        ("Hello,\nplease escalate my case", "escalation"),
    ],
)
def test_a_line_that_a_program_broke_is_read_on(text: str, label: str) -> None:
    assert judge(text).label == label


def test_the_words_that_decided_are_named_with_their_place() -> None:
    text = "Good morning.\nI  would like\nto make a complaint, thank you."
    (found,) = judge(text).evidence
    assert found.text == text[found.start : found.end]
    assert " ".join(found.text.split()) == "I would like to make a complaint"
    assert (found.rule, found.where) == ("makes_complaint", "text")


def test_a_statement_hidden_by_invisible_characters_is_heard() -> None:
    assert judge("I want to make a com\u200bpl\u00adaint.").label == "complaint"


@pytest.mark.parametrize(
    "text",
    [
        "<p>Dear Sirs,</p><p>Kindly&nbsp;enter&nbsp;our com&shy;plaint.</p>",
        "The line is not working<br>I want to com<wbr>plain<br/>",
        "<div class='x'>I have a <b>comp</b>laint about the mast.</div>",
    ],
)
def test_stray_markup_hides_no_statement(text: str) -> None:
    verdict = judge(text)
    assert verdict.label == "complaint"
    assert all(one.text == text[one.start : one.end] for one in verdict.evidence)


def test_the_subject_counts_where_the_customer_wrote_it() -> None:
    assert judge("See below.", subject="Formal complaint").evidence[0].where == "subject"
    assert judge("See below.", subject="RE: Formal complaint").label == "neither"


def test_of_a_call_only_the_callers_turns_count() -> None:
    said = "agent: Is this a complaint? I would like to make a complaint form.\ncaller: No thanks."
    assert judge(said, channel="phone").label == "neither"
    said = "agent: How can I help?\ncaller: I want to make a complaint."
    assert judge(said, channel="phone").label == "complaint"


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("This is unacceptable.", True),
        ("UNACCEPTABLE!", True),
        ("When is my card charged?", False),
        ("C'est inacceptable, je suis furieux de ma ligne.", True),
        ("My mismanager is here", False),
        ("This is unacceptable and I wish to make a complaint.", False),
    ],
)
def test_dissatisfaction_without_a_statement_is_possible(text: str, possible: bool) -> None:
    assert judge(text).possible is possible


def test_what_stands_past_the_limit_is_not_judged() -> None:
    statement = "I want to make a complaint."
    assert judge(statement.rjust(MAX_JUDGED)).label == "complaint"
    assert judge(statement.rjust(MAX_JUDGED + 20)).label == "neither"


@pytest.mark.parametrize(
    "text",
    [
        "complain " * 5000,
        "no not never " * 4000 + "complaint",
        "no\n" * 16000,
        "i would like to " * 3000,
        "\n" * 50000,
        "a" * 50000 + "complaint",
    ],
)
def test_no_text_is_too_odd_to_judge(text: str) -> None:
    assert judge(text).label == "neither"


def test_the_language_is_heard_from_small_words_and_is_english_in_doubt() -> None:
    assert language("Je ne suis pas content de la ligne et de vous") == "fr"
    assert language("ik heb een klacht over het bedrijf en mijn lijn") == "nl"
    assert language("My line is down") == "en"
    assert language("???") == "en"
