"""Columns side by side: one value for each day, say.

The columns stretch with the page, so nothing that is read stands inside the picture: numbers and days are text around
it, of the same size at every width.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from web_frontend.charts.scale import scale_for

PITCH = 10
"""Units of the picture for each column with the gap beside it."""
HEIGHT = 100
_GAP = 2
_LEAST = 1.5
"""What is more than nothing can be seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What one column stands for."""

    value: float
    words: str
    """The whole of it, for whoever points at the column."""
    label: str = ""
    """What stands under it; nothing under most."""
    is_unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is drawn; ``left`` is the edge of the room that it has."""

    left: int
    x: float
    y: str
    width: float
    height: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """A picture of ``width`` by ``height``, with the words around it."""

    id: str
    title: str
    words: str
    columns: list[Column]
    ticks: list[str]
    width: int
    height: int = HEIGHT

    @property
    def lines(self) -> list[str]:
        """Return how far down each tick has its line."""
        steps = max(len(self.ticks) - 1, 1)
        return [f"{HEIGHT * place / steps:g}" for place in range(len(self.ticks))]


def column_chart(
    bars: Sequence[Bar], *, name: str, title: str, words: str, tick_words: Callable[[int], str]
) -> ColumnChart:
    """Draw ``bars``. ``name`` is unique on the page, ``words`` say what the picture shows."""
    scale = scale_for(bar.value for bar in bars)
    columns = []
    for place, bar in enumerate(bars):
        height = scale.part(bar.value) * HEIGHT
        height = max(height, _LEAST) if bar.value > 0 else 0.0
        left = place * PITCH
        columns.append(Column(left, left + _GAP / 2, f"{HEIGHT - height:g}", PITCH - _GAP, f"{height:g}", bar))
    ticks = [tick_words(tick) for tick in scale.ticks]
    return ColumnChart(name, title, words, columns, ticks, max(len(bars), 1) * PITCH)
