"""What the launcher runs and which files it keeps."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


class CannotStartError(Exception):
    """Quire cannot start, or stop; the message is one sentence for a person."""


@dataclass(frozen=True)
class Service:
    """One of the processes of the shop.

    `private` names the variables that no other service may see unless it names them too. `after` names the service
    that this one asks for keys when it starts.
    """

    name: str
    package: str
    prefix: str
    port: int
    database: str | None = None
    private: tuple[str, ...] = ()
    faces_people: bool = False
    after: str | None = None

    @property
    def port_setting(self) -> str:
        """The variable that moves the service to another port."""
        return f"{self.prefix}_PORT"

    @property
    def database_setting(self) -> str:
        """The variable that says where the service's database is."""
        return f"{self.prefix}_DATABASE_URL"

    @property
    def password_name(self) -> str:
        """The name under which the password of the database's role is kept."""
        return f"{self.prefix}_DATABASE_PASSWORD"


SERVICES = (
    Service(
        "auth-service",
        "auth_service",
        "AUTH",
        8001,
        database="auth",
        private=(
            *("AUTH_DATABASE_URL", "AUTH_SIGNING_KEY", "AUTH_PREVIOUS_SIGNING_KEY", "AUTH_REFRESH_SECRET"),
            *("AUTH_DATA_SECRET", "ORDER_CLIENT_SECRET", "GATEWAY_CLIENT_SECRET", "SMTP_PASSWORD"),
        ),
    ),
    Service(
        "book-service",
        "book_service",
        "BOOK",
        8002,
        database="books",
        private=("BOOK_DATABASE_URL",),
        after="auth-service",
    ),
    Service(
        "order-service",
        "order_service",
        "ORDER",
        8003,
        database="orders",
        private=("ORDER_DATABASE_URL", "ORDER_CLIENT_SECRET"),
        after="auth-service",
    ),
    Service(
        "gateway",
        "gateway",
        "GATEWAY",
        8000,
        private=("GATEWAY_CLIENT_SECRET", "WEB_CLIENT_SECRET", "GATEWAY_LIMITS_URL"),
        faces_people=True,
        after="auth-service",
    ),
    Service(
        "web-frontend", "web_frontend", "WEB", 8080, private=("WEB_SECRET", "WEB_CLIENT_SECRET"), faces_people=True
    ),
)


@dataclass(frozen=True)
class Layout:
    """The files of one checkout; everything that the launcher writes is below `var`."""

    root: Path
    services: tuple[Service, ...] = SERVICES
    own_var: Path | None = None

    @property
    def var(self) -> Path:
        """The folder of everything made at run time."""
        return self.own_var or self.root / "var"

    @property
    def data(self) -> Path:
        """PostgreSQL's data."""
        return self.var / "postgres"

    @property
    def secrets(self) -> Path:
        """Generated keys and passwords."""
        return self.var / "secrets.json"

    @property
    def environment(self) -> Path:
        """The environment of the services, for running one by hand."""
        return self.var / "local.env"

    @property
    def state(self) -> Path:
        """What was done once and need not be done again."""
        return self.var / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the running launcher, with its process id."""
        return self.var / "launcher.lock"

    @property
    def children(self) -> Path:
        """The process ids of the running services."""
        return self.var / "children.json"

    @property
    def logs(self) -> Path:
        """One log per service."""
        return self.var / "log"

    @property
    def mail(self) -> Path:
        """The mails of a shop without a mail server."""
        return self.var / "mail"

    @property
    def sample_catalogue(self) -> Path:
        """The books that a new shop begins with."""
        return self.root / "deploy" / "sample-catalogue" / "books.csv"

    @property
    def with_database(self) -> tuple[Service, ...]:
        """The services that keep data."""
        return tuple(service for service in self.services if service.database)


def this_checkout() -> Layout:
    """Return the layout of the checkout that this package is installed from; QUIRE_VAR moves its data elsewhere."""
    own_var = os.environ.get("QUIRE_VAR")
    return Layout(Path(__file__).resolve().parents[4], own_var=Path(own_var).resolve() if own_var else None)
