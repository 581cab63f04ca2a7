"""Counting a shelf: book by book onto a list, then all at once into the ledger."""

from dataclasses import dataclass, field
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _, n_
from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.catalogue.books import Book
from web_frontend.dependencies import SignedInForm, StockPage
from web_frontend.gateway_problems import NotFound, Refused
from web_frontend.pages import Page
from web_frontend.stock import words, write_off
from web_frontend.stock.books import ShelfCount
from web_frontend.stock.client import StockClient, StockRefused, UnderWay
from web_frontend.stock.shelf import MOST_LINES, CountedLine, Librarian, NotOnShelf, Shelf
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()

PATH = "/staff/stocktake"
_UNPROCESSABLE = 422
_CONFLICT = 409
_LONGEST_SCAN = 300
_LONGEST_NOTE = 150


@dataclass(slots=True)
class Stocktake:
    """The page: the list so far, the field for the next book, and where the hands go next."""

    shelf: Shelf = field(default_factory=Shelf)
    form: FormView = field(default_factory=FormView)
    key: str = field(default_factory=new_idempotency_key)
    choices: list[Book] = field(default_factory=list)
    unknown_isbn: str = ""
    focus: str = "book"
    news: str = ""
    is_sending: bool = False
    status: int = 200

    def show_top(self, line: CountedLine) -> None:
        """Go on at the number of the line that was put on top."""
        self.focus = line.line.book_id
        self.form.values["book"] = ""
        asked = line.hint or _("How many?")
        self.news = f"{line.line.title}. {asked}"


@router.get(PATH)
async def stocktake_page(page: StockPage) -> Response:
    """Show an empty list, or the one that was being written when the session ended."""
    kept = page.take_kept_input()
    return await _show(page, Stocktake() if kept is None else _of(Submitted(kept)))


@router.post(PATH)
async def stocktake(page: StockPage, form: SignedInForm) -> Response:
    """Put a book on the list, take one off, or send the list."""
    take = _of(form)
    if form["do"] == "send":
        return await _send(page, take)
    if form["remove"]:
        take.shelf.take_out(form["remove"])
        take.form.values["book"] = ""
        take.news = _("Taken off the list")
    else:
        await _put(page, take, form)
    return await _show(page, take)


def _of(form: Submitted) -> Stocktake:
    view = FormView({"book": form["book"][:_LONGEST_SCAN], "note": form["note"][:_LONGEST_NOTE]})
    return Stocktake(Shelf.of(form), view, idempotency_key(form))


async def _put(page: Page, take: Stocktake, form: Submitted) -> None:
    scan = take.form.values["book"] or take.shelf.stray_scan()
    if not scan and not form["pick"]:
        # Enter beside a number: on to the next book.
        if not take.shelf.lines:
            take.status = _UNPROCESSABLE
            take.form.refuse("book", _("Scan a book’s ISBN, or type some of its title"))
        return
    librarian = Librarian(page.gateway)
    try:
        line = await (librarian.by_id(_id(form["pick"])) if form["pick"] else librarian.by_scan(scan))
    except NotOnShelf as error:
        take.status = _UNPROCESSABLE
        take.form.values["book"] = scan
        take.choices, take.unknown_isbn = error.choices, error.isbn
        if take.choices:
            take.news = str(error)
        else:
            take.form.refuse("book", str(error))
        return
    if take.shelf.find(line.book_id) is None and len(take.shelf.lines) >= MOST_LINES:
        take.status = _UNPROCESSABLE
        take.form.refuse(
            "book",
            n_(
                "%(num)s book fits on one list. Send this one, then go on.",
                "%(num)s books fit on one list. Send this one, then go on.",
                MOST_LINES,
            ),
        )
        return
    take.show_top(take.shelf.put(line))


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise NotFound(404, {"code": "book_not_found"}, {}) from error


async def _send(page: Page, take: Stocktake) -> Response:
    take.status, take.is_sending = _UNPROCESSABLE, True
    take.shelf.check(take.form)
    if not take.shelf.lines:
        take.form.refuse("book", _("The list is empty. Scan a book’s ISBN, or type some of its title"))
    if take.form.has_errors:
        return await _show(page, take)
    try:
        results = await StockClient(page.gateway).stocktake(
            take.shelf.counts(), note=take.form.values["note"], key=take.key
        )
    except StockRefused as error:
        take.status, take.form.problem = _CONFLICT, str(error)
        take.key = take.key if isinstance(error, UnderWay) else new_idempotency_key()
    except Refused as error:
        if error.status != _UNPROCESSABLE:
            raise
        take.key = new_idempotency_key()
        take.form.add_refusals([("", message) for _, message in error.field_messages] or [("", error.detail)], {})
    else:
        return await _show_results(page, results)
    return await _show(page, take)


async def _show_results(page: Page, results: list[ShelfCount]) -> Response:
    trouble = [_trouble(result) for result in results if not result.ok]
    corrected = [result for result in results if result.ok and result.correction]
    agreed = [result for result in results if result.ok and not result.correction]
    return await page.show(
        "stock/counted.html",
        whole=True,
        trouble=trouble,
        corrected=corrected,
        agreed=agreed,
        summary=words.shelf_sentence(len(agreed), len(corrected), len(trouble)),
        total=len(results),
    )


@dataclass(frozen=True, slots=True)
class Trouble:
    """A book whose count could not be written down, and what to do about it."""

    result: ShelfCount
    words: str
    action: str = ""
    address: str = ""


def _trouble(result: ShelfCount) -> Trouble:
    missing = -(result.correction or 0)
    if result.code == "stock_below_reserved" and result.book_id and missing > 0:
        expected = words.expected_words(result.counted, result.expected or 0)
        short = n_(
            "The missing %(num)s copy cannot be written off yet: it is promised to an order.",
            "The missing %(num)s copies cannot be written off yet: too few are free, the others are promised.",
            missing,
        )
        to = write_off.address(result.book_id, missing, words.stocktake_reason(result.counted))
        return Trouble(result, f"{expected} {short}", _("See which orders"), to)
    if result.code == "book_not_found" or not result.book_id:
        return Trouble(result, _("This book is not in the catalogue any more. Nothing was written down."))
    if result.title_of_problem:
        sentence = _("%(problem)s. Nothing was changed.", problem=result.title_of_problem)
    else:
        sentence = _("This count could not be written down. Nothing was changed.")
    return Trouble(result, sentence, _("Look at its stock"), f"/books/{result.book_id}/stock")


async def _show(page: Page, take: Stocktake) -> Response:
    return await page.show("stock/stocktake.html", status=take.status, fragments=("list",), take=take, form=take.form)
