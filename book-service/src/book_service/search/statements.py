"""The statements that find books, put together from constant pieces; whatever was typed is a parameter.

What finds books has a fixed shape on purpose: each part reads a bounded number of entries by one index, and
``OFFSET 0`` keeps the planner from choosing another. So the plan is the same for every question, and needs not be made
again.

- *Driven*: a part of the question that is in few books is looked up in all, and its rest is compared with those.
- *In tiers*: else the most popular ten thousand books are searched, then the next ninety thousand, then all others up
  to a limit, until there are as many as anybody looks at.
- *Walked*: in another order than the best match, entries are read in that order until a page is full.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.types import BigInteger, Float, Integer, Numeric, Text, Uuid

from service_kit.prepared import Prepared

MOST_RANKED = 500
"""So many books are ranked, twenty pages, and counted by facets: the most popular of those that were found."""
WALKED = 20_000
"""So many entries are read in the order of a list before something else is tried."""
ENOUGH, A_PAGE = 72, 24
"""With so many books of the top tier, three pages, the next is not searched; with one page of both, no other is."""
_MOST_OF_A_LOWER_TIER = 250
_SCANNED_OF_THE_REST = 1000
_MOST_ARCHIVED = 50_000
_VALUES_OF_A_FACET = 40
_SAME_TITLES = 100

_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a list: columns of the entries, all in one direction, the last of them the id."""

    columns: tuple[str, ...]
    is_descending: bool = False

    @property
    def keys(self) -> str:
        """Return the columns with commas between them."""
        return ", ".join(self.columns)

    def sorting(self, *, is_backwards: bool) -> str:
        """Return the ``ORDER BY``."""
        direction = "DESC" if self.is_descending != is_backwards else "ASC"
        return ", ".join(f"{column} {direction}" for column in self.columns)

    def behind(self, *, is_backwards: bool) -> str:
        """Return the condition that a row lies behind the cursor's keys, in the parameters ``key_0`` and so on."""
        sign = "<" if self.is_descending != is_backwards else ">"
        places = ", ".join(f":key_{number}" for number in range(len(self.columns)))
        return f"({self.keys}) {sign} ({places})"


ORDERS = {
    "relevance": Order(("nearness", "popularity", "book_id"), is_descending=True),
    # Ids are UUIDv7 and grow with the time of creation.
    "newest": Order(("book_id",), is_descending=True),
    "title": Order(("title_key", "book_id")),
    "price": Order(("price", "book_id")),
    "-price": Order(("price", "book_id"), is_descending=True),
    "popularity": Order(("popularity", "book_id"), is_descending=True),
}
KEY_TYPES: dict[str, Any] = {
    "nearness": Integer,
    "popularity": Float,
    "book_id": Uuid,
    "title_key": Text,
    "price": Numeric,
}

_TYPES: dict[str, Any] = {
    "driver": TSQUERY,
    "exact": TSQUERY,
    "begun": TSQUERY,
    "rare_exact": TSQUERY,
    "rare_begun": TSQUERY,
    "narrowing": TSQUERY,
    "in_title": TSQUERY,
    "in_title_or_author": TSQUERY,
    "begun_in_title": TSQUERY,
    "title": Text,
    "title_end": Text,
    "isbn_books": ARRAY(Uuid),
    "kinds": ARRAY(BigInteger),
    "lowest": Numeric,
    "highest": Numeric,
}

_PRICED = "price BETWEEN :lowest AND :highest"

# How near a book is: its title; the beginning of its title; its words in the title, in title and authors, anywhere;
# the same with the last word only begun, at the beginning of the title first; its ISBN.
_NEARNESS = r"""
    CASE WHEN title_key = :title THEN 9
         WHEN starts_with(title_key, :title) AND substr(title_key, length(:title) + 1, 1) !~ '\w' THEN 8
         {exactly}WHEN starts_with(title_key, :title) THEN 4
         WHEN words @@ :begun_in_title THEN 3
         WHEN words @@ :begun THEN 2
         ELSE 1 END AS nearness"""
_EXACTLY = """WHEN words @@ :in_title THEN 7
         WHEN words @@ :in_title_or_author THEN 6
         WHEN words @@ :exact THEN 5
         """
_DRIVEN = """
    {name} AS MATERIALIZED (
        SELECT {columns} FROM (
            SELECT * FROM search_entries WHERE tier <= 2 AND words @@ :driver OFFSET 0
        ) AS driven WHERE words @@ {wanted}{priced}
    )"""
_ARCHIVED = f"""
    found AS MATERIALIZED (
        SELECT {{columns}} FROM search_entries WHERE tier = 3{{matching}}{{priced}} LIMIT {_MOST_ARCHIVED}
    )"""
