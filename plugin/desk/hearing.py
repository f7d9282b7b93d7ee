"""Hearing: a raw mail read, its sender known, its words judged. No row is read or written.

Who wrote a mail is taken from From, and nowhere else: Reply-To, Sender and Cc are shown and never
used. One exception: the provider's own web forms, which write in the name of whoever filled one in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mail.authentication import authenticate
from mail.message import Address, Automatic, Message
from mail.parse import parse, stable_id
from plugin.contacts import Contact
from plugin.desk.ports import Desk
from plugin.keys import letter_of_address
from plugin.store.contacts import Judged
from plugin.triage import Evidence as Words
from plugin.triage import Verdict, judge

A_DAY = timedelta(days=1)

_MACHINES = re.compile(
    r"(?:mailer-daemon|postmaster|bounces?|no-?_?reply|do-?_?not-?_?reply|owner-|[^@]*-request@"
    r"|[^@]*-bounces?[@+]|[^@]*-owner@|listserv|majordomo)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Listening:
    """How far a call is listened to by a contact: its row, utterances and contacts so far.

    `unheard`: the caller left a message that no machine wrote down. `nothing`: all of it is a
    contact already.
    """

    call: int
    heard: int
    contacts: int
    unheard: bool
    nothing: bool
    own: tuple[tuple[int, int], ...]
    """Where the caller's own words stand in the text, a span a line."""

    def own_position(self, position: int) -> int | None:
        """A position of the text in the own words, each of whose spans is a line."""
        before = 0
        for start, end in self.own:
            if start <= position < end:
                return before + position - start
            before += end - start + 1
        return None


@dataclass(frozen=True, slots=True)
class Heard:
    """An arrival as it was understood: the contact, its verdict, and what it amounts to.

    It is a mail's, with its `message`, or a call's.
    """

    contact: Contact
    verdict: Verdict
    message: Message | None = None
    call: Listening | None = None

    @property
    def own_words(self) -> str:
        if self.call is not None:
            text = self.contact.text
            return "\n".join(text[start:end] for start, end in self.call.own)
        return self.message.own_words if self.message is not None else ""

    @property
    def key(self) -> str:
        if self.message is None:
            return self.contact.message_id
        return self.message.message_id or stable_id(self.message)

    @property
    def unread(self) -> bool:
        """Does it say nothing that could be read, and may say it in what came with it?"""
        if self.own_words.strip():
            return False
        if self.call is not None:
            return self.call.unheard
        return self.message is not None and bool(self.message.attachments)

    @property
    def judged(self) -> Judged:
        said = [self._said(evidence) for evidence in self.verdict.evidence]
        return Judged(self.verdict.lang, self.verdict.label, self.verdict.possible, said)

    def _said(self, e: Words) -> dict[str, object]:
        """A piece of evidence as it is kept: where it stands in the text, and in the own words."""
        kept: dict[str, object] = {
            "text": e.text,
            "start": e.start,
            "end": e.end,
            "rule": e.rule,
            "where": e.where,
        }
        if e.where == "text" and e.end > e.start:
            first, last = self._own(e.start), self._own(e.end - 1)
            if first is not None and last is not None:
                kept |= {"own_start": first, "own_end": last + 1}
        return kept

    def _own(self, position: int) -> int | None:
        if self.call is not None:
            return self.call.own_position(position)
        return self.message.own_position(position) if self.message is not None else None


def hear(desk: Desk, provider: str, raw: bytes, received: datetime) -> Heard:
    """Read a raw mail and judge its words. Pure but for its arguments; raises Unreadable."""
    message = parse(raw)
    contact = _contact(desk, provider, message, received)
    verdict = judge(contact.own_text, subject=contact.subject, channel="email")
    return Heard(contact, verdict, message)


def _contact(desk: Desk, provider: str, message: Message, received: datetime) -> Contact:
    settings = desk.settings
    known = authenticate(
        message.authentication_results, settings.authserv_ids(provider), message.author
    )
    ours = _is_ours(desk, message)
    is_form = not message.loop and message.sender.address in settings.form_senders(provider)
    sender, automatic, why = message.sender, message.automatic, message.automatic_why
    if is_form:
        ours, sender = False, _filled_in(desk, provider, message, vouched=known.verdict == "passed")
        if automatic in (Automatic.AUTO_REPLY, Automatic.LIST):
            # The form is a machine; whoever filled it in is not.
            automatic, why = Automatic.NO, ""
    ids = dict.fromkeys((*message.in_reply_to, *reversed(message.references)))
    return Contact(
        provider=provider,
        channel="email",
        received_at=_received(desk, provider, message, received),
        sender=sender.address,
        sender_name=sender.name,
        subject=message.subject,
        text=message.text,
        own_text=message.own_text,
        message_id=message.message_id,
        ids=tuple(ids),
        digest=message.digest,
        automatic=automatic,
        automatic_why=why,
        # An address typed into a form is where to answer, and no proof of who typed it.
        authenticated=known.verdict != "failed" and not is_form,
        from_us=ours,
        letters=tuple(_letters(desk, provider, message)),
        forged=known.verdict == "failed",
        open_to_letters=_open(desk, provider, message, sender, vouched=known.verdict == "passed"),
    )


def _open(desk: Desk, provider: str, message: Message, sender: Address, *, vouched: bool) -> bool:
    """May a letter that nothing owes go to this sender?

    RFC 3834, 2: not to an empty Return-Path, and not to addresses of machines and of lists.
    """
    believed = vouched or not desk.settings.authserv_ids(provider)
    return believed and message.return_path != "" and not _MACHINES.match(sender.address)


def _received(desk: Desk, provider: str, message: Message, said: datetime) -> datetime:
    """When it reached us: what the mailbox says, unless our receiving server tells of another day.

    A mailbox that was moved has every mail dated from the move (architecture, decision 7).
    """
    took, by = message.received, message.received_by
    servers = desk.settings.authserv_ids(provider)
    ours = any(by == one or by.endswith(f".{one}") for one in servers)
    if took is None or not ours or abs(took - said) < A_DAY or took > said:
        return said
    return took


def _filled_in(desk: Desk, provider: str, message: Message, *, vouched: bool) -> Address:
    """Who filled in one of the provider's web forms, without an address where nobody can tell.

    `vouched`: the receiving server says that the form wrote. Where it could say so and does not, or
    the form names nobody or several, the mail is a complaint of somebody unknown: it opens a case,
    and a person finds out whose. Never is the form itself the customer.
    """
    ours = desk.settings.addresses() | desk.settings.form_senders(provider)
    named = [one for one in message.reply_to if _plain(one.address) not in ours]
    believed = vouched or not desk.settings.authserv_ids(provider)
    if len(message.reply_to) == len(named) == 1 and believed:
        return named[0]
    return Address(message.sender.name, "")


def _is_ours(desk: Desk, message: Message) -> bool:
    """A letter of ours that comes back, or a mail from an address of ours."""
    ours = desk.settings.addresses()
    address = message.sender.address
    return bool(message.loop) or address in ours or _plain(address) in ours


def _plain(address: str) -> str:
    """An address without what stands after its "+"."""
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _letters(desk: Desk, provider: str, message: Message) -> Iterator[int]:
    """The letters of ours whose own reply address it was sent to."""
    written = (one.address for one in (*message.to, *message.cc))
    for address in dict.fromkeys((*message.delivered_to, *written)):
        letter = letter_of_address(desk.ring, provider, address)
        if letter is not None:
            yield letter
