"""A service's own token, while auth-service comes and goes."""

import asyncio
import types

import httpx2
import pytest
from pydantic import SecretStr

from service_kit import client_credentials
from service_kit.client_credentials import RETRY_SECONDS, ServiceTokens

LIFETIME = 900


class AuthService(httpx2.AsyncBaseTransport):
    def __init__(self) -> None:
        self.is_away = False
        self.asked = 0

    async def handle_async_request(self, request):
        self.asked += 1
        if self.is_away:
            message = "connection refused"
            raise httpx2.ConnectError(message, request=request)
        return httpx2.Response(200, json={"access_token": f"token {self.asked}", "expires_in": LIFETIME})


@pytest.fixture
def clock(monkeypatch):
    clock = types.SimpleNamespace(now=1000.0)
    monkeypatch.setattr(client_credentials, "time", types.SimpleNamespace(monotonic=lambda: clock.now))
    return clock


async def test_a_token_is_used_as_long_as_it_is_good_whether_or_not_the_next_one_can_be_had(clock):
    auth = AuthService()
    async with httpx2.AsyncClient(transport=auth) as http:
        tokens = ServiceTokens(
            http, auth_url="http://auth", client_id="c", client_secret=SecretStr("s"), scope="stock:reserve"
        )

        async def token_and_then_rest() -> str:
            token = await tokens.token()
            for _ in range(20):
                await asyncio.sleep(0)
            return token

        assert await token_and_then_rest() == "token 1"
        clock.now += LIFETIME * 0.6
        auth.is_away = True
        assert [await token_and_then_rest() for _ in range(3)] == ["token 1"] * 3
        assert auth.asked == 2
        auth.is_away = False
        clock.now += RETRY_SECONDS
        assert [await token_and_then_rest() for _ in range(2)] == ["token 1", "token 3"]
        auth.is_away = True
        clock.now += LIFETIME
        with pytest.raises(httpx2.ConnectError):
            await tokens.token()
