"""Forms of the cart and the checkout, and their messages."""

import re
import secrets

from service_kit.languages.texts import _, n_
from web_frontend.submitted_form import FormView, Submitted

MOST_COPIES = 99
_COPIES = re.compile(r"[0-9]{1,4}")
_LINE = re.compile(r"([0-9a-f-]{32,36}):([1-9][0-9]?)")
_LONGEST_NAME = 200
_LONGEST_ADDRESS = 1000
_LONGEST_NOTE = 1000


def quantity_message() -> str:
    """Return what to say of a number of copies that cannot be."""
    return _("Enter a number from 1 to %(most)s", most=MOST_COPIES)


def quantity_form(text: str) -> FormView:
    """Check a number of copies."""
    view = FormView(values={"quantity": text})
    if quantity_of(text) is None:
        view.refuse("quantity", quantity_message())
    return view


def quantity_of(text: str) -> int | None:
    """Return the number of copies, or None when it is none that can be ordered."""
    number = int(text) if _COPIES.fullmatch(text) else 0
    return number if 1 <= number <= MOST_COPIES else None


def new_idempotency_key() -> str:
    """Return a key that makes sending one form twice the same as sending it once."""
    return secrets.token_urlsafe(18)


def idempotency_key(form: Submitted) -> str:
    """Return the key that the form was shown with, or a new one when it has been tampered with."""
    given = form["idempotency_key"]
    return given if re.fullmatch(r"[A-Za-z0-9_-]{16,64}", given) else new_idempotency_key()


def ordered_lines(form: Submitted) -> list[dict[str, object]]:
    """Return what was on the page when the person agreed to it: ``[{"book_id": …, "quantity": …}]``.

    It travels in the form, so that sending the form again asks for the very same order.
    """
    matches = (_LINE.fullmatch(text) for text in form.all("line"))
    return [{"book_id": match[1], "quantity": int(match[2])} for match in matches if match]


def checkout_form(form: Submitted) -> FormView:
    """Check name, address and note."""
    view = FormView(values={name: form[name] for name in ("name", "address", "note")})
    if not view.values["name"]:
        view.refuse("name", _("Enter the name of the person who receives the books"))
    if not view.values["address"]:
        view.refuse("address", _("Enter the address that the books go to"))
    for name, longest in (("name", _LONGEST_NAME), ("address", _LONGEST_ADDRESS), ("note", _LONGEST_NOTE)):
        if len(view.values[name]) > longest:
            view.refuse(name, n_("Shorten this to %(num)s character", "Shorten this to %(num)s characters", longest))
    return view
