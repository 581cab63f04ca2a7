"""Adding, changing, archiving and restoring books."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.catalogue.client import CatalogueClient, TaggedBook
from web_frontend.dependencies import EditorPage, SignedInForm
from web_frontend.editing import forms
from web_frontend.editing.client import EditConflict, EditingClient, IsbnTaken, SentBefore
from web_frontend.editing.conflict import BaseVersions, chosen_values, differences
from web_frontend.gateway_problems import Refused
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()

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
    base = _base(page).pack(values)
    kept = page.take_kept_input()
    if kept is not None:
        typed = Submitted(kept)
        # The version that was edited, not the one of now: a change in between must not go unseen.
        form = FormView(chosen_values(typed, forms.typed_values(typed)))
        return await _show_edit(page, tagged, form, base=typed["base"] or base, version=typed["version"])
    return await _show_edit(page, tagged, FormView(values), base=base, version=tagged.etag)


@router.post("/books/{book_id}/edit")
async def edit_book(page: EditorPage, form: SignedInForm, book_id: UUID) -> Response:
    """Save the change, unless somebody else was faster: then let the person choose field by field."""
    view = forms.book_form(chosen_values(form, forms.typed_values(form)))
    taken: IsbnTaken | None = None
    status = _UNPROCESSABLE
    if not view.has_errors:
        try:
            fields = forms.fields_of(view.values)
            book = await EditingClient(page.gateway).change(str(book_id), fields, etag=form["version"])
        except EditConflict as conflict:
            return await _show_conflict(page, view.values, form, conflict.current)
        except IsbnTaken as error:
            taken, status = error, _CONFLICT
            _isbn_taken(view, error)
        except Refused as error:
            if error.code == "book_archived":
                page.flash("bad", "This book was archived meanwhile. Put it back into the catalogue to change it.")
                return await page.go(f"/books/{book_id}")
            if error.status != _UNPROCESSABLE:
                raise
            view.add_refusals(forms.field_names(error.field_messages) or [("", error.detail)], forms.SENTENCES)
        else:
            page.flash("ok", f"“{book.title}” is saved.")
            return await page.go(f"/books/{book_id}")
    tagged = await CatalogueClient(page.gateway).book(str(book_id))
    return await _show_edit(page, tagged, view, base=form["base"], version=form["version"], status=status, taken=taken)


async def _show_edit(
    page: Page,
    tagged: TaggedBook,
    view: FormView,
    *,
    base: str,
    version: str,
    status: int = 200,
    taken: IsbnTaken | None = None,
) -> Response:
    return await page.show(
        "editing/edit.html",
        status=status,
        fragments=("form",),
        book=tagged.book,
        form=view,
        base=base,
        version=version,
        taken=taken,
        languages=forms.languages(view.values.get("language", "")),
    )


async def _show_conflict(page: Page, mine: dict[str, str], form: Submitted, current: TaggedBook) -> Response:
    theirs = forms.values_of(current.book)
    base = _base(page).unpack(form["base"])
    return await page.show(
        "editing/conflict.html",
        status=_PRECONDITION_FAILED,
        whole=True,
        book=current.book,
        version=current.etag,
        base=_base(page).pack(theirs),
        mine=mine,
        differences=differences(base, mine, theirs),
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
