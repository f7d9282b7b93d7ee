"""The sender's own new words: above, below and between what is quoted."""

from __future__ import annotations

import pytest

from mail.words import own_spans, own_words


@pytest.mark.parametrize(
    ("text", "own"),
    [
        pytest.param("I complain.", "I complain.", id="nothing quoted"),
        pytest.param("Mine.\n\n> yours\n> more", "Mine.", id="answer above"),
        pytest.param("> yours\n\nMine.", "Mine.", id="answer below"),
        pytest.param("> one?\nYes.\n> two?\nNo.", "Yes.\nNo.", id="answers between"),
        pytest.param(
            "Mine.\n\nOn 3 Nov 2026 at 10:01, Ooma <care@ooma.example> wrote:\n> Your complaint",
            "Mine.",
            id="English quote header",
        ),
        pytest.param(
            "Mine.\n\nOn Tue, 3 Nov 2026 at 10:01, Ooma Customer Experience\n"
            "<care@ooma.example> wrote:\n\nYour complaint is important.",
            "Mine.",
            id="quote header over two lines, quote unmarked",
        ),
        pytest.param(
            "À moi.\n\nLe mar. 3 nov. 2026 à 10:01, Jive <a@jive.example> a écrit :\n> plainte",
            "À moi.",
            id="French quote header",
        ),
        pytest.param(
            "Van mij.\n\nOp di 3 nov. 2026 om 10:01 schreef Jive <a@jive.example>:\n> klacht",
            "Van mij.",
            id="Dutch quote header",
        ),
        pytest.param(
            "Mine.\n\n-----Original Message-----\nFrom: Ooma\nSubject: x\n\nTheirs.",
            "Mine.",
            id="Outlook separator",
        ),
        pytest.param(
            "Mine.\n\nFrom: Ooma <a@ooma.example>\nSent: Tuesday\nTo: Jo\nSubject: x\n\nTheirs.",
            "Mine.",
            id="Outlook header block",
        ),
        pytest.param(
            "À moi.\n\nDe : Jive\nEnvoyé : mardi\nÀ : Amélie\nObjet : x\n\nÀ eux.",
            "À moi.",
            id="French header block",
        ),
        pytest.param(
            "Please read.\n\n---------- Forwarded message ---------\nFrom: X\n\nI complain.",
            "Please read.",
            id="forwarded",
        ),
        pytest.param("Mine.\n\n-- \nJo Marsh\nComplaints Manager", "Mine.", id="signature"),
        pytest.param("Mine.\n\nSent from my iPhone", "Mine.", id="phone"),
        pytest.param("À moi.\n\nEnvoyé de mon iPhone", "À moi.", id="French phone"),
        pytest.param(
            "Mine.\n\nThis e-mail and any attachments are confidential.\nComplaints to legal.",
            "Mine.",
            id="legal footer",
        ),
        pytest.param(
            "On Monday I wrote to you and nobody answered.",
            "On Monday I wrote to you and nobody answered.",
            id="a sentence that begins like a quote header",
        ),
        pytest.param("", "", id="empty"),
        pytest.param("> all\n> quoted", "", id="only quotes"),
    ],
)
def test_own_words(text: str, own: str) -> None:
    assert own_words(text).replace("\n\n", "\n") == own


def test_spans_are_whole_lines_in_order_and_within_the_text() -> None:
    text = "One.\n> two\nThree.\nFour.\n> five"
    assert [text[start:end] for start, end in own_spans(text)] == ["One.", "Three.\nFour."]


def test_a_quoted_letter_full_of_the_words_adds_none() -> None:
    mine = "When does the engineer come?"
    quoted = "\n".join(f"> {line}" for line in ["I wish to complain.", "Please escalate."] * 50)
    assert own_words(f"{mine}\n\n{quoted}") == mine
