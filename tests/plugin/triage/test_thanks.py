"""Plain thanks: the only words to a closed case that nobody need look at."""

from __future__ import annotations

import pytest

from plugin.triage.thanks import MAX_WORDS, only_thanks

WRITER = "Jo Marsh-de Vries jo.marsh.eloise@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thanks\nJo",
        "Thank you very much for your help.",
        "Many thanks for sorting this.\n\nKind regards\nJo Marsh",
        "Hello team,\n\nThanks, much appreciated.\n\nJo",
        "Merci beaucoup pour votre aide.",
        "Bonjour,\n\nMerci pour tout.\n\nCordialement,\nEloise",
        "Je vous remercie infiniment.",
        "Bedankt voor uw hulp!",
        "Hartelijk dank voor het goede antwoord.",
        "Heel erg bedankt.\n\nMet vriendelijke groet,\nJo de Vries",
        "THANK YOU",
        "thanks 👍",
    ],
)
def test_plain_thanks(text: str) -> None:
    assert only_thanks(text, WRITER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "Hello",
        "Kind regards\nJo",
        "Thanks but it is still broken.",
        "Thanks, and when will the engineer come?",
        "Thank you. It broke again.",
        "Thanks for nothing.",
        "No thanks.",
        "Thanks\nBut still broken",
        "Thanks\nStill down",
        "Thanks\nCall me",
        "Thanks\nKit",
        "Thanks for your help, I want a refund.",
        "Thank you, my number is 0759-0196-66.",
        "Thanks to you I lost a week.",
        "Merci mais la ligne ne marche toujours pas.",
        "Merci de me rappeler.",
        "Merci pour rien.",
        "Bedankt, maar het werkt nog niet.",
        "Bedankt voor niets.",
        "Dank u, wanneer komt de monteur?",
        "Thanks. I would like to make a complaint.",
        "thanks " * (MAX_WORDS + 1),
    ],
)
def test_anything_more_than_thanks(text: str) -> None:
    assert not only_thanks(text, WRITER)
