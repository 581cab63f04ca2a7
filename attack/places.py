"""Clients at addresses of their own: all of 127.0.0.0/8 is this machine, so one machine can be many."""

import itertools
import ssl

import httpx2

_ENCRYPTION = ssl.create_default_context()
"""Never used, for all is plain HTTP on this machine, but a client without one makes its own, which takes a while."""

_numbers = itertools.count(1)


def fresh_place() -> str:
    """Return an address that nobody has called from."""
    number = next(_numbers)
    return f"127.{100 + number // 62_500 % 100}.{number // 250 % 250}.{1 + number % 250}"


def client_at(address: str) -> httpx2.Client:
    """Return a client whose connections come from ``address``."""
    transport = httpx2.HTTPTransport(local_address=address, trust_env=False, verify=_ENCRYPTION)
    return httpx2.Client(transport=transport, timeout=30, trust_env=False, verify=_ENCRYPTION)
