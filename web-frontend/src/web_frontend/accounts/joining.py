"""Making an account and beginning its first session, with or without an invitation."""

from dataclasses import dataclass

from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.accounts import forms
from web_frontend.accounts.client import AccountsClient, EmailNotVerified, EmailTaken
from web_frontend.gateway_problems import Refused
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

UNPROCESSABLE = 422
CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who signs up; ``invitation`` is the token of a link, or empty."""

    email: str
    password: str
    full_name: str
    invitation: str = ""


async def join(page: Page, newcomer: Newcomer, *, next_path: str) -> Response:
    """Make the account, begin its session, and go on. Raises what ``AccountsClient.sign_up`` raises."""
    accounts = AccountsClient(page.gateway)
    await accounts.sign_up(
        email=newcomer.email,
        password=newcomer.password,
        full_name=newcomer.full_name,
        invitation=newcomer.invitation,
    )
    try:
        page.session.begin(await accounts.sign_in(newcomer.email, newcomer.password))
    except EmailNotVerified:
        page.flash(
            "ok",
            _(
                "Your account is ready. We have sent a mail to %(email)s: open the link in it first.",
                email=newcomer.email,
            ),
        )
        return await page.go("/sign-in")
    page.form_tokens.start_new_visit()
    page.flash("ok", _("Your account is ready. Welcome."))
    return await page.go(next_path)


def note_refusal(view: FormView, error: EmailTaken | Refused) -> int:
    """Note on the form why nobody could join; return the status of the answer. Raises what belongs to no form."""
    if isinstance(error, EmailTaken):
        view.refuse("email", _("There is an account with this email address already. Sign in instead."))
        return CONFLICT
    if error.status != UNPROCESSABLE:
        raise error
    view.add_refusals(error.field_messages or [("", error.detail)], forms.sentences())
    return UNPROCESSABLE
