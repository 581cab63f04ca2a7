"""What a person may set for a local run: the environment, then `.env` at the top of the checkout."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from quire_local.layout import CannotStartError, Layout

DEFAULT_HOST = "127.0.0.1"
DEFAULT_POSTGRES_PORT = 54329
LARGEST_PORT = 65535
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound to
_SHARED = (
    *("BOOK_URL", "ORDER_URL", "PUBLIC_WEB_URL", "TOKEN_AUDIENCE", "TOKEN_ISSUER"),
    *(
        "ALLOW_PLAIN_HTTP",
        "CURRENCY",
        "DEFAULT_LANGUAGE",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "LOCAL_RUN",
        "SHOP_NAME",
        "SIGNUP",
        "STOREFRONT",
    ),
    *("FIRST_ACCOUNT_IS_ADMIN", "REQUIRE_SECOND_FACTOR", "REQUIRE_VERIFIED_EMAIL", "MAIL_FROM"),
    *("SMTP_HOST", "SMTP_PORT", "SMTP_SECURITY", "SMTP_USERNAME", "SMTP_PASSWORD", "SMTP_TIMEOUT_SECONDS"),
)


@dataclass(frozen=True)
class Settings:
    """A checked set of settings. `given` holds what the person set, without what is empty."""

    given: Mapping[str, str]
    host: str
    ports: Mapping[str, int]
    postgres_port: int | None
    has_own_databases: bool

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach the shop."""
        return self.host == "localhost" or (_is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)

    @property
    def reached_at(self) -> str:
        """The host under which this machine itself reaches the gateway and the pages, as a URL wants it."""
        if self.host in _WILDCARDS:
            return DEFAULT_HOST
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def shown_host(self) -> str:
        """The host to show to a person."""
        return "localhost" if self.is_loopback or self.host in _WILDCARDS else self.reached_at


def read_settings(layout: Layout, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check the settings. Raises CannotStartError naming the first bad one."""
    given = _given(layout, environ)
    host = given.get("QUIRE_HOST", DEFAULT_HOST)
    if host != "localhost" and not _is_address(host):
        message = f"QUIRE_HOST={host} is not an address of this machine; 127.0.0.1 and 0.0.0.0 are the usual ones."
        raise CannotStartError(message)
    ports = {service.name: _port(given, service.port_setting, service.port) for service in layout.services}
    _refuse_shared_ports(layout, ports)
    wanted = _port(given, "QUIRE_POSTGRES_PORT", 0) or None
    return Settings(given, host, ports, wanted, _has_own_databases(layout, given))


def _given(layout: Layout, environ: Mapping[str, str]) -> dict[str, str]:
    path = layout.root / ".env"
    file = _read_env_file(path) if path.exists() else {}
    prefixes = tuple(f"{prefix}_" for prefix in ("QUIRE", *(service.prefix for service in layout.services)))
    ours = {name: value for name, value in environ.items() if name in file or _is_ours(name, prefixes)}
    return {name: value for name, value in {**file, **ours}.items() if value.strip()}


def _is_ours(name: str, prefixes: tuple[str, ...]) -> bool:
    return name in _SHARED or name.startswith(prefixes)


def _read_env_file(path: Path) -> dict[str, str]:
    try:
        return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}
    except (OSError, UnicodeDecodeError) as error:
        message = f"The file {path} cannot be read: {error}."
        raise CannotStartError(message) from error


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _port(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default)).strip()
    if not text.isdecimal() or int(text) > LARGEST_PORT or (name in given and int(text) == 0):
        message = f"{name}={text} is not a port number; ports go from 1 to {LARGEST_PORT}."
        raise CannotStartError(message)
    return int(text)


def _refuse_shared_ports(layout: Layout, ports: Mapping[str, int]) -> None:
    settings: dict[int, str] = {}
    for service in layout.services:
        port = ports[service.name]
        if port in settings:
            message = f"{settings[port]} and {service.port_setting} are both {port}; each service needs its own port."
            raise CannotStartError(message)
        settings[port] = service.port_setting


def _has_own_databases(layout: Layout, given: Mapping[str, str]) -> bool:
    wanted = [service.database_setting for service in layout.with_database]
    missing = [name for name in wanted if name not in given]
    if missing and len(missing) < len(wanted):
        present = [name for name in wanted if name in given]
        message = (
            f"{_listed(present)} {'is' if len(present) == 1 else 'are'} set but not {_listed(missing)}; "
            "set all of them to use databases of your own, or none to use the embedded PostgreSQL."
        )
        raise CannotStartError(message)
    return not missing and bool(wanted)


def _listed(names: list[str]) -> str:
    return " and ".join(names)
