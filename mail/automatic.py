"""Was this mail sent by a machine? Such mail is kept with its case and never answered.

Small named questions, asked in the order of the table at the end. A wrong yes loses nothing but an
answer; a wrong no starts a loop. Sources: RFC 3834 (automatic responses), RFC 3464 (delivery
status), RFC 2919 and 2369 (lists), and the headers that real systems send.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import Message as Tree

from mail.headers import raw_values, text
from mail.message import Automatic

_ROBOTS = re.compile(
    r"^(mailer[-_.]?daemon|postmaster|mail[-_]?administrator|double-bounce|bounce[sd]?|mdaemon"
    r"|maildelivery|mailsystem|nondelivery)(?=[@+.\-_ ]|$)",
    re.I,
)
_NOT_DELIVERED = re.compile(
    r"undeliver(ed|able)|returned mail|return(ed)? to sender|delivery (status|failure|report"
    r"|notification|has failed|problem|error)|delivery.{0,20}(failed|delayed)|mail(er)? delivery"
    r"|failure notice|could not be delivered|message (delayed|undeliverable|not delivered"
    r"|delivery failed)|mail (delayed|failure|could not)|warning: (could not send"
    r"|message .{1,40} delayed)|non[- ]?(delivery|remis)|nicht zustellbar|unzustellbar"
    r"|onbestelbaar|non remis|impossible de remettre|échec de (la )?remise|system error|bounce",
    re.I,
)
_AWAY = re.compile(
    r"^\W*(re: *)?(out[- ]of[- ](the[- ])?office|auto(matic|mated)?[- ]?(reply|response|antwor[td])"
    r"|auto:|autoreply|automatische? (antwoord|antwort)|automatisch antwoord|afwezig|abwesen"
    r"|réponse automatique|reponse automatique|absence (du|au|de) bureau|absent du bureau"
    r"|message d.absence|away from (my |the )?(mail|office|desk)"
    r"|i am (currently )?(away|out of (the )?office)|on (holiday|vacation|annual leave)"
    r"|vacation (reply|response|message|notice))",
    re.I,
)

_CHALLENGE = re.compile(
    r"verify#|requires? (?:your )?(?:verification|confirmation)"
    r"|please (?:confirm|verify) (?:your|that you)|confirm your (?:message|e-?mail)"
    r"|sender (?:verification|confirmation)",
    re.I,
)

Answer = str | None


def automatic(tree: Tree) -> tuple[Automatic, str]:
    """The kind of automatic mail this is, and the header that says so."""
    for kind, question in _QUESTIONS:
        reason = question(tree)
        if reason:
            return kind, reason
    return Automatic.NO, ""


def _delivery_report(tree: Tree) -> Answer:
    kind = str(tree.get_param("report-type") or "").lower()
    if tree.get_content_type() == "multipart/report" and kind != "disposition-notification":
        return "Content-Type: multipart/report"
    if any(part.get_content_type() == "message/delivery-status" for part in _top_parts(tree)):
        return "a part message/delivery-status"
    if text(tree, "X-Failed-Recipients"):
        return "X-Failed-Recipients"
    return None


def _refused(tree: Tree) -> Answer:
    """A filter's refusal, sent as a receipt (RFC 5429, section 2.2.1)."""
    kind = str(tree.get_param("report-type") or "").lower()
    said = f"{text(tree, 'Auto-Submitted')} {text(tree, 'Subject')}".lower()
    if kind == "disposition-notification" and ("rejected" in said or "refused" in said):
        return "a receipt that says it was rejected"
    return None


def _challenge(tree: Tree) -> Answer:
    """Held until its sender proves to be human, which no letter of ours ever does."""
    for name in ("X-Boxtrapper", "X-TMDA-Confirm", "X-ChoiceMail-Registration-Request"):
        if raw_values(tree, name):
            return name
    said = text(tree, "Subject")
    return "a challenge" if _CHALLENGE.search(said) and _answered(tree) else None


def _answered(tree: Tree) -> bool:
    """Does it say, in whatever header, that a machine answers?"""
    return bool(_says_automatic(tree) or _known_responder(tree) or _null_return_path(tree))


def _from_mail_system(tree: Tree) -> Answer:
    sender = _local_part(text(tree, "From"))
    if not _ROBOTS.match(sender) and not _null_return_path(tree):
        return None
    if _NOT_DELIVERED.search(text(tree, "Subject")):
        return "a mail system's report of failure"
    return "From: a mail system" if _ROBOTS.match(sender) and _null_return_path(tree) else None


def _says_automatic(tree: Tree) -> Answer:
    said = text(tree, "Auto-Submitted").lower()
    return f"Auto-Submitted: {said[:40]}" if said and not said.startswith("no") else None


def _known_responder(tree: Tree) -> Answer:
    for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From"):
        if raw_values(tree, name):
            return name
    if text(tree, "Precedence").lower() in ("auto_reply", "auto-reply"):
        return "Precedence: auto_reply"
    if text(tree, "X-Precedence").lower() in ("auto_reply", "auto-reply"):
        return "X-Precedence: auto_reply"
    return None


def _away_subject(tree: Tree) -> Answer:
    return "Subject: away" if _AWAY.search(text(tree, "Subject")) else None


def _receipt(tree: Tree) -> Answer:
    kind = str(tree.get_param("report-type") or "").lower()
    return "a receipt" if kind == "disposition-notification" else None


def _list(tree: Tree) -> Answer:
    for name in ("List-Id", "List-Unsubscribe", "List-Post", "Feedback-ID"):
        if raw_values(tree, name):
            return name
    said = text(tree, "Precedence").lower()
    return f"Precedence: {said}" if said in ("bulk", "list", "junk") else None


def _top_parts(tree: Tree) -> list[Tree]:
    payload = tree.get_payload()
    return [part for part in payload if isinstance(part, Tree)] if isinstance(payload, list) else []


def _null_return_path(tree: Tree) -> bool:
    return any(value.strip() == "<>" for value in raw_values(tree, "Return-Path")[:1])


def _local_part(sender: str) -> str:
    before, at, _ = sender.partition("@")
    return re.split(r"[<>\s\"]", before)[-1] if at else sender.strip("<> \"'")


_QUESTIONS: tuple[tuple[Automatic, Callable[[Tree], Answer]], ...] = (
    (Automatic.BOUNCE, _delivery_report),
    (Automatic.BOUNCE, _refused),
    (Automatic.BOUNCE, _challenge),
    (Automatic.AUTO_REPLY, _receipt),
    (Automatic.BOUNCE, _from_mail_system),
    (Automatic.AUTO_REPLY, _says_automatic),
    (Automatic.AUTO_REPLY, _known_responder),
    (Automatic.AUTO_REPLY, _away_subject),
    (Automatic.LIST, _list),
)
