"""The sample mail of the demo desk: made-up people writing to four providers.

The letters lie as .eml files beside this module, with `{{date}}` and `{{id:NAME}}` where each
start puts its own dates and ids, so that a second start is never taken for a repetition. The rule:
the same `now` and `token` give the same bytes, and no placeholder ever reaches a mailbox.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files

from mail.parse import MAX_HEADER_BYTES

_PLACEHOLDER = re.compile(r"\{\{(date|too-long|id:([a-z-]+))\}\}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")

_TABLE: tuple[tuple[str, str, str, str], ...] = (
    (
        "ooma-crackling-line",
        "ooma",
        "case_opened",
        "Jo Marsh complains to Ooma of a crackling line",
    ),
    ("8x8-dropped-calls", "8x8", "case_opened", "Harriet Lowe complains to 8x8 from her phone"),
    ("jive-outage-english", "jive", "case_opened", "Walter Beaulieu complains to Jive, in English"),
    (
        "jive-facturation-francais",
        "jive",
        "case_opened",
        "Amélie Gagnon porte plainte, en français",
    ),
    ("opus-engineer-missed", "opus", "case_opened", "Graham Whitlock has a complaint for Opus"),
    ("ooma-billing-question", "ooma", "not_case", "Tom Adeyemi asks Ooma a question about billing"),
    ("8x8-escalate", "8x8", "case_opened", "Owen Pritchard asks 8x8 to escalate"),
    ("ooma-follow-up", "ooma", "joined", "Jo Marsh writes again, in answer to her own letter"),
    (
        "8x8-outlook-footer",
        "8x8",
        "case_opened",
        "Ruth Okafor complains to 8x8; her footer speaks of other complaints",
    ),
    (
        "opus-times-to-ring",
        "opus",
        "proposed",
        "Graham Whitlock writes to Opus anew, and not in answer to anything",
    ),
    ("8x8-how-to-complain", "8x8", "not_case", "Mei Tan asks 8x8 how one complains"),
    ("8x8-out-of-office", "8x8", "automatic", "an out-of-office notice reaches 8x8"),
    (
        "ooma-porting-late",
        "ooma",
        "case_opened",
        "Priya Nair complains to Ooma, with an attachment",
    ),
    ("jive-unhappy", "jive", "not_case", "Bev Kowalchuk is fed up, but does not say complaint"),
    ("ooma-newsletter", "ooma", "automatic", "a newsletter about complaints reaches Ooma"),
    ("opus-stranger", "opus", "not_case", "Kit Sorrell quotes to Opus a case that is not his"),
    ("opus-bounce", "opus", "automatic", "a returned letter reaches Opus"),
    ("8x8-unreadable", "8x8", "quarantined", "a mail that no program should send reaches 8x8"),
    ("8x8-hostile-page", "8x8", "case_opened", "Dana Fox complains to 8x8 in a page with a script"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample mail: whose mailbox, its bytes, when it arrived, and what it should become."""

    name: str
    user: str
    raw: bytes
    when: datetime
    expect: str
    tells: str


def samples(now: datetime, token: str) -> tuple[Sample, ...]:
    """The sample mail, the oldest first, the newest arriving at `now`; `token` makes ids new.

    Raises ValueError for a `now` without zone or a token that no Message-ID could hold.
    """
    if now.tzinfo is None:
        raise ValueError("now must carry its zone")
    if not _TOKEN.fullmatch(token):
        raise ValueError("the token may hold letters, digits, - and _ only")
    first = now - timedelta(seconds=len(_TABLE) - 1)
    return tuple(
        Sample(name, user, _read(name, when, token), when, expect, tells)
        for number, (name, user, expect, tells) in enumerate(_TABLE)
        for when in [first + timedelta(seconds=number)]
    )


def _read(name: str, when: datetime, token: str) -> bytes:
    text = files("plugin.demo").joinpath("mails", f"{name}.eml").read_text(encoding="utf-8")

    def fill(match: re.Match[str]) -> str:
        if match[1] == "date":
            return format_datetime(when)
        if match[1] == "too-long":
            return "\n ".join(["x" * 70] * (MAX_HEADER_BYTES // 70))
        return f"<{match[2]}.{token}@mail.example>"

    filled = _PLACEHOLDER.sub(fill, text)
    if "{{" in filled:
        raise ValueError(f"{name}.eml holds a placeholder that nothing fills")
    return filled.replace("\n", "\r\n").encode()
