"""Calls about accounts."""

import asyncio
import datetime as dt
from collections.abc import Mapping

from pydantic import BaseModel

from web_frontend.browser_session import Renew, TokenPair, token_pair
from web_frontend.gateway_client import Call, Gateway, GatewayClient
from web_frontend.gateway_problems import GatewayError, Refused

_POLICY_SECONDS = 1.5


class Account(BaseModel):
    """An account as its owner sees it."""

    id: str
    email: str
    full_name: str | None = None
    role: str
    created_at: dt.datetime


class SignUp(BaseModel):
    """Whether strangers may make an account."""

    open: bool = True
    default_role: str = "customer"
    first_account: bool = False
    is_known: bool = True


class WrongPassword(Exception):
    """The e-mail address and the password do not belong together."""


class EmailTaken(Exception):
    """There is an account with this e-mail address."""


class SignUpClosed(Exception):
    """Nobody may sign up now."""


class AccountsClient:
    """auth-service, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def sign_in(self, email: str, password: str) -> TokenPair:
        """Return a new session's tokens. Raises ``WrongPassword``."""
        call = Call("POST", "/auth/login", form={"username": email, "password": password})
        try:
            answer = await self._gateway.send_anonymously(call)
        except Refused as error:
            if error.code in {"invalid_credentials", "invalid_input"}:
                raise WrongPassword from error
            raise
        return token_pair(answer.body)

    async def sign_up(self, *, email: str, password: str, full_name: str) -> None:
        """Make an account. Raises ``EmailTaken``, ``SignUpClosed``, or ``Refused`` (422) naming the fields."""
        body = {"email": email, "password": password}
        if full_name:
            body["full_name"] = full_name
        try:
            await self._gateway.send_anonymously(Call("POST", "/auth/register", json=body))
        except Refused as error:
            if error.code == "email_taken":
                raise EmailTaken from error
            if error.code == "signup_closed":
                raise SignUpClosed from error
            raise

    async def sign_out(self) -> None:
        """End the session."""
        await self._gateway.send(Call("POST", "/auth/logout"))

    async def sign_up_policy(self) -> SignUp:
        """Return whether strangers may sign up; when it cannot be asked soon, the page says so, and offers it."""
        try:
            async with asyncio.timeout(_POLICY_SECONDS):
                answer = await self._gateway.send_anonymously(Call("GET", "/auth/signup"))
            return SignUp.model_validate(answer.body)
        except (GatewayError, TimeoutError, ValueError):
            return SignUp(is_known=False)

    async def me(self) -> Account:
        """Return the account that is signed in."""
        answer = await self._gateway.get("/auth/me")
        return Account.model_validate(answer.body)

    async def rename(self, full_name: str) -> None:
        """Change the account's name."""
        await self._gateway.send(Call("PATCH", "/auth/me", json={"full_name": full_name or None}))

    async def change_password(self, *, current: str, new: str) -> None:
        """Change the password, which ends all other sessions. Raises ``WrongPassword`` or ``Refused`` (422)."""
        body = {"current_password": current, "new_password": new}
        try:
            await self._gateway.send(Call("POST", "/auth/me/password", json=body))
        except Refused as error:
            if error.code in {"invalid_credentials", "wrong_password"}:
                raise WrongPassword from error
            raise


def renew_pair(client: GatewayClient) -> Renew:
    """Return the call that renews a session's tokens, for whoever needs it first of those who may wait for it."""

    async def renew(refresh_token: str, headers: Mapping[str, str]) -> TokenPair:
        call = Call("POST", "/auth/refresh", json={"refresh_token": refresh_token})
        answer = await client.send(call, token=None, headers=dict(headers))
        return token_pair(answer.body)

    return renew
