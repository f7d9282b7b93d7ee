"""Triage: letters that answer a contact without a case, and what people decided of contacts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.types import Id, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("letter") as batch:
        batch.alter_column("case_id", existing_type=Id, nullable=True)
        batch.add_column(sa.Column("contact_id", Id, nullable=True))
    with op.batch_alter_table("delivery") as batch:
        batch.alter_column("case_id", existing_type=Id, nullable=True)
    answers = sa.text("contact_id IS NOT NULL")
    op.create_index(
        "uq_letter_contact",
        "letter",
        ["provider", "contact_id"],
        unique=True,
        sqlite_where=answers,
        postgresql_where=answers,
    )
    op.create_table(
        "decision",
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("contact_id", Id, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("heard", sa.String(12), nullable=False),
        sa.Column("label", sa.String(12), nullable=False),
        sa.Column("had_case", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(160), nullable=False),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_contact", "decision", ["provider", "contact_id"])
