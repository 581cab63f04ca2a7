"""The SQL that finds books; the statements themselves are in ``statements``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from book_service.search.facets import Facet, Kind
from book_service.search.spelling import Candidate
from book_service.search.statements import ORDERS, Shape, finding, gathering, walking
from book_service.search.wanted import FEW, MANY_MEANINGS, Terms, Wanted
from service_kit.paging import INT4, Cursor, KeyType
from service_kit.prepared import Prepared, Reader, Row

_LAST_SIGN = "\U0010ffff"
_MOST_OF_AN_ISBN = 100
_BEGINNINGS = 300
_MANY_WORDS = 4

_TERMS = Prepared(
    text(
        f"""
    SELECT 'w' AS kind, word, 0::bigint AS id, books FROM search_words WHERE word = ANY(:words)
    UNION ALL SELECT 'f', '', id, books FROM search_facets WHERE id = ANY(:facets)
    UNION ALL SELECT 'b', '', count(*), coalesce(sum(books), 0) FROM (
        SELECT books FROM search_words WHERE word >= :beginning AND word < :beginning_end LIMIT {_BEGINNINGS}
    ) AS begun
    """
    ).bindparams(
        bindparam("words", type_=ARRAY(Text)),
        bindparam("facets", type_=ARRAY(BigInteger)),
        bindparam("beginning", type_=Text),
        bindparam("beginning_end", type_=Text),
    )
)
_LIKE = Prepared(
    text("SELECT word, books FROM search_words WHERE misspellings && CAST(:numbers AS int[]) AND books > 0").bindparams(
        bindparam("numbers", type_=ARRAY(BigInteger))
    )
)
_BY_ISBN = Prepared(text("SELECT id FROM books WHERE isbn13 = :isbn13").bindparams(bindparam("isbn13", type_=Text)))
# Digits compare as they stand, and a colon follows nine.
_BY_DIGITS = Prepared(
    text(
        """
    (SELECT id FROM books WHERE isbn13 >= :digits AND isbn13 < :digits_end ORDER BY isbn13 LIMIT :limit)
    UNION (SELECT id FROM books WHERE reverse(isbn13) >= :last AND reverse(isbn13) < :last_end
            ORDER BY reverse(isbn13) LIMIT :limit)
    """
    ).bindparams(
        bindparam("digits", type_=Text),
        bindparam("digits_end", type_=Text),
        bindparam("last", type_=Text),
        bindparam("last_end", type_=Text),
    )
)
_COMMONEST = Prepared(
    text(
        """
    SELECT kind, value, books FROM unnest(CAST(:kinds AS text[])) AS wanted (kind) CROSS JOIN LATERAL (
        SELECT value, books FROM search_facets WHERE search_facets.kind = wanted.kind AND books > 0
         ORDER BY books DESC, id DESC LIMIT 40
    ) AS commonest
    """
    ).bindparams(bindparam("kinds", type_=ARRAY(Text)))
)


Values = Sequence[tuple[str, str, int]]
"""Values of facets: the letter of the kind, the value, and how many books have it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a book stands in a list: its id, and the keys that it is sorted by, as a cursor carries them."""

    book_id: UUID
    keys: tuple[str | int | float, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: how many books, one page of them, and what facets they have."""

    count: int
    is_capped: bool
    page: Sequence[Place]
    facets: Values | None
    """None stands for those of the whole catalogue."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Which page: how it is sorted, up to how many rows, and behind which."""

    order: str
    limit: int
    cursor: Cursor | None = None

    @property
    def is_backwards(self) -> bool:
        """Whether it is read away from the cursor towards the beginning."""
        return self.cursor is not None and self.cursor.direction == "prev"


@dataclass(frozen=True, slots=True)
class Titles:
    """What is compared with whole titles, and books that were found by their ISBN."""

    key: str | None
    isbn_books: Sequence[UUID] = ()
    is_by_isbn: bool = False


async def terms(reader: Reader, words: Sequence[str], facets: Iterable[Facet]) -> Terms:
    """Return in how many books words and facets are, and the last of the words as a beginning."""
    by_id = {facet.id: facet for facet in facets}
    beginning = words[-1] if words else ""
    parameters = {
        "words": list(words),
        "facets": list(by_id),
        "beginning": beginning,
        "beginning_end": beginning + (_LAST_SIGN if beginning else ""),
    }
    rows = await _TERMS.rows(reader, parameters)
    begun = next(row for row in rows if row.kind == "b")
    # So many words begin so that they were not all counted.
    is_open = begun.id == _BEGINNINGS
    return Terms(
        words={row.word: row.books for row in rows if row.kind == "w"},
        beginning=max(int(begun.books), MANY_MEANINGS + 1) if is_open else int(begun.books),
        facets={by_id[row.id]: row.books for row in rows if row.kind == "f"},
    )


