"""A FastAPI application with everything around the routes that all services have."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route

from service_kit import health
from service_kit.body_limit import BodyLimits
from service_kit.edge import Edge
from service_kit.head_requests import HeadAsGet
from service_kit.languages.choice import Languages, SpokenLanguage
from service_kit.logs import configure_logging
from service_kit.metrics import metrics_endpoint
from service_kit.problems import MEDIA_TYPE, Problem, add_problem_handlers
from service_kit.settings import ServiceSettings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def service_application(  # noqa: PLR0913 (what services differ in)
    *,
    name: str,
    title: str,
    settings: ServiceSettings,
    lifespan: Lifespan,
    languages: Languages | None = None,
    larger_bodies: Mapping[str, int] | None = None,
) -> FastAPI:
    """Build the application of the service ``name``: problems, request ids, logs, metrics, health, OpenAPI.

    ``languages`` are those that callers are answered in, by their ``Accept-Language``; without them the application
    looks after that itself. ``larger_bodies`` has the paths that take request bodies of another size than the settings
    say, and that size.
    """
    configure_logging(name, settings)
    app = FastAPI(
        title=title,
        version="0.1.0",
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry={"tracing": False},
    )
    app.state.settings = settings
    app.state.readiness = {}
    add_problem_handlers(app)
    app.include_router(health.router)
    app.router.routes.append(Route("/metrics", metrics_endpoint, include_in_schema=False))
    app.add_middleware(HeadAsGet)
    if languages is not None:
        app.add_middleware(SpokenLanguage, languages=languages)
    app.add_middleware(Edge, body_limits=BodyLimits(settings.max_body_bytes, larger_bodies or {}))
    app.openapi = lambda: _openapi_with_problems(app)  # type: ignore[method-assign]
    return app


def _openapi_with_problems(app: FastAPI) -> dict[str, Any]:
    """Say in the OpenAPI document that errors are problem documents; FastAPI would show its own shape for 422."""
    document = FastAPI.openapi(app)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    if "Problem" in schemas:
        return document
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}), Problem=problem)
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            if "422" in operation.get("responses", {}):
                operation["responses"]["422"] = {
                    "description": "The input is not valid",
                    "content": {MEDIA_TYPE: reference},
                }
    return document
