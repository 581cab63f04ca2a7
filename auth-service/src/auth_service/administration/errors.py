"""What can go wrong with administering accounts."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class NoSuchAccount(DomainError):
    """There is no account with this id."""

    code = "account_not_found"
    status = 404
    title = N_("There is no such account")


class OwnAccount(DomainError):
    """Nobody takes their own rights away, or their own second factor, by mistake or with a stolen token."""

    code = "own_account"
    status = 409
    title = N_("This is your own account")


class LastAdmin(DomainError):
    """Afterwards nobody could manage accounts any more."""

    code = "last_admin"
    status = 409
    title = N_("This is the last administrator")
