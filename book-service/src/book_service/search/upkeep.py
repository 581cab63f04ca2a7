"""What keeps the search up to date in the background: counts, stock that came or went, sales, tiers."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from book_service.search import index
from book_service.search import upkeep_repository as repository
from book_service.search.facets import Facet
from book_service.search.index_repository import Change
from book_service.search.models import MIDDLE, TOP
from book_service.search.spelling import misspellings
from book_service.search.upkeep_repository import NewFacet, NewWord
from book_service.search.words import indexed_words
from service_kit.database import Database
from service_kit.text import search_key

SECONDS = 0.5
"""How long a change waits at most before it is looked at."""
TIER_SIZES = {TOP: 10_000, MIDDLE: 100_000}
"""How many books are in a tier and those above it. Up to a fifth more are left where they are."""
MOVE_SECONDS = 10.0
"""How often tiers are looked at, besides whenever something was sold."""

_BOOKS_AT_ONCE = 500
_CHANGES_AT_ONCE = 2000
_MOVED_AT_ONCE = 500
_TOLERANCE = 1.2
_ROUNDS = 40


class Upkeep:
    """Does what edits and orders leave undone, in short transactions. Any replica may do it; one at a time does."""

    def __init__(self, database: Database) -> None:
        """Take the service's database."""
        self._database = database
        self._looked_at_tiers = -MOVE_SECONDS

    async def catch_up(self) -> None:
        """Do what is there to do, up to a bounded number of short rounds."""
        for _ in range(_ROUNDS):
            if not await self._round():
                break

    async def _round(self) -> bool:
        async with self._database.transaction() as session:
            if not await repository.is_ours(session):
                return False
            queued = await self._follow(session)
            counted = await self._count(session)
            moved = await self._move(session) if self._looked_at_tiers + MOVE_SECONDS < time.monotonic() else 0
        return queued == _BOOKS_AT_ONCE or counted == _CHANGES_AT_ONCE or moved == _MOVED_AT_ONCE

    async def _follow(self, session: AsyncSession) -> int:
        """Look again at books whose stock came or went, or that were sold."""
        grown = await repository.take_queued(session, limit=_BOOKS_AT_ONCE)
        if grown:
            await index.refresh(session, list(grown))
            sold = {book_id: score for book_id, score in grown.items() if score}
            if sold:
                await repository.add_scores(session, sold)
                self._looked_at_tiers = -MOVE_SECONDS
        return len(grown)

    async def _count(self, session: AsyncSession) -> int:
        changes = await repository.take_changes(session, limit=_CHANGES_AT_ONCE)
        if changes:
            await _count_words(session, changes)
            await _count_facets(session, changes)
        return len(changes)

    async def _move(self, session: AsyncSession) -> int:
        """Move books between tiers that have become more popular than others."""
        for tier, size in TIER_SIZES.items():
            moved = await repository.promote(session, tier=tier, size=size, limit=_MOVED_AT_ONCE)
            own_size = size - (TIER_SIZES[tier - 1] if tier else 0)
            moved += await repository.demote(session, tier=tier, size=int(own_size * _TOLERANCE), limit=_MOVED_AT_ONCE)
            if moved:
                return moved
        self._looked_at_tiers = time.monotonic()
        return 0


async def _count_words(session: AsyncSession, changes: Sequence[Change]) -> None:
    counts: Counter[str] = Counter()
    for change in changes:
        counts.update(change.words_added)
        counts.subtract(change.words_removed)
    words = sorted(counts)
    known = await repository.known_words(session, words)
    await repository.add_words(session, [NewWord(word, misspellings(word)) for word in words if word not in known])
    await repository.count_words(session, {word: counts[word] for word in words if counts[word]})


async def _count_facets(session: AsyncSession, changes: Sequence[Change]) -> None:
    added = Counter(text for change in changes for text in change.facets_added)
    facets = {text: Facet.parse(text) for text in sorted(added)}
    await repository.add_facets(session, [new_facet(facet) for facet in facets.values()])
    counts = Counter({facets[text].id: count for text, count in added.items()})
    counts.subtract(facet_id for change in changes for facet_id in change.facets_removed)
    await repository.count_facets(session, {facet_id: count for facet_id, count in sorted(counts.items()) if count})


def new_facet(facet: Facet) -> NewFacet:
    """Return a facet with what it is found by."""
    return NewFacet(facet, search_key(facet.value), _lexemes(indexed_words(facet.value)))


def _lexemes(words: Iterable[str]) -> str:
    return " ".join(f"'{word}'" for word in dict.fromkeys(words))
