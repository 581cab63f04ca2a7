"""The SQL that walks through all books of a search."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Numeric, Text, TextClause, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from service_kit.prepared import Prepared, Reader


@dataclass(frozen=True, slots=True)
class Selection:
    """Which books: ``wanted`` and ``narrowing`` are texts of a ``tsquery``, empty when nothing is asked for.

    A book is meant that has all of ``wanted``, or that is one of ``also`` and has all of ``narrowing``.
    """

    is_archived: bool = False
    wanted: str = ""
    narrowing: str = ""
    also: Sequence[UUID] = ()
    is_by_ids: bool = False
    """Whether ``also`` alone is meant."""
    lowest: Decimal | None = None
    highest: Decimal | None = None

    @property
    def is_everything(self) -> bool:
        """Tell whether nothing is asked for."""
        return not self.wanted and not self.is_by_ids and self.lowest is None


_BEHIND = "(CAST(:after AS uuid) IS NULL OR {id} < :after) ORDER BY {id} DESC LIMIT :limit"
_ALL = {
    is_archived: Prepared(
        text(
            f"SELECT id FROM books WHERE archived_at IS {'NOT ' if is_archived else ''}NULL"  # noqa: S608 (our own)
            f" AND {_BEHIND.format(id='id')}"
        ).bindparams(bindparam("after", type_=Uuid))
    )
    for is_archived in (False, True)
}


def _typed(clause: TextClause) -> Prepared:
    return Prepared(
        clause.bindparams(
            bindparam("after", type_=Uuid),
            bindparam("wanted", type_=Text),
            bindparam("narrowing", type_=Text),
            bindparam("also", type_=ARRAY(Uuid)),
            bindparam("lowest", type_=Numeric),
            bindparam("highest", type_=Numeric),
        )
    )


# The conditions of the indexes: see ``search.models``.
_TIERS = {False: "tier <= 2", True: "tier = 3"}
_MATCHING = {
    is_archived: _typed(
        text(
            f"""
            SELECT book_id FROM search_entries
             WHERE {tiers}
               AND (:wanted <> '' AND words @@ CAST(:wanted AS tsquery)
                    OR book_id = ANY(:also) AND (:narrowing = '' OR words @@ CAST(:narrowing AS tsquery))
                    OR :everything)
               AND (CAST(:lowest AS numeric) IS NULL OR price BETWEEN :lowest AND :highest)
               AND {_BEHIND.format(id="book_id")}
            """  # noqa: S608 (pieces of our own)
        )
    )
    for is_archived, tiers in _TIERS.items()
}


async def ids_behind(reader: Reader, selection: Selection, after: UUID | None, limit: int) -> Sequence[UUID]:
    """Return the ids of the next books, newest first."""
    if selection.is_everything:
        return [row[0] for row in await _ALL[selection.is_archived].rows(reader, {"after": after, "limit": limit})]
    parameters = {
        "after": after,
        "limit": limit,
        "wanted": "" if selection.is_by_ids else selection.wanted,
        "narrowing": selection.narrowing,
        "also": selection.also,
        "everything": not selection.wanted and not selection.is_by_ids,
        "lowest": selection.lowest,
        "highest": selection.highest,
    }
    return [row[0] for row in await _MATCHING[selection.is_archived].rows(reader, parameters)]
