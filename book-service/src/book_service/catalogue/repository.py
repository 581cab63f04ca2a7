"""The catalogue's SQL. Rows come back as they are; nothing is decided here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.catalogue.models import Book
from book_service.catalogue.schemas import BookQuery, Sort
from book_service.catalogue.search import SearchTerms, like_pattern
from book_service.inventory.models import StockLevel
from service_kit.paging import Cursor

COUNT_LIMIT = 10_000
FACET_BOOKS = 1000
_FIRST_BOOKS_LOCK = 7_203_912

_IN_STOCK = (StockLevel.on_hand > StockLevel.reserved).label("in_stock")

BookRow = Row[*tuple[Any, ...]]
"""A book with its stock: ``on_hand``, ``available`` and ``stock_version``."""

_COLUMNS = (
    *(column for column in Book.__table__.columns if column.name not in {"title_key", "search_text"}),
    StockLevel.on_hand,
    (StockLevel.on_hand - StockLevel.reserved).label("available"),
    StockLevel.version.label("stock_version"),
)
_BOOKS = select(*_COLUMNS).join(StockLevel, StockLevel.book_id == Book.id)
_BOOK_BY_ID = _BOOKS.where(Book.id == bindparam("id"))
_BOOK_BY_ISBN = _BOOKS.where(Book.isbn13 == bindparam("isbn13"))


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column that a list is sorted by, and how a cursor carries it."""

    name: str
    column: ColumnElement[Any]
    cursor_type: type
    from_cursor: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class SortOrder:
    """The columns of a sort order, all in one direction. The id comes last: no two books stand in one place."""

    keys: tuple[SortKey, ...]
    descending: bool = False


_ID = SortKey("id", Book.__table__.c.id, str, UUID)
_TITLE = SortKey("title_key", Book.__table__.c.title_key, str, str)
_PRICE = SortKey("price", Book.__table__.c.price, str, Decimal)
_SORT_ORDERS = {
    # UUIDv7 ids grow with the time of creation.
    "newest": SortOrder((_ID,), descending=True),
    "title": SortOrder((_TITLE, _ID)),
    "price": SortOrder((_PRICE, _ID)),
    "-price": SortOrder((_PRICE, _ID), descending=True),
}


async def book_by_id(connection: AsyncConnection, book_id: UUID) -> BookRow | None:
    """Return one book with its stock, archived or not."""
    return (await connection.execute(_BOOK_BY_ID, {"id": book_id})).first()


async def book_by_isbn(connection: AsyncConnection, isbn13: str) -> BookRow | None:
    """Return the book with this ISBN, archived or not."""
    return (await connection.execute(_BOOK_BY_ISBN, {"isbn13": isbn13})).first()


async def lock_book(session: AsyncSession, book_id: UUID) -> Book | None:
    """Return one book, locked until the transaction ends."""
    return await session.get(Book, book_id, with_for_update={"of": Book})


async def holder_of_isbn(session: AsyncSession, isbn13: str, *, other_than: UUID) -> Book | None:
    """Return another book that has this ISBN."""
    return await session.scalar(select(Book).where(Book.isbn13 == isbn13, Book.id != other_than))


async def current(session: AsyncSession, book_id: UUID) -> BookRow:
    """Return a book with its stock as the transaction sees it."""
    return (await session.execute(_BOOK_BY_ID, {"id": book_id})).one()


async def touch(session: AsyncSession, book_id: UUID, **values: Any) -> None:  # noqa: ANN401 (values of any column)
    """Write ``values`` and move the record's version on."""
    await session.execute(
        update(Book).where(Book.id == book_id).values(version=Book.version + 1, updated_at=func.now(), **values)
    )


