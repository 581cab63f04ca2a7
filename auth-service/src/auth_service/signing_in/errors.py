"""What can go wrong with signing in."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError

_HEADERS = {"WWW-Authenticate": 'Bearer realm="quire"'}
"""RFC 9110 wants it on every 401."""


class InvalidCredentials(DomainError):
    """No such account, a disabled one, or another password: the caller is not told which."""

    code = "invalid_credentials"
    status = 401
    title = N_("The e-mail address or the password is not right")

    def __init__(self) -> None:
        """Say how to sign in."""
        super().__init__(headers=_HEADERS)


class SecondFactorRequired(DomainError):
    """The password was right, and a code of the second factor has to follow."""

    code = "second_factor_required"
    status = 401
    title = N_("Give the code that your authenticator app shows")

    def __init__(self, challenge: str, *, expires_in: int) -> None:
        """Take what is to be sent with the code, and for how many seconds it is good."""
        headers = {**_HEADERS, "Cache-Control": "no-store"}
        super().__init__(headers=headers, challenge=challenge, expires_in=expires_in)


class InvalidCode(DomainError):
    """The code is not the one that is shown now, or was used before."""

    code = "invalid_code"
    status = 401
    title = N_("The code is not right, or was used before")

    def __init__(self) -> None:
        """Say how to sign in."""
        super().__init__(headers=_HEADERS)


class InvalidChallenge(DomainError):
    """The challenge is unknown, has expired or was tried too often, or the password was changed since."""

    code = "invalid_challenge"
    status = 401
    title = N_("Sign in with your password again")

    def __init__(self) -> None:
        """Say how to sign in."""
        super().__init__(headers=_HEADERS)


class EmailNotVerified(DomainError):
    """The password was right, but nobody has shown yet that the address is theirs."""

    code = "email_not_verified"
    status = 403
    title = N_("Follow the link in the mail to your address first")
