"""Rows: SQLAlchemy Core tables, unit of work, claims and blobs. The only place with SQL."""
