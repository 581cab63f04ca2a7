"""What can go wrong between the pages and the gateway, each by its name."""

from collections.abc import Mapping
from typing import Any, Literal

from service_kit.languages.texts import N_, _

Away = Literal["accounts", "books", "cart", "orders", "shop"]
"""What can be away, as people see it: the cart and the orders are two things to them, and one service."""

_ANSWERING: dict[str, Away] = {"auth": "accounts", "books": "books", "cart": "cart", "orders": "orders"}
_AWAY_WORDS: dict[Away, str] = {
    "accounts": N_("Signing in is away for a moment"),
    "books": N_("The catalogue is away for a moment"),
    "cart": N_("The cart is away for a moment"),
    "orders": N_("Orders are away for a moment"),
    "shop": N_("The shop is away for a moment"),
}


def service_of(path: str) -> Away:
    """Return what answers ``path`` behind the gateway."""
    return _ANSWERING.get(path.strip("/").split("/", 1)[0], "shop")


class GatewayError(Exception):
    """The gateway did not do what was asked."""


class SignInNeeded(GatewayError):
    """There is no session, or it has definitely ended."""


class ServiceAway(GatewayError):
    """No answer, a late one, or one that says that a service is down."""

    def __init__(self, service: Away, *, retry_after: int | None = None) -> None:
        """Take what is away, and the seconds to wait when they are known."""
        super().__init__(f"{service} is away")
        self.service: Away = service
        self.retry_after = retry_after

    @property
    def words(self) -> str:
        """Return in the reader's words what is away."""
        return _(_AWAY_WORDS[self.service])


class Refused(GatewayError):
    """The gateway answered with a problem document (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Take the answer's status, the members of its body, and its headers."""
        self.status = status
        self.code = str(problem.get("code", "error"))
        self.title = str(problem.get("title") or "")
        self.detail = str(problem.get("detail") or problem.get("title") or "")
        self.problem = dict(problem)
        self.headers = {name.lower(): value for name, value in headers.items()}
        super().__init__(f"{status} {self.code}")

    @property
    def field_messages(self) -> list[tuple[str, str]]:
        """Return ``(field, message)`` of each thing that was wrong with the input."""
        errors = self.problem.get("errors")
        if not isinstance(errors, list):
            return []
        return [_field_message(item) for item in errors if isinstance(item, dict)]


class NotFound(Refused):
    """There is no such thing, or it is not this person's to see."""


class NotAllowed(Refused):
    """The person is known but may not do this."""


class TooManyRequests(Refused):
    """Asked too often; ``Retry-After`` says when to come back."""

    @property
    def retry_after(self) -> int | None:
        """Return the seconds to wait, where they are known (RFC 9110, section 10.2.3)."""
        wait = self.headers.get("retry-after", "")
        return int(wait) if wait.isdecimal() else None


def refusal(status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> Refused:
    """Return the error that stands for an answer with ``status`` 4xx."""
    kinds: dict[int, type[Refused]] = {403: NotAllowed, 404: NotFound, 429: TooManyRequests}
    return kinds.get(status, Refused)(status, problem, headers)


def _field_message(item: Mapping[str, Any]) -> tuple[str, str]:
    # ``loc`` is body, then the field, then perhaps a position in its list.
    names = [part for part in item.get("loc", []) if isinstance(part, str) and part not in {"body", "query"}]
    return (names[0] if names else "", str(item.get("msg", "")))
