"""Tokens of links: they come in an address once, and from then on travel in a cookie that no page shows."""

import re
from dataclasses import dataclass

from starlette.responses import Response

from web_frontend.pages import Page
from web_frontend.sealed_cookies import SealedCookie

_TOKEN = re.compile(r"[A-Za-z0-9._~-]{16,512}")


@dataclass(frozen=True, slots=True)
class MailLink:
    """Links of one kind: the page that they lead to, and the cookie that keeps their token."""

    path: str
    cookie: SealedCookie

    async def clean(self, page: Page) -> Response | None:
        """Move a token from the address into the cookie and lead to the clean address; None where there is none.

        So it stands neither in the history, nor in a ``Referer``, nor in anybody's log for long.
        """
        token = page.request.query_params.get("token")
        if token is None:
            return None
        # What can be no token is kept nowhere, and the page says that the link is no good.
        if _TOKEN.fullmatch(token):
            self.cookie.put(page, {"token": token})
        else:
            self.cookie.remove(page)
        return await page.go(self.path)

    def token(self, page: Page) -> str | None:
        """Return the token that this browser came with."""
        content = self.cookie.read(page)
        return content["token"] if content is not None else None

    def forget(self, page: Page) -> None:
        """Forget the token: it is used up."""
        self.cookie.remove(page)


RESET = MailLink("/reset-password", SealedCookie("quire_reset", seconds=30 * 60))
VERIFICATION = MailLink("/verify-email", SealedCookie("quire_verification", seconds=30 * 60))
INVITATION = MailLink("/invitation", SealedCookie("quire_invited", seconds=60 * 60))
