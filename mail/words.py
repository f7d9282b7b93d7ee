"""The sender's own new words: what stands in a mail beside quotes, signatures and footers.

Line by line and in linear time. The sender may write above, below or between quoted lines, so the
answer is a list of spans. When in doubt a line counts as the sender's own: losing a customer's
words is worse than keeping a stray footer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mail.message import Span

MAX_SIGNATURE_LINES = 12
"""A block after "-- " longer than this is text, not a signature."""

_QUOTED = re.compile(r"^[ \t]{0,3}(>|\|[ \t]|[A-Z]{1,4}>)")

# "On Tue, 3 Nov 2026 at 10:01, Somebody <a@b> wrote:" and its kin. Each pattern is tried on one
# line, or on up to three joined, and begins and ends with fixed words so that it stays linear.
_WROTE = re.compile(
    r"^[ \t>*_]*(?:"
    r"(?:on|in|am|le|el|il|op|den|dne|em|w dniu|dnia|på|ons|man|tir|tor|fre|lør|søn|vào)\b.{4,400}"
    r"(?:wrote|writes|schrieb|schreef(?: het volgende)?|geschreven|a écrit|a ecrit|écrit|escribió"
    r"|escreveu|ha scritto|skrev|napsal\(?a?\)?|napisał\(?a?\)?|kirjoitti|đã viết)"
    r"|.{0,300}<?[^\s<>]{1,64}@[^\s<>]{1,190}>?.{0,60}"
    r"(?:wrote|writes|schrieb|schreef|a écrit|escribió|escreveu|ha scritto|skrev|napsal\(?a?\)?)"
    r"|.{2,200} schreef op .{4,100}"
    r"|.{2,100}\bwrote"
    r"|\d{4}[-/.年].{4,200}(?:wrote|schrieb|écrit|写道|のメール|napisał\(?a?\)?)"
    r")[ \t\xa0]*[::]?[ \t*]*$",
    re.I,
)
_WROTE_START = re.compile(r"^[ \t*_]*(?:on|am|le|el|il|op|den|dne|em|w dniu|dnia|på)\b", re.I)

_SEPARATOR = re.compile(
    r"^[ \t>*]*(?:[-_=]{2,}[ \t]*(?:original message|original appointment|forwarded message"
    r"|reply message|message d.origine|message original|message transféré|courriel original"
    r"|oorspronkelijk bericht|doorgestuurd bericht|ursprüngliche nachricht|weitergeleitete nachricht"
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
    r"|发件人|发送时间|收件人|主题|差出人|送信日時|宛先|件名)[ \t\xa0]*[*]*[::][*]*[ \t\xa0]*\S",
    re.I,
)
_FROM_LINE = re.compile(
    r"^[ \t>*]*(?:from|de|van|von|da|od|fra|från|lähettäjä|发件人|差出人)[ \t\xa0]*[*]*[::]", re.I
)

_SIGNATURE = re.compile(r"^[ \t]*(?:--|–|—|__|-- ?\xa0)[ \t]*$")
_SENT_FROM = re.compile(
    r"^[ \t(*_]*(?:sent (?:from|via|with|by|using) .{2,80}"
    r"|envoyé (?:de(?:puis)?|à partir de|avec|par) .{2,80}|verzonden (?:vanaf|met|via|door) .{2,80}"
    r"|verstuurd (?:vanaf|vanuit|met|via) .{2,80}"
    r"|von meinem .{2,40} gesendet|gesendet (?:von|mit) .{2,60}|enviado (?:desde|do|a partir) .{2,60}"
    r"|inviato da(?:l mio)? .{2,60}|get outlook for \w+|download outlook .{0,40}"
    r"|wysłane z .{2,60}|skickat från .{2,60}|sendt fra .{2,60}|télécharger outlook .{0,40}"
    r")[ \t.)*_]*$",
    re.I,
)
_FOOTER = re.compile(
    r"^[ \t*_]*(?:confidentiality notice|disclaimer\b|legal notice|avis de confidentialité"
    r"|this (?:e-?mail|message|communication)(?:,? (?:and|including|together with) .{3,60})?"
    r" (?:is|are|may|contains?|has been) .{0,40}"
    r"(?:confidential|privileged|intended|legally|solely|scanned)"
    r"|the (?:information|contents?) (?:contained )?(?:in|of) this (?:e-?mail|message|communication)"
    r"|if you (?:are not|have received) .{0,30}(?:intended|this (?:e-?mail|message))"
    r"|ce (?:courriel|message|courrier)(?: électronique)?.{0,60}(?:confidentiel|destiné)"
    r"|dit (?:e-?mail)?bericht.{0,60}(?:vertrouwelijk|bestemd)"
    r"|de informatie (?:verzonden )?(?:in|met) dit (?:e-?mail)?bericht"
    r"|registered (?:in england|office)|please consider the environment"
    r"|pensez à l.environnement|think before you print)",
    re.I,
)


def own_spans(text: str) -> tuple[Span, ...]:
    """The spans of `text` that are the sender's own new words, in order.

    Whole lines, each without its line end; adjoining lines are one span.
    """
    lines = _lines(text)
    words = [text[start:end] for start, end in lines]
    own = _own_lines(words)
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


def _own_lines(lines: Sequence[str]) -> list[bool]:
    """Which lines are the sender's own: the rest of the mail ends at the first old message."""
    own = [True] * len(lines)
    number = 0
    while number < len(lines):
        line = lines[number]
        if _QUOTED.match(line):
            own[number] = False
        elif _begins_old_mail(lines, number):
            _drop(own, number, len(lines))
            break
        elif length := _quote_header(lines, number):
            _drop(own, number, number + length)
            if not _quoted_follows(lines, number + length):
                _drop(own, number, len(lines))
                break
            number += length
            continue
        number += 1
    _drop_footers(lines, own)
    return own


