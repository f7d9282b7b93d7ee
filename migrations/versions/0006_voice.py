"""Voice: calls, what phone systems told of them, and webhooks that were not believed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.types import Id, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_call",
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("phone", sa.String(64), nullable=False),
        sa.Column("call_id", sa.String(250), nullable=False),
        sa.Column("conversation_id", sa.String(250), nullable=False),
        sa.Column("direction", sa.String(4), nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("caller", sa.String(20), nullable=False),
        sa.Column("caller_raw", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("dialled", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(12)),
        sa.Column("agent", sa.String(64)),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("route", sa.Text()),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "id", name="pk_phone_call"),
    )
    op.create_index("uq_phone_call", "phone_call", ["provider", "phone", "call_id"], unique=True)
    op.create_index(
        "ix_phone_call_conversation", "phone_call", ["provider", "phone", "conversation_id"]
    )
    op.create_index("ix_phone_call_caller", "phone_call", ["provider", "caller", "began_at"])
    op.create_index("ix_phone_call_began", "phone_call", ["provider", "began_at"])
    op.create_table(
        "phone_event",
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("call", Id, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "phone", "key", name="pk_phone_event"),
        sa.ForeignKeyConstraint(
            ["provider", "call"],
            ["phone_call.provider", "phone_call.id"],
            name="fk_phone_event_provider_call_phone_call",
        ),
    )
    op.create_index("ix_phone_event_call", "phone_event", ["provider", "call"])
    op.create_table(
        "webhook_refusal",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("phone", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(120), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("day", "phone", "reason", name="pk_webhook_refusal"),
    )