# Only the place of a row and what it is sorted by goes through the sort.
_TIERS = f"""
    {{name}}_top AS MATERIALIZED (
        SELECT {{columns}} FROM search_entries WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM (
                SELECT ctid, popularity, book_id FROM search_entries
                 WHERE {{gate}}tier = 0 AND words @@ {{wanted}}{{priced}} OFFSET 0
            ) AS top ORDER BY popularity DESC, book_id DESC LIMIT {MOST_RANKED}))
    ), {{name}}_middle AS MATERIALIZED (
        SELECT {{columns}} FROM search_entries WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM (
                SELECT ctid, popularity, book_id FROM search_entries
                 WHERE {{gate}}(SELECT count(*) FROM {{name}}_top) < {ENOUGH}
                   AND tier <= 1 AND tier = 1 AND words @@ {{wanted}}{{priced}} OFFSET 0
            ) AS middle ORDER BY popularity DESC, book_id DESC LIMIT {_MOST_OF_A_LOWER_TIER}))
    ), {{name}}_scanned AS MATERIALIZED (
        SELECT {{columns}}, words @@ {{wanted}} AS is_wanted FROM search_entries
         WHERE {{gate}}(SELECT count(*) FROM {{name}}_top) + (SELECT count(*) FROM {{name}}_middle) < {A_PAGE}
           AND {{scans}}tier <= 2 AND tier = 2 AND words @@ {{scanned}}{{priced}} LIMIT {_SCANNED_OF_THE_REST}
    ), {{name}} AS MATERIALIZED (
        SELECT * FROM {{name}}_top UNION ALL SELECT * FROM {{name}}_middle UNION ALL
        (SELECT {{names}} FROM {{name}}_scanned WHERE is_wanted
          ORDER BY popularity DESC, book_id DESC LIMIT {_MOST_OF_A_LOWER_TIER})
    )"""
_TITLES = f"""
    titles AS MATERIALIZED (
        SELECT {{columns}} FROM (
            (SELECT * FROM search_entries WHERE tier <= 2 AND title_key = :title LIMIT {_SAME_TITLES})
            UNION ALL
            (SELECT * FROM search_entries WHERE tier <= 2 AND title_key > :title AND title_key < :title_end
              ORDER BY title_key, book_id LIMIT {_SAME_TITLES})
            UNION ALL
            SELECT * FROM search_entries WHERE tier <= 2 AND book_id = ANY(:isbn_books)
        ) AS titled WHERE true{{narrowed}}{{priced}}
    )"""
_BY_ISBN = """
    by_isbn AS MATERIALIZED (
        SELECT {columns} FROM search_entries WHERE tier <= 2 AND book_id = ANY(:isbn_books){narrowed}{priced}
    )"""
_RANKED = f"""
    ranked AS MATERIALIZED (
        SELECT * FROM (SELECT DISTINCT ON (book_id) * FROM ({{sources}}) AS source) AS candidate
         ORDER BY nearness DESC, popularity DESC, book_id DESC LIMIT {MOST_RANKED}
    )"""
_COUNTED = f"""
    counted AS MATERIALIZED (SELECT facets FROM {{source}} ORDER BY popularity DESC LIMIT {MOST_RANKED}),
    values_counted AS MATERIALIZED (
        SELECT id, books FROM (
            SELECT id, books, row_number() OVER (PARTITION BY id & 7 ORDER BY books DESC, id) AS place FROM (
                SELECT id, count(*) AS books FROM (SELECT unnest(facets) AS id FROM counted) AS each
                 WHERE id & 7 = ANY(:kinds) GROUP BY id
            ) AS summed
        ) AS placed WHERE place <= {_VALUES_OF_A_FACET}
    )"""
_NAMED = """
    (SELECT json_agg(json_build_array(kind, value, values_counted.books))
       FROM values_counted JOIN search_facets USING (id))"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a statement is put together from; there are not many, so each is made once."""

    order: str | None
    """How the page is sorted that it gives; None gives no page."""
    is_driven: bool = False
    is_archived: bool = False
    has_isbns: bool = False
    """Whether books were found by their ISBN or its digits, too."""
    is_by_isbn: bool = False
    """Whether nothing else is asked for than books that were found by their ISBN."""
    has_words: bool = False
    has_many_words: bool = False
    has_narrowing: bool = False
    has_prices: bool = False
    has_cursor: bool = False
    is_backwards: bool = False
    has_facets: bool = False
    is_exact_driven: bool = False
    """Whether the words as they were typed are in few books, though words that begin so are in many."""
    scans_beginning: bool = True
    """Whether words that begin with the last one may be looked up in all books."""


