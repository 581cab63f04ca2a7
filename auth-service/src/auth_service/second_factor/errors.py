"""What can go wrong with second factors."""

from service_kit.languages.texts import N_, _
from service_kit.problems import DomainError, InvalidField


class SecondFactorEnabled(DomainError):
    """The account has a second factor already."""

    code = "second_factor_enabled"
    status = 409
    title = N_("This account has a second factor already")


class NoSecondFactor(DomainError):
    """The account has no second factor, or none that was begun with."""

    code = "no_second_factor"
    status = 409
    title = N_("This account has no second factor")


class SecondFactorIsRequired(DomainError):
    """The shop wants a second factor of everybody with this role."""

    code = "second_factor_is_required"
    status = 409
    title = N_("This shop requires a second factor for this role")


class WrongCode(InvalidField):
    """The code is not the one that is shown now, or was used before."""

    message = N_("is not right, or was used before")

    def __init__(self) -> None:
        """Name the field of the body."""
        super().__init__(field="code", message=_(self.message))


class CodeMissing(WrongCode):
    """The account has a second factor, and no code was shown."""

    message = N_("is needed, for the account has a second factor")
