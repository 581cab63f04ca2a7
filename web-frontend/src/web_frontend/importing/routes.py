"""One import through its life: how its file is read, what it would do, applying, what came of it, undoing."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.dependencies import EditorPage, SignedInForm
from web_frontend.downloads import pass_on
from web_frontend.gateway_problems import Refused
from web_frontend.importing import upload_routes
from web_frontend.importing.client import ImportsClient, MovedOn, Step
from web_frontend.importing.imports import Import
from web_frontend.importing.reading import Reading, reading_of
from web_frontend.importing.rows import RowPage, first_tab, none_words, rows_words, tab_words, tabs_of, what_words
from web_frontend.importing.upload_routes import PATH
from web_frontend.importing.verdict import verdict_of
from web_frontend.links import with_query
from web_frontend.pages import Page

router = APIRouter()
router.include_router(upload_routes.router)

_UNPROCESSABLE = 422
_LONGEST_CURSOR = 2000
_WITH_ROWS = frozenset({"checked", "applied", "undone", "cancelled"})


@router.get("/staff/imports/{import_id}")
async def import_page(page: EditorPage, import_id: UUID) -> Response:
    """Show an import as it is now."""
    shown = await ImportsClient(page.gateway).one(str(import_id))
    seen = page.request.query_params.get("seen", "") if page.is_partial else ""
    if not seen:
        return await _show(page, shown)
    if seen == shown.progress:
        # Nothing new: what is shown stays, with the focus and the selection in it.
        return Response(status_code=204, headers={"Cache-Control": "no-store", "Vary": "HX-Request-Type"})
    if seen.partition(".")[0] == shown.state:
        return await page.show("importing/import.html", fragments=("progress",), shown=shown)
    return await _show(page, shown, is_news=True)


@router.post("/staff/imports/{import_id}/check")
async def check(page: EditorPage, form: SignedInForm, import_id: UUID) -> Response:
    """Have the file checked again, with the columns and options that were chosen."""
    client = ImportsClient(page.gateway)
    shown = await client.one(str(import_id))
    reading = reading_of(shown, form)
    try:
        await client.change(str(import_id), reading.changes)
    except MovedOn:
        return await _moved_on(page, import_id)
    except Refused as error:
        if error.status != _UNPROCESSABLE:
            raise
        reading.refuse(error)
        return await _show(page, shown, reading=reading)
    return await page.go(f"{PATH}/{import_id}")


@router.get("/staff/imports/{import_id}/undo")
async def undo_page(page: EditorPage, import_id: UUID) -> Response:
    """Ask whether to undo, and say what that does."""
    shown = await ImportsClient(page.gateway).one(str(import_id))
    if not shown.can_undo:
        return await page.go(f"{PATH}/{import_id}")
    return await page.show("importing/undo.html", shown=shown)


@router.get("/staff/imports/{import_id}/rejected")
async def rejected(page: EditorPage, import_id: UUID) -> Response:
    """Pass on the rows that were not taken, as a file to mend and send again."""
    return await pass_on(page, f"/books/imports/{import_id}/rejected")


@router.post("/staff/imports/{import_id}/discard")
async def discard(page: EditorPage, _form: SignedInForm, import_id: UUID) -> Response:
    """Forget an import that was never applied."""
    client = ImportsClient(page.gateway)
    shown = await client.one(str(import_id))
    try:
        await client.discard(str(import_id))
    except MovedOn:
        return await _moved_on(page, import_id)
    page.flash("ok", _("The import of “%(name)s” is discarded. It changed nothing.", name=shown.name))
    return await page.go(PATH)


@router.post("/staff/imports/{import_id}/{step}")
async def take(page: EditorPage, _form: SignedInForm, import_id: UUID, step: Step) -> Response:
    """Apply, undo or cancel. Sent twice it is done once."""
    try:
        await ImportsClient(page.gateway).take(step, str(import_id))
    except MovedOn:
        return await _moved_on(page, import_id)
    return await page.go(f"{PATH}/{import_id}")


@router.get("/staff/imports/{import_id}/{step}")
async def back_to_import(page: EditorPage, import_id: UUID, step: str) -> Response:
    """Lead to the import's page, where the buttons are: somebody signed in again, or reloaded."""
    del step
    return await page.go(f"{PATH}/{import_id}")


async def _moved_on(page: Page, import_id: UUID) -> Response:
    page.flash("note", _("That was not done: the import has moved on meanwhile. This is how it stands now."))
    return await page.go(f"{PATH}/{import_id}")


async def _show(page: Page, shown: Import, *, reading: Reading | None = None, is_news: bool = False) -> Response:
    query = page.request.query_params
    path = f"{PATH}/{shown.id}"
    tabs = tabs_of(shown)
    tab = query.get("show", "") if query.get("show") in tabs else first_tab(shown)
    try:
        rows = await _rows(page, shown, tab, "" if is_news else query.get("cursor", "")[:_LONGEST_CURSOR])
    except Refused as error:
        if error.code != "invalid_cursor":
            raise
        return await page.go(with_query(path, [("show", tab)]))
    previous, following = (
        with_query(path, [("show", tab), ("cursor", place)]) if place else ""
        for place in (rows.prev_cursor, rows.next_cursor)
    )
    return await page.show(
        "importing/import.html",
        status=_UNPROCESSABLE if reading is not None else 200,
        fragments=("import",) if is_news or reading is not None else ("rows",),
        headers={"HX-Retarget": "#import", "HX-Reswap": "outerHTML"} if is_news else {},
        shown=shown,
        reading=reading or Reading.of(shown),
        rows=rows,
        has_rows=_has_rows(shown),
        verdict=verdict_of(shown),
        tabs=tabs,
        tab_words=tab_words,
        none_words=none_words,
        rows_words=rows_words,
        what_words=what_words(tab, shown.state),
        tab=tab,
        path=path,
        previous=previous,
        following=following,
        is_news=is_news,
    )


def _has_rows(shown: Import) -> bool:
    # Of an import that was cancelled before it did anything, nobody wants to know more.
    return shown.state in _WITH_ROWS and (shown.state != "cancelled" or shown.can_undo)


async def _rows(page: Page, shown: Import, tab: str, cursor: str) -> RowPage:
    if not _has_rows(shown) or not shown.counts.model_dump()[tab]:
        return RowPage(items=[])
    return await ImportsClient(page.gateway).rows(shown.id, tab, cursor)
