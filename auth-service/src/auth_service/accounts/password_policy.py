"""Which passwords may be chosen: NIST SP 800-63B and OWASP ASVS 5.0, section 6.2."""

import unicodedata
from importlib.resources import files

SHORTEST = 8
LONGEST = 128
LONGEST_INPUT = 512
"""Characters of a password as sent; more are refused unread (normalising can shorten, but not by so much)."""

_COMMONEST = frozenset(files("auth_service.accounts").joinpath("common_passwords.txt").read_text("utf-8").split())


def password_problem(password: str, *, email: str | None = None) -> str | None:
    """Say what is wrong with a new password, or None. ``email`` is the address of its account."""
    if len(password) > LONGEST_INPUT:
        return _TOO_LONG
    text = unicodedata.normalize("NFC", password)
    return _form_problem(text) or _guessing_problem(text.strip().lower(), email)


_TOO_LONG = f"must have at most {LONGEST} characters"


def _form_problem(text: str) -> str | None:
    if len(text) < SHORTEST:
        return f"must have at least {SHORTEST} characters"
    if len(text) > LONGEST:
        return _TOO_LONG
    if "\0" in text or any(unicodedata.category(character) == "Cs" for character in text):
        return "holds a character that cannot be typed (NUL or half of a surrogate pair)"
    return None


def _guessing_problem(text: str, email: str | None) -> str | None:
    if email is not None and text == email.lower():
        return "must not be the email address"
    if text in _COMMONEST or len(set(text)) <= 1:
        return "is among the passwords that are guessed first; choose another"
    return None
