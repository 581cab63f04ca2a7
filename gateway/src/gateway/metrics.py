"""The gateway's own metrics, never on the public listener."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

from gateway.config import Settings


@contextmanager
def metrics_listener(settings: Settings) -> Iterator[None]:
    """Serve ``/metrics`` on a second port as long as the block runs, if the settings name one."""
    if not settings.metrics_port:
        yield
        return
    server, thread = start_http_server(settings.metrics_port, settings.metrics_host)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
