"""Conditional requests (RFC 9110, section 13)."""


def is_not_modified(if_none_match: str | None, etag: str) -> bool:
    """Tell whether the caller's copy is still good (``If-None-Match``, weak comparison)."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return any(tag.strip().removeprefix("W/") == etag for tag in if_none_match.split(","))
