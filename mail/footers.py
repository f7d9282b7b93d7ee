"""Signatures, "Sent from my …", lists' and legal footers: what stands below the sender's own words.

Nothing that reads like a sentence is taken away with a signature: a postscript may hold the very
words that make a complaint. Every look ahead is bounded, so that the whole stays linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_SIGNATURE_LINES = 12
"""A block after "-- " longer than this is text, not a signature."""

MAX_CLOSING_LINES = 8
"""More lines than these after "Kind regards," are no name and address."""

_SIGNATURE = re.compile(r"^[ \t]*(?:--|–|—|__|-- ?\xa0)[ \t]*$")
_SENT_FROM = re.compile(
    r"^[ \t(*_]*(?:sent (?:from|via|with|by|using) .{2,80}"
    r"|envoyé (?:de(?:puis)?|à partir de|avec|par) .{2,80}|verzonden (?:vanaf|met|via|door) .{2,80}"
    r"|verstuurd (?:vanaf|vanuit|met|via) .{2,80}"
    r"|von meinem .{2,40} gesendet|gesendet (?:von|mit) .{2,60}"
    r"|enviado (?:desde|do|a partir) .{2,60}"
    r"|inviato da(?:l mio)? .{2,60}|get outlook for \w+|download outlook .{0,40}"
    r"|via (?:mobile|my phone|mijn telefoon)"
    r"|wysłane z .{2,60}|skickat från .{2,60}|sendt fra .{2,60}|télécharger outlook .{0,40}"
    r")[ \t.)*_]*$",
    re.I,
)
_FOOTER = re.compile(
    r"^[ \t*_]*(?:confidentiality notice|disclaimer\b|legal notice|avis de confidentialité"
    r"|this (?:e-?mail|message|communication)(?:,? (?:and|including|together with) .{3,60})?"
    r" (?:is|are|may|contains?|has been) .{0,40}"
    r"(?:confidential|privileged|intended|legally|solely|scanned)"
    r"|the (?:information|contents?) (?:contained )?(?:in|of) this"
    r" (?:e-?mail|message|communication)"
    r"|if you (?:are not|have received) .{0,30}(?:intended|this (?:e-?mail|message))"
    r"|ce (?:courriel|message|courrier)(?: électronique)?.{0,60}(?:confidentiel|destiné)"
    r"|dit (?:e-?mail)?bericht.{0,60}(?:vertrouwelijk|bestemd)"
    r"|de informatie (?:verzonden )?(?:in|met) dit (?:e-?mail)?bericht"
    r"|registered (?:in england|office)|please consider the environment"
    r"|pensez à l.environnement|think before you print)",
    re.I,
)
_DEVICE = re.compile(
    r"i(?:phone|pad|pod)|android|mobile|phone|blackberry|samsung|galaxy|huawei|xiaomi|pixel|nokia"
    r"|tablet|outlook|mail|yahoo|proton|windows|téléphone|telefoon|handy",
    re.I,
)
_CLOSING = re.compile(
    r"^[ \t*_]*(?:(?:with )?(?:kind(?:est)?|best|warm(?:est)?|many|friendly) (?:regards|wishes)"
    r"|regards"
    r"|yours(?: (?:sincerely|faithfully|truly))|sincerely(?: yours)?|faithfully yours"
    r"|(?:bien |très )?cordialement|(?:sincères |meilleures )?salutations(?: distinguées)?"
    r"|(?:met )?(?:vriendelijke?|hartelijke?) groet(?:en|jes)?|groet(?:en|jes)?|mvg|hoogachtend"
    r"|mit (?:freundlichen|besten) grü(?:ß|ss)en|(?:viele|beste|liebe) grü(?:ß|ss)e|mfg|lg"
    r"|(?:med )?(?:venlig|vennlig|kærlig) hilsen|(?:med )?vänliga? hälsning(?:ar)?|mvh|kh|hilsen"
    r"|pozdrawiam|z poważaniem|s pozdravem|(?:un )?saludos?|(?:un )?cordial saludo|atentamente"
    r"|(?:cordiali|distinti) saluti|atenciosamente|(?:com os )?(?:melhores )?cumprimentos"
    r"|с уважением)[ \t]*[,.!]?[ \t*_]*$",
    re.I,
)
_POSTSCRIPT = re.compile(r"^\W*p\.? ?s\b", re.I)
_SIGNED = re.compile(r"^[ \t]*[-/~–—][^\W\d_][\w.'’-]{1,30}(?: [^\W\d_][\w.'’-]{0,30}){0,3}[ \t]*$")
_LINE = re.compile(r"^[ \t]*(?:_{10,}|-{10,}|={10,})[ \t]*$")
_LIST = re.compile(
    r"mailing list|mailman/listinfo|unsubscribe|mailinglijst|liste de diffusion", re.I
)
_CONTACT = re.compile(
    r"(?:[\w-]{1,12}[.:] ?)?(?:[^@\s]{1,80}@[^@\s]{1,80}|\+?[\d(][\d ().+/-]{6,30}\d"
    r"|(?:https?://|www\.)\S{2,200})",
    re.I,
)


def drop_footers(lines: Sequence[str], own: list[bool]) -> None:
    """Take away signatures, "Sent from my …", list and legal footers among the own lines."""
    said = False  # whether anything of the sender's stands above
    number = 0
    while number < len(lines):
        if own[number]:
            end = _own_until(own, number)
            said = _drop_footer_of(lines, own, number, end, said=said)
            number = end
        else:
            number += 1


def _drop_footer_of(
    lines: Sequence[str], own: list[bool], start: int, end: int, *, said: bool
) -> bool:
    """The same for one run of own lines; returns whether anything said has been seen by then."""
    for at in range(start, end):
        line = lines[at]
        if said and _ends_it(lines, at, end):
            own[at:end] = [False] * (end - at)
            return True
        if _sent_from(line):
            own[at] = False
        elif said and _CLOSING.match(line) and _only_names_follow(lines, at + 1, end):
            own[at:end] = [False] * (end - at)
            return True
        else:
            said = said or bool(line.strip())
    return said


def _ends_it(lines: Sequence[str], at: int, end: int) -> bool:
    """Does a signature, a footer or a block of contact details begin here, and run to the end?"""
    line = lines[at]
    if not line.strip():
        return False
    if _FOOTER.match(line):
        return True
    if _SIGNATURE.match(line):
        return _written(lines, at + 1, end, MAX_SIGNATURE_LINES) is not None
    if _LINE.match(line):
        return _is_list_footer(lines, at + 1, end) or _is_contact_block(lines, at + 1, end)
    if at == 0 or lines[at - 1].strip():
        return False  # what follows begins after a gap
    if _SIGNED.match(line):
        return _is_last(lines, at, end)
    return _is_contact_block(lines, at, end)


def _sent_from(line: str) -> bool:
    """ "Sent from my phone", with what people add; a sentence that begins so is a sentence."""
    if not _SENT_FROM.match(line):
        return False
    words = line.split()
    return ("," not in line and len(words) <= 9) or bool(_DEVICE.search(" ".join(words[2:7])))


def _only_names_follow(lines: Sequence[str], start: int, end: int) -> bool:
    """After "Kind regards,": short lines without a sentence, and no postscript."""
    written = _written(lines, start, end, MAX_CLOSING_LINES)
    return written is not None and not any(_is_sentence(line) for line in written)


def _is_sentence(line: str) -> bool:
    return len(line) > 60 or line.endswith((".", "?", "!", ":")) or bool(_POSTSCRIPT.match(line))


def _is_contact_block(lines: Sequence[str], start: int, end: int) -> bool:
    """A block to the end in which at least two lines are an address, a number or a page."""
    written = _written(lines, start, end, MAX_SIGNATURE_LINES)
    if written is None:
        return False
    reached = sum(bool(_CONTACT.fullmatch(line)) for line in written)
    return reached >= 2 and not any(_is_sentence(line) for line in written)


def _is_list_footer(lines: Sequence[str], start: int, end: int) -> bool:
    return any(_LIST.search(line) for line in lines[start : min(end, start + 5)])


def _is_last(lines: Sequence[str], at: int, end: int) -> bool:
    """Is it the last line of its run, or is there but a list's footer after it?"""
    ahead = next((n for n in range(at + 1, end) if lines[n].strip()), None)
    return ahead is None or (
        bool(_LINE.match(lines[ahead])) and _is_list_footer(lines, ahead + 1, end)
    )


def _own_until(own: Sequence[bool], number: int) -> int:
    return next((n for n in range(number, len(own)) if not own[n]), len(own))


def _written(lines: Sequence[str], start: int, end: int, most: int) -> list[str] | None:
    """The written lines from here to the end of the run; None where there are more than `most`."""
    found: list[str] = []
    for number in range(start, end):
        if line := lines[number].strip():
            found.append(line)
            if len(found) > most:
                return None
    return found
