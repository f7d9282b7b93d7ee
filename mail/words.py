"""The sender's own new words: what stands in a mail beside quotes, signatures and footers.

Line by line and in linear time. The sender may write above, below or between quoted lines, so the
answer is a list of spans. When in doubt a line counts as the sender's own: losing a customer's
words is worse than keeping a stray footer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from mail.footers import drop_footers
from mail.message import Span

MAX_HEADER_LINE = 500
"""The longest "On … wrote:" line, in characters, also when it is broken over several."""

_QUOTED = re.compile(r"^[ \t]{0,3}(>|\|[ \t]|[A-Z]{1,4}>)")

# "On Tue, 3 Nov 2026 at 10:01, Somebody <a@b> wrote:" and its kin: a line that ends with the verb,
# and begins like a date or names an address or a time. Two plain looks, so it stays linear.
_ENDS_WROTE = re.compile(
    r"(?:\b(?:wrote|writes|schrieb|schreef(?: het volgende)?|geschreven|a écrit|a ecrit|écrit"
    r"|escribió|escreveu|ha scritto|skrev|napsal\(?a?\)?|napisał\(?a?\)?|kirjoitti|đã viết"
    r"|написала?|пишет)"
    r"|写道|のメール)[ \t\xa0]*[:：]?[ \t*]*$",
    re.I,
)
_WROTE = (
    *("wrote", "write", "schri", "schre", "geschreven", "écrit", "ecrit", "escri", "escrev"),
    *("scritto", "skrev", "napsal", "napisał", "kirjoitti", "viết", "написал", "пишет"),
    *("写道", "のメール"),
)
# The verb before the name: "Op 3 nov. 2026 om 10:01 schreef Jo <a@b>:".
_WROTE_SOMEBODY = re.compile(r"\b(?:schreef|skrev|schrieb|écrivait)\b.{2,120}:[ \t*]*$", re.I)
# No verb at all: "26.06.2014, 14:41, "Jo" <a@b>:".
_ADDRESS_COLON = re.compile(r"<[^<>@\s]{1,80}@[^<>\s]{1,80}>[ \t]*:[ \t*]*$")
_WROTE_START = re.compile(
    r"^[ \t*_]*(?:on|in|am|le|el|il|op|den|dne|em|w dniu|dnia|på|ons|man|tir|tor|fre|lør|søn|vào"
    r"|\d{4}[-/.年])\b",
    re.I,
)
_DATE = re.compile(r"\d{1,2}[:h.]\d{2}|\b(?:19|20)\d\d\b")
_DATE_OR_ADDRESS = re.compile(r"\d{1,2}[:h.]\d{2}|@|\b(?:19|20)\d\d\b")

_SEPARATOR = re.compile(
    r"^[ \t>*]*(?:[-_=]{2,}[ \t]*(?:original message|original appointment|forwarded message"
    r"|reply message|message d.origine|message original|message transféré|courriel original"
    r"|oorspronkelijk bericht|doorgestuurd bericht|ursprüngliche nachricht"
    r"|weitergeleitete nachricht"
    r"|mensaje original|mensagem original|messaggio originale|messaggio inoltrato"
    r"|wiadomość oryginalna|původní zpráva|ursprungligt meddelande|opprinnelig melding"
    r"|oprindelig meddelelse|alkuperäinen viesti|原始邮件|original)[ \t]*[-_=]*"
    r"|begin forwarded message:?|début du message (?:réexpédié|transféré)[ \t]*:?"
    r"|begin doorgestuurd bericht:?|anfang der weitergeleiteten (?:e-mail|nachricht):?"
    r"|forwarded by .{3,80})[ \t*]*$",
    re.I,
)
_RULE = re.compile(r"^[ \t]*[_]{10,}[ \t]*$|^[ \t]*-{20,}[ \t]*$")

_HEADER_LINE = re.compile(
    r"^[ \t>*]*(?:from|sent|to|cc|subject|date|reply-to|de|envoyé|envoyée|à|objet|date|cc|van"
    r"|verzonden|datum|aan|onderwerp|von|gesendet|an|betreff|enviado(?: el)?|para|asunto|assunto|da"
    r"|inviato|a|oggetto|od|do|temat|wysłano|fra|sendt|til|emne|från|skickat|till|ämne|lähettäjä"
    r"|от|отправлено|кому|тема|дата"
    r"|发件人|发送时间|收件人|主题|差出人|送信日時|宛先|件名)[ \t\xa0]*[*]*[::][*]*[ \t\xa0]*\S",
    re.I,
)
_FROM_LINE = re.compile(
    r"^[ \t>*]*(?:from|de|van|von|da|od|fra|från|lähettäjä|от|发件人|差出人)[ \t\xa0]*[*]*[::]",
    re.I,
)


def own_spans(text: str) -> tuple[Span, ...]:
    """The spans of `text` that are the sender's own new words, in order.

    Whole lines, each without its line end; adjoining lines are one span.
    """
    lines = _lines(text)
    words = [text[start:end] for start, end in lines]
    # Where nothing could end such a line, none need be looked at for it: most mails have none.
    own = _own_lines(words, wrote=_names_a_writer(text))
    spans: list[Span] = []
    last = -2
    for number, kept in enumerate(own):
        if not kept:
            continue
        start, end = lines[number]
        if spans and number == last + 1:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        last = number
    return tuple(span for span in spans if text[span[0] : span[1]].strip())


def _names_a_writer(text: str) -> bool:
    """Could a line of it end like "On … wrote:"?"""
    said = text.lower()
    # Looking for each in turn is many times as fast as one pattern of them all.
    return ">:" in said or any(verb in said for verb in _WROTE)


def own_words(text: str) -> str:
    """The sender's own new words as one text."""
    return "\n".join(text[start:end].strip("\n") for start, end in own_spans(text)).strip()


