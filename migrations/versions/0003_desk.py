"""The desk: cases merged and woken, letters with an author, representatives, customers' links."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from plugin.store.types import Id, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case", sa.Column("merged_into", Id, nullable=True))
    op.add_column("case", sa.Column("wake_at", UtcDateTime(), nullable=True))
    _partial("ix_case_wakes", "case", "wake_at")
    _partial("ix_case_merged", "case", "merged_into")
    op.add_column("contact", sa.Column("alert_at", UtcDateTime(), nullable=True))
    _partial("ix_contact_unheard", "contact", "alert_at")
    _partial("ix_contact_proposed", "contact", "proposed_case_id")
    op.add_column("party", sa.Column("stands_for", sa.Text(), nullable=True))
    _filled("party", sa.Column("authorised", sa.Boolean(), nullable=False), sa.false())
    _filled("letter", sa.Column("author", sa.String(160), nullable=False), sa.text("'system'"))
    _filled("letter", sa.Column("told", sa.Text(), nullable=False), sa.text("'{}'"))
    _links()
    _look_at_every_open_case()


def _partial(name: str, table: str, column: str) -> None:
    """An index over the few rows that have a value there."""
    where = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, ["provider", column], sqlite_where=where, postgresql_where=where)


def _filled(table: str, column: sa.Column[Any], value: Any) -> None:
    """A column that old rows get a value for; new ones must always bring it."""
    column.server_default = sa.DefaultClause(value)
    op.add_column(table, column)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(table, column.name, server_default=None)


def _links() -> None:
    op.create_table(
        "customer_link",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("party_id", Id, autoincrement=False, nullable=False),
        sa.Column("letter_id", Id, autoincrement=False, nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider", "case_id"],
            ["case.provider", "case.id"],
            name=op.f("fk_customer_link_provider_case"),
        ),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_customer_link")),
    )
    op.create_index("ix_customer_link_case", "customer_link", ["provider", "case_id"])


def _look_at_every_open_case() -> None:
    """What the desk now watches for, it must begin to watch in the cases that are there."""
    case = sa.table(
        "case",
        sa.column("active", sa.Boolean),
        sa.column("wake_at", UtcDateTime),
        sa.column("opened_at", UtcDateTime),
    )
    op.execute(sa.update(case).where(case.c.active).values(wake_at=case.c.opened_at))


def downgrade() -> None:
    raise NotImplementedError("what the desk recorded is not taken back; restore a backup")
