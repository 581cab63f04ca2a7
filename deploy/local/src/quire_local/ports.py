"""Whether a port is free."""

from __future__ import annotations

import errno
import socket

from quire_local.layout import CannotStartError, Layout
from quire_local.settings import LARGEST_PORT, Settings

LOOPBACK = "127.0.0.1"
_PORTS_TRIED = 100


def refuse_taken_ports(layout: Layout, settings: Settings) -> None:
    """Raise CannotStartError with a sentence for each port that the services cannot have."""
    sentences = []
    for service in layout.services:
        host = settings.host if service.faces_people else LOOPBACK
        port = settings.ports[service.name]
        reason = why_not(host, port)
        if reason:
            sentences.append(
                f"Port {port}, wanted for {service.name}, {reason}; "
                f"set another one with {service.port_setting}, for example: {service.port_setting}={port + 100} make up"
            )
    if sentences:
        raise CannotStartError("\n".join(sentences))


def free_port(first: int) -> int:
    """Return the first free loopback port from `first` on."""
    for port in range(first, min(first + _PORTS_TRIED, LARGEST_PORT)):
        if why_not(LOOPBACK, port) is None:
            return port
    message = f"No port from {first} on is free for PostgreSQL; set one with QUIRE_POSTGRES_PORT."
    raise CannotStartError(message)


def why_not(host: str, port: int) -> str | None:
    """Return what keeps a server from listening there, as the end of a sentence, or None if nothing does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: closed connections do not count
        try:
            tried.bind((host, port))
            tried.listen()
        except OSError as error:
            return _reason(error, host)
    # macOS lets a second server in beside one that listens on all addresses.
    with socket.socket() as asked:
        asked.settimeout(0.2)
        return "is taken by another program" if asked.connect_ex((LOOPBACK, port)) == 0 else None


def _reason(error: OSError, host: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is taken by another program"
    if error.errno == errno.EACCES:
        return "may not be opened by this user"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"cannot be opened because {host} (QUIRE_HOST) is not an address of this machine"
    return f"cannot be opened ({error.strerror})"
