"""Liveness and readiness of a service."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

Check = Callable[[], Awaitable[str]]
"""Says in a few words how a thing is; raises anything when it is not well."""

CHECK_SECONDS = 2.5


class Live(BaseModel):
    """The process answers."""

    status: str = "live"


class CheckResult(BaseModel):
    """One thing that the service needs."""

    ok: bool
    detail: str


class Ready(BaseModel):
    """Whether the service can do its work, and what is in its way."""

    status: str
    checks: dict[str, CheckResult]


router = APIRouter(prefix="/health", include_in_schema=False)


@router.get("/live")
async def live() -> Live:
    """Answer as long as the process runs."""
    return Live()


@router.get("/ready")
async def ready(request: Request, response: Response) -> Ready:
    """Answer 200 when everything that the service needs is there, else 503."""
    checks: dict[str, Check] = request.app.state.readiness
    outcome = await run_checks(checks)
    if outcome.status != "ready":
        response.status_code = 503
    return outcome


async def run_checks(checks: dict[str, Check], *, seconds: float = CHECK_SECONDS) -> Ready:
    """Run all checks at once, each within so many seconds."""
    results = await asyncio.gather(*(_run(check, seconds) for check in checks.values()))
    named = dict(zip(checks, results, strict=True))
    return Ready(status="ready" if all(result.ok for result in results) else "not_ready", checks=named)


async def _run(check: Check, seconds: float) -> CheckResult:
    try:
        async with asyncio.timeout(seconds):
            return CheckResult(ok=True, detail=await check())
    except TimeoutError:
        return CheckResult(ok=False, detail="no answer in time")
    except Exception as error:  # noqa: BLE001 (a check that fails in any way is a finding, not a fault of this answer)
        text = str(error).strip()
        # Only the first line: drivers put whole statements and addresses behind it.
        return CheckResult(ok=False, detail=text.splitlines()[0][:200] if text else type(error).__name__)
