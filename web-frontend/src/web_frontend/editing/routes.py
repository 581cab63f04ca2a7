"""Adding, changing, archiving and restoring books."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.catalogue.books import Book
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.dependencies import EditorPage, SignedInForm
from web_frontend.editing import forms
from web_frontend.editing.client import EditingClient, IsbnTaken, SentBefore
from web_frontend.editing.conflict import BaseVersions, chosen_values
from web_frontend.editing.saving import Contested, listed, save, saved_sentence
from web_frontend.gateway_problems import Refused
from web_frontend.history.differences import marked_differences
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()

_OK = 200
_UNPROCESSABLE = 422
_CONFLICT = 409
_PRECONDITION_FAILED = 412
_LONGEST_ISBN = 40


@router.get("/books/new")
async def new_book(page: EditorPage) -> Response:
    """Show an empty form; the address may name the ISBN that was looked for in vain."""
    kept = page.take_kept_input()
    if kept is not None:
        typed = Submitted(kept)
        view = FormView(forms.typed_values(typed) | {"stock": typed["stock"]})
        return await _show_new(page, view, idempotency_key(typed))
    values = {"language": "eng", "stock": "0", "isbn": page.request.query_params.get("isbn", "")[:_LONGEST_ISBN]}
    return await _show_new(page, FormView(values), new_idempotency_key())


@router.post("/books/new")
async def add_book(page: EditorPage, form: SignedInForm) -> Response:
    """Add the book."""
    view = forms.new_book_form(form)
    key = idempotency_key(form)
    status = _UNPROCESSABLE
    if not view.has_errors:
        fields = forms.fields_of(view.values) | {"stock": int(form["stock"] or 0)}
        try:
            book = await EditingClient(page.gateway).add(fields, idempotency_key=key)
        except IsbnTaken as taken:
            status = _CONFLICT
            return await _show_new(page, _isbn_taken(view, taken), new_idempotency_key(), status=status, taken=taken)
        except SentBefore as error:
            status, key = _CONFLICT, new_idempotency_key()
            view.problem = str(error)
        except Refused as error:
            if error.status != _UNPROCESSABLE:
                raise
            view.add_refusals(forms.field_names(error.field_messages) or [("", error.detail)], forms.SENTENCES)
            key = new_idempotency_key()
        else:
            page.flash("ok", f"“{book.title}” is in the catalogue.")
            return await page.go(f"/books/{book.id}")
    return await _show_new(page, view, key, status=status)


async def _show_new(
    page: Page, view: FormView, key: str, *, status: int = 200, taken: IsbnTaken | None = None
) -> Response:
    return await page.show(
        "editing/new.html",
        status=status,
        fragments=("form",),
        form=view,
        key=key,
        taken=taken,
        languages=forms.languages(view.values.get("language", "")),
    )


def _isbn_taken(view: FormView, taken: IsbnTaken) -> FormView:
    where = "An archived book" if taken.is_archived else "Another book"
    view.refuse("isbn", f"{where} has this ISBN")
    return view


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
            _isbn_taken(view, error)
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
        view.problem = "This book was archived meanwhile, and nothing of yours is saved yet"
    elif error.status == _UNPROCESSABLE:
        view.add_refusals(forms.field_names(error.field_messages) or [("", error.detail)], forms.SENTENCES)
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
        fragments=("form",),
        book=book,
        form=view,
        began=began,
        taken=taken,
        languages=forms.languages(view.values.get("language", "")),
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
        labels=forms.LABELS,
        marked=marked_differences,
        listed=listed,
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
    page.flash("ok", "The book is archived. Readers no longer find it.")
    return await page.go(f"/books/{book_id}")


@router.get("/books/{book_id}/restore")
async def restore_page(page: EditorPage, book_id: UUID) -> Response:
    """Lead to the book, which has the button."""
    return await page.go(f"/books/{book_id}")


@router.post("/books/{book_id}/restore")
async def restore_book(page: EditorPage, _form: SignedInForm, book_id: UUID) -> Response:
    """Put the book back into the catalogue."""
    await EditingClient(page.gateway).restore(str(book_id))
    page.flash("ok", "The book is back in the catalogue.")
    return await page.go(f"/books/{book_id}")
