"""Forms of the door, and their messages."""

import re

from service_kit.languages.texts import _
from web_frontend.submitted_form import FormView, Submitted

SHORTEST_PASSWORD = 8
_LONGEST_PASSWORD = 128
_LONGEST_CODE = 64
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+\.[^@\s]+|[^@\s]+@localhost")


def sentences() -> dict[str, str]:
    """Return what to say of a field that a service finds wrong."""
    return {"email": _email_message(), "username": _email_message()}


def sign_in_form(form: Submitted) -> FormView:
    """Check a sign-in form."""
    view = FormView(values={"email": form["email"]})
    if not form["email"]:
        view.refuse("email", _("Enter your email address"))
    if not form.raw("password"):
        view.refuse("password", _("Enter your password"))
    return view


def sign_up_form(form: Submitted) -> FormView:
    """Check a sign-up form."""
    view = FormView(values={"email": form["email"], "full_name": form["full_name"], "password": ""})
    check_email(view, form["email"])
    check_new_password(view, "password", form.raw("password"))
    return view


def code_form(form: Submitted, *, words: str = "") -> FormView:
    """Check a form that asks for a code alone; ``words`` ask for one that is missing."""
    view = FormView(values={"code": ""})
    check_code(view, form["code"], words)
    return view


def check_email(view: FormView, email: str) -> None:
    """Note what is wrong with an address."""
    if not _EMAIL.fullmatch(email):
        view.refuse("email", _email_message())


def check_code(view: FormView, code: str, words: str = "") -> None:
    """Note that a code is missing, or could be none."""
    if not code:
        view.refuse("code", words or _("Enter the code that your app shows now"))
    elif len(code) > _LONGEST_CODE:
        view.refuse("code", _("This is too long for a code"))


def check_new_password(view: FormView, name: str, password: str) -> None:
    """Note what is wrong with a new password."""
    if not password:
        view.refuse(name, _("Choose a password"))
    elif len(password) < SHORTEST_PASSWORD:
        view.refuse(name, _("Choose a password of at least %(count)s characters", count=SHORTEST_PASSWORD))
    elif len(password) > _LONGEST_PASSWORD:
        view.refuse(name, _("Choose a password of at most %(count)s characters", count=_LONGEST_PASSWORD))


def wrong_code() -> str:
    """Return what to say of a code that was not right."""
    return _("This code is not right. Each works once, and those of the app for half a minute.")


def _email_message() -> str:
    return _("Enter an email address like name@example.com")
