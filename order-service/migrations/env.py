"""Alembic's entry point."""

from order_service.tables import metadata
from service_kit.migrations import run_migrations

run_migrations(metadata, url_variable="ORDER_DATABASE_URL")