@cache
def finding(shape: Shape) -> Prepared:
    """Return the statement that finds books: how many, one page as ``[id, keys…]``, and what facets they have.

    Parameters: ``limit``, what the shape needs of ``_TYPES``, and ``key_0`` and so on of the cursor.
    """
    ctes, source = _ranked(shape) if shape.order == "relevance" else _found(shape)
    page = "NULL"
    if shape.order is not None:
        order = ORDERS[shape.order]
        condition = f" WHERE {order.behind(is_backwards=shape.is_backwards)}" if shape.has_cursor else ""
        ctes.append(
            f"page AS (SELECT row_number() OVER () AS place, {order.keys} FROM (SELECT {order.keys} FROM {source}"
            f"{condition} ORDER BY {order.sorting(is_backwards=shape.is_backwards)} LIMIT :limit) AS sorted)"
        )
        page = f"(SELECT json_agg(json_build_array({order.keys}) ORDER BY place) FROM page)"
    facets = "NULL"
    if shape.has_facets:
        ctes.append(_COUNTED.format(source=source))
        facets = _NAMED
    sql = f"""WITH {", ".join(ctes)}
        SELECT {_count(shape, source)} AS found, {page} AS page, {facets} AS facets, {_capped(shape)} AS is_capped"""
    return _typed(sql, shape.order)


def _count(shape: Shape, source: str) -> str:
    count = f"(SELECT count(*) FROM {source})"
    if source != "ranked" or shape.is_by_isbn:
        return count
    # What was found by words and is not ranked any more counts all the same.
    by_words = "found" if shape.is_driven or shape.is_archived else "begun"
    return f"greatest((SELECT count(*) FROM {by_words}), {count})"


def _capped(shape: Shape) -> str:
    """Return the condition that there may be more than was found."""
    if shape.is_archived:
        return f"(SELECT count(*) FROM found) = {_MOST_ARCHIVED}"
    if shape.is_driven or shape.is_by_isbn:
        return "false"
    name = "begun" if shape.has_words else "found"
    if shape.has_words and not shape.scans_beginning:
        return "true"
    reached = [
        f"(SELECT count(*) FROM {name}_top) + (SELECT count(*) FROM {name}_middle) >= {A_PAGE}",
        f"(SELECT count(*) FROM {name}_scanned) = {_SCANNED_OF_THE_REST}",
    ]
    if shape.has_words and (shape.is_exact_driven or not shape.has_many_words):
        reached.append("(SELECT count(*) FROM exact) > 0")
    return " OR ".join(reached)


def _found(shape: Shape) -> tuple[list[str], str]:
    """Return the parts that find what is wanted in no order, and the name of the last of them."""
    if not shape.has_isbns or shape.is_archived:
        return _found_by_words(shape)
    by_isbn = _BY_ISBN.format(
        columns=_columns(shape),
        narrowed=_and("words @@ :narrowing", if_=shape.has_narrowing),
        priced=_and(_PRICED, if_=shape.has_prices),
    )
    if shape.is_by_isbn:
        return [by_isbn], "by_isbn"
    ctes, name = _found_by_words(shape)
    both = f"SELECT * FROM {name} UNION ALL SELECT * FROM by_isbn"
    return [
        *ctes,
        by_isbn,
        f"all_found AS MATERIALIZED (SELECT DISTINCT ON (book_id) * FROM ({both}) AS source)",
    ], "all_found"


def _found_by_words(shape: Shape) -> tuple[list[str], str]:
    priced = _and(_PRICED, if_=shape.has_prices)
    columns = _columns(shape)
    if shape.is_archived:
        matching = " AND book_id = ANY(:isbn_books)" if shape.is_by_isbn else ""
        if not matching and (shape.has_words or shape.has_narrowing):
            matching = " AND words @@ :begun"
        return [_ARCHIVED.format(columns=columns, matching=matching, priced=priced)], "found"
    if shape.is_driven:
        return [_DRIVEN.format(name="found", columns=columns, wanted=":begun", priced=priced)], "found"
    if not shape.has_words:
        return [_tiers(shape, "found", wanted=":begun", scanned=":begun")], "found"
    ctes, names = _by_words(shape)
    both = " UNION ALL ".join(f"SELECT * FROM {name}" for name in names)
    return [*ctes, f"found AS MATERIALIZED (SELECT DISTINCT ON (book_id) * FROM ({both}) AS source)"], "found"


def _ranked(shape: Shape) -> tuple[list[str], str]:
    """Return the parts that find what is wanted and rank it by how near it is."""
    if shape.is_by_isbn and not shape.is_archived:
        ctes, names = [], []
    elif shape.is_driven or shape.is_archived:
        ctes, names = _found_by_words(shape)[0], ["found"]
    else:
        ctes, names = _by_words(shape)
    if not shape.is_archived:
        priced = _and(_PRICED, if_=shape.has_prices)
        narrowed = _and("words @@ :narrowing", if_=shape.has_narrowing)
        ctes = [*ctes, _TITLES.format(columns=_columns(shape), narrowed=narrowed, priced=priced)]
        names = [*names, "titles"]
    sources = " UNION ALL ".join(f"SELECT * FROM {name}" for name in names)
    return [*ctes, _RANKED.format(sources=sources)], "ranked"


