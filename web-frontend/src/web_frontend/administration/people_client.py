"""Calls about other people's accounts."""

from web_frontend.administration.people import People, Person, PersonSessions
from web_frontend.gateway_client import Answer, Call, Gateway, QueryValues
from web_frontend.gateway_problems import Refused

_PATH = "/auth/users"


class LastAdmin(Exception):
    """Nobody would be left who can manage accounts."""


class OwnAccount(Exception):
    """Nobody may do this to their own account."""


class MailNotConfigured(Exception):
    """The shop sends no mail."""


_NAMED: dict[str, type[Exception]] = {
    "last_admin": LastAdmin,
    "own_account": OwnAccount,
    "mail_not_configured": MailNotConfigured,
}


class PeopleClient:
    """auth-service's accounts, through the gateway, for an administrator."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def find(self, query: QueryValues) -> People:
        """Return one page. Raises ``Refused`` with ``invalid_cursor`` for a cursor of something else."""
        return People.model_validate((await self._gateway.get(_PATH, query)).body)

    async def person(self, account_id: str) -> Person:
        """Return an account. Raises ``NotFound``."""
        return Person.model_validate((await self._gateway.get(f"{_PATH}/{account_id}")).body)

    async def sessions(self, account_id: str) -> PersonSessions:
        """Return where somebody is signed in. Raises ``NotFound``."""
        answer = await self._gateway.get(f"{_PATH}/{account_id}/sessions", [("limit", "100")])
        return PersonSessions.model_validate(answer.body)

    async def change_role(self, account_id: str, role: str) -> None:
        """Give an account another role. Raises ``LastAdmin``, ``OwnAccount``, ``NotFound``."""
        await self._send(Call("PATCH", f"{_PATH}/{account_id}", json={"role": role}))

    async def disable(self, account_id: str, *, disabled: bool) -> None:
        """Disable an account, or enable it again. Raises ``LastAdmin``, ``OwnAccount``, ``NotFound``."""
        await self._send(Call("PATCH", f"{_PATH}/{account_id}", json={"disabled": disabled}))

    async def end_sessions(self, account_id: str) -> None:
        """Sign somebody out everywhere. Raises ``NotFound``."""
        await self._send(Call("DELETE", f"{_PATH}/{account_id}/sessions"))

    async def reset_second_factor(self, account_id: str) -> None:
        """Take an account's second factor away. Raises ``NotFound``, ``OwnAccount``."""
        await self._send(Call("DELETE", f"{_PATH}/{account_id}/second-factor"))

    async def send_reset_link(self, account_id: str) -> None:
        """Mail a link with which somebody chooses a new password. Raises ``MailNotConfigured``, ``NotFound``."""
        await self._send(Call("POST", f"{_PATH}/{account_id}/password-reset"))

    async def _send(self, call: Call) -> Answer:
        try:
            return await self._gateway.send(call)
        except Refused as error:
            named = _NAMED.get(error.code)
            if named is not None:
                raise named from error
            raise
