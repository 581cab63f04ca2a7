"""What was found, as callers see it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from book_service.search.facets import PRICE_BANDS, Kind
from book_service.search.schemas import Correction, Facets, FacetValue, PriceBand, Understood
from book_service.search.statements import MOST_RANKED

FacetValues = Mapping[Kind, Sequence[FacetValue]]
"""Values of facets with their counts, the commonest first."""


def by_kind(values: Iterable[tuple[str, str, int]]) -> dict[Kind, list[FacetValue]]:
    """Return counted values, each with the letter of its kind, by their kinds."""
    found: dict[Kind, list[FacetValue]] = {kind: [] for kind in Kind}
    lists = {kind.value: found[kind] for kind in Kind}
    for letter, value, count in sorted(values, key=lambda one: (-one[2], one[1])):
        lists[letter].append(FacetValue(value=value, count=count))
    return found


def facets(values: FacetValues, *, found: int, is_complete: bool) -> Facets:
    """Return all facets of what was found."""
    counts = {Decimal(band.value): band.count for band in values[Kind.PRICE]}
    return Facets(
        subjects=values[Kind.SUBJECT],
        authors=values[Kind.AUTHOR],
        publishers=values[Kind.PUBLISHER],
        languages=values[Kind.LANGUAGE],
        formats=values[Kind.FORMAT],
        prices=[PriceBand(min=low, max=high, count=counts[low]) for low, high in PRICE_BANDS if low in counts],
        in_stock=sum(value.count for value in values[Kind.IN_STOCK]),
        counted=found if is_complete else min(found, MOST_RANKED),
        is_complete=is_complete,
    )


def understood(
    q: str, kind: Literal["words", "isbn", "digits"], words: Sequence[str], changes: dict[str, str]
) -> Understood:
    """Return how ``q`` was understood: with ``changes``, that ``words`` were looked for instead."""
    return Understood(
        q=q,
        kind=kind,
        corrected=" ".join(words) if changes else None,
        changes=[Correction(from_=wrong, to=right) for wrong, right in changes.items()],
    )
