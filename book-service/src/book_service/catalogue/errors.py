"""What can go wrong in the catalogue."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class BookNotFound(DomainError):
    """There is no such book, or it is archived and the caller does not edit books."""

    code = "book_not_found"
    status = 404
    title = N_("There is no such book")


class IsbnTaken(DomainError):
    """Another book has this ISBN; the extension members ``book_id`` and ``archived`` name it."""

    code = "isbn_taken"
    status = 409
    title = N_("Another book has this ISBN")


class BookArchived(DomainError):
    """The book is archived, so it is not changed before it is restored."""

    code = "book_archived"
    status = 409
    title = N_("This book is archived; restore it before you change it")


class PreconditionFailed(DomainError):
    """Somebody else changed the book meanwhile (RFC 9110, section 13.1.1); ``current`` is the book as it is now."""

    code = "precondition_failed"
    status = 412
    title = N_("The book was changed by somebody else")
