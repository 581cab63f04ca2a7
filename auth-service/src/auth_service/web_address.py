"""The address of the shop's pages, as it stands in mails."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def _checked(text: str) -> str:
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        _ = parts.port  # Raises for what is no port.
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable()
    except ValueError:
        is_address = False
    if not is_address or " " in text or parts.query or parts.fragment or parts.username is not None:
        message = "is not the address of web pages, like https://shop.example.org"
        raise ValueError(message)
    return text


WebAddress = Annotated[str, AfterValidator(_checked)]
"""A setting: where pages begin, http or https, without a slash at its end, a query or a password."""
