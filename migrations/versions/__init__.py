"""Alembic migrations; the same ones run on SQLite and PostgreSQL."""
