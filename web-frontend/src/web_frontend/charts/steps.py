"""A line that goes up and down in steps: how many there were after each change."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 600.0
HEIGHT = 120.0
_PADDING = 8.0


@dataclass(frozen=True, slots=True)
class StepLine:
    """The line, and the area below it, as paths in a box of ``WIDTH`` by ``HEIGHT``."""

    line: str
    area: str


def step_line(values: Sequence[int]) -> StepLine:
    """Draw one step for each of ``values``, of which there is at least one."""
    highest = max(*values, 1)
    step = WIDTH / len(values)
    heights = [HEIGHT - _PADDING - (HEIGHT - 2 * _PADDING) * value / highest for value in values]
    line = f"M0 {heights[0]:.1f}" + "".join(f"V{y:.1f}h{step:.1f}" for y in heights)
    return StepLine(line, f"{line}V{HEIGHT:.0f}H0z")
