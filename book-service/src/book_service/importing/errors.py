"""What can go wrong when somebody deals with an import."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class ImportNotFound(DomainError):
    """There is no such import."""

    code = "import_not_found"
    status = 404
    title = N_("There is no such import")


class ImportState(DomainError):
    """The import is not in a state for this; the extension member ``state`` tells in which it is."""

    code = "import_state"
    status = 409
    title = N_("This import is not in a state for that")


class InvalidMapping(DomainError):
    """The columns cannot be read like that."""

    code = "invalid_mapping"
    status = 422
    title = N_("The columns cannot be read like that")


class UploadBrokenOff(DomainError):
    """The file did not arrive as a whole, so nothing is kept of it."""

    code = "upload_broken_off"
    status = 400
    title = N_("The file did not arrive as a whole")


class TooManyImports(DomainError):
    """So many imports wait to be decided on that no other is taken."""

    code = "too_many_imports"
    status = 409
    title = N_("Too many imports are waiting; apply or delete some first")
