"""What was found, as callers see it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from book_service.search.facets import PRICE_BANDS, Kind
from book_service.search.schemas import Correction, Facets, FacetValue, PriceBand, Understood
from book_service.search.statements import MOST_RANKED


def facets(values: Sequence[tuple[Kind, str, int]], *, found: int, is_complete: bool) -> Facets:
    """Return counted values by their kinds, the commonest first."""
    by_kind: dict[Kind, list[FacetValue]] = {kind: [] for kind in Kind}
    for kind, value, count in sorted(values, key=lambda one: (-one[2], one[1])):
        by_kind[kind].append(FacetValue(value=value, count=count))
    counts = {Decimal(band.value): band.count for band in by_kind[Kind.PRICE]}
    return Facets(
        subjects=by_kind[Kind.SUBJECT],
        authors=by_kind[Kind.AUTHOR],
        publishers=by_kind[Kind.PUBLISHER],
        languages=by_kind[Kind.LANGUAGE],
        formats=by_kind[Kind.FORMAT],
        prices=[PriceBand(min=low, max=high, count=counts[low]) for low, high in PRICE_BANDS if low in counts],
        in_stock=sum(value.count for value in by_kind[Kind.IN_STOCK]),
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
