"""Calls about the links of mails."""

from typing import Any

from pydantic import BaseModel

from web_frontend.accounts.client import EmailTaken, LinkExpired
from web_frontend.gateway_client import Answer, Call, Gateway
from web_frontend.gateway_problems import Refused


class Invitation(BaseModel):
    """What an invitation holds: for one address alone, or for whoever has the link."""

    email: str | None = None
    role: str


class NoMail(Exception):
    """This shop sends no mails."""


class MailLinksClient:
    """auth-service, through the gateway. Every method raises ``LinkExpired`` for a token that is no good any more."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def ask_for_reset(self, email: str) -> None:
        """Have a link sent, if the address has an account. Raises ``NoMail``, ``TooManyRequests``."""
        await self._post("/auth/password-reset", {"email": email})

    async def address_of_reset(self, token: str) -> str:
        """Return whose password the link sets."""
        answer = await self._post("/auth/password-reset/check", {"token": token})
        return str(answer.body["email"])

    async def reset_password(self, token: str, password: str) -> None:
        """Set a new password, which ends all sessions. Raises ``Refused`` (422) naming the field."""
        await self._post("/auth/password-reset/confirm", {"token": token, "password": password})

    async def ask_for_verification(self, email: str) -> None:
        """Have the link that confirms an address sent again. Raises ``NoMail``, ``TooManyRequests``."""
        await self._post("/auth/email-verification", {"email": email})

    async def verify(self, token: str) -> None:
        """Confirm an address. Raises ``EmailTaken`` when another account has it by now."""
        await self._post("/auth/email-verification/confirm", {"token": token})

    async def invitation(self, token: str) -> Invitation:
        """Return what the link invites to."""
        answer = await self._post("/auth/signup/invitation", {"token": token})
        return Invitation.model_validate(answer.body)

    async def _post(self, path: str, body: dict[str, Any]) -> Answer:
        try:
            return await self._gateway.send_anonymously(Call("POST", path, json=body))
        except Refused as error:
            named = {"link_expired": LinkExpired, "mail_not_configured": NoMail, "email_taken": EmailTaken}
            if error.code in named:
                raise named[error.code] from error
            raise
