"""Changing, archiving and restoring books; adding them is in ``adding``."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.catalogue.books import Book
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.dependencies import EditorPage, SignedInForm
from web_frontend.editing import adding, forms
from web_frontend.editing.adding import refuse_taken_isbn
from web_frontend.editing.client import EditingClient, IsbnTaken
from web_frontend.editing.conflict import BaseVersions, chosen_values
from web_frontend.editing.cover import Draft
from web_frontend.editing.saving import Contested, fields_listed, save, saved_sentence
from web_frontend.gateway_problems import Refused
from web_frontend.history.differences import marked_differences
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()
router.include_router(adding.router)

_OK = 200
_UNPROCESSABLE = 422
_CONFLICT = 409
_PRECONDITION_FAILED = 412


@router.get("/books/{book_id}/edit")
async def edit_page(page: EditorPage, book_id: UUID) -> Response:
    """Show the book's form, or what was typed into it before the person had to sign in again."""
    tagged = await CatalogueClient(page.gateway).book(str(book_id))
    values = forms.values_of(tagged.book)
    began = Began(_base(page).pack(values), tagged.etag)
    kept = page.take_kept_input()
    if kept is not None:
        typed = Submitted(kept)
        # The version that was edited, not the one of now: a change in between must not go unseen.
        form = FormView(chosen_values(typed, forms.typed_values(typed)))
        began = Began(typed["base"] or began.base, typed["version"])
        return await _show_edit(page, tagged.book, form, began)
    return await _show_edit(page, tagged.book, FormView(values), began)


@router.post("/books/{book_id}/edit")
async def edit_book(page: EditorPage, form: SignedInForm, book_id: UUID) -> Response:
    """Save the change, with what others changed meanwhile; where both changed the same, let the person choose."""
    view = forms.book_form(chosen_values(form, forms.typed_values(form)))
    taken: IsbnTaken | None = None
    status = _UNPROCESSABLE
    client = EditingClient(page.gateway)
    if form["do"] == "edit":
        view.errors.clear()
        status = _OK
    elif not view.has_errors:
        base = _base(page).unpack(form["base"])
        try:
            if form["do"] == "unarchive":
                await client.restore(str(book_id))
            saved = await save(client, str(book_id), view.values, base=base, version=form["version"])
        except Contested as contested:
            return await _show_conflict(page, view.values, contested)
        except IsbnTaken as error:
            taken, status = error, _CONFLICT
            refuse_taken_isbn(view, error)
        except Refused as error:
            status = error.status
            _note_refusal(view, error)
        else:
            page.flash("ok", saved_sentence(saved))
            return await page.go(f"/books/{book_id}")
    tagged = await CatalogueClient(page.gateway).book(str(book_id))
    began = Began(form["base"], form["version"])
    return await _show_edit(page, tagged.book, view, began, status=status, taken=taken)


def _note_refusal(view: FormView, error: Refused) -> None:
    if error.code == "book_archived":
        view.problem = _("This book was archived meanwhile, and nothing of yours is saved yet")
    elif error.status == _UNPROCESSABLE:
        view.add_refusals(forms.field_names(error.field_messages) or [("", error.detail)], forms.sentences())
    else:
        raise error


@dataclass(frozen=True, slots=True)
class Began:
    """What the book was when editing began, packed, and the entity tag that it had."""

    base: str
    version: str


async def _show_edit(
    page: Page, book: Book, view: FormView, began: Began, *, status: int = _OK, taken: IsbnTaken | None = None
) -> Response:
    return await page.show(
        "editing/edit.html",
        status=status,
        fragments=("editor",),
        book=book,
        form=view,
        draft=Draft.of(view.values),
        began=began,
        taken=taken,
        languages=forms.languages(view.values.get("language", "")),
        written_price=forms.written_price,
    )


async def _show_conflict(page: Page, mine: dict[str, str], contested: Contested) -> Response:
    current = contested.current
    theirs = forms.values_of(current.book)
    return await page.show(
        "editing/conflict.html",
        status=_PRECONDITION_FAILED,
        whole=True,
        book=current.book,
        began=Began(_base(page).pack(theirs), current.etag),
        merged=contested.merged,
        mine=mine,
        theirs=theirs,
        label=forms.label,
        marked=marked_differences,
        fields_listed=fields_listed,
    )


def _base(page: Page) -> BaseVersions:
    return BaseVersions(page.site.settings.secret.get_secret_value())


@router.get("/books/{book_id}/archive")
async def archive_page(page: EditorPage, book_id: UUID) -> Response:
    """Ask whether to archive."""
    tagged = await CatalogueClient(page.gateway).book(str(book_id))
    return await page.show("editing/archive.html", book=tagged.book)


@router.post("/books/{book_id}/archive")
async def archive_book(page: EditorPage, _form: SignedInForm, book_id: UUID) -> Response:
    """Take the book out of the catalogue."""
    await EditingClient(page.gateway).archive(str(book_id))
    page.flash("ok", _("The book is archived. Readers no longer find it."))
    return await page.go(f"/books/{book_id}")


@router.get("/books/{book_id}/restore")
async def restore_page(page: EditorPage, book_id: UUID) -> Response:
    """Lead to the book, which has the button."""
    return await page.go(f"/books/{book_id}")


@router.post("/books/{book_id}/restore")
async def restore_book(page: EditorPage, _form: SignedInForm, book_id: UUID) -> Response:
    """Put the book back into the catalogue."""
    await EditingClient(page.gateway).restore(str(book_id))
    page.flash("ok", _("The book is back in the catalogue."))
    return await page.go(f"/books/{book_id}")
