"""One case under its lock: what is recorded, the letters that follow, and everything kept in step.

Whoever changes a case does it through a `CaseWork`: events are drafted, letters composed from the
case as it then is, and `commit` appends, queues and derives the promises anew, all in the caller's
transaction. Nothing about a case is written in another way once it is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from plugin.cases.case import effective
from plugin.cases.events import Draft, Event
from plugin.cases.missing import lacking
from plugin.cases.picture import Picture, last, picture
from plugin.codes.model import Within
from plugin.codes.moments import next_business_opening, opening_of
from plugin.codes.promise import Promise
from plugin.codes.provider import Provider
from plugin.codes.rules import Rules
from plugin.codes.signpost import Signpost, signpost
from plugin.desk import links, promises
from plugin.desk.ports import Desk
from plugin.store import alerts, cases, contacts, letters, merges, parties
from plugin.store.cases import Attention, OpenCase
from plugin.store.letters import Letter
from plugin.store.parties import Party

_ENDS = ("outcome_advised", "closed", "deadlocked", "withdrawn", "reopened", "escalated")
"""What may have just happened to a case when an answer to it arrives."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A letter about to be queued, and how it reaches somebody."""

    letter: Letter
    key: str
    channel: str
    recipient: str
    in_reply_to: str | None


@dataclass(slots=True)
class CaseWork:
    """A case under lock, at a moment. Make one with `open_case_work`."""

    connection: Connection
    desk: Desk
    provider: Provider
    case: OpenCase
    now: datetime
    stored: Sequence[Event]
    others: Sequence[Event] = ()
    """What stands of the cases merged into this one."""
    drafts: list[Draft] = field(default_factory=list)
    queued: list[Queued] = field(default_factory=list)
    links: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Links made for letters: link -> (letter, party)."""
    new: bool = False
    """The case is not in the database yet."""
    answers: tuple[str, str] | None = None
    """The sender and Message-ID of the mail just arrived, which letters to that sender answer."""
    unwritten: str = ""
    """Why the last letter that could not go did not."""
    _parties: list[Party] | None = None

    @property
    def key(self) -> str:
        """The provider's key."""
        return self.case.provider

    @property
    def events(self) -> list[Event | Draft]:
        """What stands of the case, with what is drafted, in order of time."""
        own: list[Event | Draft] = effective([*self.stored, *self.drafts])
        return sorted([*own, *self.others], key=lambda event: event.at)

    @property
    def picture(self) -> Picture:
        """The case as it stands with what is drafted."""
        return picture(self.events, self.ladder)

    @property
    def rules(self) -> Rules:
        return self.desk.providers.rules(
            self.provider, self.desk.settings, self.case.first_received_at
        )

    @property
    def silence(self) -> Within | None:
        """How long a silence closes a case here; None where none does."""
        silent = (one for one in self.rules.promises if one.rule.shape == "silence")
        return next((span.within for one in silent for span in one.spans), None)

    @property
    def ladder(self) -> list[str]:
        return [rung.level for rung in self.provider.file.ladder]

    @property
    def parties(self) -> list[Party]:
        """The parties of the case itself."""
        if self._parties is None:
            self._parties = parties.of_case(self.connection, self.key, self.case.id)
        return self._parties

    @property
    def signpost(self) -> Signpost | None:
        """What a letter may say of the dispute resolution scheme."""
        values = self.desk.settings.for_provider(self.key).values
        customer = promises.customer_of(self.picture)
        return signpost(self.provider, self.rules, values, customer)

    def forget_parties(self) -> None:
        """They were changed in the database: read them again."""
        self._parties = None

    def promises(self, if_: Draft | None = None) -> tuple[Promise, ...]:
        """The promises of the case with what is drafted; as they would be with one event more."""
        events = [*self.events, if_] if if_ else self.events
        return promises.find(
            self.desk, self.provider, self.case.first_received_at, events, self.now
        )

    def record(
        self,
        kind: str,
        facts: Mapping[str, Any] | None = None,
        *,
        at: datetime | None = None,
        actor: str = "system",
        answers: bool = False,
    ) -> None:
        """Draft an event. `answers`: it answers what happened last, so it does not come before."""
        at = at or self.now
        if answers:
            before = last(self.events, *_ENDS)
            at = max(at, before.at) if before else at
        self.drafts.append(Draft(kind, at, actor, dict(facts or {})))

    def addressee(self) -> Party | None:
        """Whom letters go to: who may hear of the case and can be reached, the first to come.

        One of a case merged into it only where nobody of its own can be reached.
        """
        own = _best(self.parties)
        if own is not None and own.routes:
            return own
        others = merges.all_merged(self.connection, self.key, self.case.id)
        merged = (_best(parties.of_case(self.connection, self.key, one)) for one in others)
        return next((one for one in merged if one is not None and one.routes), own)

    def lost_addresses(self) -> frozenset[str]:
        """Addresses from which a letter came back, and that nobody has used or named since."""
        lost = {
            int((event.facts or {})["letter"]): event.at
            for event in self.stored_and_drafted()
            if event.kind == "letter_undelivered"
        }
        if not lost:
            return frozenset()
        since: dict[str, datetime] = {}
        for row in letters.of_case(self.connection, self.key, self.case.id):
            if row.id in lost and row.channel == "email":
                since[row.recipient] = max(lost[row.id], since.get(row.recipient, lost[row.id]))
        named = {
            (event.facts or {}).get("address"): event.at
            for event in self.events
            if event.kind == "address_added"
        }
        of_case = (self.connection, self.key, self.case.id)
        return frozenset(
            address
            for address, at in since.items()
            if named.get(address, at) <= at and not contacts.wrote_since(*of_case, address, at)
        )

    def stored_and_drafted(self) -> list[Event | Draft]:
        """Every event of the case itself, also what was taken back."""
        return [*self.stored, *self.drafts]

    def queue(self, composed: Letter, key: str, *, channel: str, to: str) -> None:
        """Queue a letter to an address when this is committed; on record as queued."""
        answered = None
        if self.answers is not None and self.answers[0] == to:
            answered = self.answers[1] or None
        elif channel == "email" and not self.new:
            answered = contacts.newest_id(self.connection, self.key, self.case.id, to)
        self.queued.append(Queued(composed, key, channel, to, answered))
        facts = {"letter": composed.id, "kind": composed.kind, "channel": channel}
        self.record("letter_queued", facts, actor=composed.author)

    def link(self, id: int, *, party: int, letter: int) -> None:
        """The letter carries this link; the party has it once the letter is queued."""
        self.links[id] = (letter, party)

    def alert(self, about: str, key: str, text: str) -> None:
        """Tell somebody, once for `key`. `text` names no customer and quotes nothing."""
        alerts.raise_(
            self.connection,
            self.key,
            key=key,
            about=about,
            text=text,
            at=self.now,
            case=self.case.id,
        )

    def commit(self, *, looked: bool = False) -> tuple[Promise, ...]:
        """Write everything down. `looked`: whatever was due by now has been done.

        Returns the promises as they stand.
        """
        found = self.promises() if self.new else ()
        if self.drafts:
            self._append(found)
        elif self.others:
            # What happened in a case merged into this one is part of it.
            self._stand()
            cases.save(self.connection, self.case)
        for one in self.queued:
            letters.queue(
                self.connection,
                one.letter,
                key=one.key,
                delivery_id=self.desk.draw.id(),
                channel=one.channel,
                recipient=one.recipient,
                in_reply_to=one.in_reply_to,
                now=self.now,
            )
        self._give_links()
        self.queued = []
        if not self.new:
            found = self._project(looked=looked)
            self._tell_survivor()
            return found
        self.new = False
        self._write_promises(found, new=True)
        return found

    def _give_links(self) -> None:
        written = {one.letter.id for one in self.queued}
        for id, (letter, party) in self.links.items():
            if letter in written:
                links.give(
                    self.connection,
                    self.key,
                    id,
                    case=self.case.id,
                    party=party,
                    letter=letter,
                    now=self.now,
                )
        self.links = {}

    def _append(self, found: Sequence[Promise]) -> None:
        seen = self.picture
        rows = self.case.extend(self.drafts, recorded_at=self.now, salt=self.desk.draw.salt)
        self._stand(seen)
        if self.new:
            attention = promises.attention(self.case, found)
            cases.insert(self.connection, self.case, rows, attention, self._wakes(found))
        else:
            cases.append(self.connection, self.case, rows)
        self.stored = [*self.stored, *_as_events(self.drafts, self.case.events, self.now)]
        self.drafts = []

    def _stand(self, seen: Picture | None = None) -> None:
        """Let the row say what the timeline does."""
        seen = seen or self.picture
        self.case.standing = seen.standing
        self.case.handler = (seen.handler or "")[:80] or None
        self.case.language = str(seen.described.get("language", self.case.language))

    def _project(self, *, looked: bool) -> tuple[Promise, ...]:
        merged = self.case.merged_into is not None
        found = () if merged else self.promises()
        self._write_promises(found, looked=looked, closes_at=self._closes_at(found))
        attention = Attention(active=False) if merged else promises.attention(self.case, found)
        wake = None if merged else self._wakes(found)
        cases.set_attention(self.connection, self.key, self.case.id, attention, wake)
        return found

    def _closes_at(self, found: Sequence[Promise]) -> datetime | None:
        """From when on a silence that is complete closes the case; None where it may not."""
        silent = any(one.promise == "assumed_closure" and one.state == "open" for one in found)
        if not silent or self.is_waiting():
            return None
        warned = self.picture.warned_at
        return next_business_opening(warned, self.rules.calendar) if warned else self.now

    def _write_promises(self, found: Sequence[Promise], **how: Any) -> None:
        promises.write(
            self.connection, self.desk, self.provider, self.case, found, now=self.now, **how
        )

    def _tell_survivor(self) -> None:
        """What changed in a merged case is part of the one that speaks for it."""
        if self.case.merged_into is None:
            return
        survivor = open_case_work(
            self.connection, self.desk, self.key, self.case.merged_into, self.now
        )
        if survivor is not None:
            survivor.commit()

    def is_waiting(self) -> bool:
        """Does something that a party said wait for a person?"""
        others = merges.all_merged(self.connection, self.key, self.case.id)
        return contacts.any_waits(self.connection, self.key, [self.case.id, *others])

    def lacks(self, found: Sequence[Promise]) -> tuple[str, ...]:
        """What the case lacks that somebody should see to, by the name of its alert."""
        rules = self.rules.promises
        return lacking(
            self.picture,
            agrees_interval=any(
                one.rule.shape == "repeat" and not any(span.within for span in one.spans)
                for one in rules
            ),
            owes_scheme=self.unnamed(found) and self._scheme_unknown(),
        )

    def is_answered(self, promise: Promise) -> bool:
        """Is it judged when the case ends, and does an answer stand that would keep it?"""
        judged = any(
            one.rule.judged_at_end
            for one in self.rules.promises
            if one.rule.name == promise.promise
        )
        return judged and self.picture.standing.state == "outcome_proposed"

    def unnamed(self, found: Sequence[Promise]) -> bool:
        """Must a letter that went without the scheme's name be followed by one that says it?"""
        owed = any(
            one.promise == "adr_notice" and one.state in ("open", "broken") and not one.kept_at
            for one in found
        )
        return owed and self.went_unnamed("adr_notice_sent", "deadlock_letter_sent")

    def went_unnamed(self, *kinds: str) -> bool:
        """Did a letter that had to name the scheme reach the customer without its name?

        One that came back did not: reaching the customer in another way is somebody's task.
        """
        return any(
            event.kind in kinds and not str((event.facts or {}).get("scheme", "")).strip()
            for event in self.events
        )

    def _scheme_unknown(self) -> bool:
        post = self.signpost
        return post is not None and post.form == "missing"

    def _wakes(self, found: Sequence[Promise]) -> datetime | None:
        """When to look at the case itself: each business day, while something is lacking."""
        if not (self.lacks(found) or self.unnamed(found)):
            return None
        calendar = self.rules.calendar
        first = next_business_opening(self.case.opened_at, calendar, days=2)
        today = calendar.local_date(self.now)
        if calendar.is_business_day(today) and self.now < opening_of(today, calendar):
            return max(first, opening_of(today, calendar))
        return max(first, next_business_opening(self.now, calendar))


def _best(among: Sequence[Party]) -> Party | None:
    """The first who may hear of the case and can be reached, else the first who may."""
    known = [one for one in among if one.confirmed]
    allowed = [one for one in known if one.authorised] or known
    for kind in ("email", "phone"):
        for one in allowed:
            if one.to(kind):
                return one
    return allowed[0] if allowed else None


def open_case_work(
    connection: Connection, desk: Desk, key: str, id: int, now: datetime
) -> CaseWork | None:
    """Lock a case and take it up; None where there is none."""
    locked = cases.lock(connection, key, id)
    if locked is None:
        return None
    provider = desk.providers.at(connection, key, locked.rules_version)
    others = merges.standing_of_merged(connection, key, id)
    stored = cases.timeline(connection, key, id)
    return CaseWork(connection, desk, provider, locked, now, stored, others)


def _as_events(drafts: Sequence[Draft], count: int, now: datetime) -> list[Event]:
    first = count - len(drafts) + 1
    return [
        Event(n, one.kind, 1, one.at, now, one.actor, one.facts, "", "")
        for n, one in enumerate(drafts, start=first)
    ]
