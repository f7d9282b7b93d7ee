"""Mail: tokens, mailboxes' accounts, a second route for alerts, answers sent by mail programs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_token",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("made_for", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("granted_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("refresh_expires_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_access_token")),
    )
    op.add_column("mailbox", sa.Column("account", sa.Text(), nullable=True))
    op.add_column("mailbox", sa.Column("account_at", UtcDateTime(), nullable=True))
    op.add_column("mailbox", sa.Column("account_asked_at", UtcDateTime(), nullable=True))
    op.add_column("alert", sa.Column("ops_at", UtcDateTime(), nullable=True))
    untold = sa.text("ops_at IS NOT NULL")
    op.create_index(
        "ix_alert_untold",
        "alert",
        ["provider", "ops_at"],
        sqlite_where=untold,
        postgresql_where=untold,
    )
    op.add_column("contact", sa.Column("words_digest", sa.String(64), nullable=True))
    ours: sa.Column[bool] = sa.Column(
        "ours", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("contact", ours)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("contact", "ours", server_default=None)
    op.create_index("ix_contact_sender", "contact", ["provider", "sender", "received_at"])
    op.create_index("ix_delivery_recipient", "delivery", ["provider", "recipient", "sent_at"])