def _lines(text: str) -> list[Span]:
    spans = []
    start = 0
    for line in text.split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _own_lines(lines: Sequence[str], *, wrote: bool) -> list[bool]:
    """Which lines are the sender's own: the rest of the mail ends at the first old message.

    `wrote`: a verb of "On … wrote:" occurs somewhere in them.
    """
    own = [True] * len(lines)
    number = 0
    while number < len(lines):
        line = lines[number]
        if _QUOTED.match(line):
            own[number] = False
        elif _begins_old_mail(lines, number):
            _drop(own, number, len(lines))
            break
        elif wrote and (length := _quote_header(lines, number)):
            _drop(own, number, number + length)
            if not _quoted_follows(lines, number + length):
                _drop(own, number, len(lines))
                break
            number += length
            continue
        number += 1
    drop_footers(lines, own)
    return own


def _drop(own: list[bool], start: int, end: int) -> None:
    for number in range(start, min(end, len(own))):
        own[number] = False


def _begins_old_mail(lines: Sequence[str], number: int) -> bool:
    """A separator line, or a block of headers as mail programs put above what they answer."""
    line = lines[number]
    if len(line) <= MAX_HEADER_LINE and _SEPARATOR.match(" ".join(line.split())):
        return True
    if _RULE.match(line):
        ahead = _next_written(lines, number + 1)
        return ahead is not None and bool(_FROM_LINE.match(lines[ahead]))
    if not _HEADER_LINE.match(line):
        return False
    block = [one for one in lines[number + 1 : number + 9] if one.strip()][:4]
    if _FROM_LINE.match(line):
        return sum(bool(_HEADER_LINE.match(one)) for one in block) >= 2
    # "Date, Subject, From, To" without a gap, with an address: else it may be the sender's list.
    headers = list(takewhile(_HEADER_LINE.match, lines[number : number + 5]))
    return len(headers) >= 3 and any(_FROM_LINE.match(one) and "@" in one for one in headers)


def _quote_header(lines: Sequence[str], number: int) -> int:
    """How many lines from here are an "On … wrote:" line; 0 where it is none."""
    line = lines[number]
    if not line.strip() or len(line) > MAX_HEADER_LINE:
        return 0
    line = " ".join(line.split())
    if _is_quote_header(line):
        return 1
    if not _WROTE_START.match(line) and "@" not in line and "<" not in line:
        return 0
    joined = line
    for extra in (1, 2, 3):
        if number + extra >= len(lines) or not lines[number + extra].strip():
            return 0
        joined = f"{joined} {lines[number + extra].strip()}"
        if len(joined) > MAX_HEADER_LINE:
            return 0
        if _is_quote_header(joined):
            return extra + 1
    return 0


def _is_quote_header(line: str) -> bool:
    """Ends with "wrote", and names a date or an address: "on Monday he wrote" is a sentence."""
    if line.rstrip(" \t*").endswith(":"):
        if _WROTE_SOMEBODY.search(line[-140:]) and _DATE_OR_ADDRESS.search(line):
            return True
        if _ADDRESS_COLON.search(line[-180:]) and _DATE.search(line):
            return True
    if not _ENDS_WROTE.search(line[-40:]):
        return False
    ends_with_colon = line.rstrip(" \t*\xa0").endswith((":", "："))
    dated = bool(_DATE_OR_ADDRESS.search(line))
    return (ends_with_colon and bool(_WROTE_START.match(line) or dated)) or (
        dated and bool(_WROTE_START.match(line))
    )


def _quoted_follows(lines: Sequence[str], number: int) -> bool:
    """Is what follows a quote header marked with ">"? Unmarked, it runs to the end."""
    ahead = _next_written(lines, number)
    return ahead is None or bool(_QUOTED.match(lines[ahead]))


def _next_written(lines: Sequence[str], number: int) -> int | None:
    return next((n for n in range(number, len(lines)) if lines[n].strip()), None)
