"""Charts: their scale, and that what is small is seen."""

import pytest

from web_frontend.charts.columns import Bar, column_chart
from web_frontend.charts.rows import lengths
from web_frontend.charts.scale import scale_for
from web_frontend.charts.steps import step_line


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([], [1, 0]),
        ([0, 0], [1, 0]),
        ([1], [1, 0]),
        ([3], [3, 2, 1, 0]),
        ([7, 2], [8, 6, 4, 2, 0]),
        ([16], [20, 15, 10, 5, 0]),
        ([99.5], [100, 50, 0]),
        ([138], [150, 100, 50, 0]),
        ([1_504_474.93], [2_000_000, 1_500_000, 1_000_000, 500_000, 0]),
    ],
)
def test_the_axis_has_a_few_round_numbers_and_holds_every_value(values, ticks):
    assert scale_for(values).ticks == ticks


def test_what_is_more_than_nothing_can_be_seen_and_nothing_stays_nothing():
    bars = [Bar(0, "none"), Bar(1, "one"), Bar(10_000, "many")]
    chart = column_chart(bars, name="x", title="t", words="w", tick_words=str)
    assert [column.height for column in chart.columns] == ["0", "1.5", "100"]
    assert [column.y for column in chart.columns] == ["100", "98.5", "0"]
    assert chart.lines[0] == "0"
    assert chart.lines[-1] == "100"


def test_the_longest_bar_fills_its_row():
    assert lengths([8, 4, 1]) == ["100", "50", "12.5"]
    assert lengths([0, 0]) == ["0", "0"]
    assert lengths([]) == []


def test_a_step_line_stays_in_its_box_and_an_empty_shelf_lies_on_the_ground():
    drawn = step_line([4, 0, 2])
    assert drawn.line == "M0 8.0V8.0h200.0V112.0h200.0V60.0h200.0"
    assert drawn.area == drawn.line + "V120H0z"
    assert step_line([0, 0]).line == "M0 112.0V112.0h300.0V112.0h300.0"
