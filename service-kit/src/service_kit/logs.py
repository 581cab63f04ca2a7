"""Structured logs: one JSON object per line in containers, readable lines in a terminal."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from service_kit.settings import ServiceSettings

_REDACTED = frozenset({"authorization", "password", "access_token", "refresh_token", "cookie", "secret", "token"})

_OF_MANY_LINES = frozenset({"stack", "exception"})

# Without the values of local variables: they hold passwords and tokens.
_EXCEPTION_AS_DATA = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure_logging(service: str, settings: ServiceSettings) -> None:
    """Send the service's own logs and those of its libraries to standard output in one format."""

    def add_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _redact,
        structlog.processors.StackInfoRenderer(),
    ]
    if settings.log_format == "json":
        timestamper = structlog.processors.TimeStamper(fmt="iso", utc=True)
        shared += [add_service, timestamper, _EXCEPTION_AS_DATA]
        renderer: Processor = structlog.processors.JSONRenderer()
    else:
        shared += [structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False), _escape]
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )
    level = getattr(logging, settings.log_level.upper())
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    _route_library_logs(shared, renderer, level)


def _route_library_logs(shared: list[Processor], renderer: Processor, level: int) -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries speak only when something is wrong; our own lines tell the rest.
    root.setLevel(max(level, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers[:] = []
        library.propagate = True


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key in event.keys() & _REDACTED:
        event[key] = "[redacted]"
    return event


def _escape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write what a line cannot show as an escape: a line end in a path would begin a line of somebody else's making."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable() and key not in _OF_MANY_LINES:
            event[key] = "".join(map(_shown, value))
    return event


def _shown(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
