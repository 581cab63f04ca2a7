"""Alembic's entry point."""

from auth_service.tables import metadata
from service_kit.migrations import run_migrations

run_migrations(metadata, url_variable="AUTH_DATABASE_URL")
