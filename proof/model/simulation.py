"""Coroutines that run one pause at a time, in the order and with the faults that somebody else chooses.

No event loop takes part: a coroutine is sent on by hand from one ``Pause`` to the next. It can be left lying there (a
frozen process), thrown an error at (a lost connection) or closed (``kill -9``).
"""

from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

LONGEST_RUN = 500
"""Pauses of one coroutine. Nothing in the shop needs nearly as many; it goes round in circles."""


class At(Enum):
    """Where a coroutine can be interrupted."""

    STATEMENT = auto()
    """Before a statement of a transaction that has written nothing: others may write now."""
    COMMITTED = auto()
    """After a commit, before the answer to it."""
    CALL = auto()
    """A message to book-service has been sent, and no answer has come."""


@dataclass(eq=False)
class Pause:
    """What a coroutine waits for. ``about`` is the message it has sent, if it is one."""

    at: At
    about: Any = None

    def __await__(self) -> Generator["Pause", Any, Any]:
        """Hand over to the scheduler; what it sends is the result."""
        return (yield self)


class Stuck(Exception):
    """A coroutine does not come to its end."""


@dataclass(eq=False)
class Task:
    """One request or one piece of a worker's work, in one process."""

    name: str
    process: int
    coroutine: Coroutine[Any, Any, Any]
    on_return: Callable[[Any], None] = lambda _: None
    on_error: Callable[[Exception], None] = lambda _: None
    pause: Pause | None = None
    over: bool = False
    _pauses: int = field(default=0, repr=False)

    def begin(self) -> None:
        """Run to the first pause."""
        self._advance(lambda: self.coroutine.send(None))

    def go_on(self, answer: object = None) -> None:
        """Run to the next pause, with what this one waited for."""
        self._advance(lambda: self.coroutine.send(answer))

    def fail(self, error: Exception) -> None:
        """Let what it waits for fail."""
        self._advance(lambda: self.coroutine.throw(error))

    def kill(self) -> None:
        """End it where it is. It does not get to say anything, not even to a database."""
        self.pause, self.over = None, True
        self.coroutine.close()

    def _advance(self, step: Callable[[], Any]) -> None:
        self._pauses += 1
        if self._pauses > LONGEST_RUN:
            message = f"{self.name} has paused {LONGEST_RUN} times"
            raise Stuck(message)
        try:
            self.pause = step()
        except StopIteration as returned:
            self.pause, self.over = None, True
            self.on_return(returned.value)
        except Exception as error:  # noqa: BLE001 (whoever began the task knows which errors are answers)
            self.pause, self.over = None, True
            self.on_error(error)
