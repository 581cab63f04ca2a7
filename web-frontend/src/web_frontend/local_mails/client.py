"""Calls about mails that were not sent."""

import datetime as dt

from pydantic import BaseModel

from web_frontend.gateway_client import Gateway, QueryValues


class Mail(BaseModel):
    """A mail as it would have been sent."""

    id: str
    to: str
    subject: str
    sent_at: dt.datetime
    text: str = ""
    html: str = ""


class MailPage(BaseModel):
    """Some of them, the newest first."""

    items: list[Mail]
    next_cursor: str | None = None
    prev_cursor: str | None = None


class LocalMailsClient:
    """auth-service, through the gateway; both methods raise ``NotFound`` where mails are really sent."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway."""
        self._gateway = gateway

    async def some(self, cursor: str | None) -> MailPage:
        """Return one page of the mails."""
        query: QueryValues = [("cursor", cursor)] if cursor else []
        return MailPage.model_validate((await self._gateway.get("/auth/mails", query)).body)

    async def mail(self, mail_id: str) -> Mail:
        """Return one mail."""
        return Mail.model_validate((await self._gateway.get(f"/auth/mails/{mail_id}")).body)
