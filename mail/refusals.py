"""What an SMTP server's "no" means: is it about this letter, or about us, and what can be done?

What a server says before it hears of a recipient is about us, whichever letter it is; what it says
to RCPT or to the letter itself is about that letter. Two exceptions: a letter can be too large at
MAIL, and many servers keep what they have against us until RCPT. Codes: RFC 5321 and RFC 3463.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mail.login import MailRefused, MailServerTrouble, MailUnavailable

MAX_WORDS = 300
"""Characters that are kept of what a server said."""

CHECK_CONNECTION = "check that it runs, and the host, port and security in the settings"
CHECK_CERTIFICATE = "check the host in the settings, or name the authority's file as ca_file"
CHECK_SIGN_IN = "check the user name and password in the settings"
PLAIN_LETTERS = "have those in the settings in ASCII alone, with no line break"
ASK_THE_DOCTOR = "see what `answerable doctor` says of the sign-in service"
CHECK_SECURITY = "check security and user name in the settings against what the server offers"
ASK_THE_SERVER = "ask whoever runs the mail server to let this machine send"
LET_SEND = "let our account at the mail server send as {sender}, or set another sender"
LET_RELAY = "let the mail server pass on our letters: set user name and password, or allow us there"

_TOO_LARGE = (
    "it is larger than the mail server takes; write a shorter one, or have the limit raised"
)
_NOBODY = "there is no such address; find out the right one"
_FULL = "their mailbox is full or closed; find out another address"
_UNWANTED = "it was taken for unwanted mail; show this to whoever runs the mail server"
_UNKNOWN = "show this to whoever runs the mail server"

_REMEDIES = {
    **dict.fromkeys(("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"), _NOBODY),
    **dict.fromkeys(("5.2.0", "5.2.1", "5.2.2"), _FULL),
    **dict.fromkeys(("5.2.3", "5.3.4"), _TOO_LARGE),
}
_REMEDIES_BY_CODE = {550: _NOBODY, 551: _NOBODY, 552: _TOO_LARGE, 553: _NOBODY, 554: _UNWANTED}

_SIZE = frozenset({"5.2.3", "5.3.4"})
_AGAINST_US = frozenset({"5.1.7", "5.1.8", "5.7.8", "5.7.9", "5.7.11"})
"""Bad sender address (two), sign-in wrong, sign-in too weak, encryption needed."""

_SIGN_IN_CODES = frozenset({530, 534, 535, 538})
"""RFC 4954: sign-in needed, too weak, wrong, encryption needed."""

_ADDRESS = re.compile(r"\S*@\S*")

_WORDS_AGAINST_US = re.compile(
    r"relay|rcpthosts|sender address rejected|client host rejected|blocked using|not logged in|"
    r"authentication required|must (?:issue a )?(?:STARTTLS|authenticate)",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}(?= |$)")


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer: its code (below 100 where it was none of SMTP's) and its words."""

    code: int
    words: str

    @classmethod
    def of(cls, code: int, said: bytes | str) -> Answer:
        """An answer as it came, in one short line without control characters."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        # A later line of a long answer repeats the enhanced code (RFC 2034, 4).
        first, *more = (line.strip() for line in text.splitlines() or [""])
        known = _ENHANCED.match(first)
        if known:
            more = [line.removeprefix(known[0]).strip() for line in more]
        return cls(code, plain(" ".join([first, *more])))

    @property
    def yes(self) -> bool:
        return 200 <= self.code < 300

    @property
    def enhanced(self) -> str:
        """Its enhanced code, e.g. "5.1.1"; empty where it has none."""
        known = _ENHANCED.match(self.words)
        return known[0] if known else ""

    @property
    def is_smtp(self) -> bool:
        return 200 <= self.code < 600

    def __str__(self) -> str:
        return f"{self.code} {self.words}" if self.is_smtp else f"no SMTP answer: {self.words}"


def plain(text: str) -> str:
    """Words of a server's in one short line, with nothing that a terminal or page would obey."""
    words = " ".join(text[:2000].split())
    shown = (one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in words)
    return "".join(shown)[:MAX_WORDS]


def trouble(what: str, remedy: str) -> MailServerTrouble:
    """Something that is wrong whatever the letter, with what can be done."""
    return MailServerTrouble(f"{what}; {remedy}")


def at_mail(answer: Answer, sender: str) -> Exception:
    """The error for a "no" to MAIL: about us, unless the letter is too large (RFC 1870, 6.1)."""
    if answer.code == 552 or answer.enhanced in _SIZE:
        return MailRefused(f"{answer}; {_TOO_LARGE}")
    if answer.code < 500:
        return trouble(f"the mail server takes no letter now: {answer}", CHECK_CONNECTION)
    if answer.code in _SIGN_IN_CODES:
        return trouble(f"the mail server wants us to sign in: {answer}", CHECK_SIGN_IN)
    return trouble(f"the mail server refused our sender: {answer}", LET_SEND.format(sender=sender))


def at_rcpt(answer: Answer) -> Exception:
    """The error for a "no" to RCPT: about the recipient, or what a server held back until now."""
    if answer.code >= 500 and _is_against_us(answer):
        return trouble(f"the mail server refused us: {answer}", LET_RELAY)
    # Storage exceeded, at this command, is the recipient's (RFC 5321, 4.2.3).
    return _of_letter(answer, _FULL if answer.code == 552 else None)


def _is_against_us(answer: Answer) -> bool:
    if answer.code in _SIGN_IN_CODES or answer.enhanced in _AGAINST_US:
        return True
    # Any other code of its kind says what is wrong with the recipient, however it is worded.
    if answer.enhanced and not answer.enhanced.startswith("5.7."):
        return False
    return _WORDS_AGAINST_US.search(_ADDRESS.sub("", answer.words)) is not None


def at_data(answer: Answer) -> Exception:
    """The error for a "no" to the letter itself."""
    return _of_letter(answer, _UNWANTED if answer.code == 550 else None)


def _of_letter(answer: Answer, usual: str | None) -> Exception:
    if answer.code < 500:
        return MailUnavailable(str(answer))
    remedy = _REMEDIES.get(answer.enhanced)
    if remedy is None and answer.enhanced.startswith("5.7."):
        remedy = _UNWANTED
    return MailRefused(
        f"{answer}; {remedy or usual or _REMEDIES_BY_CODE.get(answer.code, _UNKNOWN)}"
    )
