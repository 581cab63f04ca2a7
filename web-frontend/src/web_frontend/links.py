"""Addresses inside the shop."""

import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode, urlsplit

_LONGEST = 2000
_LONGEST_IN_PATH = 200
_SHELVES = {"author": "/authors", "subject": "/subjects", "publisher": "/publishers"}
# No scheme, no host, no backslash (browsers read it as a slash), no control character, and not "//host".
_SAME_SITE = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def same_site_path(candidate: str | None, default: str = "/") -> str:
    """Return ``candidate`` if it is a path of this site, else ``default``: ``next=`` leads nobody elsewhere."""
    if not candidate or len(candidate) > _LONGEST or not _SAME_SITE.fullmatch(candidate):
        return default
    parts = urlsplit(candidate)
    return candidate if not parts.scheme and not parts.netloc else default


def with_query(path: str, values: Iterable[tuple[str, str]]) -> str:
    """Return ``path`` with ``values`` as its query."""
    query = urlencode([(name, value) for name, value in values if value])
    return f"{path}?{query}" if query else path


def shelf_address(kind: str, name: str) -> tuple[str, list[tuple[str, str]]]:
    """Return path and query of the page of an author, a subject or a publisher, as ``kind`` says.

    A name that a path cannot carry everywhere goes into the query: proxies refuse encoded slashes and backslashes,
    browsers fold dot segments away, and a very long path is cut by some.
    """
    path = _SHELVES[kind]
    if len(name) > _LONGEST_IN_PATH or name in {"", ".", ".."} or "/" in name or "\\" in name:
        return path, [("name", name)]
    return f"{path}/{quote(name, safe='')}", []


def shelf_link(kind: str, name: str) -> str:
    """Return the address of the page of an author, a subject or a publisher, as ``kind`` says."""
    return with_query(*shelf_address(kind, name))


def sign_in_link(next_path: str) -> str:
    """Return the address of the sign-in page that leads on to ``next_path``."""
    return f"/sign-in?next={quote(next_path, safe='/')}" if next_path != "/" else "/sign-in"
