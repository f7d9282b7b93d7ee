"""Who belongs to a case and in which standing: parties confirmed, representatives and authority.

A representative is asked for the customer's authority and never refused; what they may be told
meanwhile is the letters' concern (`CaseWork.addressee`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mail.outgoing import header_address
from plugin.cases.search import terms_of_number, terms_of_party
from plugin.codes.history import CUSTOMER_KINDS
from plugin.desk import links, turns
from plugin.desk.casework import CaseWork
from plugin.desk.doing import Doing
from plugin.desk.writing import write_letter
from plugin.store import contacts, parties
from plugin.store.parties import Party
from voice.numbers import read

_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{4,30}")


def _party_confirmed(work: CaseWork, doing: Doing) -> None:
    """They belong to the case: their address is good for it, and their waiting words count."""
    party = _the_one(doing, [one for one in work.parties if not one.confirmed], "unconfirmed")
    parties.confirm(work.connection, work.key, party.id)
    work.forget_parties()
    work.record("party_confirmed", {"party": party.id}, at=doing.at, actor=doing.actor)
    for kind, value in _addresses(work, party):
        if kind != "email":
            continue
        for contact in contacts.waiting_of(work.connection, work.key, work.case.id, value):
            row = contacts.get(work.connection, work.key, contact)
            contacts.decide(work.connection, work.key, contact, case=work.case.id)
            if row is not None:
                actor = f"customer:{party.id}"
                turns.hear(work, row.label, at=work.now, actor=actor, contact=contact)


def _representative_named(work: CaseWork, doing: Doing) -> None:
    """Somebody speaks for the customer: the case goes on, and their authority is asked for."""
    party = _the_one(doing, work.parties, "known")
    name = str(doing.told.get("customer", ""))
    parties.represent(work.connection, work.key, party.id, stands_for=name)
    work.forget_parties()
    facts = {"party": party.id, "customer": name}
    work.record("representative_named", facts, at=doing.at, actor=doing.actor)
    asked = next(one for one in work.parties if one.id == party.id)
    write_letter(work, "authority_request", author=doing.actor, party=asked)


def _representative_confirmed(work: CaseWork, doing: Doing) -> None:
    speaking = [one for one in work.parties if one.role == "representative"]
    party = _the_one(doing, speaking, "representing")
    parties.authorise(work.connection, work.key, party.id)
    work.forget_parties()
    facts = {**doing.told, "party": party.id}
    work.record("representative_confirmed", facts, at=doing.at, actor=doing.actor)


def _address_added(work: CaseWork, doing: Doing) -> None:
    """The customer told somebody where to reach them: letters can go there from now on."""
    kind, address = str(doing.told["kind"]), str(doing.told["address"])
    if kind == "email":
        address = address.lower()
        try:
            header_address(address)
        except ValueError:
            raise doing.refused(f"address: {address!r} is no e-mail address") from None
    else:
        address = _number(work, doing, address)
    if any((kind, address) in one.routes for one in work.parties if not one.confirmed):
        raise doing.refused("address: somebody who is no party yet uses it; see party_confirmed")
    known = [one for one in work.parties if one.confirmed]
    party = _the_one(doing, known, "confirmed")
    if (kind, address) not in party.routes:
        parties.add_route(work.connection, work.key, work.case.id, party.id, kind, address)
        words = terms_of_party("", address) if kind == "email" else terms_of_number(address)
        parties.add_terms(work.connection, work.key, work.case.id, words)
        work.forget_parties()
    facts = {"party": party.id, "kind": kind, "address": address}
    written = str(doing.told["address"])
    if kind == "phone" and written != address:
        facts["written"] = written
    work.record("address_added", facts, at=doing.at, actor=doing.actor)


def _number(work: CaseWork, doing: Doing, written: str) -> str:
    """A number as it is kept: E.164 as far as that can be told, else as it was written."""
    found = read(written, work.provider.file.calendar.country)
    if found.shown is not None:
        return found.shown
    if found.withheld or not _NUMBER.fullmatch(written):
        raise doing.refused(f"address: {written!r} is no telephone number")
    return written


def _address_removed(work: CaseWork, doing: Doing) -> None:
    """It was a mistake, or is theirs no more: nothing goes there, and nobody is known by it."""
    address = str(doing.told["address"]).lower()
    kept = {value for one in work.parties for _, value in one.routes}
    if address not in kept:
        address = read(address, work.provider.file.calendar.country).shown or address
    having = [one for one in work.parties if any(value == address for _, value in one.routes)]
    party = _the_one(doing, having, "addressed")
    parties.remove_route(work.connection, work.key, party.id, address)
    links.revoke(work.connection, work.key, work.case.id, now=work.now)
    work.forget_parties()
    facts = {"party": party.id, "address": address}
    work.record("address_removed", facts, at=doing.at, actor=doing.actor)


def _described(work: CaseWork, doing: Doing) -> None:
    """Who the customer is. A language that no letter speaks here is refused."""
    if not doing.told:
        raise doing.refused(f"nothing is described; give e.g. kind={CUSTOMER_KINDS[0]}")
    language = doing.told.get("language")
    spoken = work.provider.file.languages
    if language is not None and language not in spoken:
        raise doing.refused(f"language: letters are written in: {', '.join(spoken)}")
    work.record("customer_described", doing.told, at=doing.at, actor=doing.actor)
    wanted = doing.told.get("format")
    if wanted not in (None, "standard"):
        work.alert(
            "format_needed",
            f"format:{work.case.id}:{wanted}",
            f"The customer of case {work.case.reference} needs letters as "
            f"{str(wanted).replace('_', ' ')}; they go as text and HTML, so send that too.",
        )


def _the_one(doing: Doing, among: list[Party], which: str) -> Party:
    """The party meant: the one named, else the only one there is. Raises ActionRefused."""
    named = doing.told.get("party")
    found = [one for one in among if named is None or one.id == named]
    if len(found) == 1:
        return found[0]
    if not found:
        raise doing.refused(f"party: the case has no such {which} party")
    there = ", ".join(str(one.id) for one in found)
    raise doing.refused(f"party: several could be meant; name one of {there}")


def _addresses(work: CaseWork, party: Party) -> tuple[tuple[str, str], ...]:
    return next(one.routes for one in work.parties if one.id == party.id)


def restore(work: CaseWork, facts: Mapping[str, Any]) -> None:
    """It was a mistake that this party speaks for somebody: they are the customer."""
    parties.is_customer(work.connection, work.key, int(facts["party"]))
    work.forget_parties()


DOING: dict[str, Callable[[CaseWork, Doing], None]] = {
    "party_confirmed": _party_confirmed,
    "address_added": _address_added,
    "address_removed": _address_removed,
    "representative_named": _representative_named,
    "representative_confirmed": _representative_confirmed,
    "customer_described": _described,
}
