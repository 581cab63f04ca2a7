"""The link to one service: whether it is worth trying, and how many calls it carries at once."""

from types import TracebackType
from typing import Self

from prometheus_client import Counter, Gauge

from gateway.circuit import Circuit, State
from gateway.config import Settings
from gateway.problems import LinkFailure, ServiceOverloaded, ServiceUnavailable

_IN_PROGRESS = Gauge("gateway_calls_in_progress", "Calls to a service under way.", ["service"])
_OPEN = Gauge("gateway_circuit_open", "1 while a service is left alone, 0.5 while it is tried again.", ["service"])
_REFUSED = Counter("gateway_calls_refused_total", "Calls that a service was spared.", ["service", "reason"])
_OPENNESS = {State.CLOSED: 0.0, State.HALF_OPEN: 0.5, State.OPEN: 1.0}


class ServiceLink:
    """Lets calls to one service through, or refuses them at once: nobody waits in a queue for a service that hangs."""

    def __init__(self, service: str, settings: Settings) -> None:
        """Take the service's name."""
        self.service = service
        self.circuit = Circuit(service, failures=settings.circuit_failures, seconds=settings.circuit_seconds)
        self._most = settings.connections_per_service
        self._in_progress = 0
        self._full = _REFUSED.labels(service, "full")
        self._open = _REFUSED.labels(service, "open")
        # Read when somebody asks for the metrics, so that they cost a call nothing.
        _IN_PROGRESS.labels(service).set_function(lambda: self._in_progress)
        _OPEN.labels(service).set_function(lambda: _OPENNESS[self.circuit.state])

    def call(self) -> "Call":
        """Return the block in which one call is made."""
        return Call(self)

    def check(self) -> None:
        """Raise ``ServiceUnavailable`` or ``ServiceOverloaded`` where a call would not be let through."""
        retry_after = self.circuit.retry_after
        if retry_after:
            self._open.inc()
            raise ServiceUnavailable(self.service, retry_after=retry_after)
        if self._in_progress >= self._most:
            self._full.inc()
            raise ServiceOverloaded(self.service)

    def admit(self) -> int:
        """Let a call through, or raise as ``check`` does."""
        self.check()
        self._in_progress += 1
        return self.circuit.begin()

    def release(self) -> None:
        """Make room for another call."""
        self._in_progress -= 1


class Call:
    """A block in which a service is called; the circuit learns from the way in which it is left."""

    __slots__ = ("_link", "_spell")

    def __init__(self, link: ServiceLink) -> None:
        """Take the link that is called over."""
        self._link = link

    def __enter__(self) -> Self:
        """Begin, if the link lets the call through."""
        self._spell = self._link.admit()
        return self

    def answered(self) -> None:
        """Note that the service's answer has begun."""
        self._link.circuit.answered(self._spell)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End. An answer of any status is a success of the link; a client's fault says nothing about it."""
        self._link.release()
        circuit = self._link.circuit
        if error is None:
            circuit.succeeded(self._spell)
        elif isinstance(error, LinkFailure):
            circuit.failed(self._spell)
        else:
            circuit.abandoned(self._spell)
