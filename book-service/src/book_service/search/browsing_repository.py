"""The SQL of names to browse by, and of books that stand near each other."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, bindparam, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from book_service.search.facets import Kind
from book_service.search.models import SearchFacet
from book_service.search.schemas import ValueSort
from service_kit.paging import Cursor
from service_kit.prepared import Prepared, Reader
from service_kit.prepared import Row as PreparedRow

_LAST_SIGN = "\U0010ffff"
COUNT_LIMIT = 10_000
AnyRow = Row[*tuple[Any, ...]]
_COLUMNS = SearchFacet.__table__.columns
_NAMES_LOOKED_AT = 2000
_COMMONEST_LOOKED_AT = 500
_SHORT = len("'ab':*")

# One or two letters begin so many names that the commonest of all are looked through.
_COMMONEST_BEGINNING = Prepared(
    text(
        f"""
    SELECT wanted.kind, value FROM unnest(:kinds) AS wanted (kind) CROSS JOIN LATERAL (
        SELECT value FROM (
            SELECT value, words FROM search_facets WHERE search_facets.kind = wanted.kind AND books > 0
             ORDER BY books DESC, id DESC LIMIT {_COMMONEST_LOOKED_AT}
        ) AS commonest WHERE words @@ :begun LIMIT :enough
    ) AS begun
    """
    ).bindparams(bindparam("begun", type_=TSQUERY), bindparam("kinds", type_=ARRAY(Text)))
)
# Names of many books first; those of few are only looked through when there are not enough of them.
_BEGINNING = Prepared(
    text(
        f"""
    WITH common AS MATERIALIZED (
        SELECT kind, value, books FROM search_facets WHERE books >= 20 AND books > 0 AND words @@ :begun OFFSET 0
    ), rare AS MATERIALIZED (
        SELECT kind, value, books FROM search_facets
         WHERE (SELECT count(*) FROM common WHERE kind = 'a') < :enough
           AND books > 0 AND books < 20 AND words @@ :begun LIMIT {_NAMES_LOOKED_AT}
    )
    SELECT kind, value FROM (
        SELECT kind, value, row_number() OVER (PARTITION BY kind ORDER BY books DESC, value) AS place
          FROM (SELECT * FROM common UNION ALL SELECT * FROM rare) AS each
         WHERE kind = ANY(:kinds)
    ) AS placed WHERE place <= :enough ORDER BY place
    """
    ).bindparams(bindparam("begun", type_=TSQUERY), bindparam("kinds", type_=ARRAY(Text)))
)

_ENTRY = Prepared(text("SELECT facets FROM search_entries WHERE book_id = :id"))
_KINDS = Prepared(text("SELECT id, kind, books FROM search_facets WHERE id = ANY(:ids)"))

_SIMILAR = Prepared(
    text(
        """
    WITH near AS MATERIALIZED (
        SELECT book_id, popularity, facets, words FROM (
            (SELECT book_id, popularity, facets, words FROM search_entries
              WHERE tier <= 2 AND words @@ :authors LIMIT 300)
            UNION ALL
            (SELECT book_id, popularity, facets, words FROM (
                SELECT book_id, popularity, facets, words FROM search_entries
                 WHERE tier = 0 AND words @@ :all_subjects OFFSET 0
             ) AS popular ORDER BY popularity DESC, book_id DESC LIMIT 200)
            UNION ALL
            (SELECT book_id, popularity, facets, words FROM (
                SELECT book_id, popularity, facets, words FROM search_entries
                 WHERE tier = 0 AND words @@ :subjects OFFSET 0
             ) AS popular ORDER BY popularity DESC, book_id DESC LIMIT 200)
        ) AS each
    )
    SELECT book_id FROM (
        SELECT DISTINCT ON (book_id) book_id, popularity, words @@ :authors AS is_by_same,
               cardinality(ARRAY(SELECT unnest(facets) INTERSECT SELECT unnest(CAST(:facets AS bigint[])))) AS shared
          FROM near WHERE book_id <> :id
    ) AS distinct_books ORDER BY is_by_same DESC, shared DESC, popularity DESC, book_id DESC LIMIT :limit
    """
    ).bindparams(
        bindparam("authors", type_=TSQUERY),
        bindparam("subjects", type_=TSQUERY),
        bindparam("all_subjects", type_=TSQUERY),
    )
)


async def names_beginning(reader: Reader, begun: str, most: Mapping[Kind, int]) -> dict[Kind, list[str]]:
    """Return the commonest names of each kind that have the words of a ``tsquery``, at most so many."""
    parameters = {"begun": begun, "kinds": [kind.value for kind in most], "enough": max(most.values())}
    found: dict[Kind, list[str]] = {kind: [] for kind in most}
    statement = _COMMONEST_BEGINNING if len(begun) <= _SHORT else _BEGINNING
    for row in await statement.rows(reader, parameters):
        names = found[Kind(row.kind)]
        if len(names) < most[Kind(row.kind)]:
            names.append(row.value)
    return found


async def names(  # noqa: PLR0913 (each is a part of the question)
    connection: AsyncConnection, kind: Kind, prefix: str, *, sort: ValueSort, cursor: Cursor | None, limit: int
) -> Sequence[AnyRow]:
    """Return up to ``limit + 1`` names with ``key`` and ``books``, by name or the commonest first."""
    keys = (_COLUMNS.key, _COLUMNS.id) if sort == "name" else (_COLUMNS.books, _COLUMNS.id)
    backwards = cursor is not None and cursor.direction == "prev"
    is_descending = (sort == "count") != backwards
    statement = select(_COLUMNS.value, _COLUMNS.books, _COLUMNS.key, _COLUMNS.id).where(*_named(kind, prefix))
    if cursor is not None:
        place = tuple_(*cursor.keys)
        statement = statement.where(tuple_(*keys) < place if is_descending else tuple_(*keys) > place)
    statement = statement.order_by(*(key.desc() if is_descending else key.asc() for key in keys))
    return (await connection.execute(statement.limit(limit + 1))).all()


async def count_names(connection: AsyncConnection, kind: Kind, prefix: str) -> int:
    """Count the names, up to ``COUNT_LIMIT + 1``."""
    found = select(_COLUMNS.id).where(*_named(kind, prefix)).limit(COUNT_LIMIT + 1).subquery()
    return await connection.scalar(select(func.count()).select_from(found)) or 0


def _named(kind: Kind, prefix: str) -> list[Any]:
    conditions = [_COLUMNS.kind == kind.value, _COLUMNS.books > 0]
    if prefix:
        conditions += [_COLUMNS.key >= prefix, _COLUMNS.key < prefix + _LAST_SIGN]
    return conditions


async def facets_of(reader: Reader, book_id: UUID) -> Sequence[PreparedRow] | None:
    """Return the facets of a book as ``id``, ``kind`` and ``books``; None for a book that is not there."""
    found = await _ENTRY.rows(reader, {"id": book_id})
    return await _KINDS.rows(reader, {"ids": found[0]["facets"]}) if found else None


async def near(  # noqa: PLR0913
    reader: Reader,
    book_id: UUID,
    *,
    facets: Sequence[int],
    authors: str,
    subjects: str,
    all_subjects: str,
    limit: int,
) -> Sequence[UUID]:
    """Return books by the same authors, and then those that share most ``facets`` with the book."""
    parameters = {
        "id": book_id,
        "facets": facets,
        "authors": authors,
        "subjects": subjects,
        "all_subjects": all_subjects,
        "limit": limit,
    }
    return [row["book_id"] for row in await _SIMILAR.rows(reader, parameters)]
