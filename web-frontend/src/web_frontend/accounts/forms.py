"""Forms about accounts, and their messages."""

import re
from collections.abc import Mapping

from web_frontend.submitted_form import FormView, Submitted

SHORTEST_PASSWORD = 8
_LONGEST_PASSWORD = 128
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+\.[^@\s]+|[^@\s]+@localhost")

EMAIL_MESSAGE = "Enter an email address like name@example.com"
SENTENCES: Mapping[str, str] = {"email": EMAIL_MESSAGE, "username": EMAIL_MESSAGE}


def sign_in_form(form: Submitted) -> FormView:
    """Check a sign-in form."""
    view = FormView(values={"email": form["email"]})
    if not form["email"]:
        view.refuse("email", "Enter your email address")
    if not form.raw("password"):
        view.refuse("password", "Enter your password")
    return view


def sign_up_form(form: Submitted) -> FormView:
    """Check a sign-up form."""
    view = FormView(values={"email": form["email"], "full_name": form["full_name"], "password": ""})
    if not _EMAIL.fullmatch(form["email"]):
        view.refuse("email", EMAIL_MESSAGE)
    _check_new_password(view, "password", form.raw("password"))
    return view


def name_form(form: Submitted) -> FormView:
    """Check a change of name."""
    return FormView(values={"full_name": form["full_name"]})


def password_form(form: Submitted) -> FormView:
    """Check a change of password."""
    view = FormView(values={"current_password": "", "new_password": ""})
    if not form.raw("current_password"):
        view.refuse("current_password", "Enter the password that you use now")
    _check_new_password(view, "new_password", form.raw("new_password"))
    return view


def _check_new_password(view: FormView, name: str, password: str) -> None:
    if not password:
        view.refuse(name, "Choose a password")
    elif len(password) < SHORTEST_PASSWORD:
        view.refuse(name, f"Choose a password of at least {SHORTEST_PASSWORD} characters")
    elif len(password) > _LONGEST_PASSWORD:
        view.refuse(name, f"Choose a password of at most {_LONGEST_PASSWORD} characters")
