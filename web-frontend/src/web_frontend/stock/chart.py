"""A picture of the copies on the shelf after each movement: a step line, drawn as SVG on the server."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from service_kit.languages.texts import n_, written_number

WIDTH = 600.0
HEIGHT = 120.0
_PADDING = 8.0
_FEWEST_POINTS = 2


@dataclass(frozen=True, slots=True)
class StockChart:
    """The line's path in a box of ``WIDTH`` by ``HEIGHT``, and the same in words."""

    line: str
    area: str
    words: str
    highest: int


def stock_chart(points: Sequence[tuple[dt.datetime, int]]) -> StockChart | None:
    """Draw ``points`` (moment, copies after it), oldest first, or None when there are too few for a line."""
    if len(points) < _FEWEST_POINTS:
        return None
    highest = max(copies for _, copies in points)
    step = WIDTH / len(points)
    heights = [HEIGHT - _PADDING - (HEIGHT - 2 * _PADDING) * copies / max(highest, 1) for _, copies in points]
    line = f"M0 {heights[0]:.1f}" + "".join(f"V{y:.1f}h{step:.1f}" for y in heights)
    first, last = points[0][1], points[-1][1]
    words = n_(
        "Copies on the shelf over the last %(num)s movement: from %(first)s to %(last)s, at most %(highest)s.",
        "Copies on the shelf over the last %(num)s movements: from %(first)s to %(last)s, at most %(highest)s.",
        len(points),
        first=written_number(first),
        last=written_number(last),
        highest=written_number(highest),
    )
    return StockChart(line=line, area=f"{line}V{HEIGHT:.0f}H0z", words=words, highest=highest)