async def find(  # noqa: PLR0913 (each is a part of the question)
    reader: Reader,
    wanted: Wanted,
    known: Terms,
    *,
    titles: Titles,
    page: Slice | None,
    kinds: Sequence[Kind] = (),
    is_gathered: bool = False,
) -> Found:
    """Find what is wanted; see ``statements`` for how. Without ``page`` there is none; ``kinds`` are counted.

    ``is_gathered`` reads all that is wanted, be it many.
    """
    driver = None if wanted.is_archived or titles.is_by_isbn else wanted.driver(known)
    if is_gathered:
        driver = wanted.begun
    last_books = known.words.get(wanted.words[-1], 0) if wanted.words else 0
    is_exact_driven = driver is None and 0 < last_books <= FEW
    shape = Shape(
        order=page.order if page else None,
        is_driven=driver is not None,
        is_archived=wanted.is_archived,
        has_isbns=bool(titles.isbn_books) or titles.is_by_isbn,
        is_by_isbn=titles.is_by_isbn,
        has_words=bool(wanted.words),
        has_many_words=len(wanted.words) >= _MANY_WORDS,
        has_narrowing=bool(wanted.narrowing),
        has_prices=wanted.lowest is not None,
        has_cursor=page is not None and page.cursor is not None,
        is_backwards=page is not None and page.is_backwards,
        has_facets=bool(kinds),
        is_exact_driven=is_exact_driven,
        scans_beginning=known.beginning <= MANY_MEANINGS or bool(wanted.words[:-1] or wanted.narrowing),
    )
    statement = finding(shape)
    values = {
        "driver": driver or (f"'{wanted.words[-1]}'" if is_exact_driven else ""),
        "exact": wanted.exact,
        "begun": wanted.begun,
        "rare_exact": wanted.rarest(known, is_begun=False),
        "rare_begun": wanted.rarest(known, is_begun=True),
        "narrowing": wanted.narrowing,
        "in_title": wanted.placed("A"),
        "in_title_or_author": wanted.placed("AB"),
        "begun_in_title": wanted.placed("A", is_begun=True),
        "title": titles.key,
        "title_end": None if titles.key is None else titles.key + _LAST_SIGN,
        "isbn_books": list(titles.isbn_books),
        "kinds": [kind.number for kind in kinds],
        "lowest": wanted.lowest,
        "highest": wanted.highest,
        **_page_parameters(page),
    }
    row = (await statement.rows(reader, values))[0]
    order = ORDERS[page.order] if page else None
    return Found(
        count=row.found,
        is_capped=row.is_capped,
        page=[_place(keys, order.columns) for keys in row.page or ()] if order else [],
        facets=row.facets or (),
    )


async def walk(reader: Reader, wanted: Wanted, page: Slice) -> Sequence[Place]:
    """Return a page of what is wanted, read in the order of the list."""
    has_conditions = bool(wanted.begun)
    has_prices = wanted.lowest is not None
    statement = walking(
        page.order,
        has_conditions=has_conditions,
        has_prices=has_prices,
        has_cursor=page.cursor is not None,
        is_backwards=page.is_backwards,
    )
    return await _places(reader, statement, wanted, page)


async def gather(reader: Reader, wanted: Wanted, page: Slice) -> Sequence[Place]:
    """Return a page of all that is wanted, read whole and then sorted."""
    statement = gathering(
        page.order,
        has_prices=wanted.lowest is not None,
        has_cursor=page.cursor is not None,
        is_backwards=page.is_backwards,
    )
    return await _places(reader, statement, wanted, page)


async def _places(reader: Reader, statement: Prepared, wanted: Wanted, page: Slice) -> Sequence[Place]:
    values = {"begun": wanted.begun, "lowest": wanted.lowest, "highest": wanted.highest, **_page_parameters(page)}
    rows = await statement.rows(reader, values)
    return [_place(row, ORDERS[page.order].columns) for row in rows]


def _page_parameters(page: Slice | None) -> dict[str, Any]:
    if page is None:
        return {}
    keys = page.cursor.keys if page.cursor is not None else ()
    return {"limit": page.limit, **{f"key_{number}": key for number, key in enumerate(keys)}}


def key_types(order: str) -> list[KeyType]:
    """Return the types of the keys of a cursor."""
    kinds: dict[str, KeyType] = {"nearness": INT4, "popularity": float, "price": Decimal, "book_id": UUID}
    return [kinds.get(column, str) for column in ORDERS[order].columns]


def _place(values: Sequence[Any] | Row, columns: Sequence[str]) -> Place:
    keys = tuple(
        float(value) if column == "popularity" else int(value) if column == "nearness" else str(value)
        for column, value in zip(columns, values, strict=True)
    )
    book_id = values[-1]
    return Place(book_id if isinstance(book_id, UUID) else UUID(book_id), keys)


async def alike(reader: Reader, numbers: Sequence[int]) -> Sequence[Candidate]:
    """Return the words of the catalogue that share one of the ``misspellings`` of a word."""
    return [Candidate(*row) for row in await _LIKE.rows(reader, {"numbers": numbers})]


async def books_of_isbn(reader: Reader, isbn13: str) -> Sequence[UUID]:
    """Return the book with this ISBN, if there is one."""
    return [row["id"] for row in await _BY_ISBN.rows(reader, {"isbn13": isbn13})]


async def books_of_digits(reader: Reader, digits: str) -> Sequence[UUID]:
    """Return books whose ISBN begins or ends with these digits."""
    last = digits[::-1]
    parameters = {
        "digits": digits,
        "digits_end": digits + ":",
        "last": last,
        "last_end": last + ":",
        "limit": _MOST_OF_AN_ISBN,
    }
    return [row["id"] for row in await _BY_DIGITS.rows(reader, parameters)]


async def commonest(reader: Reader, kinds: Iterable[Kind]) -> Values:
    """Return the commonest values of each kind in the whole catalogue, with the number of books that have them."""
    return [tuple(row) for row in await _COMMONEST.rows(reader, {"kinds": [kind.value for kind in kinds]})]
