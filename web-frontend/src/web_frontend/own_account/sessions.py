"""Where somebody is signed in."""

import datetime as dt

from pydantic import BaseModel

from web_frontend.gateway_client import Call, Gateway, QueryValues


class Session(BaseModel):
    """One browser or program that is signed in."""

    id: str
    created_at: dt.datetime
    last_used_at: dt.datetime
    address: str | None = None
    user_agent: str | None = None
    second_factor: bool = False
    current: bool = False


class SessionPage(BaseModel):
    """Some of them, the one used last first."""

    items: list[Session]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None


class SessionsClient:
    """auth-service, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def some(self, cursor: str | None) -> SessionPage:
        """Return one page of the sessions."""
        query: QueryValues = [("cursor", cursor)] if cursor else []
        return SessionPage.model_validate((await self._gateway.get("/auth/sessions", query)).body)

    async def end(self, session_id: str) -> None:
        """End one. Raises ``NotFound`` when it has ended already."""
        await self._gateway.send(Call("DELETE", f"/auth/sessions/{session_id}"))

    async def end_others(self) -> None:
        """End all but this one."""
        await self._gateway.send(Call("DELETE", "/auth/sessions", params=[("keep_current", "true")]))
