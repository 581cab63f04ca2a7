"""How a page of orders is found without reading more than a fixed number of rows, however many orders there are.

Everything that narrows a list down is a *stream*: orders by their ids, which is by time, straight from one index. One
stream, the shortest, is walked from where the page starts; whatever else was asked is checked order by order. Who finds
too little in ``WALK`` orders stops and says where to go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    FromClause,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from order_service.orders.models import Order, OrderedBook, OrderLine
from order_service.orders.search import Search
from order_service.orders.states import OrderStatus

WALK = 2000
"""Orders that are looked at for one page, at the most."""
LONGEST_COUNTED = 10_000
"""How far streams are counted to find the shortest."""

_EMAIL = func.lower(Order.customer_email)

Direction = Literal["newer", "older"]

_CLOCKS_DIFFER = timedelta(hours=1)
"""By how much the time in an order's id, which a replica's clock gave, may differ from the database's."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which orders a list shows; what is None makes no difference, an empty ``statuses`` neither."""

    account_id: UUID | None = None
    email: str | None = None
    statuses: Sequence[OrderStatus] = ()
    since: datetime | None = None
    before: datetime | None = None
    book_id: UUID | None = None
    search: Search | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search comes to: orders by their ids, books and customers; None where there are too many to name."""

    order_ids: Sequence[UUID] = ()
    books: Sequence[UUID] | None = ()
    emails: Sequence[str] | None = ()

    @property
    def is_complete(self) -> bool:
        """Whether all that was found is named."""
        return self.books is not None and self.emails is not None

    @property
    def is_nothing(self) -> bool:
        """Whether no order can fit."""
        return (
            not self.order_ids
            and self.books is not None
            and not self.books
            and self.emails is not None
            and not self.emails
        )


Part = tuple[Any, Any, Any]
"""A column with ids of orders, the column before it in an index, and its value or values; None for all orders."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Orders by their ids. ``covers`` is the filter that needs no checking when it is walked.

    The same order may come from several parts when ``is_mixed``. Those are sorted, so they are walked only when short.
    """

    covers: str
    parts: Sequence[Part]
    is_mixed: bool = False


EVERYTHING = Stream("", [(Order.id, None, None)])


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a stream: behind ``start`` in one direction, and within the time that the filters leave."""

    direction: Direction = "older"
    start: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None
    bounds: Sequence[UUID | None] = field(init=False)

    def __post_init__(self) -> None:
        """Turn times into ids."""
        low = None if self.since is None else _id_at(self.since, -_CLOCKS_DIFFER)
        high = None if self.before is None else _id_at(self.before, _CLOCKS_DIFFER)
        object.__setattr__(self, "bounds", (low, high))

    def conditions(self, column: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 (a column of ids)
        """Say in SQL which ids are in it."""
        low, high = self.bounds
        found = []
        if low is not None:
            found.append(column >= low)
        if high is not None:
            found.append(column < high)
        if self.start is not None:
            found.append(column < self.start if self.direction == "older" else column > self.start)
        return found


def streams(filters: Filters, found: Found | None) -> list[Stream]:
    """Return the streams that hold every order of the list, those first that are mostly the shorter ones."""
    possible: list[Stream] = []
    if found is not None and found.is_complete:
        possible.append(_searched(found))
    if filters.book_id is not None:
        possible.append(Stream("book", [(OrderLine.order_id, OrderLine.book_id, filters.book_id)]))
    if filters.account_id is not None:
        possible.append(Stream("account", [(Order.id, Order.account_id, filters.account_id)]))
    if filters.email is not None:
        possible.append(Stream("email", [(Order.id, _EMAIL, func.lower(filters.email))]))
    if filters.statuses:
        statuses = dict.fromkeys(filters.statuses)
        possible.append(Stream("status", [(Order.id, Order.status, status.value) for status in statuses]))
    return possible or [EVERYTHING]


def ids_of(stream: Stream, stretch: Stretch, *, limit: int) -> Select[Any]:
    """Return the statement that reads a stream in its order, up to ``limit`` orders."""
    parts = [_read(part, stretch, limit=limit) for part in stream.parts]
    if len(parts) == 1 and not stream.is_mixed:
        return parts[0]
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    query = select(merged.c.id).order_by(_turned(merged.c.id, stretch)).limit(_number(limit))
    return query.distinct() if stream.is_mixed else query


def length_of(stream: Stream, stretch: Stretch) -> Select[Any]:
    """Return the statement that counts a stream, up to ``LONGEST_COUNTED`` and one; those of several parts twice."""
    parts = [_read(part, stretch, limit=LONGEST_COUNTED + 1) for part in stream.parts]
    counted = union_all(*(select(part.subquery()) for part in parts)).limit(_number(LONGEST_COUNTED + 1)).subquery()
    return select(func.count()).select_from(counted)


def _read(part: Part, stretch: Stretch, *, limit: int) -> Select[Any]:
    """Return the statement that reads a part: what belongs to one value, or to each of several, from the index."""
    column, key, values = part
    if isinstance(values, BindParameter) and isinstance(values.type, ARRAY):
        each = func.unnest(values).table_valued(Column("value", values.type.item_type)).render_derived(name="wanted")
        ids = _ordered(column, key, each.c.value, stretch, limit=limit).lateral()
        return select(ids.c.id).select_from(each.join(ids, true()))
    return _ordered(column, key, values, stretch, limit=limit)


def _ordered(column: Any, key: Any, value: Any, stretch: Stretch, *, limit: int) -> Select[Any]:  # noqa: ANN401 (columns)
    ids = select(column.label("id")).where(*stretch.conditions(column)).limit(_number(limit))
    if key is None:
        return ids.order_by(_turned(column, stretch))
    # Said as a range and sorted by both: where a planner thinks that most orders have the value, it would rather read
    # all orders and throw the others away, and that can be all of them.
    return ids.where(key >= value, key <= value).order_by(_turned(key, stretch), _turned(column, stretch))


def checks(filters: Filters, found: Found | None, covered: str, walked: FromClause) -> list[ColumnElement[bool]]:
    """Say in SQL what is still to be checked of each walked order: in sub-selects, which no plan can turn around."""
    of_order: list[ColumnElement[bool]] = []
    if filters.account_id is not None and covered != "account":
        of_order.append(Order.account_id == filters.account_id)
    if filters.email is not None and covered != "email":
        of_order.append(func.lower(filters.email) == _EMAIL)
    if filters.statuses and covered != "status":
        of_order.append(Order.status.in_([status.value for status in filters.statuses]))
    if filters.since is not None:
        of_order.append(Order.created_at >= filters.since)
    if filters.before is not None:
        of_order.append(Order.created_at < filters.before)
    wanted: list[ColumnElement[bool]] = []
    if of_order:
        wanted.append(_of_order(walked, *of_order))
    if filters.book_id is not None and covered != "book":
        wanted.append(_any_line(walked, OrderLine.book_id == filters.book_id))
    if found is not None and filters.search is not None and covered != "search":
        wanted.append(_fits(filters.search, found, walked))
    return wanted


def _searched(found: Found) -> Stream:
    if found.books and len(found.books) == 1 and not found.emails and not found.order_ids:
        return Stream("search", [(OrderLine.order_id, OrderLine.book_id, found.books[0])])
    parts: list[Part] = []
    if found.books:
        parts.append((OrderLine.order_id, OrderLine.book_id, _ids(found.books)))
    if found.emails:
        parts.append((Order.id, _EMAIL, _texts(found.emails)))
    if found.order_ids:
        parts.append((Order.id, Order.id, _ids(found.order_ids)))
    return Stream("search", parts, is_mixed=True)


def _fits(search: Search, found: Found, walked: FromClause) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    if found.order_ids:
        ways.append(walked.c.id == any_(_ids(found.order_ids)))
    if found.books:
        ways.append(_any_line(walked, OrderLine.book_id == any_(_ids(found.books))))
    elif found.books is None and search.words is not None:
        ways.append(_any_line(walked, OrderedBook.words.op("@@")(search_query(search.words)), OrderedBook))
    if found.emails is None or found.emails:
        ways.append(_of_order(walked, email_condition(_EMAIL, search.email_part or "")))
    return or_(*ways)


def search_query(words: str) -> ColumnElement[Any]:
    """Return the ``tsquery`` of words as typed, worked out once in a statement and not for every row."""
    return select(func.order_search_query(bindparam(None, words, type_=Text))).scalar_subquery()


def email_condition(column: Any, part: str) -> ColumnElement[bool]:  # noqa: ANN401 (a column of addresses)
    """Say that an address in lower case contains ``part``, or begins with it when that is too short for an index."""
    lowered = part.lower()
    if has_trigram(lowered):
        return column.contains(lowered, autoescape=True)  # type: ignore[no-any-return]
    # As a range, for which an index is used also when the planner does not know the text.
    return (column >= lowered) & (column < lowered + "\U0010ffff")  # type: ignore[no-any-return]


def has_trigram(text: str) -> bool:
    """Tell whether an index of trigrams is of use for ``text``: it has three letters or digits in a row."""
    run = 0
    for character in text:
        run = run + 1 if character.isalnum() else 0
        if run == 3:  # noqa: PLR2004 (a trigram)
            return True
    return False


def _of_order(walked: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    both = conditions[0]
    for condition in conditions[1:]:
        both = both & condition
    return select(both).where(Order.id == walked.c.id).correlate(walked).scalar_subquery()


def _any_line(walked: FromClause, condition: ColumnElement[bool], *of: type[OrderedBook]) -> ColumnElement[bool]:
    lines = select(func.bool_or(condition)).select_from(OrderLine).where(OrderLine.order_id == walked.c.id)
    if of:
        lines = lines.join(OrderedBook, OrderedBook.book_id == OrderLine.book_id)
    return func.coalesce(lines.correlate(walked).scalar_subquery(), literal_column("false"))


def _turned(column: Any, stretch: Stretch) -> ColumnElement[Any]:  # noqa: ANN401 (a column of ids)
    return column.desc() if stretch.direction == "older" else column.asc()  # type: ignore[no-any-return]


def _number(limit: int) -> ColumnElement[int]:
    # A limit that the planner knows keeps it from reading and sorting everything.
    return literal_column(str(int(limit)))


def _ids(values: Sequence[UUID]) -> ColumnElement[Any]:
    return bindparam(None, list(values), type_=ARRAY(Uuid))


def _texts(values: Sequence[str]) -> ColumnElement[Any]:
    return bindparam(None, list(values), type_=ARRAY(Text))


def id_before(moment: datetime) -> UUID:
    """Return an id that is below those of all orders of ``moment`` and later."""
    return _id_at(moment, -_CLOCKS_DIFFER)


def _id_at(moment: datetime, shift: timedelta) -> UUID:
    """Return the lowest UUIDv7 of a moment (RFC 9562, section 5.7), shifted."""
    milliseconds = int((moment.timestamp() + shift.total_seconds()) * 1000)
    return UUID(int=min(max(milliseconds, 0), 2**48 - 1) << 80)
