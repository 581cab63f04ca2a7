"""What can go wrong when a service asks for a token; the codes are those of RFC 6749, section 5.2."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class InvalidClient(DomainError):
    """No credentials, an unknown client, or another secret."""

    code = "invalid_client"
    status = 401
    title = N_("The client is not known or its secret is not right")

    def __init__(self) -> None:
        """Name the scheme that is wanted."""
        super().__init__(headers={"WWW-Authenticate": 'Basic realm="quire"'})


class InvalidScope(DomainError):
    """The client may not have this scope."""

    code = "invalid_scope"
    status = 400
    title = N_("This client may not have that scope")
