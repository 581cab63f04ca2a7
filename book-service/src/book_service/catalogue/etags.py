"""Entity tags of books (RFC 9110, section 8.8.3).

A book's tag has two parts, ``"v7.s31"``: the version of the record and that of its stock. A reader's copy is stale when
either has changed. An edit is only in the way of another edit, so ``If-Match`` compares the record's version alone: a
sale in between does not spoil it.
"""

import re

_TAG = re.compile(r'(W/)?"(?:v(\d{1,9})\.s\d{1,18}|[^"]*)"')


def book_etag(version: int, stock_version: int) -> str:
    """Return the strong entity tag of a book."""
    return f'"v{version}.s{stock_version}"'


def matching_versions(if_match: str | None) -> frozenset[int] | None:
    """Return the record versions that an ``If-Match`` header accepts, or None when any will do.

    Weak tags and tags that are not ours never match (RFC 9110, section 13.1.1: strong comparison).
    """
    if if_match is None or if_match.strip() == "*":
        return None
    return frozenset(int(version) for weak, version in _TAG.findall(if_match) if version and not weak)
