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
        pytest.param(
            "Mine.\n\nDen 24. nov. 2025 kl. 10.00 skrev Ooma <a@ooma.example>:\n> theirs",
            "Mine.",
            id="the verb before the name",
        ),
        pytest.param(
            'Mine.\n26.11.2026, 14:41, "Ooma" <a@ooma.example>:\n> theirs',
            "Mine.",
            id="no verb at all",
        ),
        pytest.param(
            'Mine.\n02.11.2026 14:20 пользователь "Ooma" <\na@ooma.example> написал:\n> theirs',
            "Mine.",
            id="Russian quote header over two lines",
        ),
        pytest.param(
            "Mine.\nDate: Thu, 26 Nov 2026 13:53:45 +0000\nSubject: x\nFrom: a@ooma.example\n"
            "To: jo@example.com\nTheirs.",
            "Mine.",
            id="header block that begins with the date",
        ),
        pytest.param(
            "Mine.\nОт: Ooma\nОтправлено: четверг\nКому: Jo\nTheirs.",
            "Mine.",
            id="Russian header block",
        ),
        pytest.param(
            "Date: 3 November\nSubject: my bill\nTo: you, and I wait for an answer.",
            "Date: 3 November\nSubject: my bill\nTo: you, and I wait for an answer.",
            id="a list of the sender's own that looks like headers",
        ),
        pytest.param("Mine.\n\nKind regards,\nJo Marsh\n4 High Street", "Mine.", id="closing"),
        pytest.param("À moi.\n\nCordialement\nAmélie Roy", "À moi.", id="French closing"),
        pytest.param("Van mij.\n\nMet vriendelijke groet,\nJan", "Van mij.", id="Dutch closing"),
        pytest.param("Mine.\n\n-Jo Marsh", "Mine.", id="a dash and a name"),
        pytest.param("Mine.\n\n/Jo", "Mine.", id="a slash and a name"),
        pytest.param(
            "Mine.\n\n-Jo\n\n__________________\nusers mailing list\nusers@lists.example.com",
            "Mine.",
            id="the footer of a list",
        ),
        pytest.param(
            "Mine.\n\nJo Marsh\njo@example.com\n020 7946 0123\nwww.example.com",
            "Mine.",
            id="name and contact details without a mark",
        ),
        pytest.param(
            "Mine.\n\nSent from my desk, is much easier than my mobile phone.",
            "Mine.\nSent from my desk, is much easier than my mobile phone.",
            id="a sentence that begins like a phone's footer",
        ),
        pytest.param(
            "Mine.\n\nSent from my iPhone, please excuse brevity", "Mine.", id="phone, with a word"
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


CLOSINGS = (
    "Kind regards,\nJo Marsh",
    "Cordialement,\nAmélie",
    "Met vriendelijke groet\nJan",
    "Best wishes",
    "-Jo",
    "/Jo",
    "Sent from my iPhone",
    "Jo Marsh\njo@example.com\n020 7946 0123",
)
WORDS = (
    "I want to make a complaint.",
    "P.S. I want to make a complaint",
    "PS: please escalate my complaint!",
    "Why has nobody answered my complaint?",
    "I want to make a complaint about the engineer who came on Monday and then never came back",
)


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("words", WORDS)
def test_a_postscript_is_never_lost_with_a_signature(closing: str, words: str) -> None:
    assert words in own_words(f"Hello.\n\n{closing}\n\n{words}")
    assert words in own_words(f"Hello.\n\n{closing}\n{words}")


@pytest.mark.parametrize("closing", CLOSINGS)
def test_what_is_nothing_but_a_closing_is_somebodys_whole_word(closing: str) -> None:
    if not closing.startswith("Sent"):
        assert own_words(closing).startswith(closing.split("\n")[0])


@pytest.mark.parametrize(
    "text",
    [
        "My problems are:\n\n- Billing",
        "Reference:\n\n-12",
        "I was told to write to:\n\nbilling@ooma.example",
        "Regards to the engineer, who was kind.",
        "Call me:\n\n020 7946 0123",
    ],
)
def test_what_only_looks_like_a_signature_stays(text: str) -> None:
    assert own_words(text) == text
