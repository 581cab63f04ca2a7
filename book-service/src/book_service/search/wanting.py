"""From a query's parameters to what is looked for in the index."""

from book_service.catalogue.models import HIGHEST_PRICE
from book_service.search.facets import IN_STOCK, Facet, Kind, price_lexemes
from book_service.search.question import Question
from book_service.search.schemas import BookFilters
from book_service.search.wanted import Wanted


def wanted_by(filters: BookFilters, question: Question | None) -> Wanted:
    """Return what is wanted by filters and by what was typed."""
    groups = {
        kind: tuple(Facet(kind, value) for value in values)
        for kind, values in (
            (Kind.AUTHOR, filters.author),
            (Kind.SUBJECT, filters.subject),
            (Kind.PUBLISHER, filters.publisher),
            (Kind.LANGUAGE, filters.language),
            (Kind.FORMAT, filters.format),
        )
        if values
    }
    if filters.in_stock:
        groups[Kind.IN_STOCK] = (IN_STOCK,)
    is_priced = filters.price_min is not None or filters.price_max is not None
    return Wanted(
        words=question.words if question else (),
        groups=groups,
        prices=tuple(price_lexemes(filters.price_min, filters.price_max, HIGHEST_PRICE)) if is_priced else (),
        lowest=(filters.price_min or HIGHEST_PRICE * 0) if is_priced else None,
        highest=(HIGHEST_PRICE if filters.price_max is None else filters.price_max) if is_priced else None,
        is_archived=filters.archived,
    )
