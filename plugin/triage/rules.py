"""What counts as an explicit statement, as a table that a complaints manager could read.

Each rule has a name, what it hears, and the words it listens for in one language. Statements are
tried on one clause at a time; a guard that matches the same clause takes the statement back. The
table is read from the top and the first rule that fits is the one given as the reason.
Origin: the 8x8 code's "stating clearly that you wish to make a complaint" (AMB-13).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Label = Literal["complaint", "escalation"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement in one language: `pattern` is tried on a normalised clause."""

    name: str
    label: Label
    lang: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Guard:
    """What takes a statement back when it stands in the same clause."""

    name: str
    lang: str
    pattern: re.Pattern[str]


def _re(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts), re.I)


# Gaps are a bounded number of words, so that every pattern stays linear in the clause.
_W = r"(?:[\w'’/&.-]+,? ){0,4}"
_COMPLAINT = r"(?:complaints?|compl[ae]i?nts?|com plaints?|complane)"
_COMPLAIN = r"(?:complain|complane|complan)"
_MAKE = r"(?:make|making|lodge|lodging|raise|raising|register|registering|file|filing|submit|submitting|log|logging|put in|putting in|open|start|record)"
_WISH = r"(?:(?:i|we) (?:do )?(?:want|wish|would like|need|have|intend|am writing|are writing|must|am going|will) (?:now )?(?:to )?|(?:i'd|we'd|i’d|we’d|id) (?:really |now )?(?:like|want) to |(?:i'm|i’m|im|i am|we are|we're|we’re) (?:hereby |now |formally |also )?)"

_FR_W = r"(?:\w+[ '’]){0,3}"
_FR_CASE = r"(?:plainte|réclamation|dossier|cas)"
_FR_PASSED = r"(?:transmis|transféré|confié|soumis|examiné|traité|revu)"
_FR_HIGHER = (
    r"(?:gestionnaire|superviseure?|supérieure?|responsable|direction|directeur|directrice"
    r"|niveau supérieur)"
)

STEMS: dict[str, re.Pattern[str]] = {
    "en": re.compile(r"compl[ae]|com\s+plaint|e[sx]calat"),
    "fr": re.compile(r"plaint|plaind|plains|réclamation|escalad|remont|trans[mf]"),
    "nl": re.compile(r"klacht|klagen|beklag|escal"),
}
"""What every statement in a language contains; a clause without it is not looked at again.

Searched in lower case without a flag, which the engine does many times faster.
"""

