"""``/books/sitemap``: all books, in the order in which they came."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from book_service.dependencies import Reader, Sitemap
from book_service.sitemap.schemas import BookAddresses, Stretches
from service_kit.problems import problem_responses

router = APIRouter(prefix="/books/sitemap", tags=["books"])


@router.get("", responses=problem_responses(401, 403))
async def list_stretches(reader: Reader, sitemap: Sitemap) -> Stretches:
    """Divide the catalogue into stretches for the files of a sitemap. The ends of one never change."""
    del reader
    return await sitemap.stretches()


@router.get("/books", responses=problem_responses(401, 403, 422))
async def list_addresses(
    reader: Reader,
    sitemap: Sitemap,
    after: Annotated[UUID | None, Query(description="Behind which book to begin.")] = None,
    until: Annotated[UUID | None, Query(description="The last book.")] = None,
    limit: Annotated[int, Query(ge=1, le=5000, description="Books in the answer.")] = 1000,
) -> BookAddresses:
    """List the books of a stretch, and when each was changed last. Archived ones are not among them."""
    del reader
    return await sitemap.books(after, until, limit)
