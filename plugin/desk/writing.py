"""Writing to the customer of a case: which party, by which way, and what if it cannot be done.

A letter that cannot be made, or that reaches nobody, is told to a person at once; nothing is left
out silently. What may be held and what goes all the same is decided here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plugin.cases.events import Draft
from plugin.codes.provider import spoken
from plugin.desk import links
from plugin.desk.casework import CaseWork
from plugin.desk.compose import Composed, compose, says
from plugin.desk.publish import explained
from plugin.desk.values import values
from plugin.letters.render import LetterError
from plugin.store import contacts, letters
from plugin.store.parties import Party

FOLLOW_UP = "undeliverable_followup"
"""The letter about one that came back; what came back is told of already."""

EXPLAINS = "information"
"""The letter that explains the code; no other has to work it out."""

ANSWERS = frozenset({"outcome", "determination"})
"""The letters that tell an outcome, and may say that silence closes the case."""

_SCHEME_IN = {
    "adr_notice": "adr_notice_sent",
    "deadlock_letter": "deadlock_letter_sent",
}
"""Letters whose event says which scheme they named."""

_PROMISE_OF = {
    "acknowledgement": "acknowledge",
    "manager_response": "manager_response",
    "handler_introduction": "handler_introduction",
    "contact_time": "contact_time_agreed",
    "progress_update": "progress_update",
    "holding_update": "progress_update",
    "technical_handover": "technical_resolution",
    "outcome": "outcome_notice",
    "closure_warning": "assumed_closure",
    "closed": "assumed_closure",
    "determination": "determination",
    "deadlock_letter": "deadlock_letter",
    "adr_notice": "adr_notice",
    "ccts_notice": "ccts_notice",
    "data_protection_acknowledgement": "data_protection_acknowledgement",
}
"""What an alert about a letter is about."""


def about(kind: str) -> str:
    """The name under which a letter that is held is told of: its promise's, else its own."""
    return _PROMISE_OF.get(kind, kind)


def write_letter(
    work: CaseWork,
    kind: str,
    *,
    key: str | None = None,
    author: str = "system",
    event: str | None = None,
    facts: Mapping[str, Any] | None = None,
    silence: bool = False,
    late: bool = False,
    party: Party | None = None,
    way: tuple[str, str] | None = None,
) -> bool:
    """Compose the letter `kind` of a case and queue it; False where it cannot go.

    `key`: it goes once for it; None: as often as asked. `event` and `facts`: the event that sending
    it implies, with what that carries. `party` and `way` (channel, address): to whom and how, where
    that is not the usual.
    """
    if (
        key is not None
        and not work.new
        and letters.has(work.connection, work.key, work.case.id, key)
    ):
        return False
    party = party or work.addressee()
    way = way or (way_to(work, party, sure=kind == FOLLOW_UP) if party else None)
    if party is None or way is None:
        said = f"Case {work.case.reference} has no address to write to; find another way."
        work.unwritten = "the case has no address to write to"
        work.alert("contact_route_missing", f"contact_route_missing:{work.case.id}:{kind}", said)
        return False
    channel, to = way
    try:
        made = _compose(
            work, kind, party, author, event, facts, channel, silence=silence, late=late
        )
    except (LetterError, ValueError) as error:
        said = f"The letter {kind} of case {work.case.reference} could not be made: {error}"
        work.unwritten = f"it could not be made: {error}"
        work.alert(about(kind), f"held:{work.case.id}:{key or kind}", said)
        return False
    for element in made.lacking:
        said = f"The {kind} of case {work.case.reference} lacks its {element}, which is promised."
        work.alert(about(kind), f"lacking:{work.case.id}:{key or made.letter.id}:{element}", said)
    work.queue(made.letter, key or f"{kind}:{made.letter.id}", channel=channel, to=to)
    if channel != "email" and kind != FOLLOW_UP:
        said = f"The {kind} of case {work.case.reference} waits for you: read it out or post it."
        work.alert("contact_route_missing", f"task:{made.letter.id}", said)
    _tell_of_scheme(work, kind)
    return True


def way_to(work: CaseWork, party: Party, *, sure: bool) -> tuple[str, str] | None:
    """How a party is reached: (channel, address); None where nothing is known of them.

    By mail, and rather not where it came back, unless they have written from there since; of
    several addresses, where they last wrote from. A full mailbox may be empty again, so that an
    address that failed is better than none, but not where it must be `sure`: a person then has to
    find a way, with the number if there is one.
    """
    known, lost = [value for kind, value in party.routes if kind == "email"], work.lost_addresses()
    mail = [value for value in known if value not in lost] or ([] if sure else known)
    if len(mail) > 1:
        last = contacts.last_sender(work.connection, work.key, work.case.id, mail)
        named = [
            (event.facts or {}).get("address")
            for event in work.events
            if event.kind == "address_added"
        ]
        newest = [address for address in reversed(named) if address in mail]
        mail = [last, *mail] if last else [*newest, *mail]
    if mail:
        return "email", mail[0]
    return ("phone", party.to("phone") or "") if party.routes else None


