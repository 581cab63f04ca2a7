"""What can go wrong with staying signed in."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class InvalidRefreshToken(DomainError):
    """The refresh token is unknown, used up or expired, or its session has ended."""

    code = "invalid_refresh_token"
    status = 401
    title = N_("Sign in again")

    def __init__(self) -> None:
        """Add the header that RFC 9110 wants on every 401."""
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="quire"'})


class SessionNotFound(DomainError):
    """The caller has no such session, or it has ended."""

    code = "session_not_found"
    status = 404
    title = N_("There is no such session")
