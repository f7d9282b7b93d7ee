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
    lead = "yes " * (MAX_JUDGED // 4)
    assert judge(lead[len(statement) + 4 :] + statement).label == "complaint"
    past = judge(f"{lead}{statement}")
    assert (past.label, past.possible) == ("neither", True)
    assert [one.rule for one in past.evidence] == ["too_much"]


def test_a_quote_however_long_takes_nothing_of_what_is_judged() -> None:
    """Own words come with quotes blanked out, so that places stay what they were."""
    assert judge("Thanks, all is well." + " " * 2 * MAX_JUDGED).possible is False
    blank = " " * 2 * MAX_JUDGED + "I want to make a complaint."
    (found,) = judge(blank).evidence
    assert (blank[found.start : found.end], found.end) == (found.text, len(blank) - 1)


def test_more_of_our_words_than_are_looked_at_are_for_a_person() -> None:
    many = judge("I have no complaint. " * 250 + "I want to make a complaint.")
    assert many.label == "complaint"
    between = "I have no complaint. " * 150
    hidden = judge(f"{between}I want to make a complaint. {between}")
    assert (hidden.label, hidden.possible) == ("neither", True)
    assert "too_much" in {one.rule for one in hidden.evidence}
    ones = judge("No complaint here. " + "one " * 250 + "I want to make a formal complaint.")
    assert ones.label == "complaint"


@pytest.mark.parametrize(
    "text",
    [
        "my name is smythe that is s m y t h e i complain about the noise",
        "it is j o n e s i am complaining about the bill",
        "I want to make a c o m p l a i n t.",
        "i want to make a com com plaint about the noise",
    ],
)
def test_a_name_spelled_out_swallows_no_word(text: str) -> None:
    assert judge(text, channel="voicemail").label == "complaint"


@pytest.mark.parametrize(
    "text",
    [
        "I wish to complain. The agents ignore me.",
        "I want to make a complaint. Please cancel that direct debit.",
        "I want to make a complaint. Some things I forget. It was cold.",
        "Ik wil een klacht indienen. Laat maar weten wanneer u kunt.",
        "Je dépose une plainte. Laissez tomber vos excuses.",
    ],
)
def test_what_only_looks_taken_back_stands(text: str) -> None:
    assert judge(text).label == "complaint"


def test_what_is_taken_back_waits_for_a_person_and_is_shown() -> None:
    text = "i want to make a complaint oh never mind its back"
    verdict = judge(text, channel="voicemail")
    assert (verdict.label, verdict.possible) == ("neither", True)
    assert ("never mind", "taken_back") in {(one.text, one.rule) for one in verdict.evidence}


def test_an_end_of_one_speaker_and_a_beginning_of_another_take_nothing_back() -> None:
    text = (
        "caller: i want to complain about things your people forget\n"
        "agent: go on\ncaller: that bill for one"
    )
    verdict = judge(text, channel="phone")
    assert verdict.label == "complaint"
    assert all(one.text == text[one.start : one.end] for one in verdict.evidence)


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
