"""The sign-in page, which also stands in the way of whatever needs a session."""

from dataclasses import dataclass, field
from typing import Literal

from starlette.responses import Response

from web_frontend.accounts.client import AccountsClient
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

Trouble = Literal["", "too_many", "not_verified"]


@dataclass(frozen=True, slots=True)
class Door:
    """The sign-in page: it leads on to ``next_path`` and carries what was ``kept`` of another form.

    ``trouble`` names what more than another try is the way out of.
    """

    next_path: str = "/"
    kept: str = ""
    form: FormView = field(default_factory=FormView)
    trouble: Trouble = ""


async def show_sign_in(
    page: Page, door: Door, *, status: int = 200, whole: bool = False, headers: dict[str, str] | None = None
) -> Response:
    """Show the sign-in page; ``whole`` also where htmx asked for a part of another page."""
    policy = await AccountsClient(page.gateway).sign_up_policy()
    return await page.show(
        "accounts/sign_in.html",
        status=status,
        fragments=("form",),
        headers={"Cache-Control": "no-store"} | (headers or {}),
        whole=whole,
        form=door.form,
        next_path=door.next_path,
        kept=door.kept,
        trouble=door.trouble,
        policy=policy,
    )