async def is_empty(session: AsyncSession) -> bool:
    """Tell whether there is no book at all; whoever asks next waits until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(_FIRST_BOOKS_LOCK)))
    return await session.scalar(select(Book.id).limit(1)) is None


def sort_order(sort: Sort, terms: SearchTerms | None) -> SortOrder:
    """Return the order that ``sort`` names; relevance needs something that was searched for."""
    if sort == "relevance":
        if terms is None:
            return _SORT_ORDERS["newest"]
        return SortOrder((SortKey("closeness", _closeness(terms), int, int), _TITLE, _ID))
    return _SORT_ORDERS[sort]


def _closeness(terms: SearchTerms) -> ColumnElement[int]:
    """Rank a match: the whole title, the beginning of it, a part of it, anything else."""
    key = terms.title_key
    return case(
        (Book.title_key == key, 0),
        (Book.title_key.like(like_pattern(key)[1:]), 1),
        (Book.title_key.like(like_pattern(key)), 2),
        else_=3,
    )


def _found_by(terms: SearchTerms) -> Iterable[ColumnElement[bool]]:
    if terms.isbn13 is not None:
        yield Book.isbn13 == terms.isbn13
    for word in terms.words:
        yield Book.search_text.like(like_pattern(word))


def _conditions(query: BookQuery, terms: SearchTerms | None) -> Iterable[ColumnElement[bool]]:
    yield Book.archived_at.is_not(None) if query.archived else Book.archived_at.is_(None)
    if terms is not None:
        yield from _found_by(terms)
    if query.author:
        yield Book.authors.overlap(cast(query.author, ARRAY(Text)))
    if query.subject:
        yield Book.subjects.overlap(cast(query.subject, ARRAY(Text)))
    for column, values in (
        (Book.publisher, query.publisher),
        (Book.language, query.language),
        (Book.format, query.format),
    ):
        if values:
            yield column.in_(values)
    if query.price_min is not None:
        yield Book.price >= query.price_min
    if query.price_max is not None:
        yield Book.price <= query.price_max
    if query.in_stock:
        yield StockLevel.on_hand > StockLevel.reserved


def _behind(order: SortOrder, cursor: Cursor) -> ColumnElement[bool]:
    row = tuple_(*(key.column for key in order.keys))
    values = [key.from_cursor(value) for key, value in zip(order.keys, cursor.keys, strict=True)]
    place = tuple_(*(literal(value, key.column.type) for key, value in zip(order.keys, values, strict=True)))
    return row < place if order.descending == (cursor.direction == "next") else row > place


async def page_of_books(
    connection: AsyncConnection,
    query: BookQuery,
    terms: SearchTerms | None,
    order: SortOrder,
    cursor: Cursor | None,
) -> Sequence[BookRow]:
    """Return up to ``limit + 1`` books from the cursor on: away from it, so backwards for ``prev``.

    Raises ``ValueError`` for cursor keys that are not what the columns hold.
    """
    columns = [key.column.label(f"key_{key.name}") for key in order.keys]
    statement: Select[*tuple[Any, ...]] = _BOOKS.add_columns(*columns).where(*_conditions(query, terms))
    if cursor is not None:
        statement = statement.where(_behind(order, cursor))
    backwards = cursor is not None and cursor.direction == "prev"
    descending = order.descending != backwards
    statement = statement.order_by(*(key.column.desc() if descending else key.column.asc() for key in order.keys))
    return (await connection.execute(statement.limit(query.limit + 1))).all()


async def count_books(connection: AsyncConnection, query: BookQuery, terms: SearchTerms | None) -> int:
    """Count the books that match, up to ``COUNT_LIMIT + 1``: counting a million takes longer than reading a page."""
    matching = _matching(query, terms).limit(COUNT_LIMIT + 1).subquery()
    return await connection.scalar(select(func.count()).select_from(matching)) or 0


def _matching(query: BookQuery, terms: SearchTerms | None) -> Select[*tuple[Any, ...]]:
    statement = select(Book.id, Book.subjects, Book.format, Book.language, _IN_STOCK)
    return statement.join(StockLevel, StockLevel.book_id == Book.id).where(*_conditions(query, terms))


async def facet_counts(
    connection: AsyncConnection, query: BookQuery, terms: SearchTerms | None
) -> Sequence[tuple[str, str, int]]:
    """Return ``(facet, value, count)`` over the first ``FACET_BOOKS`` matches, most frequent first."""
    matched = _matching(query, terms).limit(FACET_BOOKS).cte("matched")
    values = union_all(
        select(literal("subjects").label("facet"), func.unnest(matched.c.subjects).label("value")),
        select(literal("formats"), matched.c.format).where(matched.c.format.is_not(None)),
        select(literal("languages"), matched.c.language).where(matched.c.language.is_not(None)),
        select(literal("in_stock"), literal("yes")).where(matched.c.in_stock),
    ).subquery()
    count = func.count()
    statement = select(values.c.facet, values.c.value, count).group_by(values.c.facet, values.c.value)
    rows = await connection.execute(statement.order_by(count.desc(), values.c.value))
    return [(row[0], row[1], row[2]) for row in rows]
