"""Alembic's entry point."""

from book_service.tables import metadata
from service_kit.migrations import run_migrations

run_migrations(metadata, url_variable="BOOK_DATABASE_URL")
