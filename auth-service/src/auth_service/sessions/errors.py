"""What can go wrong with signing in and staying signed in."""

from service_kit.problems import DomainError


class InvalidCredentials(DomainError):
    """No such account, a disabled one, or another password: the caller is not told which."""

    code = "invalid_credentials"
    status = 401
    title = "The e-mail address or the password is not right"

    def __init__(self) -> None:
        """Add the header that RFC 9110 wants on every 401."""
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="quire"'})


class InvalidRefreshToken(DomainError):
    """The refresh token is unknown, used up or expired, or its session has ended."""

    code = "invalid_refresh_token"
    status = 401
    title = "Sign in again"

    def __init__(self) -> None:
        """Add the header that RFC 9110 wants on every 401."""
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="quire"'})
