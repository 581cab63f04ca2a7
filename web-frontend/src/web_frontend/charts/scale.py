"""The scale of an axis: round numbers from 0 to just above what is to be shown."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1, 2, 5, 10)
_MOST_STEPS = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """Goes from 0 to ``top`` in equal steps."""

    step: int
    top: int

    @property
    def ticks(self) -> list[int]:
        """Return the numbers at which a line is drawn, the highest first."""
        return list(range(self.top, -1, -self.step))

    def part(self, value: float) -> float:
        """Return how far up ``value`` is: 0 at the foot, 1 at the top."""
        return min(max(value / self.top, 0.0), 1.0)


def scale_for(values: Iterable[float]) -> Scale:
    """Return the scale with at most four steps that all of ``values`` fit into."""
    highest = max(math.ceil(max(values, default=0)), 1)
    power = 10 ** max(len(str(highest)) - 2, 0)
    while True:
        for first in _STEPS:
            step = first * power
            if step * _MOST_STEPS >= highest:
                return Scale(step, step * math.ceil(highest / step))
        power *= 10