def _drop(own: list[bool], start: int, end: int) -> None:
    for number in range(start, min(end, len(own))):
        own[number] = False


def _begins_old_mail(lines: Sequence[str], number: int) -> bool:
    """A separator line, or a block of headers as mail programs put above what they answer."""
    line = lines[number]
    if _SEPARATOR.match(line):
        return True
    if _RULE.match(line):
        ahead = _next_written(lines, number + 1)
        return ahead is not None and bool(_FROM_LINE.match(lines[ahead]))
    if _FROM_LINE.match(line) and _HEADER_LINE.match(line):
        block = [one for one in lines[number + 1 : number + 9] if one.strip()][:4]
        return sum(bool(_HEADER_LINE.match(one)) for one in block) >= 2
    return False


def _quote_header(lines: Sequence[str], number: int) -> int:
    """How many lines from here are an "On … wrote:" line; 0 where it is none."""
    line = lines[number]
    if not line.strip() or len(line) > 500:
        return 0
    if _WROTE.match(line) and _is_header_like(line):
        return 1
    if not _WROTE_START.match(line) and "@" not in line and "<" not in line:
        return 0
    joined = line
    for extra in (1, 2, 3):
        if number + extra >= len(lines) or not lines[number + extra].strip():
            return 0
        joined = f"{joined} {lines[number + extra].strip()}"
        if len(joined) < 600 and _WROTE.match(joined) and _is_header_like(joined):
            return extra + 1
    return 0


def _is_header_like(line: str) -> bool:
    """Ends with a colon, or names a date or an address: "on Monday he wrote" is a sentence."""
    said = line.rstrip(" \t*\xa0")
    return said.endswith((":", ":")) or bool(re.search(r"\d{1,2}[:h.]\d{2}|@", said))


def _quoted_follows(lines: Sequence[str], number: int) -> bool:
    """Is what follows a quote header marked with ">"? Unmarked, it runs to the end."""
    ahead = _next_written(lines, number)
    return ahead is None or bool(_QUOTED.match(lines[ahead]))


def _next_written(lines: Sequence[str], number: int) -> int | None:
    return next((n for n in range(number, len(lines)) if lines[n].strip()), None)


def _drop_footers(lines: Sequence[str], own: list[bool]) -> None:
    """Take away signatures, "Sent from my …" and legal footers among the own lines."""
    number = 0
    while number < len(lines):
        if not own[number]:
            number += 1
            continue
        end = _own_until(own, number)
        for at in range(number, end):
            line = lines[at]
            if _SENT_FROM.match(line):
                own[at] = False
            elif (_SIGNATURE.match(line) and _is_signature(lines, at, end)) or (
                _FOOTER.match(line)
                and any(one.strip() for one, kept in zip(lines[:at], own[:at], strict=True) if kept)
            ):
                _drop(own, at, end)
                break
        number = end


def _own_until(own: Sequence[bool], number: int) -> int:
    return next((n for n in range(number, len(own)) if not own[n]), len(own))


def _is_signature(lines: Sequence[str], at: int, end: int) -> bool:
    """Few lines after "-- ", and something of the sender's before it in the mail."""
    after = [one for one in lines[at + 1 : end] if one.strip()]
    return len(after) <= MAX_SIGNATURE_LINES and any(one.strip() for one in lines[:at])
