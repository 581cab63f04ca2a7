"""Identifiers of records."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7 (RFC 9562): unique without asking anyone, and ordered by the time it was made."""
    return uuid7()
