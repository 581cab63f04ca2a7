"""What is public: the list of path prefixes, the service each belongs to, and who may call it.

A path that is not in the list does not exist. A path that two programs could read differently is refused before it is
looked up, so that what was checked here is what the service behind will serve.
"""

import re
from dataclasses import dataclass
from enum import Enum

from gateway.config import Settings
from gateway.problems import BadPath
from service_kit.languages.texts import N_

AUTH_SERVICE = "auth-service"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_READING = frozenset({"GET", "HEAD"})

_AMBIGUOUS = re.compile(
    rb"""
      //                                  # empty segments
    | \\ | %(?:2f|5c)                     # backslashes, and slashes that are not slashes yet
    | %(?:[01][0-9a-f]|7f)                # control characters
    | %(?![0-9a-f]{2})                    # no percent-encoding (RFC 3986, section 2.1)
    | [^\x21-\x7e]                        # bytes that a URL cannot have
    | / (?:\.|%2e){1,2} (?: [/;] | $ )    # dot segments
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Access(Enum):
    """What a request must show."""

    PUBLIC = "public"
    """Nothing; the Authorization header is not looked at."""
    OPTIONAL = "optional"
    """Nothing, but a token that is sent must be good."""
    REQUIRED = "required"
    """A good token."""


@dataclass(frozen=True, slots=True)
class Route:
    """A public path prefix. ``path`` is its label in metrics, too."""

    path: str
    service: str
    base_url: str
    reading: Access = Access.REQUIRED
    writing: Access = Access.REQUIRED
    max_body_bytes: int | None = None
    """Of a path whose bodies may be of another size than the settings say."""
    is_for_people: bool = False
    """Whether it takes somebody who is signed in, and no API key."""
    is_for_this_machine: bool = False
    """Whether it is there for clients on this machine alone."""
    is_limited: bool = True
    """Whether its requests are counted."""

    def access(self, method: str) -> Access:
        """Return what a request with this method must show."""
        return self.reading if method in _READING else self.writing


_OPEN_TO_ALL = (
    "/auth/register",
    "/auth/login",
    "/auth/refresh",
    "/auth/signup",
    "/auth/password-reset",
    "/auth/email-verification",
)
_FOR_PEOPLE = ("/auth/me", "/auth/logout", "/auth/sessions", "/auth/api-keys")
_WELL_KNOWN = ("/.well-known/jwks.json", "/.well-known/oauth-authorization-server")


def public_routes(settings: Settings) -> list[Route]:
    """List all that is public."""
    auth = (AUTH_SERVICE, settings.auth_url.rstrip("/"))
    books = ("book-service", settings.book_url.rstrip("/"))
    orders = ("order-service", settings.order_url.rstrip("/"))
    reading_books = Access.OPTIONAL if settings.storefront == "public" else Access.REQUIRED
    return [
        Route("/books", *books, reading_books),
        Route("/books/imports", *books, max_body_bytes=settings.max_import_bytes),
        Route("/cart", *orders),
        Route("/orders", *orders),
        *(Route(path, *auth, Access.PUBLIC, Access.PUBLIC) for path in _OPEN_TO_ALL),
        *(Route(path, *auth, is_for_people=True) for path in _FOR_PEOPLE),
        Route("/auth/users", *auth),
        Route("/auth/invitations", *auth),
        Route("/auth/audit", *auth),
        # The mails that a run on one's own machine only pretends to send.
        *([_mails(*auth)] if settings.local_run else []),
        *(Route(path, *auth, Access.PUBLIC, Access.PUBLIC, is_limited=False) for path in _WELL_KNOWN),
    ]


def _mails(service: str, base_url: str) -> Route:
    # They hold links with which one gets into accounts.
    return Route("/auth/mails", service, base_url, Access.PUBLIC, Access.PUBLIC, is_for_this_machine=True)


class RouteTable:
    """Finds the route of a path."""

    def __init__(self, routes: list[Route]) -> None:
        """Take the routes; a prefix has one or two segments."""
        self._routes = {route.path: route for route in routes}

    def find(self, path: str) -> Route | None:
        """Return the route whose prefix is ``path`` or the start of it, whole segments only."""
        # "/books/7/stock" → "/books/7", "/books"
        segments = path.split("/", 3)
        return self._routes.get("/".join(segments[:3])) or self._routes.get("/".join(segments[:2]))


def refuse_ambiguous(raw_path: bytes) -> None:
    """Raise ``BadPath`` for a path, as it came over the wire, that the service behind might read differently."""
    if _AMBIGUOUS.search(raw_path) or not raw_path.startswith(b"/"):
        detail = N_("Dot segments, empty segments, backslashes, encoded slashes and control characters are not taken.")
        raise BadPath(detail)


def services_of(routes: list[Route]) -> dict[str, str]:
    """Return the URL of each service that has a public route, by the service's name."""
    return {route.service: route.base_url for route in routes}
