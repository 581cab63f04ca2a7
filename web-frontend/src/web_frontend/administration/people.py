"""Accounts as their administrator sees them, and the list of them as somebody looks at it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel
from starlette.datastructures import QueryParams

from service_kit.languages.texts import N_, _
from web_frontend.gateway_client import QueryValues
from web_frontend.links import with_query
from web_frontend.one_line import one_line

PATH = "/admin/accounts"
PAGE_SIZE = 50
ROLES = {"customer": N_("Customer"), "editor": N_("Editor"), "staff": N_("Staff"), "admin": N_("Administrator")}
ROLE_HINTS = {
    "customer": N_("Looks at books, orders, and sees their own orders."),
    "editor": N_("Also changes books and stock."),
    "staff": N_("Also sees and handles everybody’s orders."),
    "admin": N_("Also manages accounts, as you do here."),
}
STATES = {"false": N_("Can sign in"), "true": N_("Disabled")}
LONGEST_WORDS = 200
LONGEST_CURSOR = 2000


def role_name(role: str) -> str:
    """Return a role in words."""
    return _(ROLES[role]) if role in ROLES else role.capitalize()


def roles() -> dict[str, str]:
    """Return all roles in words."""
    return in_words(ROLES)


def in_words(marked: Mapping[str, str]) -> dict[str, str]:
    """Return a table of marked texts in the language of the page."""
    return {name: _(words) for name, words in marked.items()}


class Person(BaseModel):
    """An account."""

    id: str
    email: str
    full_name: str | None = None
    role: str
    created_at: dt.datetime
    email_verified: bool = False
    disabled_at: dt.datetime | None = None
    second_factor: bool = False
    last_signed_in_at: dt.datetime | None = None
    sessions: int = 0

    @property
    def name(self) -> str:
        """Return what to call its owner."""
        return self.full_name or self.email


class People(BaseModel):
    """One page of accounts."""

    items: list[Person]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None
    total_is_estimate: bool = False


class PersonSession(BaseModel):
    """A browser or program in which somebody is signed in."""

    id: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None = None
    address: str | None = None
    user_agent: str | None = None
    second_factor: bool = False
    current: bool = False


class PersonSessions(BaseModel):
    """The sessions of one account, the latest first."""

    items: list[PersonSession]
    next_cursor: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class PeopleView:
    """What the address of the list asks for."""

    q: str = ""
    role: str = ""
    disabled: str = ""
    cursor: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether only some accounts are asked for."""
        return bool(self.q or self.role or self.disabled)

    @property
    def address(self) -> str:
        """Return the address of this very view."""
        return self.link()

    def link(self, **changes: str) -> str:
        """Return the address of the view with ``changes``."""
        return with_query(PATH, replace(self, **changes).values())

    def query(self) -> QueryValues:
        """Return what to ask auth-service."""
        return [("limit", str(PAGE_SIZE)), *((name, value) for name, value in self.values() if value)]

    def values(self) -> QueryValues:
        """Return what stands in the query of its address."""
        return [(name, getattr(self, name)) for name in ("q", "role", "disabled", "cursor")]


def people_view_of(query: QueryParams) -> PeopleView:
    """Read an address. What makes no sense is left out."""
    role, disabled = query.get("role", ""), query.get("disabled", "")
    return PeopleView(
        q=one_line(query.get("q", ""), LONGEST_WORDS),
        role=role if role in ROLES else "",
        disabled=disabled if disabled in STATES else "",
        cursor=one_line(query.get("cursor", ""), LONGEST_CURSOR),
    )
