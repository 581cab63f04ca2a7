"""A shelf that is being counted: its lines, which travel in the form, and the book that a scan or some words mean."""

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from service_kit.languages.texts import _
from web_frontend import wording
from web_frontend.catalogue.books import Book, authors_line
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.gateway_client import Gateway
from web_frontend.gateway_problems import NotFound, Refused
from web_frontend.stock import forms
from web_frontend.stock.client import StockClient
from web_frontend.submitted_form import FormView, Submitted

MOST_LINES = 500
_MOST_CHOICES = 8
_UNPROCESSABLE = 422
# 978 or 979 begins every book's bar code; many books have five more digits beside it, for the price.
_BAR_CODE = re.compile(r"(97[89][0-9]{10})(?:[0-9]{5})?")
# Quick hands type a number and scan the next book without Enter in between.
_NUMBER_AND_SCAN = re.compile(r"([0-9]{0,4})(97[89][0-9]{10})(?:[0-9]{5})?")
_ISBN10 = re.compile(r"[0-9]{9}[0-9Xx]")


class ShelfLine(BaseModel):
    """A book on the shelf; ``as_of`` is the newest row of its ledger when it was put on the list."""

    book_id: str
    title: str
    authors: list[str] = []
    isbn13: str | None = None
    as_of: int | None = None

    @property
    def by(self) -> str:
        """Return the authors in one line."""
        return authors_line(self.authors)

    @property
    def packed(self) -> str:
        """Return the line as text for a hidden field."""
        return self.model_dump_json(exclude_none=True)


@dataclass(slots=True)
class CountedLine:
    """A line, the number typed beside it, and what is wrong with that."""

    line: ShelfLine
    typed: str = ""
    error: str = ""
    hint: str = ""


class NotOnShelf(Exception):
    """What was scanned or typed leads to no book, or to several; the message says so, ``choices`` are the several."""

    def __init__(self, message: str, choices: list[Book] | None = None, isbn: str = "") -> None:
        """Take the message, the books to choose from, and the ISBN that nobody has."""
        super().__init__(message)
        self.choices = choices or []
        self.isbn = isbn


@dataclass(slots=True)
class Shelf:
    """The lines so far, the one that was touched last first."""

    lines: list[CountedLine] = field(default_factory=list)

    @classmethod
    def of(cls, form: Submitted) -> "Shelf":
        """Read the lines of a form; what is no line is left out, and of one book only the first."""
        shelf = cls()
        for packed, typed in zip(form.all("line")[:MOST_LINES], form.all("counted"), strict=False):
            try:
                line = ShelfLine.model_validate_json(packed)
            except ValidationError:
                continue
            if shelf.find(line.book_id) is None:
                shelf.lines.append(CountedLine(line, typed.strip()))
        return shelf

    def find(self, book_id: str) -> CountedLine | None:
        """Return the line of a book."""
        return next((line for line in self.lines if line.line.book_id == book_id), None)

    def put(self, line: ShelfLine) -> CountedLine:
        """Put a book on top. One that is there already is counted anew, from now on."""
        present = self.find(line.book_id)
        if present is not None:
            self.lines.remove(present)
        top = CountedLine(line)
        if present is not None and present.typed:
            top.hint = _("You had %(number)s. Type how many there are in all.", number=present.typed)
        self.lines.insert(0, top)
        return top

    def take_out(self, book_id: str) -> None:
        """Take a book off the list."""
        self.lines = [line for line in self.lines if line.line.book_id != book_id]

    def stray_scan(self) -> str:
        """Return, and take away, a bar code that was scanned into a number's field; empty when there is none."""
        for line in self.lines:
            match = _NUMBER_AND_SCAN.fullmatch(line.typed)
            if match:
                line.typed, isbn = match.groups()
                return isbn
        return ""

    def check(self, view: FormView) -> None:
        """Note at each line, and in ``view`` for the summary, what is wrong with its number."""
        for line in self.lines:
            if forms.number_of(line.typed) is None:
                line.error = _("Enter a number, like 0 or 12") if line.typed else _("Type how many you counted")
                title = wording.shortened(line.line.title)
                view.refuse(f"counted-{line.line.book_id}", f"{line.error}: {title}")

    def counts(self) -> list[dict[str, object]]:
        """Return what the stocktake is sent as: ``[{"book_id": …, "counted": …, "as_of": …}]``."""
        return [
            {"book_id": line.line.book_id, "counted": int(line.typed)}
            | ({} if line.line.as_of is None else {"as_of": line.line.as_of})
            for line in self.lines
        ]


def isbn_in(text: str) -> str:
    """Return the ISBN that a scanner or a person typed, without hyphens, or an empty text."""
    digits = re.sub(r"[\s-]", "", text)
    bar_code = _BAR_CODE.fullmatch(digits)
    if bar_code:
        return bar_code[1]
    return digits if _ISBN10.fullmatch(digits) else ""


class Librarian:
    """Finds the book that somebody holds in their hand."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway
        self._catalogue = CatalogueClient(gateway)

    async def by_scan(self, text: str) -> ShelfLine:
        """Return the line of the book that ``text`` means: an ISBN, some digits of one, or words of the title.

        Raises ``NotOnShelf``.
        """
        isbn = isbn_in(text)
        return await (self._by_isbn(isbn) if isbn else self._by_words(text))

    async def by_id(self, book_id: str) -> ShelfLine:
        """Return the line of the book that was chosen. Raises ``NotFound``."""
        tagged = await self._catalogue.book(book_id)
        return await self._line(tagged.book)

    async def _by_isbn(self, isbn: str) -> ShelfLine:
        try:
            book = Book.model_validate((await self._gateway.get(f"/books/isbn/{quote(isbn, safe='')}")).body)
        except NotFound as error:
            message = _("No book has the ISBN %(isbn)s. Is it in the catalogue yet?", isbn=isbn)
            raise NotOnShelf(message, isbn=isbn) from error
        except Refused as error:
            if error.status != _UNPROCESSABLE:
                raise
            message = _(
                "%(isbn)s is not an ISBN: its last digit does not fit. Scan it again, or type some of the title.",
                isbn=isbn,
            )
            raise NotOnShelf(message) from error
        return await self._line(book)

    async def _by_words(self, text: str) -> ShelfLine:
        found = await self._catalogue.find([("q", text), ("limit", str(_MOST_CHOICES + 1))])
        if not found.items:
            message = _("No book is called “%(words)s”. Scan the ISBN, or type other words of the title.", words=text)
            raise NotOnShelf(message)
        if len(found.items) == 1:
            return await self._line(found.items[0])
        if len(found.items) > _MOST_CHOICES:
            message = _("Many books are called like “%(words)s”. Choose one, or type more of its title.", words=text)
        else:
            message = _("Several books are called like “%(words)s”. Choose one, or type more of its title.", words=text)
        raise NotOnShelf(message, found.items[:_MOST_CHOICES])

    async def _line(self, book: Book) -> ShelfLine:
        stock = await StockClient(self._gateway).stock(book.id, [("limit", "1")])
        return ShelfLine(book_id=book.id, title=book.title, authors=book.authors, isbn13=book.isbn13, as_of=stock.as_of)
