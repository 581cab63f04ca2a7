"""What was found, as callers see it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from book_service.search.facets import PRICE_BANDS, Kind
from book_service.search.schemas import BookQuery, Correction, Facets, FacetValue, PriceBand, Understood
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


def facets(values: FacetValues, query: BookQuery, *, found: int, is_complete: bool) -> Facets:
    """Return the facets of what was found, as many of their values as ``query`` asks for."""
    counts = {Decimal(band.value): band.count for band in values[Kind.PRICE]}
    most = query.facet_values
    return Facets(
        subjects=_commonest(values[Kind.SUBJECT], most, query.subject),
        authors=_commonest(values[Kind.AUTHOR], most, query.author),
        publishers=_commonest(values[Kind.PUBLISHER], most, query.publisher),
        languages=_commonest(values[Kind.LANGUAGE], most, query.language),
        formats=_commonest(values[Kind.FORMAT], most, query.format),
        prices=[PriceBand(min=low, max=high, count=counts[low]) for low, high in PRICE_BANDS if low in counts],
        in_stock=sum(value.count for value in values[Kind.IN_STOCK]),
        counted=found if is_complete else min(found, MOST_RANKED),
        is_complete=is_complete,
    )


def _commonest(values: Sequence[FacetValue], most: int | None, chosen: Sequence[str]) -> Sequence[FacetValue]:
    if most is None or len(values) <= most:
        return values
    return [*values[:most], *(value for value in values[most:] if value.value in chosen)]


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
