"""What can go wrong with accounts."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError, InvalidField, Unavailable


class EmailTaken(DomainError):
    """Another account has this address."""

    code = "email_taken"
    status = 409
    title = N_("There is already an account with this e-mail address")


class SignupClosed(DomainError):
    """This shop does not let strangers sign up."""

    code = "signup_closed"
    status = 403
    title = N_("Signing up is not open here")


class WrongPassword(DomainError):
    """The current password, asked for to change it, is another one."""

    code = "wrong_password"
    status = 403
    title = N_("The current password is not right")


class UnacceptablePassword(InvalidField):
    """The new password breaks a rule that only the service can check."""


class PasswordsBusy(Unavailable):
    """More sign-ins and sign-ups at once than this machine can hash passwords for."""

    code = "overloaded"
    title = N_("Too many people are signing in at this moment")

    def __init__(self) -> None:
        """Ask to come back in a second."""
        super().__init__(retry_after=1)


class AccountNotFound(DomainError):
    """There is no account with this address."""

    code = "account_not_found"
    status = 404
    title = N_("There is no account with this e-mail address")
