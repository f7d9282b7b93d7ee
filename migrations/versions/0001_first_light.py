"""First light: mail in, cases with their timelines and promises, letters out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.types import Id, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=True),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("cleared_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("provider", "key", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_at", "alert", ["provider", "at"], unique=False)

    op.create_table(
        "blob",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("refs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "digest", name=op.f("pk_blob")),
    )
    op.create_table(
        "case",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("first_received_at", UtcDateTime(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("handler", sa.String(length=80), nullable=True),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_case")),
    )
    op.create_index("uq_case_reference", "case", ["provider", "reference"], unique=True)

    op.create_table(
        "contact",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("own_words", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=True),
        sa.Column("automatic", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=12), nullable=False),
        sa.Column("possible", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=True),
        sa.Column("proposed_case_id", Id, autoincrement=False, nullable=True),
        sa.Column("waits", sa.String(length=32), nullable=True),
        sa.Column("flagged", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_case", "contact", ["provider", "case_id"], unique=False)
    op.create_index(
        "ix_contact_waits",
        "contact",
        ["provider", "id"],
        unique=False,
        sqlite_where=sa.text("waits IS NOT NULL"),
        postgresql_where=sa.text("waits IS NOT NULL"),
    )

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "mailbox",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("uidvalidity", Id, nullable=True),
        sa.Column("seen_uid", Id, nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("provider", "name", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "message_key",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("contact_id", Id, autoincrement=False, nullable=True),
        sa.Column("letter_id", Id, autoincrement=False, nullable=True),
        sa.Column("case_id", Id, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("provider", "message_id", "digest", name=op.f("pk_message_key")),
    )
    op.create_table(
        "provider_version",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "version", name=op.f("pk_provider_version")),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    op.create_table(
        "user",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_table(
        "blob_chunk",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "digest"],
            ["blob.provider", "blob.digest"],
            name=op.f("fk_blob_chunk_provider_digest_blob"),
        ),
        sa.PrimaryKeyConstraint("provider", "digest", "n", name=op.f("pk_blob_chunk")),
    )
    op.create_table(
        "event",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("v", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=160), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("facts_digest", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "case_id"],
            ["case.provider", "case.id"],
            name=op.f("fk_event_provider_case_id_case"),
        ),
        sa.PrimaryKeyConstraint("provider", "case_id", "seq", name=op.f("pk_event")),
    )
    op.create_table(
        "grant",
        sa.Column("user_id", Id, autoincrement=False, nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_grant_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "provider", "role", name=op.f("pk_grant")),
    )
    op.create_table(
        "inbound",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("mailbox", sa.String(length=64), nullable=True),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=320), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("received_source", sa.String(length=20), nullable=False),
        sa.Column("fetched_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("contact_id", Id, autoincrement=False, nullable=True),
        sa.Column("case_id", Id, autoincrement=False, nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider", "blob"],
            ["blob.provider", "blob.digest"],
            name=op.f("fk_inbound_provider_blob_blob"),
        ),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_inbound")),
    )
    op.create_index(
        "ix_inbound_claimed",
        "inbound",
        ["claimed_by"],
        unique=False,
        sqlite_where=sa.text("claimed_by IS NOT NULL"),
        postgresql_where=sa.text("claimed_by IS NOT NULL"),
    )
    op.create_index(
        "ix_inbound_lane",
        "inbound",
        ["provider", "lane", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_inbound_quarantined",
        "inbound",
        ["provider", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'quarantined'"),
        postgresql_where=sa.text("state = 'quarantined'"),
    )
    op.create_index(
        "ix_inbound_waiting",
        "inbound",
        ["provider", "next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    op.create_table(
        "letter",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("elements", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "case_id"],
            ["case.provider", "case.id"],
            name=op.f("fk_letter_provider_case_id_case"),
        ),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_letter")),
    )
    op.create_index("ix_letter_case", "letter", ["provider", "case_id"], unique=False)

    op.create_table(
        "letter_key",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("letter_id", Id, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "case_id"],
            ["case.provider", "case.id"],
            name=op.f("fk_letter_key_provider_case_id_case"),
        ),
        sa.PrimaryKeyConstraint("provider", "case_id", "key", name=op.f("pk_letter_key")),
    )
    op.create_table(
        "party",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "case_id"],
            ["case.provider", "case.id"],
            name=op.f("fk_party_provider_case_id_case"),
        ),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_party")),
    )
    op.create_index("ix_party_case", "party", ["provider", "case_id"], unique=False)

    op.create_table(
        "promise",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("occurrence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("severity", sa.String(length=12), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("alert_at", UtcDateTime(), nullable=True),
        sa.Column("act_by", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=True),
        sa.Column("wake_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider", "case_id"],
            ["case.provider", "case.id"],
            name=op.f("fk_promise_provider_case_id_case"),
        ),
        sa.PrimaryKeyConstraint(
            "provider", "case_id", "name", "occurrence", name=op.f("pk_promise")
        ),
    )
    op.create_index(
        "ix_promise_wakes",
        "promise",
        ["provider", "wake_at"],
        unique=False,
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )

    op.create_table(
        "delivery",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("letter_id", Id, autoincrement=False, nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("in_reply_to", sa.String(length=255), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider", "letter_id"],
            ["letter.provider", "letter.id"],
            name=op.f("fk_delivery_provider_letter_id_letter"),
        ),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_case", "delivery", ["provider", "case_id"], unique=False)
    op.create_index(
        "ix_delivery_claimed",
        "delivery",
        ["claimed_by"],
        unique=False,
        sqlite_where=sa.text("claimed_by IS NOT NULL"),
        postgresql_where=sa.text("claimed_by IS NOT NULL"),
    )
    op.create_index(
        "ix_delivery_queued",
        "delivery",
        ["provider", "next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )

    op.create_table(
        "mailbox_uid",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("uidvalidity", Id, autoincrement=False, nullable=False),
        sa.Column("uid", Id, autoincrement=False, nullable=False),
        sa.Column("inbound_id", Id, autoincrement=False, nullable=False),
        sa.Column("filed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider", "inbound_id"],
            ["inbound.provider", "inbound.id"],
            name=op.f("fk_mailbox_uid_provider_inbound_id_inbound"),
        ),
        sa.PrimaryKeyConstraint(
            "provider", "mailbox", "uidvalidity", "uid", name=op.f("pk_mailbox_uid")
        ),
    )
    op.create_index(
        "ix_mailbox_uid_unfiled",
        "mailbox_uid",
        ["provider", "mailbox", "uid"],
        unique=False,
        sqlite_where=sa.text("filed_at IS NULL"),
        postgresql_where=sa.text("filed_at IS NULL"),
    )

    op.create_table(
        "route",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=320), nullable=False),
        sa.Column("party_id", Id, autoincrement=False, nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "party_id"],
            ["party.provider", "party.id"],
            name=op.f("fk_route_provider_party_id_party"),
        ),
        sa.PrimaryKeyConstraint("provider", "kind", "value", "party_id", name=op.f("pk_route")),
    )


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first migration; restore a backup")
