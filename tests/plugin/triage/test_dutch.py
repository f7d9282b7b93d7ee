"""Statements in Dutch: few customers write it, and none who complains may be overheard."""

from __future__ import annotations

import pytest

from plugin.triage import judge


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Ik wil graag een klacht indienen over mijn rekening.", "complaint"),
        ("Hierbij dien ik een klacht in over mijn lijn.", "complaint"),
        ("Wij willen een officiële klacht over het netwerk indienen.", "complaint"),
        ("Ik heb een klacht over de rekening.", "complaint"),
        ("Ik wil klagen over mijn lijn.", "complaint"),
        ("Ik wil mijn klacht escaleren naar een manager.", "escalation"),
        ("Ik verzoek u deze zaak te escaleren.", "escalation"),
        ("Ik wil geen klacht indienen.", "neither"),
        ("Hoe kan ik een klacht indienen?", "neither"),
        ("Als het niet werkt dien ik een klacht in.", "neither"),
        ("Bedankt voor het afhandelen van mijn klacht.", "neither"),
        ("Wanneer komt de monteur voor mijn lijn?", "neither"),
    ],
)
def test_only_explicit_statements_count(text: str, label: str) -> None:
    verdict = judge(text)
    assert (verdict.label, verdict.lang) == (label, "nl")
    assert all(text[e.start : e.end] == e.text for e in verdict.evidence)
