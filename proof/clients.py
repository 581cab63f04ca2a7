"""One account's HTTP: every request and what came of it goes into the log."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx2

from proof.history import FIRST_ERROR, History
from proof.shop import Account

LONGEST_CALL = 12.0
"""No call may take longer: the gateway waits at most 2 s for a connection and 5 s for an answer."""
GIVE_UP = LONGEST_CALL + 8
BREATH = 0.4
"""Seconds until somebody who got no answer does the next thing."""
_TRY_AGAIN = frozenset({"request_in_progress", "order_changing"})
_FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told; ``status`` is 0 when no whole answer came."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        """Tell whether asking again would change nothing."""
        code = self.body.get("code") if self.status >= FIRST_ERROR else None
        return 0 < self.status < _FIRST_SERVER_ERROR and code not in _TRY_AGAIN


class Client:
    """Sends requests for one account."""

    def __init__(self, account: Account, api: str, http: httpx2.AsyncClient, history: History) -> None:
        """Take whose token is sent, and where."""
        self.account = account
        self._api = api
        self._http = http
        self._history = history

    def for_account(self, account: Account) -> "Client":
        """Return a client of the same shop for somebody else."""
        return Client(account, self._api, self._http, self._history)

    async def call(  # noqa: PLR0913 (the parts of a request)
        self,
        operation: str,
        method: str,
        path: str,
        *,
        body: dict[str, Any] | None = None,
        key: str | None = None,
        mark: str | None = None,
    ) -> Answer:
        """Send one request once."""
        headers = {"Authorization": f"Bearer {self.account.token}"}
        if key is not None:
            headers["Idempotency-Key"] = f'"{key}"'
        call = self._history.sent(
            account=self.account.id, operation=operation, method=method, path=path, key=key, body=body, mark=mark
        )
        try:
            async with asyncio.timeout(GIVE_UP):
                answer = await self._http.request(method, self._api + path, json=body, headers=headers)
                told = answer.json() if answer.content else {}
        except (TimeoutError, httpx2.HTTPError, ValueError, AttributeError) as error:
            # AttributeError: what anyio raises on uvloop when a connection is reset as soon as it is open.
            self._history.write("lost", call=call, error=type(error).__name__)
            await asyncio.sleep(BREATH)
            return Answer(0)
        replayed = "idempotent-replayed" in answer.headers
        self._history.write("answered", call=call, status=answer.status_code, body=told, replayed=replayed)
        return Answer(answer.status_code, told)

    async def insist(  # noqa: PLR0913 (the parts of a request)
        self,
        operation: str,
        method: str,
        path: str,
        *,
        tries: int,
        pause: float,
        body: dict[str, Any] | None = None,
        key: str | None = None,
        mark: str | None = None,
    ) -> Answer:
        """Send a request until it has a final answer, at most ``tries`` times."""
        answer = Answer(0)
        for _ in range(tries):
            answer = await self.call(operation, method, path, body=body, key=key, mark=mark)
            if answer.is_final:
                break
            await asyncio.sleep(pause)
        return answer


def open_http() -> httpx2.AsyncClient:
    """Open the connections that all clients share."""
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=40, keepalive_expiry=3)
    return httpx2.AsyncClient(limits=limits, timeout=GIVE_UP, trust_env=False)
