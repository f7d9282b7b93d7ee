"""The field's names as people read them: promises, states, letters, events, in their language.

Rows and rules speak in names such as `progress_update`; no page shows one. A name that no table
holds is shown without its underscores, so that new data is readable before it is translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.numbers import format_decimal

from plugin.web.i18n import N_, gettext, locale

REFUSALS = (
    N_("somebody decided about it meanwhile; look at it again"),
    N_("it is taken for that already"),
    N_("say why: it stays on the record of the case"),
)
"""What the desk says of a contact that is not decided (`desk/judging.py`), to be translated."""

PROMISES = {
    "acknowledge": N_("Acknowledge the complaint"),
    "triage_review": N_("First review"),
    "manager_response": N_("Response from a manager"),
    "handler_introduction": N_("Introduction by the case handler"),
    "contact_time_agreed": N_("Agree a time for contact"),
    "progress_update": N_("Progress update"),
    "technical_resolution": N_("Answer from engineering"),
    "resolution_target": N_("Resolve the complaint"),
    "determination": N_("Decision at the higher level"),
    "outcome_notice": N_("Tell the customer the outcome"),
    "assumed_closure": N_("Close after silence"),
    "adr_notice": N_("Letter about the ombudsman"),
    "deadlock_letter": N_("Deadlock letter"),
    "ccts_notice": N_("Notice of the CCTS"),
    "data_protection_acknowledgement": N_("Acknowledge the data protection complaint"),
}

PROMISE_STATES = {
    "open": N_("open"),
    "kept": N_("kept"),
    "broken": N_("broken"),
    "waived": N_("waived"),
    "stopped": N_("no longer owed"),
}

SEVERITIES = {
    "target": N_("Target"),
    "commitment": N_("Commitment"),
    "legal": N_("Legal duty"),
}

STATES = {
    "open": N_("Open"),
    "outcome_proposed": N_("Outcome proposed"),
    "closed_confirmed": N_("Closed, confirmed by the customer"),
    "closed_assumed": N_("Closed after silence"),
    "closed_deadlock": N_("Closed at deadlock"),
    "closed_withdrawn": N_("Withdrawn"),
    "closed_out_of_scope": N_("Closed, out of scope"),
    "reopened": N_("Re-opened"),
}

LETTERS = {
    "acknowledgement": N_("Acknowledgement"),
    "manager_response": N_("Response from a manager"),
    "handler_introduction": N_("Introduction by the case handler"),
    "contact_time": N_("Agreed time for contact"),
    "progress_update": N_("Progress update"),
    "holding_update": N_("Update: nothing new yet"),
    "technical_handover": N_("Handed to engineering"),
    "outcome": N_("Outcome"),
    "closure_warning": N_("Warning before closing"),
    "closed": N_("Case closed"),
    "reopened": N_("Case re-opened"),
    "escalated": N_("Escalated"),
    "determination": N_("Decision"),
    "deadlock_letter": N_("Deadlock letter"),
    "adr_notice": N_("Letter about the ombudsman"),
    "ccts_notice": N_("Notice of the CCTS"),
    "data_protection_acknowledgement": N_("Acknowledgement of the data protection complaint"),
    "information": N_("Information"),
    "authority_request": N_("Request for authority"),
    "undeliverable_followup": N_("After a letter came back"),
}

DELIVERY_STATES = {
    "queued": N_("waiting to be sent"),
    "sent": N_("sent"),
    "failed": N_("could not be sent"),
    "returned": N_("came back undelivered"),
    "cancelled": N_("not sent, no longer wanted"),
}

CHANNELS = {
    "email": N_("e-mail"),
    "phone": N_("telephone"),
    "voicemail": N_("voicemail"),
    "post": N_("post"),
    "link": N_("the page of the case"),
    "chat": N_("chat"),
    "portal": N_("portal"),
    "fax": N_("fax"),
    "in_person": N_("in person"),
}

LABELS = {
    "complaint": N_("Complaint"),
    "escalation": N_("Asks to escalate"),
    "neither": N_("No statement"),
}

WAITS = {
    "possible_complaint": N_("Sounds unhappy without saying “complaint”"),
    "stranger": N_("Quotes a case in which the sender has no part"),
    "proposed": N_("May belong to a live case of the sender"),
    "unconfirmed_party": N_("Answers our letter, but is not a known party to the case"),
    "closed_case": N_("Writes about a closed case"),
    "attachment_only": N_("Says nothing itself; read its attachment"),
    "message_unheard": N_("A message by telephone that nobody has listened to"),
    "auto_reply_loop": N_("Says the same over and over: a machine, perhaps"),
    "sent_answer": N_("An answer from a mail program: say what it was"),
    "information_request": N_("Asks how to complain; answer it"),
}

DECIDED = {
    "complaint": N_("It is a complaint now, as of when it arrived."),
    "escalation": N_("It is a complaint now, escalated, as of when it arrived."),
    "neither": N_("It is no complaint; it waits no more."),
    "joined": N_("It belongs to the case now."),
}

DECISIONS = {
    "promoted": N_("A person took it as: %(label)s"),
    "joined": N_("A person put it to its case"),
    "dismissed": N_("A person found it no complaint"),
    "overruled": N_("A person judged it otherwise: %(label)s"),
}

EVENTS = {
    "received": N_("Complaint received by %(channel)s"),
    "customer_wrote": N_("Customer wrote by %(channel)s"),
    "answer_sent": N_("An answer went from a mail program"),
    "acknowledged": N_("Acknowledged"),
    "reviewed": N_("Reviewed"),
    "manager_responded": N_("A manager responded"),
    "handler_introduced": N_("The case handler introduced themselves"),
    "contact_time_agreed": N_("A time for contact was agreed"),
    "interval_agreed": N_("Updates agreed every %(days)s business days"),
    "progress_given": N_("Progress given"),
    "handed_to_engineering": N_("Handed to engineering"),
    "engineering_answered": N_("Engineering answered"),
    "determined": N_("Decided"),
    "customer_confirmed": N_("The customer says it is resolved (%(channel)s)"),
    "customer_objected": N_("The customer does not accept the outcome"),
    "deadlocked": N_("Deadlock declared"),
    "deadlock_letter_sent": N_("Deadlock letter given"),
    "adr_notice_sent": N_("The customer was told of the scheme"),
    "adr_excepted": N_("%(by)s excepted the case from the notice: %(reason)s"),
    "ccts_notice_sent": N_("The customer was told of the CCTS"),
    "data_protection_raised": N_("It is about personal data too"),
    "data_protection_acknowledged": N_("Data protection complaint acknowledged"),
    "flagged": N_("Flag: %(flag)s"),
    "customer_described": N_("What is known of the customer was recorded"),
    "representative_named": N_("Somebody speaks for the customer; authority was asked for"),
    "representative_confirmed": N_("The customer’s authority is on record"),
    "party_confirmed": N_("A party was confirmed"),
    "address_added": N_("Another address or number of the customer was recorded"),
    "address_removed": N_("An address or number was taken off the record"),
    "overruled": N_("A person judged a contact otherwise: %(label)s"),
    "promoted": N_("A person took it as a complaint"),
    "dismissed": N_("A person decided that a contact changes nothing"),
    "merged": N_("Merged with case %(case)s"),
    "unmerged": N_("The merge with case %(case)s was taken back"),
    "split": N_("A contact became case %(case)s of its own"),
    "undone": N_("Taken back: entry %(event)s"),
    "links_revoked": N_("The customer’s links were revoked"),
    "information_given": N_("How complaints are handled was explained"),
    "escalated": N_("Escalated to %(level)s"),
    "outcome_advised": N_("Outcome given"),
    "closed": N_("Closed"),
    "reopened": N_("Re-opened"),
    "withdrawn": N_("Withdrawn"),
    "letter_queued": N_("Letter written: %(letter)s"),
    "letter_sent": N_("Letter accepted by the mail server: %(letter)s"),
    "letter_undelivered": N_("Letter came back: %(letter)s"),
    "letter_cancelled": N_("Letter not sent: %(letter)s"),
    "noted": N_("Note: %(text)s"),
    "compensation_claimed": N_("Compensation claimed or perhaps due"),
    "compensation_decided": N_("Compensation decided: %(amount)s"),
    "assigned": N_("Assigned"),
    "party_joined": N_("Somebody new wrote about the case; not confirmed as a party"),
    "related": N_("May belong with another case of the same customer"),
    "erased": N_("Erased"),
}

ALERTS = {
    "possibly_related": N_("Possibly related"),
    "waiting_contact": N_("Somebody waits for a decision"),
    "stranger_quoted_reference": N_("A stranger quoted the reference"),
    "contact_route_missing": N_("No address to write to"),
    "quarantined": N_("Quarantined"),
    "undeliverable": N_("Undeliverable"),
    "scheme_missing": N_("The scheme’s name is missing"),
    "interval_missing": N_("No interval agreed"),
    "handler_missing": N_("No handler"),
    "action_refused": N_("Action refused"),
    "escalation_suggested": N_("Escalate?"),
    "format_needed": N_("Another format is needed"),
    "mail_server": N_("Letters cannot be sent"),
    "auto_reply_loop": N_("Automatic replies in a loop"),
    "sent_answer": N_("An answer from a mail program"),
    "mailbox_unavailable": N_("A mailbox cannot be read"),
    "mailbox_not_filed": N_("Handled mail cannot be moved"),
    "mailbox_account": N_("A mailbox does not add up"),
    "token_refused": N_("No new sign-in token"),
    "token_expires": N_("A secret or consent ends"),
    "second_route_failed": N_("Nobody hears by the second route"),
    "fault": N_("A fault in Answerable"),
}

OUTCOMES = {
    "case_opened": N_("Opened a case"),
    "joined": N_("Belongs to a case"),
    "proposed": N_("Proposed to a case"),
    "not_case": N_("No complaint"),
    "automatic": N_("Sent by a machine, or by us"),
    "duplicate": N_("The same mail once more"),
    "quarantined": N_("In quarantine"),
    "waiting": N_("Still to be read"),
}

ROLES = {
    "agent": N_("agent"),
    "supervisor": N_("supervisor"),
    "manager": N_("manager"),
    "admin": N_("admin"),
}

TABLES: Mapping[str, Mapping[str, str]] = {
    "promise": PROMISES,
    "promise_state": PROMISE_STATES,
    "severity": SEVERITIES,
    "state": STATES,
    "letter": LETTERS,
    "delivery": DELIVERY_STATES,
    "channel": CHANNELS,
    "label": LABELS,
    "waits": WAITS,
    "decided": DECIDED,
    "role": ROLES,
    "outcome": OUTCOMES,
}


def word(table: str, name: str) -> str:
    """A name of the field as the reader reads it; `table` is one of TABLES."""
    known = TABLES[table].get(name)
    return gettext(known) if known else plain(name)


def refusal(why: Exception) -> str:
    """Why the desk refused, as the reader reads it; in English what no table holds."""
    return gettext(str(why))


def number(value: int) -> str:
    """A whole number as the reader's language groups its digits."""
    return format_decimal(value, locale=locale())


