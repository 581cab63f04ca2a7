"""Runs a service: uvicorn with what we measured to matter."""

import asyncio
import gc
from typing import Literal

import uvicorn

from service_kit.settings import ServiceSettings


def serve(
    application: str, settings: ServiceSettings, *, http: type[asyncio.Protocol] | Literal["httptools"] = "httptools"
) -> None:
    """Serve the ASGI application factory named ``"package.module:factory"`` until SIGTERM or SIGINT.

    At shutdown the listening socket closes first and requests under way may finish for ``settings.shutdown_seconds``.
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
    uvicorn.Server(config).run()


def tune_garbage_collection() -> None:
    """Call once the application is built: what lives as long as the process is no longer scanned.

    Without it, full collections are what makes the slowest percent of requests slow.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
