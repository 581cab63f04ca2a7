"""Asks the services whether they are ready."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from quire_local.console import Console
from quire_local.supervisor import ServiceProcess

_ASK_AGAIN_SECONDS = 0.1
_ANSWER_SECONDS = 5
_TELL_SECONDS = 15
_OK = 200


Address = tuple[str, int]
"""Host and port."""


async def wait_until_ready(processes: list[ServiceProcess], addresses: Mapping[str, Address], console: Console) -> None:
    """Return when every service is ready, telling each as it gets there; `addresses` go by its name."""
    await asyncio.gather(*(_wait_for(process, addresses[process.service.name], console) for process in processes))


async def has_no_account_yet(gateway: Address) -> bool:
    """Ask the gateway whether the next one to sign up is the first."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            status, body = await _get(*gateway, "/auth/signup")
        return status == _OK and json.loads(body)["first_account"] is True
    except (TimeoutError, OSError, ValueError, KeyError, TypeError):
        return False


async def _wait_for(process: ServiceProcess, address: Address, console: Console) -> None:
    name = process.service.name
    tell_at = console.elapsed + _TELL_SECONDS
    while (reason := await why_not_ready(*address)) is not None:
        if console.elapsed > tell_at:
            console.step(f"still waiting for {name}: {reason}")
            tell_at = console.elapsed + _TELL_SECONDS
        await asyncio.sleep(_ASK_AGAIN_SECONDS)
    process.ready.set()
    console.step(f"{name} is ready")


async def why_not_ready(host: str, port: int) -> str | None:
    """Return None when ``/health/ready`` there answers 200, else a few words about what is in the way."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            status, body = await _get(host, port, "/health/ready")
    except TimeoutError:
        return "it does not answer"
    except (OSError, ValueError):
        return "it is not listening yet"
    return None if status == _OK else _failing_checks(body) or f"it answers {status}"


async def _get(host: str, port: int, path: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    return int(head.split(b" ", 2)[1]) if head.count(b" ") > 1 else 0, body


def _failing_checks(body: bytes) -> str:
    try:
        checks = json.loads(body)["checks"]
        return ", ".join(f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"])
    except (ValueError, KeyError, TypeError):
        return ""