RULES: tuple[Rule, ...] = (
    Rule(
        "asks_to_escalate",
        "escalation",
        "en",
        _re(
            r"(?:\b(?:please|pls|kindly|can you|could you|would you|will you|must|to|have|and)"
            rf" (?:now |also |just |then )?|^)(?:e[sx]calate|e[sx]calating|have {_W}e[sx]calated)\b"
            r"|\be[sx]calate (?:it|this|that|the|my|our)\b"
            rf"|\b(?:consider|have) (?:my|our|this|the) {_W}e[sx]calated\b",
        ),
    ),
    Rule(
        "wants_escalated",
        "escalation",
        "en",
        _re(
            rf"\b(?:want|wish|like|need|ask|asking|request|requesting|expect|demand|insist) (?:for |that )?{_W}"
            r"(?:be |to be |is )?e[sx]calat(?:ed|ion)\b",
        ),
    ),
    Rule(
        "escalating_now",
        "escalation",
        "en",
        _re(r"\b(?:i am|i'm|i’m|im|we are|we're) (?:now |hereby |formally )?e[sx]calating\b"),
    ),
    Rule(
        "makes_complaint",
        "complaint",
        "en",
        _re(rf"{_WISH}{_W}{_MAKE} {_W}{_COMPLAINT}\b"),
    ),
    Rule(
        "wants_to_complain",
        "complaint",
        "en",
        _re(rf"{_WISH}{_W}{_COMPLAIN}(?:ing)?\b(?! (?:to|about) (?:the police|my landlord))"),
    ),
    Rule(
        "this_is_complaint",
        "complaint",
        "en",
        _re(
            r"\b(?:(?:this|it|here|that|what follows) is|(?:it|that|here)['’]?s)"
            r" (?:hereby |to be treated as )?"
            rf"(?:a|an|my|our|the) {_W}{_COMPLAINT}\b",
        ),
    ),
    Rule(
        "has_complaint",
        "complaint",
        "en",
        _re(
            rf"\b(?:i|we)(?:'ve|’ve| have)(?: got)? (?:a|another|an|some) {_W}{_COMPLAINT}\b"
            rf"|\bmy {_COMPLAINT} is (?:that|about)\b",
        ),
    ),
    Rule(
        "treat_as_complaint",
        "complaint",
        "en",
        _re(
            rf"\b(?:treat|take|log|record|register|accept|put|consider|count|open|raise|handle|file)"
            rf" {_W}(?:as |for |down )?(?:a|an|my|our) (?:formal |official |new )?{_COMPLAINT}\b",
        ),
    ),
    Rule(
        "opens_with_complaint",
        "complaint",
        "en",
        _re(
            rf"^(?:\w+ )?(?:formal |official |new |another )?{_COMPLAINT} (?:about|regarding|against|re|concerning|from|over|:)"
            rf"|^(?:making|filing|lodging|raising|submitting) (?:a|an|my|this) {_W}{_COMPLAINT}\b"
            rf"|^(?:formal|official) {_COMPLAINT}\b",
        ),
    ),
    Rule(
        "demande_escalade",
        "escalation",
        "fr",
        _re(
            r"\b(?:escalader|escaladez|escalade (?:de|du)|faire remonter|faites remonter"
            r"|remonter) (?:\w+[ '’]){0,3}(?:plainte|dossier|réclamation|cas)\b"
            r"|\b(?:plainte|réclamation|dossier) (?:\w+[ '’]){0,4}escaladée?\b"
            r"|\b(?:veuillez|svp|demande|voudrais|souhaite) (?:\w+[ '’]){0,4}escalad(?:er|e)\b",
        ),
    ),
    Rule(
        "demande_transmission",
        "escalation",
        "fr",
        _re(
            rf"\b(?:{_FR_CASE}|elle|il) soit {_FR_W}{_FR_PASSED}(?:e|es|s)? {_FR_W}{_FR_HIGHER}\b"
            rf"|\b(?:transmettre|transmettez|transférer|transférez|confier|confiez|soumettre|soumettez)"
            rf" {_FR_W}{_FR_CASE} {_FR_W}{_FR_HIGHER}\b",
        ),
    ),
    Rule(
        "porte_plainte",
        "complaint",
        "fr",
        _re(
            r"\b(?:veux|voudrais|souhaite|désire|désirons|souhaitons|voulons|tiens à|dois|viens|vais)"
            r" (?:\w+[ '’]){0,3}(?:porter plainte|me plaindre|nous plaindre|plaindre"
            r"|(?:déposer|faire|formuler|loger|enregistrer|soumettre) (?:une|ma|cette)"
            r" (?:\w+ )?(?:plainte|réclamation))\b",
        ),
    ),
    Rule(
        "dépose_plainte",
        "complaint",
        "fr",
        _re(
            r"\b(?:je|nous) (?:porte|portons|dépose|déposons|loge|formule|fais|soumets)"
            r" (?:\w+[ '’]){0,3}(?:plainte|réclamation)\b"
            r"|\bje me plains\b|\bvoici (?:ma|une|notre) (?:\w+ )?plainte\b"
            r"|^(?:plainte|réclamation) (?:au sujet|concernant|formelle|officielle|contre|pour|:)"
            r"|\bj['’]ai une (?:\w+ )?(?:plainte|réclamation)\b",
        ),
    ),
    Rule(
        "vraagt_escalatie",
        "escalation",
        "nl",
        _re(
            r"\b(?:wil|willen|wens|wensen|graag|verzoek|vraag|eis|gelieve|moet|alstublieft|aub|kunt u)"
            r" (?:[\w'’]+ ){0,6}(?:te )?(?:escaleren|geëscaleerd|escalatie)\b"
            r"|\b(?:ik|wij|we) escaler?en? (?:hierbij )?(?:mijn|onze|deze|dit)\b"
            r"|^escaleer (?:\w+ ){0,2}(?:klacht|zaak|dossier)\b",
        ),
    ),
    Rule(
        "dient_klacht_in",
        "complaint",
        "nl",
        _re(
            r"\b(?:ik|wij|we) (?:\w+ ){0,4}klacht (?:\w+ ){0,4}(?:indienen|in te dienen|melden|maken"
            r"|neerleggen|deponeren)\b"
            r"|\b(?:dien|dienen) (?:ik|wij|we) (?:\w+ ){0,3}klacht (?:\w+ ){0,6}in\b"
            r"|\b(?:ik|wij|we) (?:dien|dienen) (?:\w+ ){0,3}klacht (?:\w+ ){0,6}in\b"
            r"|\b(?:wil|willen) (?:\w+ ){0,4}(?:klagen|beklag doen)\b",
        ),
    ),
    Rule(
        "heeft_klacht",
        "complaint",
        "nl",
        _re(
            r"\b(?:ik heb|wij hebben|we hebben|dit is|hierbij|hier is) (?:\w+ ){0,2}(?:een|mijn|onze) (?:\w+ )?klacht\b"
            r"|^(?:formele |officiële )?klacht (?:over|inzake|betreffende|tegen)\b",
        ),
    ),
)

