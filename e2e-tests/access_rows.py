"""What a row of the access matrix says, and what it comes to for one caller."""

from dataclasses import dataclass

from attack.people import Caller

ANYBODY = "anybody"
"""No token is looked at."""
BOOKS = "books"
"""`books:read`, and in a public storefront nothing at all."""
A_PERSON = "a person"
"""Somebody who is signed in; an API key is not enough."""


@dataclass(frozen=True)
class Row:
    """One operation: who may, and what they get with these objects and this body.

    ``may`` is one of the three above, or the scopes that it takes. ``answer`` is a status, or the code of a problem.
    ``using`` names what stands for the ids in the path: ``shared`` objects, a ``fresh`` one for each request, ``own``
    ones of the caller, or an ``unknown`` id; or that a ``newcomer`` calls, whose session the request ends.
    """

    method: str
    path: str
    may: str
    answer: int | str
    using: str = "shared"
    query: str = ""
    json: object = None
    form: dict[str, str] | None = None
    text: str | None = None
    owned: str = ""
    """The code that tells somebody else that there is no such thing."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}{self.query and '?' + self.query}"

    def outcome_for(self, caller: Caller, *, storefront: str) -> int | str:
        """Return what the caller must get: ``answer``, or the code of a refusal."""
        if self.may == ANYBODY:
            return self.answer
        if not caller.bearer:
            return self.answer if self.may == BOOKS and storefront == "public" else "not_authenticated"
        if caller.name == "disabled":
            return "not_authenticated"
        if self.may == A_PERSON:
            return self.answer if caller.is_person else "not_allowed"
        if self.may == BOOKS:
            return self.answer if storefront == "public" or "books:read" in caller.scopes else "not_allowed"
        return self.answer if set(self.may.split()) <= caller.scopes else "not_allowed"
