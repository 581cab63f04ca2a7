"""E-mail addresses: what is one, and when two are the same."""

import unicodedata
from dataclasses import dataclass

import email_validator

from service_kit.languages.language import ORIGINAL, current_language
from service_kit.languages.texts import _

LONGEST_INPUT = 320

# Quire is hosted at home too, where these are real: ann@shop.local, ann@shop.test, ann@nas.home.arpa.
_OWN_NETWORK = {"local", "test", "arpa"}
_RESERVED = [name for name in email_validator.SPECIAL_USE_DOMAIN_NAMES if name not in _OWN_NETWORK]
email_validator.SPECIAL_USE_DOMAIN_NAMES[:] = _RESERVED


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address as its owner writes it, and the key by which it is unique."""

    text: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "EmailAddress":
        """Read an address (RFC 5321, RFC 6531, IDNA 2008). Raises ``ValueError`` with a sentence for people."""
        # The length comes first: normalising is slow for long text, and what is too long is no address anyway.
        if len(text) > LONGEST_INPUT:
            message = _("The email address is too long.")
            raise ValueError(message)
        try:
            checked = email_validator.validate_email(text.strip(), check_deliverability=False, strict=True)
        except email_validator.EmailNotValidError as error:
            raise ValueError(_in_words(error)) from error
        # Mail systems may tell Ann@ from ann@, but people do not; the domain is compared as DNS does it.
        local_part = unicodedata.normalize("NFC", checked.local_part.lower())
        return cls(checked.normalized, f"{local_part}@{(checked.ascii_domain or checked.domain).lower()}")


def _in_words(error: Exception) -> str:
    # The library says more, but in English alone.
    is_original = current_language().code == ORIGINAL.code
    return str(error) if is_original else _("is no email address, like ann@example.org")


def envelope_address(text: str) -> str:
    """Return an address as mail servers take it, its domain in ASCII (RFC 5890). Raises ``ValueError``."""
    checked = email_validator.validate_email(text, check_deliverability=False, strict=True)
    return f"{checked.local_part}@{checked.ascii_domain or checked.domain}"
