"""The sign-in page, which also stands in the way of whatever needs a session."""

from starlette.responses import Response

from web_frontend.accounts.client import AccountsClient
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView


async def show_sign_in(
    page: Page,
    *,
    status: int = 200,
    form: FormView | None = None,
    next_path: str = "/",
    kept: str = "",
    whole: bool = False,
) -> Response:
    """Show the sign-in page, which leads on to ``next_path`` and carries what was ``kept`` of another form."""
    policy = await AccountsClient(page.gateway).sign_up_policy()
    return await page.show(
        "accounts/sign_in.html",
        status=status,
        fragments=("form",),
        headers={"Cache-Control": "no-store"},
        whole=whole,
        form=form or FormView(),
        next_path=next_path,
        kept=kept,
        policy=policy,
    )
