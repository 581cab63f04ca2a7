"""What scopes and roles allow, in plain words."""

from typing import NamedTuple


class ScopeWords(NamedTuple):
    """What a scope allows: briefly, and for those who choose."""

    name: str
    brief: str
    words: str


SCOPES = (
    ScopeWords("books:read", "See books", "Search the catalogue and look at books"),
    ScopeWords("books:write", "Change books", "Add, change and archive books, import and export them"),
    ScopeWords("stock:write", "Change stock", "Count and change how many copies there are"),
    ScopeWords("orders:read", "See orders", "See your own orders"),
    ScopeWords("orders:write", "Order", "Fill your cart, order and cancel in your name"),
    ScopeWords("orders:manage", "Handle orders", "See and handle everybody’s orders"),
    ScopeWords("accounts:manage", "Manage accounts", "See and change everybody’s accounts and roles"),
)
_BRIEF = {scope.name: scope.brief for scope in SCOPES}
_ROLES = {
    "customer": "Customer",
    "editor": "Editor – may change books and stock",
    "staff": "Staff – may change books and stock, and handle orders",
    "admin": "Administrator – may do everything",
}


def brief_words(scopes: list[str]) -> list[str]:
    """Return what each of ``scopes`` allows, in the order in which people choose them."""
    known = [scope.brief for scope in SCOPES if scope.name in scopes]
    return known + [scope for scope in scopes if scope not in _BRIEF]


def role_words(role: str) -> str:
    """Return what a role is called, and what it allows."""
    return _ROLES.get(role, role.capitalize())
