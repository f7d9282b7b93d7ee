"""The tables. Rows are the truth: whatever crashes, a row is there to pick up.

Every large table has the provider first in its key and indexes, so that it can be partitioned and
a provider moved. Uniqueness that must span a provider lives in narrow tables (`message_key`,
`letter_key`). Claimable tables share the columns of `claim_columns` (architecture, section 8).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from plugin.store.types import Id, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _provider(**more: Any) -> Column[str]:
    return Column("provider", String(64), primary_key=True, nullable=False, **more)


def _id(name: str = "id", *, key: bool = True, nullable: bool = False) -> Column[int]:
    return Column(name, Id, primary_key=key, nullable=nullable, autoincrement=False)


def claim_columns() -> list[Column[Any]]:
    """The columns that let one worker at a time do a row's work (store/claims.py)."""
    return [
        Column("claimed_by", String(80)),
        Column("claimed_until", UtcDateTime),
        Column("fence", Integer, nullable=False, default=0),
        Column("attempts", Integer, nullable=False, default=0),
        Column("next_at", UtcDateTime),
        Column("reason", Text),
    ]


blob = Table(
    "blob",
    metadata,
    _provider(),
    Column("digest", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("refs", Integer, nullable=False),
)

blob_chunk = Table(
    "blob_chunk",
    metadata,
    _provider(),
    Column("digest", String(64), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
    ForeignKeyConstraint(["provider", "digest"], ["blob.provider", "blob.digest"]),
)

inbound = Table(
    "inbound",
    metadata,
    _provider(),
    _id(),
    Column("source", String(20), nullable=False),  # imap, sent, file, call, phone
    Column("mailbox", String(64)),
    Column("blob", String(64), nullable=False),
    Column("lane", String(320), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("received_source", String(20), nullable=False),
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("state", String(12), nullable=False),  # waiting, done, quarantined
    Column("outcome", String(16)),
    Column("why", String(32)),
    Column("problem", Text),  # why the raw bytes are not the whole mail
    _id("contact_id", key=False, nullable=True),
    _id("case_id", key=False, nullable=True),
    *claim_columns(),
    ForeignKeyConstraint(["provider", "blob"], ["blob.provider", "blob.digest"]),
)
_claimed = inbound.c.claimed_by.is_not(None)
Index(
    "ix_inbound_claimed",
    inbound.c.claimed_by,
    sqlite_where=_claimed,
    postgresql_where=_claimed,
)
_waiting = inbound.c.state == "waiting"
Index(
    "ix_inbound_waiting",
    inbound.c.provider,
    inbound.c.next_at,
    sqlite_where=_waiting,
    postgresql_where=_waiting,
)
Index(
    "ix_inbound_lane",
    inbound.c.provider,
    inbound.c.lane,
    inbound.c.id,
    sqlite_where=_waiting,
    postgresql_where=_waiting,
)
_quarantined = inbound.c.state == "quarantined"
Index(
    "ix_inbound_quarantined",
    inbound.c.provider,
    inbound.c.id,
    sqlite_where=_quarantined,
    postgresql_where=_quarantined,
)

contact = Table(
    "contact",
    metadata,
    _provider(),
    _id(),
    Column("channel", String(12), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("sender", String(320), nullable=False),
    Column("sender_name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("own_words", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("blob", String(64)),
    Column("automatic", String(12), nullable=False),
    Column("language", String(8), nullable=False),
    Column("label", String(12), nullable=False),
    Column("possible", Boolean, nullable=False),
    Column("evidence", Text, nullable=False),  # JSON: the words that decided
    _id("case_id", key=False, nullable=True),
    _id("proposed_case_id", key=False, nullable=True),
    Column("waits", String(32)),  # why a person must look; null once decided
    Column("flagged", String(32)),  # e.g. same Message-ID as another contact
    Column("alert_at", UtcDateTime),  # when somebody must be told that it still waits
    Column("words_digest", String(64)),  # of what it says; null where it says nothing
    Column("ours", Boolean, nullable=False),  # an answer that was sent from a mail program
    Index("ix_contact_case", "provider", "case_id"),
    Index("ix_contact_sender", "provider", "sender", "received_at"),
)
_unheard = contact.c.alert_at.is_not(None)
Index(
    "ix_contact_unheard",
    contact.c.provider,
    contact.c.alert_at,
    sqlite_where=_unheard,
    postgresql_where=_unheard,
)
_proposed = contact.c.proposed_case_id.is_not(None)
Index(
    "ix_contact_proposed",
    contact.c.provider,
    contact.c.proposed_case_id,
    sqlite_where=_proposed,
    postgresql_where=_proposed,
)
_waits = contact.c.waits.is_not(None)
Index(
    "ix_contact_waits",
    contact.c.provider,
    contact.c.id,
    sqlite_where=_waits,
    postgresql_where=_waits,
)

# What a person decided of a contact: one row each time, so that the rules can be measured.
decision = Table(
    "decision",
    metadata,
    _provider(),
    _id(),
    _id("contact_id", key=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(12), nullable=False),  # promoted, joined, dismissed, overruled
    Column("heard", String(12), nullable=False),  # what the rules had heard
    Column("label", String(12), nullable=False),  # what the person says it is
    Column("had_case", Boolean, nullable=False),  # did the customer have a case before it?
    Column("reason", Text, nullable=False),
    Column("actor", String(160), nullable=False),
    Index("ix_decision_contact", "provider", "contact_id"),
)

message_key = Table(
    "message_key",
    metadata,
    _provider(),
    Column("message_id", String(255), primary_key=True),
    Column("digest", String(64), primary_key=True),  # of the contact; "letter" for ours
    _id("contact_id", key=False, nullable=True),
    _id("letter_id", key=False, nullable=True),
    _id("case_id", key=False, nullable=True),
)

case = Table(
    "case",
    metadata,
    _provider(),
    _id(),
    Column("reference", String(12), nullable=False),
    Column("state", String(24), nullable=False),
    Column("level", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("first_received_at", UtcDateTime, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("handler", String(80)),
    _id("merged_into", key=False, nullable=True),  # the case that speaks for this one
    Column("head", String(64), nullable=False),
    Column("events", Integer, nullable=False),
    # What the list of cases shows and sorts by, written with the promises (store/promises.py).
    Column("active", Boolean, nullable=False),
    Column("attention_at", UtcDateTime, nullable=False),
    Column("next_promise", String(40)),
    Column("next_last_day", Date),
    Column("wake_at", UtcDateTime),  # when the desk must look at the case itself again
    Index("uq_case_reference", "provider", "reference", unique=True),
    Index("ix_case_attention", "provider", "active", "attention_at", "id"),
)

_case_wakes = case.c.wake_at.is_not(None)
Index(
    "ix_case_wakes",
    case.c.provider,
    case.c.wake_at,
    sqlite_where=_case_wakes,
    postgresql_where=_case_wakes,
)
_merged = case.c.merged_into.is_not(None)
Index(
    "ix_case_merged",
    case.c.provider,
    case.c.merged_into,
    sqlite_where=_merged,
    postgresql_where=_merged,
)

# The words a case is found by. Compared byte by byte, so that a prefix is a range of the key.
case_term = Table(
    "case_term",
    metadata,
    _provider(),
    Column(
        "term",
        String(64).with_variant(String(64, collation="C"), "postgresql"),
        primary_key=True,
    ),
    Column("case_id", Id, primary_key=True, autoincrement=False),
    ForeignKeyConstraint(["provider", "case_id"], ["case.provider", "case.id"]),
)

_case_key = ["case.provider", "case.id"]

party = Table(
    "party",
    metadata,
    _provider(),
    _id(),
    _id("case_id", key=False),
    Column("role", String(16), nullable=False),  # customer, representative
    Column("name", Text, nullable=False),
    Column("confirmed", Boolean, nullable=False),  # does this party belong to the case?
    Column("stands_for", Text),  # whom a representative speaks for, as far as it is known
    Column("authorised", Boolean, nullable=False),  # is the customer's authority on record?
    Index("ix_party_case", "provider", "case_id"),
    ForeignKeyConstraint(["provider", "case_id"], _case_key),
)

route = Table(
    "route",
    metadata,
    _provider(),
    Column("kind", String(8), primary_key=True),
    Column("value", String(320), primary_key=True),
    Column("party_id", Id, primary_key=True, autoincrement=False),
    _id("case_id", key=False),
    Column("confirmed", Boolean, nullable=False),
    Index("ix_route_case", "provider", "case_id"),
    ForeignKeyConstraint(["provider", "party_id"], ["party.provider", "party.id"]),
)

event = Table(
    "event",
    metadata,
    _provider(),
    Column("case_id", Id, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("v", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("actor", String(160), nullable=False),
    Column("salt", String(32)),
    Column("facts", Text),
    Column("facts_digest", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    ForeignKeyConstraint(["provider", "case_id"], _case_key),
)

promise = Table(
    "promise",
    metadata,
    _provider(),
    Column("case_id", Id, primary_key=True, autoincrement=False),
    Column("name", String(40), primary_key=True),
    Column("occurrence", Integer, primary_key=True, autoincrement=False),
    Column("severity", String(12), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("alert_at", UtcDateTime),
    Column("act_by", UtcDateTime),
    Column("due_at", UtcDateTime, nullable=False),
    Column("last_day", Date),
    Column("state", String(8), nullable=False),
    Column("kept_at", UtcDateTime),
    Column("wake_at", UtcDateTime),
    *claim_columns(),
    ForeignKeyConstraint(["provider", "case_id"], _case_key),
)
_wakes = promise.c.wake_at.is_not(None)
Index(
    "ix_promise_wakes",
    promise.c.provider,
    promise.c.wake_at,
    sqlite_where=_wakes,
    postgresql_where=_wakes,
)

letter = Table(
    "letter",
    metadata,
    _provider(),
    _id(),
    _id("case_id", key=False, nullable=True),  # null: it answers somebody who has no case
    _id("contact_id", key=False, nullable=True),  # the contact it answers, where it has no case
    Column("kind", String(40), nullable=False),
    Column("language", String(8), nullable=False),
    Column("format", String(16), nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("template", String(64), nullable=False),  # digest of the sources it came from
    Column("message_id", String(255), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("elements", Text, nullable=False),  # JSON: what its code promises and it has
    Column("created_at", UtcDateTime, nullable=False),
    Column("shadow", Boolean, nullable=False),
    Column("author", String(160), nullable=False),  # on whose account: system or a person
    Column("told", Text, nullable=False),  # JSON: facts of the events that sending it implies
    Index("ix_letter_case", "provider", "case_id"),
    ForeignKeyConstraint(["provider", "case_id"], _case_key),
)
_answers = letter.c.contact_id.is_not(None)
Index(
    "uq_letter_contact",
    letter.c.provider,
    letter.c.contact_id,
    unique=True,
    sqlite_where=_answers,
    postgresql_where=_answers,
)

letter_key = Table(
    "letter_key",
    metadata,
    _provider(),
    Column("case_id", Id, primary_key=True, autoincrement=False),
    Column("key", String(80), primary_key=True),  # kind and promise occurrence
    _id("letter_id", key=False),
    ForeignKeyConstraint(["provider", "case_id"], _case_key),
)

delivery = Table(
    "delivery",
    metadata,
    _provider(),
    _id(),
    _id("letter_id", key=False),
    _id("case_id", key=False, nullable=True),
    Column("channel", String(12), nullable=False),  # email; phone and post are a person's task
    Column("recipient", String(320), nullable=False),
    Column("in_reply_to", String(255)),
    Column("state", String(12), nullable=False),  # queued, sent, failed, cancelled
    Column("tried_at", UtcDateTime),  # set before each attempt, so that a repeat is known as one
    Column("repeats", Integer, nullable=False, default=0),
    Column("sent_at", UtcDateTime),
    *claim_columns(),
    Index("ix_delivery_case", "provider", "case_id"),
    Index("ix_delivery_recipient", "provider", "recipient", "sent_at"),
    ForeignKeyConstraint(["provider", "letter_id"], ["letter.provider", "letter.id"]),
)
_held = delivery.c.claimed_by.is_not(None)
Index(
    "ix_delivery_claimed",
    delivery.c.claimed_by,
    sqlite_where=_held,
    postgresql_where=_held,
)
_queued = delivery.c.state == "queued"
Index(
    "ix_delivery_queued",
    delivery.c.provider,
    delivery.c.next_at,
    sqlite_where=_queued,
    postgresql_where=_queued,
)

# A link that a letter gave to a party: what it may do is decided when it is used.
customer_link = Table(
    "customer_link",
    metadata,
    _provider(),
    _id(),
    _id("case_id", key=False),
    _id("party_id", key=False),
    _id("letter_id", key=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Index("ix_customer_link_case", "provider", "case_id"),
    ForeignKeyConstraint(["provider", "case_id"], _case_key),
)

alert = Table(
    "alert",
    metadata,
    _provider(),
    Column("key", String(160), primary_key=True),  # what it is about, once
    _id("case_id", key=False, nullable=True),
    Column("about", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("cleared_at", UtcDateTime),
    Column("ops_at", UtcDateTime),  # when it is to be told by the second route; null once it was
    Index("ix_alert_at", "provider", "at"),
)
_untold = alert.c.ops_at.is_not(None)
Index(
    "ix_alert_untold",
    alert.c.provider,
    alert.c.ops_at,
    sqlite_where=_untold,
    postgresql_where=_untold,
)

mailbox = Table(
    "mailbox",
    metadata,
    _provider(),
    Column("name", String(64), primary_key=True),
    Column("uidvalidity", Id),
    Column("seen_uid", Id, nullable=False, default=0),
    Column("seen_at", UtcDateTime),
    Column("failures", Integer, nullable=False, default=0),
    Column("next_at", UtcDateTime),
    Column("error", Text),
    Column("account", Text),  # JSON: what the server had beside what we held, at account_at
    Column("account_at", UtcDateTime),
    Column("account_asked_at", UtcDateTime),  # when somebody asked for it anew
)

mailbox_uid = Table(
    "mailbox_uid",
    metadata,
    _provider(),
    Column("mailbox", String(64), primary_key=True),
    Column("uidvalidity", Id, primary_key=True, autoincrement=False),
    Column("uid", Id, primary_key=True, autoincrement=False),
    _id("inbound_id", key=False),
    Column("filed_at", UtcDateTime),  # when the server's copy was moved, or found to need no move
    ForeignKeyConstraint(["provider", "inbound_id"], ["inbound.provider", "inbound.id"]),
)
_unfiled = mailbox_uid.c.filed_at.is_(None)
Index(
    "ix_mailbox_uid_unfiled",
    mailbox_uid.c.provider,
    mailbox_uid.c.mailbox,
    mailbox_uid.c.uid,
    sqlite_where=_unfiled,
    postgresql_where=_unfiled,
)

# A call, as far as its events tell; it can be made up anew from them.
phone_call = Table(
    "phone_call",
    metadata,
    _provider(),
    _id(),
    Column("phone", String(64), nullable=False),  # which phone system of the settings told of it
    Column("call_id", String(250), nullable=False),
    Column("conversation_id", String(250), nullable=False),
    Column("direction", String(4), nullable=False),
    Column("stage", String(12), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("caller", String(20), nullable=False),  # as E.164, "" where nobody is known by it
    Column("caller_raw", Text, nullable=False),
    Column("withheld", Boolean, nullable=False),
    Column("dialled", String(20), nullable=False),
    Column("outcome", String(12)),
    Column("agent", String(64)),
    Column("events", Integer, nullable=False),
    Column("route", Text),  # JSON: where it was sent and why
    Column("heard", Integer, nullable=False),  # how many of its utterances are in a contact
    Column("contacts", Integer, nullable=False),  # how many contacts it has become
    Index("uq_phone_call", "provider", "phone", "call_id", unique=True),
    Index("ix_phone_call_conversation", "provider", "phone", "conversation_id"),
    Index("ix_phone_call_caller", "provider", "caller", "began_at"),
    Index("ix_phone_call_began", "provider", "began_at"),
)

# What a phone system told, each once: its key is also what makes a repeat harmless.
phone_event = Table(
    "phone_event",
    metadata,
    _provider(),
    Column("phone", String(64), primary_key=True),
    Column("key", String(64), primary_key=True),  # a digest of what the system calls it
    _id("call", key=False),
    Column("kind", String(24), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("facts", Text, nullable=False),  # JSON
    Column("body", LargeBinary, nullable=False),  # as it was received
    Index("ix_phone_event_call", "provider", "call"),
    ForeignKeyConstraint(["provider", "call"], ["phone_call.provider", "phone_call.id"]),
)

# Webhooks that were not believed: a number a day, and nothing of what they said.
webhook_refusal = Table(
    "webhook_refusal",
    metadata,
    Column("day", Date, primary_key=True),
    Column("phone", String(64), primary_key=True),
    Column("reason", String(120), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)

provider_version = Table(
    "provider_version",
    metadata,
    _provider(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("source", String(8), nullable=False),  # folder, admin
    Column("files", Text, nullable=False),  # JSON: path -> text
    Column("created_at", UtcDateTime, nullable=False),
)

user = Table(
    "user",
    metadata,
    _id(),
    Column("email", String(320), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password", Text),  # an argon2 hash, null until set
    Column("disabled_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
)

grant = Table(
    "grant",
    metadata,
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("provider", String(64), primary_key=True),  # "*" for every provider
    Column("role", String(16), primary_key=True),
    ForeignKeyConstraint(["user_id"], ["user.id"]),
)

# A signed-in browser. The row is the session: without it, the cookie is worth nothing.
user_session = Table(
    "user_session",
    metadata,
    Column("digest", String(64), primary_key=True),  # of the random value in the cookie
    _id("user_id", key=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("browser", String(80), nullable=False),
    Column("by_link", Boolean, nullable=False),  # begun by a one-time link: may set a password
    Index("ix_user_session_user", "user_id"),
    ForeignKeyConstraint(["user_id"], ["user.id"]),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("digest", String(64), primary_key=True),
    _id("user_id", key=False),
    Column("expires_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(["user_id"], ["user.id"]),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("key", String(64), primary_key=True),  # a keyed digest: names nobody
    Column("count", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Index("ix_sign_in_failure_last", "last_at"),
)

secret = Table(
    "secret",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

# An access token for a mail server, by what signs in with it: "mailbox.<name>" or "smtp".
access_token = Table(
    "access_token",
    metadata,
    Column("name", String(80), primary_key=True),
    Column(
        "made_for", String(64), nullable=False
    ),  # a signature over the settings it was granted under
    Column("sealed", LargeBinary),  # JSON: the access token and the newest refresh token
    Column("granted_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("refresh_expires_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("next_at", UtcDateTime),  # not asked for again before
    Column("error", Text),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("fence", Integer, nullable=False),
)
