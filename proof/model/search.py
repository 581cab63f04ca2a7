"""Looks for an order of events that breaks an invariant, for a while."""

import time
from dataclasses import dataclass
from itertools import count

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from proof.model.invariants import Broken
from proof.model.machine import ShopMachine

LIVES_IN_A_BATCH = 50
EVENTS_IN_A_LIFE = 50


@dataclass(frozen=True, slots=True)
class Search:
    """What came of a search. ``lives`` were tried; ``error`` is what went wrong in one of the batch ``seed``."""

    seed: int
    lives: int
    seconds: float
    error: Exception | None = None

    @property
    def invariant(self) -> str:
        """The broken invariant's name, or the kind of error that came instead."""
        return self.error.name if isinstance(self.error, Broken) else type(self.error).__name__


def search(*, seconds: float, first_seed: int, shrinks: bool = True) -> Search:
    """Try lives of a shop, each batch with the next seed, until one goes wrong or the time is over.

    What goes wrong is made as short as possible and printed as a program, unless ``shrinks`` is false.
    """
    began = time.monotonic()
    lives = 0
    for number in count(first_seed):
        tried, error = run_batch(number, shrinks=shrinks)
        lives += tried
        spent = time.monotonic() - began
        if error is not None or spent >= seconds:
            return Search(number if error else first_seed, lives, spent, error)
    raise AssertionError  # count() has no end


def run_batch(number: int, *, shrinks: bool) -> tuple[int, Exception | None]:
    """Try the lives of one seed; return how many there were, and what went wrong.

    That is ``Broken``, or whatever the services' code raised and should not have.
    """
    opened = count()

    class Machine(ShopMachine):
        def __init__(self) -> None:
            next(opened)
            super().__init__()

    Machine.__name__ = Machine.__qualname__ = ShopMachine.__name__
    try:
        run_state_machine_as_test(
            seed(number)(Machine),
            settings=settings(
                max_examples=LIVES_IN_A_BATCH,
                stateful_step_count=EVENTS_IN_A_LIFE,
                phases=[Phase.generate, Phase.shrink] if shrinks else [Phase.generate],
                deadline=None,
                database=None,
                print_blob=True,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what was looked for)
        return next(opened), error
    return next(opened), None
