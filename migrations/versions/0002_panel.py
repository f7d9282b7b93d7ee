"""The panel: who signs in, and what lists of cases sort by and are searched by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from plugin.cases.search import terms_of_case, terms_of_party
from plugin.store.types import Id, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NOTHING_DUE = datetime(9999, 12, 31, tzinfo=UTC)
_BATCH = 1000

_metadata = sa.MetaData()
_case = sa.Table(
    "case",
    _metadata,
    sa.Column("provider", sa.String),
    sa.Column("id", Id),
    sa.Column("reference", sa.String),
    sa.Column("state", sa.String),
    sa.Column("active", sa.Boolean),
    sa.Column("attention_at", UtcDateTime),
    sa.Column("next_promise", sa.String),
    sa.Column("next_last_day", sa.Date),
)
_promise = sa.Table(
    "promise",
    _metadata,
    sa.Column("provider", sa.String),
    sa.Column("case_id", Id),
    sa.Column("name", sa.String),
    sa.Column("due_at", UtcDateTime),
    sa.Column("last_day", sa.Date),
    sa.Column("state", sa.String),
    sa.Column("kept_at", UtcDateTime),
)
_party = sa.Table(
    "party",
    _metadata,
    sa.Column("provider", sa.String),
    sa.Column("id", Id),
    sa.Column("case_id", Id),
    sa.Column("name", sa.Text),
)
_route = sa.Table(
    "route",
    _metadata,
    sa.Column("provider", sa.String),
    sa.Column("value", sa.String),
    sa.Column("party_id", Id),
)


def upgrade() -> None:
    _sort_cases()
    _find_cases()
    _sign_in()


def _sort_cases() -> None:
    columns: tuple[sa.Column[Any], ...] = (
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("attention_at", UtcDateTime(), nullable=False, server_default=_far_away()),
        sa.Column("next_promise", sa.String(length=40), nullable=True),
        sa.Column("next_last_day", sa.Date(), nullable=True),
    )
    for column in columns:
        op.add_column("case", column)
    live = ~_case.c.state.startswith("closed")
    owed = sa.and_(
        _promise.c.provider == _case.c.provider,
        _promise.c.case_id == _case.c.id,
        sa.or_(
            _promise.c.state == "open",
            sa.and_(live, _promise.c.state == "broken", _promise.c.kept_at.is_(None)),
        ),
    )

    def nearest(column: Any) -> Any:
        chosen = sa.select(column).where(owed).order_by(_promise.c.due_at, _promise.c.name).limit(1)
        return chosen.correlate(_case).scalar_subquery()

    op.execute(
        sa.update(_case).values(
            active=sa.or_(live, sa.exists().where(owed).correlate(_case)),
            attention_at=sa.func.coalesce(
                nearest(_promise.c.due_at), sa.literal(_NOTHING_DUE, UtcDateTime())
            ),
            next_promise=nearest(_promise.c.name),
            next_last_day=nearest(_promise.c.last_day),
        )
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("case", "active", server_default=None)
        op.alter_column("case", "attention_at", server_default=None)
    op.create_index("ix_case_attention", "case", ["provider", "active", "attention_at", "id"])
    op.create_index("ix_route_case", "route", ["provider", "case_id"])


def _far_away() -> sa.TextClause:
    """The default that old rows get, as each database writes a moment."""
    exact = "9999-12-31 00:00:00.000000"
    return sa.text(f"'{exact}+00'" if op.get_bind().dialect.name == "postgresql" else f"'{exact}'")


def _find_cases() -> None:
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "case_term",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("term", sa.String(length=64, collation=collation), nullable=False),
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "case_id"],
            ["case.provider", "case.id"],
            name=op.f("fk_case_term_provider_case"),
        ),
        sa.PrimaryKeyConstraint("provider", "term", "case_id", name=op.f("pk_case_term")),
    )
    connection = op.get_bind()
    people = (
        sa.select(_case.c.provider, _case.c.id, _case.c.reference, _party.c.name, _route.c.value)
        .join(
            _party, sa.and_(_party.c.provider == _case.c.provider, _party.c.case_id == _case.c.id)
        )
        .outerjoin(
            _route,
            sa.and_(_route.c.provider == _party.c.provider, _route.c.party_id == _party.c.id),
        )
        .order_by(_case.c.provider, _case.c.id)
    )
    for rows in connection.execute(people).partitions(_BATCH):
        found = {
            (row.provider, term, row.id)
            for row in rows
            for term in terms_of_case(row.reference) | terms_of_party(row.name, row.value or "")
        }
        _add_terms(connection, found)


def _add_terms(connection: sa.Connection, found: set[tuple[str, str, int]]) -> None:
    insert = "INSERT INTO case_term VALUES (:provider, :term, :case_id) ON CONFLICT DO NOTHING"
    keys = ("provider", "term", "case_id")
    if found:
        connection.execute(
            sa.text(insert), [dict(zip(keys, one, strict=True)) for one in sorted(found)]
        )


def _sign_in() -> None:
    op.create_table(
        "user_session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", Id, autoincrement=False, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("by_link", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_session_user_id_user")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_user_session")),
    )
    op.create_index("ix_user_session_user", "user_session", ["user_id"])
    op.create_table(
        "sign_in_link",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", Id, autoincrement=False, nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_sign_in_link_user_id_user")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in_link")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_failure")),
    )
    op.create_index("ix_sign_in_failure_last", "sign_in_failure", ["last_at"])


def downgrade() -> None:
    raise NotImplementedError("the panel's tables are not taken back; restore a backup")
