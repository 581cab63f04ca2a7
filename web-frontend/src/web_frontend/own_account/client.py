"""Calls about the person's name, address and password."""

from web_frontend.gateway_client import Call, Gateway
from web_frontend.own_account.confirming import send_confirmed


class OwnAccountClient:
    """auth-service, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def rename(self, full_name: str) -> None:
        """Change the account's name. Raises ``Refused`` (422)."""
        await self._gateway.send(Call("PATCH", "/auth/me", json={"full_name": full_name or None}))

    async def change_password(self, *, current: str, new: str) -> None:
        """Change the password, which ends all other sessions. Raises ``WrongPassword`` or ``Refused`` (422)."""
        body = {"current_password": current, "new_password": new}
        await send_confirmed(self._gateway, "/auth/me/password", body)

    async def change_email(self, *, email: str, current_password: str) -> None:
        """Have a link sent to a new address, which counts once it was followed. Raises ``WrongPassword``."""
        body = {"email": email, "current_password": current_password}
        await send_confirmed(self._gateway, "/auth/me/email", body)
