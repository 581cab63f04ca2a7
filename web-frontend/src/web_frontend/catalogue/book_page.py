"""A book's page, which also shows what became of putting the book into the cart."""

from dataclasses import dataclass

from starlette.responses import Response

from web_frontend.cart.forms import quantity_form
from web_frontend.catalogue.books import ShelvedBook
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.discovery.findable import found_book
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

# A text up to this length stands beside the cover; a longer one gets a section of its own.
_SHORT_DESCRIPTION = 480


@dataclass(frozen=True, slots=True)
class AddedToCart:
    """How many copies of the book are in the cart now, and how many of all books."""

    copies: int
    in_all: int


async def show_book(
    page: Page,
    book_id: str,
    *,
    form: FormView | None = None,
    status: int = 200,
    added: AddedToCart | None = None,
) -> Response:
    """Show the book, and what was just added of it. Raises ``NotFound``."""
    catalogue = CatalogueClient(page.gateway)
    if page.is_partial:
        found = ShelvedBook(book=(await catalogue.book(book_id)).book)
    else:
        found = await catalogue.book_on_its_shelf(book_id)
    kept = page.take_kept_input() or {}
    return await page.show(
        "catalogue/book.html",
        status=status,
        fragments=("add_form", "cart_news"),
        book=found.book,
        shelf=found.items,
        form=form or quantity_form(kept.get("quantity", ["1"])[0]),
        added=added,
        is_short=len(found.book.description or "") <= _SHORT_DESCRIPTION,
        findable=found_book(page, found.book),
    )
