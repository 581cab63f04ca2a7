"""The SQL that counts words and facets, follows stock and sales, and sorts books into tiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, Float, Integer, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from book_service.search.facets import Facet
from book_service.search.index_repository import Change

_LOCK = 7_203_913

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)")

# A book that somebody edits at this moment stays in the queue: its row is locked, and nobody is to wait for an editor.
_TAKE_QUEUED = text(
    """
    WITH oldest AS MATERIALIZED (
        SELECT id, book_id FROM search_queue ORDER BY id LIMIT :limit
    ), free AS MATERIALIZED (
        SELECT books.id FROM books
         WHERE books.id IN (SELECT book_id FROM oldest) ORDER BY books.id FOR NO KEY UPDATE SKIP LOCKED
    ), taken AS (
        DELETE FROM search_queue USING oldest
         WHERE search_queue.id = oldest.id
           AND (oldest.book_id IN (SELECT id FROM free) OR NOT EXISTS (SELECT FROM books WHERE id = oldest.book_id))
        RETURNING search_queue.book_id, score
    )
    SELECT book_id, sum(score) AS score FROM taken GROUP BY book_id ORDER BY book_id
    """
)

_ADD_SCORES = text(
    """
    INSERT INTO search_scores AS old (book_id, score)
    SELECT book_id, greatest(score, 0) FROM unnest(:book_ids, :scores) AS new (book_id, score) ORDER BY book_id
    ON CONFLICT (book_id) DO UPDATE SET score = greatest(old.score + excluded.score, 0)
    """
).bindparams(bindparam("book_ids", type_=ARRAY(Uuid)), bindparam("scores", type_=ARRAY(Float)))

_RANK = text(
    """
    UPDATE search_entries SET popularity = popularity_of(score)
      FROM search_scores
     WHERE search_scores.book_id = search_entries.book_id AND search_entries.book_id = ANY(:book_ids)
       AND popularity <> popularity_of(score)
    """
).bindparams(bindparam("book_ids", type_=ARRAY(Uuid)))

_TAKE_CHANGES = text(
    """
    DELETE FROM search_changes
     WHERE id IN (SELECT id FROM search_changes ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING words_added, words_removed, facets_added, facets_removed
    """
)

_KNOWN_WORDS = text("SELECT word FROM search_words WHERE word = ANY(:words)").bindparams(
    bindparam("words", type_=ARRAY(Text))
)

_ADD_WORDS = text(
    """
    INSERT INTO search_words (word, misspellings)
    SELECT word, misspellings::int[] FROM unnest(:words, :misspellings) AS new (word, misspellings)
    ON CONFLICT DO NOTHING
    """
).bindparams(bindparam("words", type_=ARRAY(Text)), bindparam("misspellings", type_=ARRAY(Text)))

_COUNT_WORDS = text(
    """
    UPDATE search_words SET books = greatest(books + change, 0)
      FROM unnest(:words, :changes) AS new (word, change) WHERE search_words.word = new.word
    """
).bindparams(bindparam("words", type_=ARRAY(Text)), bindparam("changes", type_=ARRAY(Integer)))

_ADD_FACETS = text(
    """
    INSERT INTO search_facets (id, kind, value, key, words)
    SELECT id, kind, value, key, words::tsvector
      FROM unnest(:ids, :kinds, :values, :keys, :words) AS new (id, kind, value, key, words)
    ON CONFLICT DO NOTHING
    """
).bindparams(
    bindparam("ids", type_=ARRAY(BigInteger)),
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("values", type_=ARRAY(Text)),
    bindparam("keys", type_=ARRAY(Text)),
    bindparam("words", type_=ARRAY(Text)),
)

_COUNT_FACETS = text(
    """
    UPDATE search_facets SET books = greatest(books + change, 0)
      FROM unnest(:ids, :changes) AS new (id, change) WHERE search_facets.id = new.id
    """
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("changes", type_=ARRAY(Integer)))

# A step of a tier is a range of the index of popularity, so this reads what it moves and no more. What an edit has
# locked stays for the next time: who waits for nobody is in no deadlock.
_PROMOTE = text(
    """
    WITH step AS MATERIALIZED (
        SELECT popularity FROM search_entries WHERE tier <= 2 ORDER BY popularity DESC, book_id DESC
        OFFSET :size - 1 LIMIT 1
    ), risen AS MATERIALIZED (
        SELECT book_id FROM search_entries
         WHERE tier <= 2 AND tier > :tier AND popularity > 0 AND popularity > (SELECT popularity FROM step)
         ORDER BY popularity DESC LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE search_entries SET tier = :tier WHERE book_id IN (SELECT book_id FROM risen) RETURNING 1
    """
)
_DEMOTE = """
    WITH fallen AS MATERIALIZED (
        SELECT book_id FROM search_entries WHERE tier = {tier} ORDER BY popularity, book_id
        LIMIT least(:limit, greatest((SELECT count(*) FROM search_entries WHERE tier = {tier}) - :size, 0))
        FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE search_entries SET tier = {below} WHERE book_id IN (SELECT book_id FROM fallen) RETURNING 1
"""
_DEMOTIONS = {tier: text(_DEMOTE.format(tier=tier, below=tier + 1)) for tier in (0, 1)}


@dataclass(frozen=True, slots=True)
class NewWord:
    """A word that no book had so far."""

    word: str
    misspellings: Sequence[int]


@dataclass(frozen=True, slots=True)
class NewFacet:
    """A value that no book had so far, with its words as the text of a ``tsvector``."""

    facet: Facet
    key: str
    lexemes: str


async def is_ours(session: AsyncSession) -> bool:
    """Take the right to do this work until the transaction ends; False while another process has it."""
    return bool(await session.scalar(_TRY_LOCK, {"lock": _LOCK}))


async def take_queued(session: AsyncSession, *, limit: int) -> Mapping[UUID, float]:
    """Take books off the queue, and lock them; return by how much the score of each has grown."""
    rows = await session.execute(_TAKE_QUEUED, {"limit": limit})
    return {row.book_id: row.score for row in rows}


async def add_scores(session: AsyncSession, grown: Mapping[UUID, float]) -> None:
    """Add to the scores of books, and rank them by what they have then."""
    if grown:
        await session.execute(_ADD_SCORES, {"book_ids": list(grown), "scores": list(grown.values())})
        await session.execute(_RANK, {"book_ids": list(grown)})


async def take_changes(session: AsyncSession, *, limit: int) -> Sequence[Change]:
    """Take what was noted to be counted."""
    return [Change(*row) for row in await session.execute(_TAKE_CHANGES, {"limit": limit})]


async def known_words(session: AsyncSession, words: Sequence[str]) -> set[str]:
    """Return those of the words that are known already."""
    return set(await session.scalars(_KNOWN_WORDS, {"words": list(words)}))


async def add_words(session: AsyncSession, new: Sequence[NewWord]) -> None:
    """Add words."""
    if new:
        numbers = ["{" + ",".join(map(str, one.misspellings)) + "}" for one in new]
        await session.execute(_ADD_WORDS, {"words": [one.word for one in new], "misspellings": numbers})


async def count_words(session: AsyncSession, changes: Mapping[str, int]) -> None:
    """Count books that got or lost words."""
    if changes:
        await session.execute(_COUNT_WORDS, {"words": list(changes), "changes": list(changes.values())})


async def add_facets(session: AsyncSession, new: Sequence[NewFacet]) -> None:
    """Add the values that are not known yet."""
    if new:
        parameters = {
            "ids": [one.facet.id for one in new],
            "kinds": [one.facet.kind.value for one in new],
            "values": [one.facet.value for one in new],
            "keys": [one.key for one in new],
            "words": [one.lexemes for one in new],
        }
        await session.execute(_ADD_FACETS, parameters)


async def count_facets(session: AsyncSession, changes: Mapping[int, int]) -> None:
    """Count books that got or lost values."""
    if changes:
        await session.execute(_COUNT_FACETS, {"ids": list(changes), "changes": list(changes.values())})


async def promote(session: AsyncSession, *, tier: int, size: int, limit: int) -> int:
    """Move books up that are among the ``size`` most popular; return how many."""
    moved = await session.scalars(_PROMOTE, {"tier": tier, "size": size, "limit": limit})
    return len(moved.all())


async def demote(session: AsyncSession, *, tier: int, size: int, limit: int) -> int:
    """Move the least popular books of a tier down that has more than ``size``; return how many."""
    moved = await session.scalars(_DEMOTIONS[tier], {"size": size, "limit": limit})
    return len(moved.all())
