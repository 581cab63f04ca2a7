"""Adding books, the ISBN first: a scanner types it, and what is there already need not be typed again."""

from dataclasses import dataclass, field
from typing import Literal

from fastapi import APIRouter, Depends
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.browse.client import NamesClient
from web_frontend.browse.kinds import KINDS
from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.catalogue.books import Book
from web_frontend.dependencies import EditorPage, SignedInForm, help_while_typing
from web_frontend.editing import forms
from web_frontend.editing.client import EditingClient, IsbnTaken, SentBefore
from web_frontend.editing.cover import Draft
from web_frontend.gateway_problems import NotFound, Refused, ServiceAway
from web_frontend.isbn import isbn13_in
from web_frontend.one_line import one_line
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()

PATH = "/books/new"
_OK = 200
_UNPROCESSABLE = 422
_CONFLICT = 409
_LONGEST_ISBN = 40
_LONGEST_NAME = 100
_NAMES = "6"


@dataclass(slots=True)
class NewBook:
    """The page of a new book: what was typed, what its ISBN says, and where the hands go on."""

    form: FormView
    key: str = field(default_factory=new_idempotency_key)
    focus: Literal["isbn", "title", "known", "summary"] = "isbn"
    known: Book | None = None
    taken: IsbnTaken | None = None
    is_free: bool = False
    status: int = _OK


@router.get(PATH)
async def new_book(page: EditorPage) -> Response:
    """Show an empty form; the address may name an ISBN, which is looked up."""
    kept = page.take_kept_input()
    if kept is not None:
        typed = Submitted(kept)
        return await _show(page, NewBook(_typed(typed), idempotency_key(typed)))
    isbn = page.request.query_params.get("isbn", "")[:_LONGEST_ISBN]
    new = NewBook(FormView({"language": forms.own_language(), "stock": "0", "isbn": isbn}))
    if isbn:
        await _look_up(page, new)
        new.status = _OK
    return await _show(page, new)


@router.post(PATH)
async def add_book(page: EditorPage, form: SignedInForm) -> Response:
    """Look the ISBN up, or add the book."""
    # A scanner sends the form as soon as it has typed the digits: then nothing but the ISBN is there.
    if form["do"] == "isbn" or (form["isbn"] and not form["title"] and not form["price"]):
        new = NewBook(_typed(form), idempotency_key(form))
        await _look_up(page, new)
        return await _show(page, new, fragment="isbn" if form["do"] == "isbn" else "editor")
    new = NewBook(forms.new_book_form(form), idempotency_key(form), focus="summary", status=_UNPROCESSABLE)
    book = None if new.form.has_errors else await _add(page, new)
    if book is None:
        return await _show(page, new)
    page.flash("ok", _("“%(title)s” is in the catalogue.", title=book.title))
    return await page.go(PATH if form["do"] == "next" else f"/books/{book.id}")


@router.post(f"{PATH}/cover", dependencies=[Depends(help_while_typing)])
async def draw_cover(page: EditorPage, form: SignedInForm) -> Response:
    """Draw the cover of what is typed so far."""
    if not page.is_partial:
        return await page.go(PATH)
    draft = Draft.of({name: form[name] for name in ("isbn", "title", "authors")})
    return await page.show("editing/cover.html", draft=draft)


@router.get(f"{PATH}/cover")
async def back_to_form(page: EditorPage) -> Response:
    """Lead to the form, beside which covers are drawn."""
    return await page.go(PATH)


@router.get(f"{PATH}/names", dependencies=[Depends(help_while_typing)])
async def names(page: EditorPage) -> Response:
    """Offer the authors, publishers or subjects that begin with what is being typed."""
    query = page.request.query_params
    words = one_line(query.get("q", ""), _LONGEST_NAME)
    kind = KINDS.get(query.get("kind", ""))
    if not page.is_partial or kind is None:
        return await page.go(PATH)
    try:
        wanted = [("q", words), ("sort", "count"), ("limit", _NAMES)]
        found = (await NamesClient(page.gateway).find(kind, wanted)).items if words else []
    except (Refused, ServiceAway):
        # A help while typing, and nothing to interrupt it for.
        found = []
    offered = [one.value for one in found if one.value != words]
    return await page.show("editing/names.html", names=offered, kind=kind, words=words)


def refuse_taken_isbn(view: FormView, taken: IsbnTaken) -> None:
    """Note at the ISBN that it belongs to another book."""
    archived, other = _("An archived book has this ISBN"), _("Another book has this ISBN")
    view.refuse("isbn", archived if taken.is_archived else other)


def _typed(form: Submitted) -> FormView:
    return FormView(forms.typed_values(form) | {"stock": form["stock"]})


async def _look_up(page: Page, new: NewBook) -> None:
    """Note what the ISBN says: it is none, it belongs to a book, or nobody has it yet."""
    typed = new.form.values["isbn"]
    isbn = isbn13_in(typed)
    if isbn is None:
        new.focus = "isbn" if typed else "title"
        if typed:
            new.form.refuse("isbn", forms.sentences()["isbn"])
            new.status = _UNPROCESSABLE
        return
    try:
        new.known = Book.model_validate((await page.gateway.get(f"/books/isbn/{isbn}")).body)
        new.focus = "known"
    except NotFound:
        new.is_free, new.focus = True, "title"


async def _add(page: Page, new: NewBook) -> Book | None:
    """Add the book; None after noting what stands in the way."""
    fields = forms.fields_of(new.form.values) | {"stock": int(new.form.values["stock"] or 0)}
    try:
        return await EditingClient(page.gateway).add(fields, idempotency_key=new.key)
    except IsbnTaken as taken:
        new.status, new.taken, new.key = _CONFLICT, taken, new_idempotency_key()
        refuse_taken_isbn(new.form, taken)
    except SentBefore:
        new.status, new.key = _CONFLICT, new_idempotency_key()
        new.form.problem = _(
            "This form was sent before. Look whether the book is in the catalogue before you add another."
        )
    except Refused as error:
        if error.status != _UNPROCESSABLE:
            raise
        found = forms.field_names(error.field_messages) or [("", error.detail)]
        new.form.add_refusals(found, forms.sentences())
        new.key = new_idempotency_key()
    return None


async def _show(page: Page, new: NewBook, *, fragment: str = "editor") -> Response:
    return await page.show(
        "editing/new.html",
        status=new.status,
        fragments=(fragment,),
        new=new,
        form=new.form,
        taken=new.taken,
        draft=Draft.of(new.form.values),
        languages=forms.languages(new.form.values.get("language", "")),
        written_price=forms.written_price,
    )
