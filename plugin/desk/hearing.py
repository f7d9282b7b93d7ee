"""Hearing: a raw mail read, its sender known, its words judged. No row is read or written.

Who wrote a mail is taken from From, and nowhere else: Reply-To, Sender and Cc are shown and never
used. One exception: the provider's own web forms, which write in the name of whoever filled one in.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Heard:
    """An arrival as it was understood: the contact, its verdict, and what it amounts to."""

    contact: Contact
    verdict: Verdict
    message: Message

    @property
    def own_words(self) -> str:
        return self.message.own_words

    @property
    def key(self) -> str:
        return self.message.message_id or stable_id(self.message)

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
            first = self.message.own_position(e.start)
            last = self.message.own_position(e.end - 1)
            if first is not None and last is not None:
                kept |= {"own_start": first, "own_end": last + 1}
        return kept


def hear(desk: Desk, provider: str, raw: bytes, received: datetime) -> Heard:
    """Read a raw mail and judge its words. Pure but for its arguments; raises Unreadable."""
    message = parse(raw)
    contact = _contact(desk, provider, message, received)
    verdict = judge(contact.own_text, subject=contact.subject, channel="email")
    return Heard(contact, verdict, message)


def _contact(desk: Desk, provider: str, message: Message, received: datetime) -> Contact:
    settings = desk.settings
    known = authenticate(
        message.authentication_results, settings.authserv_ids(provider), message.sender.address
    )
    filled_in = _filled_in(desk, provider, message, sure=known.verdict == "passed")
    ids = dict.fromkeys((*message.in_reply_to, *reversed(message.references)))
    sender = filled_in or message.sender
    automatic, why = message.automatic, message.automatic_why
    if filled_in is not None and automatic in (Automatic.AUTO_REPLY, Automatic.LIST):
        # The form is a machine; whoever filled it in is not.
        automatic, why = Automatic.NO, ""
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
        authenticated=known.verdict != "failed",
        from_us=filled_in is None and _is_ours(desk, message),
        letters=tuple(_letters(desk, provider, message)),
    )


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


def _filled_in(desk: Desk, provider: str, message: Message, *, sure: bool) -> Address | None:
    """Who filled in one of the provider's web forms; None where the mail comes from none.

    `sure`: the receiving server vouches for the form's address. Where it could and does not, the
    mail may be anybody's, and is taken for what its From says.
    """
    if message.sender.address not in desk.settings.form_senders(provider):
        return None
    if desk.settings.authserv_ids(provider) and not sure:
        return None
    others = [one for one in message.reply_to if one.address != message.sender.address]
    return others[0] if len(others) == 1 else None


def _is_ours(desk: Desk, message: Message) -> bool:
    """A letter of ours that comes back, or a mail from an address of ours."""
    local, _, domain = message.sender.address.partition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    ours = desk.settings.addresses()
    return bool(message.loop) or message.sender.address in ours or plain in ours


def _letters(desk: Desk, provider: str, message: Message) -> Iterator[int]:
    """The letters of ours whose own reply address it was sent to."""
    written = (one.address for one in (*message.to, *message.cc))
    for address in dict.fromkeys((*message.delivered_to, *written)):
        letter = letter_of_address(desk.ring, provider, address)
        if letter is not None:
            yield letter
