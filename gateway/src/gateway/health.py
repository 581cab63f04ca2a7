"""Liveness and readiness of the gateway; its readiness names the service that is down."""

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.headers import OF_OWN_PAGES
from gateway.service_link import ServiceLink
from service_kit.draining import Draining
from service_kit.health import Check, Live, Ready, run_checks

CHECK_SECONDS = 3.5
"""Longer than a service takes to find out what it lacks: its own answer says more than its silence."""


async def live(_request: Request) -> Response:
    """Answer as long as the process runs."""
    return JSONResponse(Live().model_dump(), headers=OF_OWN_PAGES)


async def ready(request: Request) -> Response:
    """Answer 200 when tokens can be checked and every service is ready, else 503."""
    outcome = await run_checks(request.app.state.readiness, seconds=CHECK_SECONDS)
    return JSONResponse(outcome.model_dump(), 200 if outcome.status == "ready" else 503, OF_OWN_PAGES)


def check_of_itself(draining: Draining) -> Check:
    """Make the check that fails once the gateway is about to end, so that nobody sends it any more."""

    async def check() -> str:
        if draining.begun:
            message = "is shutting down"
            raise RuntimeError(message)
        return "takes requests"

    return check


def check_of(http: httpx2.AsyncClient, base_url: str, link: ServiceLink) -> Check:
    """Make the check that asks a service whether it is ready, and its link whether requests pass."""

    async def check() -> str:
        try:
            answer = await http.get(f"{base_url}/health/ready")
        except httpx2.TransportError as error:
            message = "cannot be reached"
            raise RuntimeError(message) from error
        if not answer.is_success:
            raise RuntimeError(_what_fails(answer))
        # Once a request may pass again, all that is missing is a request.
        if link.circuit.retry_after:
            message = f"ready, but it failed lately: circuit {link.circuit.state.value}"
            raise RuntimeError(message)
        return "ready"

    return check


def _what_fails(answer: httpx2.Response) -> str:
    try:
        checks = Ready.model_validate_json(answer.content).checks
    except ValueError:
        return f"answers {answer.status_code}"
    return "not ready: " + ", ".join(name for name, result in checks.items() if not result.ok)


routes = [Route("/health/live", live), Route("/health/ready", ready)]
