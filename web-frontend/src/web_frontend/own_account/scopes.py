"""What scopes and roles allow, in plain words."""

from typing import NamedTuple

from service_kit.languages.texts import N_, _


class ScopeWords(NamedTuple):
    """What a scope allows: briefly, and for those who choose; to be translated where it is shown."""

    name: str
    brief: str
    words: str


SCOPES = (
    ScopeWords("books:read", N_("See books"), N_("Search the catalogue and look at books")),
    ScopeWords("books:write", N_("Change books"), N_("Add, change and archive books, import and export them")),
    ScopeWords("stock:write", N_("Change stock"), N_("Count and change how many copies there are")),
    ScopeWords("orders:read", N_("See orders"), N_("See your own orders")),
    ScopeWords("orders:write", N_("Place orders"), N_("Fill your cart, order and cancel in your name")),
    ScopeWords("orders:manage", N_("Handle orders"), N_("See and handle everybody’s orders")),
    ScopeWords("accounts:manage", N_("Manage accounts"), N_("See and change everybody’s accounts and roles")),
)
_BRIEF = {scope.name: scope.brief for scope in SCOPES}
_ROLES = {
    "customer": N_("Customer"),
    "editor": N_("Editor – may change books and stock"),
    "staff": N_("Staff – may change books and stock, and handle orders"),
    "admin": N_("Administrator – may do everything"),
}


def brief_words(scopes: list[str]) -> list[str]:
    """Return what each of ``scopes`` allows, in the order in which people choose them."""
    known = [_(scope.brief) for scope in SCOPES if scope.name in scopes]
    return known + [scope for scope in scopes if scope not in _BRIEF]


def role_words(role: str) -> str:
    """Return what a role is called, and what it allows."""
    return _(_ROLES[role]) if role in _ROLES else role.capitalize()
