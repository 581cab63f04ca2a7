"""A circuit breaker: a link that failed a few times in a row is left alone for a while, and then tried by one request.

Our own because those of PyPI (purgatory, aiobreaker, pybreaker) let every request through once the time is over, not
one, count a client that leaves as a failure of the link, and take the answers to calls from before for the probe's.
"""

import math
import time
from collections.abc import Callable
from enum import Enum

import structlog

log = structlog.get_logger(__name__)


class State(Enum):
    """Whether requests pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Circuit:
    """Counts failures in a row. Each call says when it begins and how it ended.

    A call belongs to the spell in which it began. What it has to say later is of no interest: that a link is well again
    is for the probe to find out, not for an answer that was on its way for long.
    """

    def __init__(
        self, name: str, *, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take how many failures in a row open the circuit, and for how long it then stays open."""
        self._name = name
        self._most_failures = failures
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._spell = 0
        self._tried_again_at = 0.0
        self.state = State.CLOSED

    @property
    def retry_after(self) -> int:
        """Seconds until a request may pass, 0 when one may pass now."""
        if self.state is State.CLOSED:
            return 0
        if self.state is State.HALF_OPEN:
            return 1
        return max(0, math.ceil(self._tried_again_at - self._clock()))

    def begin(self) -> int:
        """Begin a call and return its spell; only when ``retry_after`` is 0. On an open circuit it is the probe."""
        if self.state is State.OPEN:
            self._enter(State.HALF_OPEN)
        return self._spell

    def answered(self, spell: int) -> None:
        """Note that an answer has begun, which is all that a probe is to find out."""
        if self.state is State.HALF_OPEN and spell == self._spell:
            log.info("circuit closed", service=self._name)
            self._enter(State.CLOSED)

    def succeeded(self, spell: int) -> None:
        """Note that a call ended well."""
        if spell == self._spell:
            self._failures = 0

    def failed(self, spell: int) -> None:
        """Note that the link failed a call."""
        if spell != self._spell:
            return
        self._failures += 1
        if self.state is State.HALF_OPEN or self._failures >= self._most_failures:
            if self.state is State.CLOSED:
                log.warning("circuit opened", service=self._name, failures=self._failures)
            self._tried_again_at = self._clock() + self._seconds
            self._enter(State.OPEN)

    def abandoned(self, spell: int) -> None:
        """Note that a call ended for reasons of its own; if it was the probe, the next one is."""
        if self.state is State.HALF_OPEN and spell == self._spell:
            self._enter(State.OPEN)

    def _enter(self, state: State) -> None:
        self.state = state
        self._spell += 1
        self._failures = 0
