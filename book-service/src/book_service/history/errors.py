"""What can go wrong with a book's history."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class RevisionNotFound(DomainError):
    """The book never had this version, or it is from before histories were kept, so that nobody knows what it said."""

    code = "revision_not_found"
    status = 404
    title = N_("The book has no such version, or what it said is not known")