def plain(name: str) -> str:
    """A name without its underscores."""
    return name.replace("_", " ")


def alert(about: str) -> str:
    """What an alert is about: a promise's name, or a matter of its own."""
    return gettext(ALERTS[about]) if about in ALERTS else word("promise", about)


def event(kind: str, facts: Mapping[str, Any] | None, titles: Mapping[str, str]) -> str:
    """What an event says, as one line. `titles`: the provider's names for its levels.

    Facts that were erased are said to be so.
    """
    if facts is None:
        return gettext("%(what)s (erased)") % {
            "what": gettext(EVENTS[kind]).partition("%")[0].rstrip(" :")
            if kind in EVENTS
            else plain(kind).capitalize()
        }
    known = EVENTS.get(kind)
    if known is None:
        return plain(kind).capitalize()
    level = str(facts.get("level", ""))
    return gettext(known) % {
        "channel": word("channel", str(facts.get("channel", ""))),
        "level": titles.get(level, plain(level)),
        "letter": word("letter", str(facts.get("kind", ""))),
        "text": str(facts.get("text", "")),
        "label": word("label", str(facts.get("label", ""))),
        "case": str(facts.get("into") or facts.get("from") or ""),
        "flag": plain(str(facts.get("flag", ""))),
        "amount": f"{facts.get('amount', '')} {facts.get('currency', '')}".strip(),
        "reason": plain(str(facts.get("reason", ""))),
        **{name: str(facts.get(name, "")) for name in ("by", "days", "event")},
    }
