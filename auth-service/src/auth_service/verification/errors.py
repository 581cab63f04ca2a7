"""What can go wrong with e-mail addresses."""

from service_kit.problems import DomainError


class EmailNotVerified(DomainError):
    """The shop wants to know first that the address is its account's. Only said after the right password."""

    code = "email_not_verified"
    status = 403
    title = "Follow the link in the mail to this address first"
