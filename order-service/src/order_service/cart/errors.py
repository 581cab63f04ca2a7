"""What can go wrong with a cart."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError, Unavailable


class BookNotFound(DomainError):
    """There is no such book in the catalogue (any more)."""

    code = "book_not_found"
    status = 404
    title = N_("There is no such book")


class CartFull(DomainError):
    """The cart has as many different books as one order may have."""

    code = "cart_full"
    status = 409
    title = N_("The cart holds no more different books")


class CatalogueUnavailable(Unavailable):
    """book-service does not answer, so nothing can be said about a book that is not in the cart yet."""

    code = "catalogue_unavailable"
    title = N_("The catalogue does not answer for a moment")