def _by_words(shape: Shape) -> tuple[list[str], list[str]]:
    """Words as they were typed, and if those are not enough, words that begin with the last one."""
    if shape.is_exact_driven:
        priced = _and(_PRICED, if_=shape.has_prices)
        exact = _DRIVEN.format(name="exact", columns=_columns(shape), wanted=":exact", priced=priced)
    else:
        exact = _tiers(shape, "exact", wanted=":exact", scanned=":rare_exact")
    scans = "" if shape.scans_beginning else "false AND "
    if shape.has_many_words and not shape.is_exact_driven:
        # Nearly always they are the same, and those that have the word itself are ranked before the others anyway.
        return [_tiers(shape, "begun", wanted=":begun", scanned=":rare_begun", scans=scans)], ["begun"]
    gate = f"(SELECT count(*) FROM exact) < {ENOUGH} AND "
    scans += "(SELECT count(*) FROM exact) = 0 AND "
    begun = _tiers(shape, "begun", wanted=":begun", scanned=":rare_begun", gate=gate, scans=scans)
    return [exact, begun], ["exact", "begun"]


def _tiers(shape: Shape, name: str, *, wanted: str, scanned: str, gate: str = "", scans: str = "") -> str:  # noqa: PLR0913
    return _TIERS.format(
        name=name,
        columns=_columns(shape),
        names=", ".join(_names(shape)),
        wanted=wanted,
        scanned=scanned,
        gate=gate,
        scans=scans,
        priced=_and(_PRICED, if_=shape.has_prices),
    )


def _names(shape: Shape) -> list[str]:
    if shape.order is None:
        return ["book_id", "popularity", "facets"]
    return list(dict.fromkeys([*ORDERS[shape.order].columns, "book_id", "popularity", "facets"]))


def _columns(shape: Shape) -> str:
    nearness = _NEARNESS.format(exactly="" if shape.is_by_isbn else _EXACTLY)
    return ", ".join(nearness if name == "nearness" else name for name in _names(shape))


@cache
def walking(order: str, *, has_conditions: bool, has_prices: bool, has_cursor: bool, is_backwards: bool) -> Prepared:
    """Return the statement that reads entries in an order from the cursor on, and gives those that are wanted.

    It looks at a bounded number of them. Parameters: ``limit``, ``begun``, prices, keys.
    """
    wanted = ORDERS[order]
    before = [
        "tier <= 2",
        *([wanted.behind(is_backwards=is_backwards)] if has_cursor else []),
        # In the order of prices the range is where to begin; in another it is only compared.
        *([_PRICED] if has_prices and "price" in wanted.columns else []),
    ]
    after = [*(["words @@ :begun"] if has_conditions else []), *([_PRICED] if has_prices else [])]
    sorting = wanted.sorting(is_backwards=is_backwards)
    columns = ", ".join(dict.fromkeys([*wanted.columns, "price", "words"])) if after else wanted.keys
    most = WALKED if after else ":limit"
    sql = f"""SELECT {wanted.keys} FROM (
            SELECT {columns} FROM search_entries WHERE {" AND ".join(before)} ORDER BY {sorting} LIMIT {most}
        ) AS walked{" WHERE " + " AND ".join(after) if after else ""} LIMIT :limit"""
    return _typed(sql, order)


@cache
def gathering(order: str, *, has_prices: bool, has_cursor: bool, is_backwards: bool) -> Prepared:
    """Return the statement that gathers all that is wanted and sorts it: for what a walk does not find in time."""
    wanted = ORDERS[order]
    conditions = ["tier <= 2", "words @@ :begun", *([_PRICED] if has_prices else [])]
    behind = f" WHERE {wanted.behind(is_backwards=is_backwards)}" if has_cursor else ""
    sql = f"""SELECT {wanted.keys} FROM (
            SELECT {wanted.keys} FROM search_entries WHERE {" AND ".join(conditions)} OFFSET 0
        ) AS gathered{behind} ORDER BY {wanted.sorting(is_backwards=is_backwards)} LIMIT :limit"""
    return _typed(sql, order)


def _typed(sql: str, order: str | None) -> Prepared:
    columns: Sequence[str] = ORDERS[order].columns if order else ()
    types: dict[str, Any] = _TYPES | {f"key_{number}": KEY_TYPES[column] for number, column in enumerate(columns)}
    names = frozenset(_PARAMETER.findall(sql))
    typed = [bindparam(name, type_=kind) for name, kind in types.items() if name in names]
    return Prepared(text(sql).bindparams(*typed))


def _and(condition: str, *, if_: bool) -> str:
    return f" AND {condition}" if if_ else ""
