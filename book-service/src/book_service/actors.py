"""Who does something, as ledgers and histories remember it."""

from dataclasses import dataclass
from typing import Self

from service_kit.tokens import AccessToken


@dataclass(frozen=True, slots=True)
class Actor:
    """An account's id, and the e-mail address it had then (None for machines)."""

    id: str
    name: str | None = None

    @classmethod
    def of(cls, claims: AccessToken) -> Self:
        """Return whom a verified token speaks for."""
        return cls(claims.subject, claims.email)


SYSTEM = Actor("system")
"""The shop itself, when no account asked for it."""
