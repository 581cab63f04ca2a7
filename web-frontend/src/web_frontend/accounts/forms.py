"""Forms of the door, and their messages."""

import re
from collections.abc import Mapping

from web_frontend.submitted_form import FormView, Submitted

SHORTEST_PASSWORD = 8
_LONGEST_PASSWORD = 128
_LONGEST_CODE = 64
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
    check_email(view, form["email"])
    check_new_password(view, "password", form.raw("password"))
    return view


def code_form(form: Submitted, *, words: str = "Enter the code that your app shows now") -> FormView:
    """Check a form that asks for a code alone; ``words`` ask for one that is missing."""
    view = FormView(values={"code": ""})
    check_code(view, form["code"], words)
    return view


def check_email(view: FormView, email: str) -> None:
    """Note what is wrong with an address."""
    if not _EMAIL.fullmatch(email):
        view.refuse("email", EMAIL_MESSAGE)


def check_code(view: FormView, code: str, words: str = "Enter the code that your app shows now") -> None:
    """Note that a code is missing, or could be none."""
    if not code:
        view.refuse("code", words)
    elif len(code) > _LONGEST_CODE:
        view.refuse("code", "This is too long for a code")


def check_new_password(view: FormView, name: str, password: str) -> None:
    """Note what is wrong with a new password."""
    if not password:
        view.refuse(name, "Choose a password")
    elif len(password) < SHORTEST_PASSWORD:
        view.refuse(name, f"Choose a password of at least {SHORTEST_PASSWORD} characters")
    elif len(password) > _LONGEST_PASSWORD:
        view.refuse(name, f"Choose a password of at most {_LONGEST_PASSWORD} characters")
