"""A few values of each column of a CSV file, so that a person sees which column is which."""

import json
from collections.abc import Iterable, Sequence

ROWS_READ = 30
_MOST = 3
_LONGEST = 80


def samples_of(columns: Sequence[str], rows: Iterable[str]) -> dict[str, list[str]]:
    """Return the first different values of each column in ``rows``, which are JSON lists of cells; long ones are cut.

    A row with too few or too many cells counts as far as it goes.
    """
    samples: dict[str, list[str]] = {name: [] for name in columns}
    for row in rows:
        for name, cell in zip(columns, json.loads(row), strict=False):
            value, found = _shortened(cell), samples[name]
            if value and value not in found and len(found) < _MOST:
                found.append(value)
    return samples


def _shortened(cell: str) -> str:
    line = " ".join(cell.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
