"""Calls about coming in and out: signing up, in and out."""

import asyncio
import datetime as dt
from collections.abc import Mapping

from pydantic import BaseModel

from web_frontend.browser_session import Renew, TokenPair, token_pair
from web_frontend.gateway_client import Call, Gateway, GatewayClient
from web_frontend.gateway_problems import GatewayError, Refused

_POLICY_SECONDS = 1.5


class SecondFactorState(BaseModel):
    """Whether an account has a second factor, and whether its role wants one."""

    enabled: bool = False
    required: bool = False


class Account(BaseModel):
    """An account as its owner sees it."""

    id: str
    email: str
    full_name: str | None = None
    role: str
    created_at: dt.datetime
    email_verified: bool = False
    scopes: list[str] = []
    second_factor: SecondFactorState = SecondFactorState()


class SignUp(BaseModel):
    """Whether strangers may make an account, and what mails are for."""

    open: bool = True
    default_role: str = "customer"
    first_account: bool = False
    mail: bool = False
    """Whether a forgotten password can be reset by mail."""
    verify_email: bool = False
    """Whether one can sign in only once one's address is confirmed."""
    local_mails: bool = False
    """Whether mails are not sent but kept to be read on this machine."""
    is_known: bool = True


class WrongPassword(Exception):
    """The e-mail address and the password do not belong together."""


class SecondFactorNeeded(Exception):
    """The password was right; a code is wanted too, together with ``challenge``, within ``seconds``."""

    def __init__(self, challenge: str, seconds: int) -> None:
        """Take what to send with the code, and how long it is good for."""
        super().__init__("a code is wanted")
        self.challenge = challenge
        self.seconds = seconds


class WrongCode(Exception):
    """The code is none, is of another moment, or was used before."""


class ChallengeOver(Exception):
    """Too late, too many wrong codes, or the password has changed meanwhile: sign in from the beginning."""


class EmailNotVerified(Exception):
    """The password was right, but the address has to be confirmed first."""


class EmailTaken(Exception):
    """There is an account with this e-mail address."""


class SignUpClosed(Exception):
    """Nobody may sign up now."""


class LinkExpired(Exception):
    """The token of a link is used up, too old, or none."""


class AccountsClient:
    """auth-service, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def sign_in(self, email: str, password: str) -> TokenPair:
        """Return a new session's tokens.

        Raises ``WrongPassword``, ``SecondFactorNeeded``, ``EmailNotVerified``, ``TooManyRequests``.
        """
        call = Call("POST", "/auth/login", form={"username": email, "password": password})
        try:
            answer = await self._gateway.send_anonymously(call)
        except Refused as error:
            if error.code in {"invalid_credentials", "invalid_input"}:
                raise WrongPassword from error
            if error.code == "second_factor_required":
                raise _second_factor_needed(error) from error
            if error.code == "email_not_verified":
                raise EmailNotVerified from error
            raise
        return token_pair(answer.body)

    async def complete_sign_in(self, challenge: str, code: str) -> TokenPair:
        """Return a new session's tokens. Raises ``WrongCode``, ``ChallengeOver``, ``TooManyRequests``."""
        body = {"challenge": challenge, "code": code}
        try:
            answer = await self._gateway.send_anonymously(Call("POST", "/auth/login/second-factor", json=body))
        except Refused as error:
            if error.code in {"invalid_code", "invalid_input"}:
                raise WrongCode from error
            if error.code == "invalid_challenge":
                raise ChallengeOver from error
            raise
        return token_pair(answer.body)

    async def sign_up(self, *, email: str, password: str, full_name: str, invitation: str = "") -> None:
        """Make an account.

        Raises ``EmailTaken``, ``SignUpClosed``, ``LinkExpired`` (of the invitation), or ``Refused`` (422) naming the
        fields.
        """
        optional = {"full_name": full_name, "invitation": invitation}
        body = {"email": email, "password": password} | {name: text for name, text in optional.items() if text}
        try:
            await self._gateway.send_anonymously(Call("POST", "/auth/register", json=body))
        except Refused as error:
            named = {"email_taken": EmailTaken, "signup_closed": SignUpClosed, "link_expired": LinkExpired}
            if error.code in named:
                raise named[error.code] from error
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


def renew_pair(client: GatewayClient) -> Renew:
    """Return the call that renews a session's tokens, for whoever needs it first of those who may wait for it."""

    async def renew(refresh_token: str, headers: Mapping[str, str]) -> TokenPair:
        call = Call("POST", "/auth/refresh", json={"refresh_token": refresh_token})
        answer = await client.send(call, token=None, headers=dict(headers))
        return token_pair(answer.body)

    return renew


def _second_factor_needed(error: Refused) -> SecondFactorNeeded:
    seconds = error.problem.get("expires_in")
    return SecondFactorNeeded(str(error.problem.get("challenge", "")), seconds if isinstance(seconds, int) else 300)
