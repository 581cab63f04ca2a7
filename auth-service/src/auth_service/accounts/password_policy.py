"""Which passwords may be chosen: NIST SP 800-63B and OWASP ASVS 5.0, section 6.2."""

import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files

from auth_service.accounts.errors import UnacceptablePassword
from service_kit.languages.texts import _

SHORTEST = 8
LONGEST = 128
LONGEST_INPUT = 512
"""Characters of a password as sent; more are refused unread (normalising can shorten, but not by so much)."""

_COMMONEST = frozenset(files("auth_service.accounts").joinpath("common_passwords.txt").read_text("utf-8").splitlines())
_SYSTEM = "quire"
_SHORTEST_WORD = 4
"""A shorter name of a shop, or of a mailbox, is found in too many passwords by chance."""


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Which passwords this shop takes."""

    shop_name: str

    def check(self, password: str, *, email: str, field: str) -> None:
        """Raise ``UnacceptablePassword`` for ``field`` of the body unless the account with ``email`` may have it."""
        if problem := password_problem(password, email=email, shop_name=self.shop_name):
            raise UnacceptablePassword(field=field, message=problem)


def password_problem(password: str, *, email: str | None = None, shop_name: str = "") -> str | None:
    """Say what is wrong with a new password, or None. ``email`` is the address of its account."""
    if len(password) > LONGEST_INPUT:
        return _too_long()
    text = unicodedata.normalize("NFC", password)
    return _form_problem(text) or _guessing_problem(text.strip().lower(), email, shop_name)


def _too_long() -> str:
    return _("must have at most %(most)s characters", most=LONGEST)


def _form_problem(text: str) -> str | None:
    if len(text) < SHORTEST:
        return _("must have at least %(least)s characters", least=SHORTEST)
    if len(text) > LONGEST:
        return _too_long()
    if "\0" in text or any(unicodedata.category(character) == "Cs" for character in text):
        return _("holds a character that cannot be typed (NUL or half of a surrogate pair)")
    return None


def _guessing_problem(text: str, email: str | None, shop_name: str) -> str | None:
    if email is not None and text == email.lower():
        return _("must not be the email address")
    if _is_built_on(text, (shop_name, _SYSTEM, (email or "").partition("@")[0])):
        return _("must not be the name of the shop or of the account with some figures or signs")
    if text in _COMMONEST or len(set(text)) <= 1:
        return _("is among the passwords that are guessed first; choose another")
    return None


def _is_built_on(text: str, names: tuple[str, ...]) -> bool:
    """Tell whether nothing but figures and signs is left of ``text`` without these names."""
    rest = _letters_and_figures(text)
    words = {_letters_and_figures(name.lower()) for name in names}
    # The longest first: a name may hold another one.
    for word in sorted((word for word in words if len(word) >= _SHORTEST_WORD), key=len, reverse=True):
        rest = rest.replace(word, " ")
    return " " in rest and not any(character.isalpha() for character in rest)


def _letters_and_figures(text: str) -> str:
    return re.sub(r"[\W_]", "", text)
