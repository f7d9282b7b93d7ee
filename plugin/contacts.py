"""A contact: what a customer said, by whichever channel; the one shape triage and cases see.

Mail, calls and helpdesk events are turned into a `Contact` at the edge, so that no rule asks
which channel it came by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mail.message import Automatic

Channel = Literal["email", "phone", "voicemail"]


def route_kind(channel: str) -> Literal["email", "phone"]:
    """By which kind of route a contact of that channel knows its sender."""
    return "email" if channel == "email" else "phone"


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact of one provider.

    `received_at` is when it reached the provider, in UTC. `sender` is a normalised address or
    E.164 number, "" where withheld. `text` is the whole body and `own_text` the same text with
    everything blanked that is not the sender's own new words, so that positions agree. `ids` are
    the Message-IDs it answers, newest first, without angle brackets.
    """

    provider: str
    channel: Channel
    received_at: datetime
    sender: str
    sender_name: str
    subject: str
    text: str
    own_text: str
    message_id: str
    ids: tuple[str, ...]
    digest: str
    automatic: Automatic
    automatic_why: str
    authenticated: bool
    """False where nothing may follow from who the sender is: the receiving server says that it may
    be somebody else, or the address was typed into a form."""
    from_us: bool = False
    """Sent from an address of ours, or a letter of ours come back."""
    forged: bool = False
    """The receiving server says that somebody else may have written it."""
    open_to_letters: bool = True
    """May a letter that nothing owes go to the sender? Not to one for whom no server vouches where
    ours could, and to no machine's address."""
    letters: tuple[int, ...] = ()
    """The letters of ours that asked to be answered at an address it was sent to."""
