"""ISBNs in any of the forms in which people write them."""

from stdnum import isbn as isbn_standard
from stdnum.exceptions import ValidationError


def isbn13_of(text: str) -> str:
    """Return the thirteen digits of an ISBN-10 or ISBN-13 with any hyphens (ISO 2108). Raises ``ValueError``."""
    try:
        compact: str = isbn_standard.to_isbn13(isbn_standard.validate(text)).replace("-", "")
    except ValidationError as error:
        message = "is not an ISBN: the length or the check digit is wrong"
        raise ValueError(message) from error
    return compact