def _compose(
    work: CaseWork,
    kind: str,
    party: Party,
    author: str,
    event: str | None,
    facts: Mapping[str, Any] | None,
    channel: str,
    *,
    silence: bool,
    late: bool,
) -> Composed:
    seen, case = work.picture, work.case
    case.standing = seen.standing
    told = dict(facts or {})
    post = work.signpost
    if kind == "closed" and seen.standing.state not in ("closed_assumed", "closed_out_of_scope"):
        post = None
    id = work.desk.draw.id()
    # The dates a letter names are those that hold once it has gone.
    gone = Draft(event, work.now, author, told) if event else None
    said = values(
        work.desk,
        work.provider,
        case,
        party,
        post=post,
        # An acknowledgement names no date, and every complaint gets one: spare it the reckoning.
        promises=() if kind == "acknowledgement" else work.promises(gone),
        introduced=_introduced(seen.introduced, told),
        outcome_at=seen.outcome_at,
        told=told,
        silence=work.silence if silence else None,
        late=late,
        today=work.rules.calendar.local_date(work.now),
        link=_link(work, party, id) if channel == "email" else "",
        code=_code(work) if kind == EXPLAINS else None,
    )
    sender = work.desk.settings.sender(work.key) or f"nobody@{work.key}.invalid"
    made = compose(
        work.desk,
        work.provider,
        kind,
        said,
        language=case.language,
        case=case.id,
        sender=sender,
        id=id,
        author=author,
    )
    return replace(made, letter=replace(made.letter, told=_told(made, kind, event, told, said)))


def _code(work: CaseWork) -> dict[str, object]:
    """What the published code says to the customer of this case, in their language."""
    return explained(
        work.desk.settings,
        work.provider,
        work.case.language,
        work.rules.calendar.local_date(work.case.first_received_at),
        scheme=work.signpost is not None,
    )


def _introduced(known: tuple[str, str], told: Mapping[str, Any]) -> tuple[str, str]:
    """The handler as the customer knows them, or as this letter introduces them."""
    if told.get("name") or told.get("direct_contact"):
        return str(told.get("name", "")), str(told.get("direct_contact", ""))
    return known


def _told(
    made: Composed,
    kind: str,
    event: str | None,
    facts: Mapping[str, Any],
    said: Mapping[str, Any],
) -> dict[str, Any]:
    """The facts of the events that sending the letter implies, by event."""
    told: dict[str, Any] = {}
    if event is not None:
        told[event] = {name: fact for name, fact in facts.items() if name not in _NOT_TOLD}
    if kind in ANSWERS:
        within = (said["silence"] or {}).get("within", "")
        closes = bool(within) and says(made.letter, within)
        told.setdefault("outcome_advised", {})["silence_closes"] = closes
    if kind in _SCHEME_IN and said["adr"] is not None:
        named = said["adr"]["form"] != "missing" and "scheme" in made.letter.elements
        told.setdefault(_SCHEME_IN[kind], {})["scheme"] = said["adr"]["scheme"] if named else ""
    return told


_NOT_TOLD = frozenset({"original", "was_closed"})
"""Facts that only the letter needs."""


def _tell_of_scheme(work: CaseWork, kind: str) -> None:
    """Somebody must supply the scheme's name where a letter had to do without."""
    rule = work.provider.file.letters.kinds.get(kind)
    post = work.signpost
    if rule and rule.signposts and post is not None and post.form == "missing":
        said = (
            f"The {kind} of case {work.case.reference} names no dispute resolution scheme; "
            f"set provider.{work.key}.adr_scheme."
        )
        day = work.rules.calendar.local_date(work.now).isoformat()
        work.alert("scheme_missing", f"scheme_missing:{work.case.id}:{day}", said)


def _link(work: CaseWork, party: Party, letter: int) -> str:
    """The page of the case for this party, opened by a link of this letter; "" where nobody could
    open it, and for one who is not known to speak for the customer."""
    if work.desk.settings.web.url is None or not (party.confirmed and party.authorised):
        return ""
    id, token = links.make(work.desk, work.key)
    work.link(id, party=party.id, letter=letter)
    return links.url(work.desk, token)


def title_of(work: CaseWork, kind: str) -> str:
    """What a letter is, in words for the customer."""
    rule = work.provider.file.letters.kinds.get(kind)
    return spoken(rule.title, work.case.language) if rule else kind
