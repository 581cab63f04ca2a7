"""Roles and the scopes that each one gives."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What an account is in the shop."""

    CUSTOMER = "customer"
    EDITOR = "editor"
    STAFF = "staff"
    ADMIN = "admin"


_CUSTOMER: Final = ("books:read", "orders:read", "orders:write")
_EDITOR: Final = (*_CUSTOMER, "books:write", "stock:write")
_STAFF: Final = (*_EDITOR, "orders:manage")
_ADMIN: Final = (*_STAFF, "accounts:manage")

SCOPES: Final[dict[Role, tuple[str, ...]]] = {
    Role.CUSTOMER: _CUSTOMER,
    Role.EDITOR: _EDITOR,
    Role.STAFF: _STAFF,
    Role.ADMIN: _ADMIN,
}
