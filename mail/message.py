"""What one e-mail says, as a value that triage, threading and the panel can all rely on.

A `Message` is made by `mail.parse.parse` from raw bytes and never changes afterwards. It holds no
attachment bytes, so that a full mailbox costs little memory: those are read again from the raw
mail when somebody asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mail.sniff import Danger


class Automatic(StrEnum):
    """Why a mail counts as sent by a machine; such mail is kept and never answered."""

    NO = "no"
    AUTO_REPLY = "auto_reply"  # RFC 3834: vacation notices, receipts, other services' tickets
    BOUNCE = "bounce"  # RFC 3464 and the non-standard ways of saying "not delivered"
    LIST = "list"  # newsletters and mailing lists


class Unreadable(ValueError):
    """A mail that goes past a stated bound; it is quarantined whole, never half-read.

    The message is one plain sentence for an admin and quotes nothing of the mail.
    """


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address as the header gives it.

    `address` is lower-cased throughout; "" where the header holds none.
    """

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached part: `size` in bytes after decoding, `digest` SHA-256 in hexadecimal.

    `content_type` is what its sender says, `sniffed` the media type that its bytes show, `danger`
    what a person must know before opening it. Files inside a winmail.dat are attachments too.
    """

    filename: str
    content_type: str
    sniffed: str
    danger: Danger
    size: int
    digest: str
    inline: bool


@dataclass(frozen=True, slots=True)
class Returned:
    """What a report of non-delivery is about: ids of the mails it returns, without brackets.

    `permanent`: they will not be tried again. `why` in a few words that quote nobody.
    """

    ids: tuple[str, ...] = ()
    permanent: bool = False
    why: str = ""


Span = tuple[int, int]
"""Half-open range of character positions in `Message.text`."""


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed mail.

    Ids (`message_id`, `in_reply_to`, `references`) come without angle brackets; `message_id` is ""
    where the mail carries none. `sender_sure`: From can be read in no other way. `date` is the
    Date header in UTC, None where absent or unreadable. `text` is the best text body (text/plain,
    else the HTML's text), line ends "\\n"; `own` are the spans of it that are the sender's own new
    words, in order. `digest` is the content digest of architecture decision 7: SHA-256 over From
    address, Date, Subject, decoded body and attachment digests, blind to trace headers and
    recipients. `received` is when the last server took it in, by its own word, and `received_by`
    that server's name, lower-cased.
    """

    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Address
    sender_sure: bool
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    return_path: str | None
    subject: str
    date: datetime | None
    text: str
    own: tuple[Span, ...]
    html: str
    attachments: tuple[Attachment, ...]
    automatic: Automatic
    automatic_why: str
    loop: str
    received: datetime | None
    received_by: str
    authentication_results: tuple[str, ...]
    digest: str
    returned: Returned = Returned()

    @property
    def author(self) -> str:
        """The sender's address as servers vouch for one; "" where it cannot be told which."""
        return self.sender.address if self.sender_sure else ""

    @property
    def own_words(self) -> str:
        """The sender's own new words, without quotes and signature."""
        return "\n".join(self.text[start:end].strip("\n") for start, end in self.own).strip()

    @property
    def own_text(self) -> str:
        """`text` with everything that is not the sender's own blanked out, positions kept."""
        kept: list[str] = []
        at = 0
        for start, end in self.own:
            kept += [_blank(self.text[at:start]), self.text[start:end]]
            at = end
        return "".join([*kept, _blank(self.text[at:])])

    def own_position(self, position: int) -> int | None:
        """Where in `own_words` the character at `position` of `text` stands; None if nowhere."""
        pieces: list[str] = []
        found: int | None = None
        for start, end in self.own:
            piece = self.text[start:end]
            first = start + len(piece) - len(piece.lstrip("\n"))
            kept = piece.strip("\n")
            if first <= position < first + len(kept):
                found = sum(len(one) + 1 for one in pieces) + position - first
            pieces.append(kept)
        if found is None:
            return None
        whole = "\n".join(pieces)
        found -= len(whole) - len(whole.lstrip())
        return found if 0 <= found < len(self.own_words) else None


def _blank(text: str) -> str:
    return "\n".join(" " * len(line) for line in text.split("\n"))
