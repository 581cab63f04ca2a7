"""The shop's databases in an embedded PostgreSQL of its own."""

from __future__ import annotations

from collections.abc import Mapping

from quire_local.layout import CannotStartError, Layout
from quire_local.ports import LOOPBACK, free_port, why_not
from quire_local.private_file import read_json, write_json
from quire_local.secrets_file import SUPERUSER_PASSWORD
from quire_local.settings import DEFAULT_POSTGRES_PORT, Settings
from service_kit.embedded_postgres import DataUnusableError, EmbeddedPostgres, EmbeddedPostgresError, PortTakenError

_PORT = "postgres_port"


class Cluster:
    """The server with one database and one role per service that keeps data; a role opens its own database alone."""

    def __init__(self, layout: Layout, settings: Settings, secrets: Mapping[str, str], new_secrets: set[str]) -> None:
        """`new_secrets` names those made just now: a server from before does not know them yet."""
        self._layout = layout
        self._settings = settings
        self._secrets = secrets
        self._server = self._server_on_a_free_port()
        self._services_know_the_port = False
        self._password_is_new = SUPERUSER_PASSWORD in new_secrets

    @property
    def is_running(self) -> bool:
        """Tell whether the server is alive."""
        return self._server.is_running

    @property
    def is_new(self) -> bool:
        """Tell whether there are no data yet."""
        return not self._server.has_data

    def start(self) -> None:
        """Start the server and see that every role and database is there. Raises CannotStartError.

        To be called from the main thread: the server ends with the thread that starts it.
        """
        try:
            if self._password_is_new:
                self._server.set_superuser_password()
                self._password_is_new = False
            self._start_server()
            for service in self._layout.with_database:
                self._server.create_role_and_database(str(service.database), self._secrets[service.password_name])
        except PortTakenError as error:
            message = f"{error} Set another one with QUIRE_POSTGRES_PORT."
            raise CannotStartError(message) from error
        except DataUnusableError as error:
            message = (
                f"{error} Put back a copy of the folder that works, or delete all data of this shop with `make reset`."
            )
            raise CannotStartError(message) from error
        except EmbeddedPostgresError as error:
            raise CannotStartError(str(error)) from error

    def stop(self) -> None:
        """Stop the server."""
        self._server.stop()

    def urls(self) -> dict[str, str]:
        """Return the variables that tell each service where its database is."""
        self._services_know_the_port = True
        return {
            it.database_setting: self._server.url(str(it.database), str(it.database))
            for it in self._layout.with_database
        }

    def revision(self, database: str) -> str | None:
        """Return the revision that Alembic left in a database, or None if it was never there."""
        try:
            return self._server.run_sql("SELECT version_num FROM alembic_version", database) or None
        except EmbeddedPostgresError:
            return None

    def _start_server(self) -> None:
        try:
            self._server.start()
        except PortTakenError:
            if self._settings.postgres_port is not None or self._services_know_the_port:
                raise
            # Another checkout chose the same port at the same moment.
            self._server = self._server_on_a_free_port()
            self._server.start()

    def _server_on_a_free_port(self) -> EmbeddedPostgres:
        port = _choose_port(self._layout, self._settings)
        return EmbeddedPostgres(self._layout.data, port=port, superuser_password=self._secrets[SUPERUSER_PASSWORD])


def stop_left_over_server(layout: Layout) -> bool:
    """Stop a PostgreSQL of this checkout whose launcher was killed; the caller holds the run lock."""
    try:
        return EmbeddedPostgres(layout.data).stop_left_over()
    except (EmbeddedPostgresError, OSError) as error:
        raise CannotStartError(str(error)) from error


def _choose_port(layout: Layout, settings: Settings) -> int:
    if (wanted := settings.postgres_port) is not None:
        if reason := why_not(LOOPBACK, wanted):
            message = f"Port {wanted}, wanted for PostgreSQL, {reason}; set another one with QUIRE_POSTGRES_PORT."
            raise CannotStartError(message)
        return wanted
    state = read_json(layout.state)
    port = free_port(int(state.get(_PORT, DEFAULT_POSTGRES_PORT)))
    if state.get(_PORT) != port:
        write_json(layout.state, state | {_PORT: port})
    return port
