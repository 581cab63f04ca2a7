"""Runs a service: uvicorn with what we measured to matter."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Callable
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from service_kit.draining import Draining
from service_kit.settings import ServiceSettings

GOODBYE_SECONDS = 2.0
"""What the application may take to end once there are no requests any more, or ``shutdown_seconds`` are over."""


def serve(
    application: str | Callable[[], ASGIApp],
    settings: ServiceSettings,
    *,
    http: type[asyncio.Protocol] | Literal["httptools"] = "httptools",
    draining: Draining | None = None,
) -> None:
    """Serve the ASGI application factory, or the one named ``"package.module:factory"``, until SIGTERM or SIGINT.

    At shutdown the listening socket closes first, so that the service is not ready any more, and requests under way may
    finish for ``settings.shutdown_seconds``. Background work that does not end soon after is broken off.
    With ``draining`` the service says that it is ending before the socket closes.
    ``http`` is the class that speaks HTTP on a connection.
    """
    config = uvicorn.Config(
        application,
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=http,
        ws="none",
        lifespan="on",
        # Our own line per request says more and costs less.
        access_log=False,
        log_config=None,
        # X-Forwarded-* of strangers must not become the client's address.
        proxy_headers=False,
        server_header=False,
        limit_concurrency=settings.max_connections,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    _Server(config, draining or Draining()).run()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, draining: Draining) -> None:
        super().__init__(config)
        self._draining = draining

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._draining.begun = True
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._draining.seconds
        while loop.time() < ends_at and not self.force_exit:  # noqa: ASYNC110 (a second Ctrl+C sets a flag, no event)
            await asyncio.sleep(0.1)
        # uvicorn itself waits for the application for ever, and whoever started us would kill us in the middle.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout((self.config.timeout_graceful_shutdown or 0) + GOODBYE_SECONDS):
                await super().shutdown(sockets)


def tune_garbage_collection() -> None:
    """Call once the application is built: what lives as long as the process is no longer scanned.

    Without it, full collections are what makes the slowest percent of requests slow.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
