"""Forms about one's own account, and their messages."""

from service_kit.languages.texts import N_, _
from web_frontend.accounts.forms import check_code, check_email, check_new_password
from web_frontend.submitted_form import FormView, Submitted

_LONGEST_KEY_NAME = 100
_EXPIRIES = {"7": N_("In a week"), "30": N_("In 30 days"), "90": N_("In 90 days"), "365": N_("In a year")}
USUAL_EXPIRY = "90"


def name_form(form: Submitted) -> FormView:
    """Check a change of name."""
    return FormView(values={"full_name": form["full_name"]})


def email_form(form: Submitted, *, now: str) -> FormView:
    """Check a change of address, which is ``now`` another."""
    view = FormView(values={"email": form["email"], "current_password": ""})
    check_email(view, form["email"])
    if now and form["email"].casefold() == now.casefold():
        view.refuse("email", _("This is your address already"))
    _check_current_password(view, form)
    return view


def password_form(form: Submitted) -> FormView:
    """Check a change of password."""
    view = FormView(values={"current_password": "", "new_password": ""})
    _check_current_password(view, form)
    check_new_password(view, "new_password", form.raw("new_password"))
    if not view.has_errors and form.raw("new_password") == form.raw("current_password"):
        view.refuse("new_password", _("Choose another than the current one"))
    return view


def confirmation_form(form: Submitted, *, with_code: bool) -> FormView:
    """Check a form that asks for the password again, and for a code where there is a second factor."""
    view = FormView(values={"current_password": "", "code": ""})
    _check_current_password(view, form)
    if with_code:
        check_code(view, form["code"])
    return view


def key_form(form: Submitted, allowed: list[str]) -> FormView:
    """Check the form of a new API key; its scopes are among ``allowed``."""
    days = form["days"] if form["days"] in _EXPIRIES else USUAL_EXPIRY
    view = FormView(values={"name": form["name"], "days": days})
    if not form["name"]:
        view.refuse("name", _("Give the key a name by which you know it again"))
    elif len(form["name"]) > _LONGEST_KEY_NAME:
        view.refuse("name", _("Choose a name of at most %(count)s characters", count=_LONGEST_KEY_NAME))
    if not set(form.all("scopes")) & set(allowed):
        view.refuse("scopes", _("Choose at least one thing that the key may do"))
    return view


def expiries() -> list[tuple[str, str]]:
    """Return ``(days, words)`` of each time after which a key may end."""
    return [(days, _(words)) for days, words in _EXPIRIES.items()]


def _check_current_password(view: FormView, form: Submitted) -> None:
    if not form.raw("current_password"):
        view.refuse("current_password", _("Enter the password that you use now"))