GUARDS: tuple[Guard, ...] = (
    Guard(
        "denied",
        "en",
        _re(
            r"\b(?:not|never|no|don't|don’t|dont|isn't|isn’t|without|nothing|rather than|instead of"
            r"|hold off|no need|can't|cannot|can’t|wouldn't|wouldn’t|won't|aren't|nor) (?:[\w'’]+ ){0,5}"
            rf"(?:a |an |any |to )?(?:{_MAKE} )?(?:[\w'’]+ ){{0,3}}(?:{_COMPLAIN}|{_COMPLAINT}|e[sx]calat)",
        ),
    ),
    Guard(
        "condition_or_plan",
        "en",
        _re(
            r"\b(?:if|unless|otherwise|(?:i|we) (?:should|ought to) (?:\w+ ){0,2}(?:complain|make|put|lodge|raise|e[sx]calat)|might|may (?:well )?have to"
            r"|nearly|almost|was going to|were going to|would have|thinking (?:of|about)|considering"
            r"|thought about|before i|next time|expect a|or i'll|or i’ll|or ill|or i will|tempted|planned to)\b",
        ),
    ),
    Guard(
        "asks_procedure",
        "en",
        _re(
            r"\b(?:how (?:do|can|would|does|should|to)|where (?:do|can|should|to)|who do|what is the (?:process|procedure)"
            r"|what's the|what happens|is there (?:a|an)|do you have|copy of|number for|address for|procedure|policy"
            r"|whether|which department)\b",
        ),
    ),
    Guard(
        "somebody_elses",
        "en",
        _re(
            r"\b(?:to|with) (?:the )?(?:police|council|landlord|ombudsman|ofcom|bank|my old provider|trading standards)\b"
            r"|\b(?:neighbours?|neighbor|tenants?|customers?|clients?|they|he|she|people|everyone|colleagues?)(?:'s|s'|’s)?"
            r" (?:\w+ ){0,3}(?:complain(?:ed|s|ing)|complaints?|escalated)\b",
        ),
    ),
    Guard(
        "other_sense",
        "en",
        _re(
            r"\b(?:prices?|costs?|rent|fuel|bills?|charges|quarrel|argument|row|situation|everything) (?:\w+ ){0,4}escalat"
            r"|\b(?:stomach|heart|skin|chest|back|medical|health|common) complaint"
            r"|\bescalators?\b|\bde-?escalat|\b(?:fully|not|non) compliant\b|\bcompliance\b",
        ),
    ),
    Guard(
        "already_logged",
        "en",
        _re(
            r"\b(?:withdraw|withdrawing|close|closing|drop|update on|any news|progress|chasing|status of|handling"
            r"|dealing with|thank(?:s| you) for|regarding|following|acknowledg\w+|received) (?:\w+ ){0,3}(?:my|our|the|your|this) (?:\w+ )?"
            rf"{_COMPLAINT}\b",
        ),
    ),
    Guard(
        "nié",
        "fr",
        _re(
            r"\b(?:ne|n['’]|pas|jamais|aucune?|sans|plutôt que|au lieu de) ?(?:[\w'’]+ ){0,4}"
            r"(?:plainte|plaindre|plains|réclamation|escalad|remonter)",
        ),
    ),
    Guard(
        "condition",
        "fr",
        _re(
            r"\b(?:si|sinon|j['’]ai failli|avant de|comment|où (?:dois|puis)|quelle est|faudrait-il|pourrais)\b"
        ),
    ),
    Guard(
        "autre_sens", "fr", _re(r"\b(?:mur d['’]escalade|réclamation d['’]assurance|à la police)\b")
    ),
    Guard(
        "ontkend",
        "nl",
        _re(
            r"\b(?:niet|geen|nooit|zonder|in plaats van|liever dan) (?:\w+ ){0,5}(?:klacht|klagen|escal)"
            r"|\b(?:klacht|klagen) (?:\w+ ){0,4}(?:niet|nooit)\b"
        ),
    ),
    Guard(
        "voorwaarde",
        "nl",
        _re(r"\b(?:als|tenzij|anders|indien|bijna|hoe|waar kan|voordat|misschien|overweeg)\b"),
    ),
    Guard("andermans", "nl", _re(r"\b(?:bij de politie|bij de gemeente|lichamelijke klacht)")),
)

POSSIBLE: dict[str, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:disgust\w*|shambles|unacceptable|disgrace\w*|appalling|dreadful|terrible|furious|angry|fed up"
        r"|frustrat\w*|ridiculous|rip-?off|not good enough|let down|disappoint\w*|awful|useless|incompetent"
        r"|(?:third|fourth|fifth|sixth) time|still (?:not|no|waiting)|waited|refund|compensation|supervisor|manager)\b",
    ),
    "fr": re.compile(
        r"(?:inacceptable|déçue?|furieu[xs]e?|honteux|scandaleux|ridicule|mécontente?|frustr\w*|remboursement"
        r"|toujours (?:pas|rien)|en colère|ras-le-bol|superviseure?)\b",
    ),
    "nl": re.compile(
        r"(?:onacceptabel|schandalig|teleurgesteld|boos|belachelijk|nog steeds|terugbetaling)\b"
    ),
}
"""Words of dissatisfaction, for lower-case text; whoever searches checks that a word begins there.

No pattern begins with `\b`, which would make the engine try every position.
"""

FUNCTION_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(
        "the and to of is my you your a for it this have i in that on with was not are we me".split()
    ),
    "fr": frozenset(
        "le la les et de des du je vous nous une un pas est mon ma mes votre pour que qui dans avec sur ne".split()
    ),
    "nl": frozenset(
        "de het een en van ik u je niet is dat mijn op voor met te zijn heb wij naar aan".split()
    ),
}
