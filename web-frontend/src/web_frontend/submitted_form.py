"""A form that was sent: its fields, the checks that come before anything is done with it, and its messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import FormData
from starlette.requests import Request

from service_kit.languages.texts import _
from web_frontend.csrf import FIELD as CSRF_FIELD
from web_frontend.field_names import field_name

# A counted shelf has two fields for each of up to 500 books.
_MOST_FIELDS = 1_100
ASKED_ANEW = ("password", "current_password", "new_password", "code")
"""Passwords and codes: whoever sends a form once more types them once more."""
SENT_AGAIN = "again"
"""The field of a form that was shown once more by itself, without its page."""
NEVER_REPEATED = frozenset({CSRF_FIELD, SENT_AGAIN, "set_up", *ASKED_ANEW})
"""Fields that are not sent back to the browser or kept anywhere."""


class Submitted:
    """The fields of a form that was sent."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        """Take all values of each field."""
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> str:
        """Return the first value of ``name``, without white space around it, or an empty text."""
        return self.raw(name).strip()

    def raw(self, name: str) -> str:
        """Return the first value of ``name`` exactly as typed."""
        values = self._fields.get(name)
        return values[0] if values else ""

    def all(self, name: str) -> list[str]:
        """Return all values of ``name``."""
        return self._fields.get(name, [])

    def repeatable(self) -> dict[str, list[str]]:
        """Return the fields that may be shown again: no password, no code, no token."""
        return {name: values for name, values in self._fields.items() if name not in NEVER_REPEATED}


async def read_form(request: Request) -> Submitted:
    """Read the form in the body of ``request``. Files are left out: no form of ours has any."""
    data: FormData = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    fields: dict[str, list[str]] = {}
    for name, value in data.multi_items():
        if isinstance(value, str):
            # Browsers send CRLF line ends and may send a NUL, which nothing behind us can store.
            fields.setdefault(name, []).append(value.replace("\r\n", "\n").replace("\0", ""))
    return Submitted(fields)


@dataclass(slots=True)
class FormView:
    """A form as a page shows it: values, a message at each field that is wrong, one for the form as a whole."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    problem: str | None = None

    @property
    def has_errors(self) -> bool:
        """Whether there is anything to put right."""
        return bool(self.errors or self.problem)

    def refuse(self, name: str, message: str) -> None:
        """Note the first thing that is wrong with the field ``name``."""
        self.errors.setdefault(name, message)

    def add_refusals(self, found: list[tuple[str, str]], sentences: Mapping[str, str]) -> None:
        """Note what a service found wrong, each in the sentence that ``sentences`` has for the field, if any."""
        for name, message in found:
            words = sentences.get(name)
            if words is not None:
                self.refuse(name, words)
            elif name in self.values:
                self.refuse(name, _sentence(message))
            else:
                self.problem = self.problem or _sentence(f"{field_name(name)}: {message}" if name else message)


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ").strip() or _("is not valid")
    # Services say "must have …" or "Input should be …" of a field; at the field itself a subject is wanted.
    fault = text.removeprefix("Input ")
    return text if fault == text and text[:1].isupper() else _("This %(fault)s", fault=fault)
