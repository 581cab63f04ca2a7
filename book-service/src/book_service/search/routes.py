"""``/books``: lists, what is offered while one types, and names to browse by."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from book_service.dependencies import Browser, Editor, Reader, Search, SearchesInVain, Suggester, may_edit
from book_service.search.facets import Kind
from book_service.search.schemas import (
    BookPage,
    BookQuery,
    FacetValue,
    SearchWithoutResult,
    SimilarBooks,
    Suggestions,
    ValueQuery,
)
from service_kit.paging import DEFAULT_LIMIT, CursorText, Item, Limit, Page, link_header
from service_kit.problems import problem_responses
from service_kit.text import Line

router = APIRouter(prefix="/books", tags=["books"])

_LIST = problem_responses(400, 401, 403, 422)


@router.get("", responses=_LIST)
async def find_books(
    request: Request, response: Response, query: Annotated[BookQuery, Query()], reader: Reader, search: Search
) -> BookPage:
    """Find books, a page at a time. The best match shows the best thousand; other orders show all."""
    editor = may_edit(reader)
    page = await search.find(query.model_copy(update={"archived": query.archived and editor}), for_editor=editor)
    response.headers.update(link_header(request, next_cursor=page.next_cursor, prev_cursor=page.prev_cursor))
    return page


@router.get("/suggest", responses=problem_responses(401, 403, 422))
async def suggest(
    q: Annotated[Line, Query(min_length=1, max_length=200)], reader: Reader, suggester: Suggester
) -> Suggestions:
    """Offer a few titles, authors, subjects and publishers for what is being typed."""
    del reader
    return await suggester.suggest(q)


@router.get("/authors", responses=_LIST)
async def list_authors(
    request: Request, response: Response, query: Annotated[ValueQuery, Query()], reader: Reader, browser: Browser
) -> Page[FacetValue]:
    """List the authors of the books in the catalogue."""
    del reader
    return _with_links(request, response, await browser.names(Kind.AUTHOR, query))


@router.get("/subjects", responses=_LIST)
async def list_subjects(
    request: Request, response: Response, query: Annotated[ValueQuery, Query()], reader: Reader, browser: Browser
) -> Page[FacetValue]:
    """List the subjects of the books in the catalogue."""
    del reader
    return _with_links(request, response, await browser.names(Kind.SUBJECT, query))


@router.get("/publishers", responses=_LIST)
async def list_publishers(
    request: Request, response: Response, query: Annotated[ValueQuery, Query()], reader: Reader, browser: Browser
) -> Page[FacetValue]:
    """List the publishers of the books in the catalogue."""
    del reader
    return _with_links(request, response, await browser.names(Kind.PUBLISHER, query))


@router.get("/searches-without-result", responses=_LIST)
async def list_searches_without_result(
    request: Request,
    response: Response,
    editor: Editor,
    searches: SearchesInVain,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Page[SearchWithoutResult]:
    """List what was looked for in vain, most often first."""
    del editor
    return _with_links(request, response, await searches.page(limit=limit, encoded_cursor=cursor))


@router.delete("/searches-without-result", status_code=204, responses=problem_responses(401, 403, 422))
async def forget_search_without_result(
    q: Annotated[Line, Query(min_length=1, max_length=500)], editor: Editor, searches: SearchesInVain
) -> None:
    """Take a search off the list, because it was dealt with."""
    del editor
    await searches.forget(q)


@router.get("/{book_id}/similar", responses=problem_responses(401, 403, 404, 422))
async def similar_books(
    book_id: UUID,
    reader: Reader,
    browser: Browser,
    limit: Annotated[int, Query(ge=1, le=24, description="Books.")] = 6,
    include: Annotated[
        Literal["book"] | None, Query(description="With the book itself, where a page shows both.")
    ] = None,
) -> SimilarBooks:
    """Offer books of the same shelf: by the same authors, then of the same subjects, popular ones first."""
    return await browser.similar(book_id, limit=limit, for_editor=may_edit(reader), with_book=include is not None)


def _with_links(request: Request, response: Response, page: Page[Item]) -> Page[Item]:
    response.headers.update(link_header(request, next_cursor=page.next_cursor, prev_cursor=page.prev_cursor))
    return page
