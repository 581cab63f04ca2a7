"""How much a client may ask for, and how it is told (draft-ietf-httpapi-ratelimit-headers-10)."""

import math
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import structlog
from limits import RateLimitItem, parse_many
from starlette.applications import Starlette
from starlette.types import Scope

from gateway.config import Settings
from gateway.counters import LOOK_SECONDS, Counters, OwnCounters, SharedCounters
from gateway.problems import RateLimited
from service_kit.periodic import repeating

log = structlog.get_logger(__name__)

Kind = Literal["account", "key", "address"]


@dataclass(frozen=True, slots=True)
class Policy:
    """So many requests in so many seconds."""

    name: str
    quota: int
    seconds: int

    @classmethod
    def of(cls, kind: Kind, item: RateLimitItem) -> "Policy":
        """Name a limit of the settings after whom it is for and how long it counts."""
        return cls(f"{kind}-{item.get_expiry()}s", item.amount, item.get_expiry())

    def window(self, client: str, now: float) -> tuple[int, int]:
        """Return the number of the window that ``now`` lies in, and the seconds until it ends.

        Reckoned from the clock, so that several gateways mean the same one, and from the client, so that not all who
        were held up come back in the same moment.
        """
        number, passed = divmod(now + zlib.crc32(client.encode()) % self.seconds, self.seconds)
        return int(number), math.ceil(self.seconds - passed)


class Limits:
    """Counts requests and refuses those that are too many."""

    def __init__(self, settings: Settings, counters: Counters) -> None:
        """Take the limits that the settings name, and where is counted."""
        texts: dict[Kind, str] = {
            "account": settings.limit_account,
            "key": settings.limit_key,
            "address": settings.limit_address,
        }
        self._counters = counters
        self._policies = {kind: policies_of(kind, text) for kind, text in texts.items()}
        self._announced = {kind: _announced(policies) for kind, policies in self._policies.items()}

    async def take(self, scope: Scope, kind: Kind, client: str) -> None:
        """Count a request and have its answer say what is left. Raises ``RateLimited``."""
        policies = self._policies[kind]
        if not policies:
            return
        now = time.time()
        left, wait = [], 0
        for policy in policies:
            number, seconds = policy.window(client, now)
            key = f"{policy.name}/{client}/{number}"
            count = await self._counters.add(key, policy=policy.name, seconds=policy.seconds, now=now)
            left.append(f'"{policy.name}";r={max(policy.quota - count, 0)};t={seconds}')
            if count > policy.quota:
                wait = max(wait, seconds)
            if count == policy.quota + 1:
                # Once in a window: the address of somebody who asks too much may be kept, others' are not.
                log.warning("rate limited", policy=policy.name, client=client)
        scope["answer_headers"] = [
            (b"ratelimit-policy", self._announced[kind]),
            (b"ratelimit", ", ".join(left).encode()),
        ]
        if wait:
            raise RateLimited(wait)


@asynccontextmanager
async def open_limits(app: Starlette, settings: Settings) -> AsyncIterator[Limits]:
    """Count as the settings say, as long as the block runs. Adds the check ``limits`` to the app's readiness."""
    own, url = OwnCounters(), settings.limits_url.get_secret_value()
    if not url:
        app.state.readiness["limits"] = own.check
        yield Limits(settings, own)
        return
    shared = SharedCounters(url, own)
    app.state.readiness["limits"] = shared.check
    try:
        async with repeating(shared.look, seconds=LOOK_SECONDS, name="look for Redis"):
            yield Limits(settings, shared)
    finally:
        await shared.close()


def policies_of(kind: Kind, text: str) -> tuple[Policy, ...]:
    """Return the policies of a setting like ``20/second; 1200/minute``; none for an empty one."""
    return tuple(Policy.of(kind, item) for item in parse_many(text)) if text else ()


def _announced(policies: tuple[Policy, ...]) -> bytes:
    return ", ".join(f'"{policy.name}";q={policy.quota};w={policy.seconds}' for policy in policies).encode()
