"""Bars that lie in the rows of a table, beside the numbers that they show."""

from collections.abc import Sequence

LENGTH = 100


def lengths(values: Sequence[int]) -> list[str]:
    """Return how long each bar is, of ``LENGTH``: the largest value fills its row."""
    largest = max(values, default=0)
    return [f"{LENGTH * value / largest:g}" if largest else "0" for value in values]
