"""Labelled contacts, judged as the service judges them: mail by its sender's own words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mail.words import own_spans
from plugin.triage import Verdict, judge

FOLDER = Path(__file__).parents[2] / "data" / "triage"


@dataclass(frozen=True)
class Sample:
    """A labelled contact. `text` is the whole of it, quotes and all."""

    id: str
    channel: str
    lang: str
    subject: str
    text: str
    label: str

    def judged(self, text: str | None = None, subject: str | None = None) -> Verdict:
        """The verdict on it, or on it with other words."""
        said = self.text if text is None else text
        if self.channel == "email":
            said = own(said)
        titled = self.subject if subject is None else subject
        return judge(said, subject=titled, channel=self.channel)


@cache
def samples(name: str) -> tuple[Sample, ...]:
    """The contacts of a file of `tests/data/triage`."""
    lines = (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    return tuple(_sample(json.loads(line)) for line in lines)


def plain(lang: str) -> list[tuple[str, str]]:
    """(label, sentence) of the plain sentences in a language."""
    labels = {"C": "complaint", "E": "escalation", "N": "neither"}
    lines = (FOLDER / f"plain.{lang}.txt").read_text("utf-8").splitlines()
    return [(labels[line[0]], line[2:]) for line in lines]


def own(text: str) -> str:
    """A mail's text with all but the sender's own words blanked out, positions kept."""
    kept = [" " if c != "\n" else c for c in text]
    for start, end in own_spans(text):
        kept[start:end] = text[start:end]
    return "".join(kept)


def _sample(given: dict[str, Any]) -> Sample:
    return Sample(**{name: given[name] for name in Sample.__dataclass_fields__})
