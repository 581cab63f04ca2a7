"""A picture of the copies on the shelf after each movement."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from service_kit.languages.texts import n_, written_number
from web_frontend.charts.steps import StepLine, step_line

_FEWEST_POINTS = 2


@dataclass(frozen=True, slots=True)
class StockChart:
    """The line, and the same in words."""

    steps: StepLine
    words: str


def stock_chart(points: Sequence[tuple[dt.datetime, int]]) -> StockChart | None:
    """Draw ``points`` (moment, copies after it), oldest first, or None when there are too few for a line."""
    if len(points) < _FEWEST_POINTS:
        return None
    highest = max(copies for _, copies in points)
    first, last = points[0][1], points[-1][1]
    words = n_(
        "Copies on the shelf over the last %(num)s movement: from %(first)s to %(last)s, at most %(highest)s.",
        "Copies on the shelf over the last %(num)s movements: from %(first)s to %(last)s, at most %(highest)s.",
        len(points),
        first=written_number(first),
        last=written_number(last),
        highest=written_number(highest),
    )
    return StockChart(step_line([copies for _, copies in points]), words)
