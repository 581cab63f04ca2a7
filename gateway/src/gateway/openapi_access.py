"""What the gateway adds to each operation of the OpenAPI document: who may call it, how often, and its own answers."""

from collections.abc import Mapping
from typing import Any

from gateway.openapi_merge import operations
from gateway.routing import Access, Route, RouteTable
from service_kit.problems import problem_responses

_OWN_ANSWERS = (400, 414, 431, 502, 503, 504)
_WITH_BODY = (413,)
_LIMITED = (429,)
_API_KEY = "ApiKey"
_API_KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "quire_<id>_<secret>",
    "description": "An API key in the place of an access token. It may do what its scopes say, and nothing that needs "
    "somebody who is signed in.",
}
_HEADERS = {
    "RateLimit": {
        "description": "What is left of each limit, and in how many seconds it begins anew "
        "(draft-ietf-httpapi-ratelimit-headers-10).",
        "schema": {"type": "string"},
        "example": '"account-60s";r=1187;t=42',
    },
    "RateLimit-Policy": {
        "description": "How many requests may come in how many seconds from this account, API key or address.",
        "schema": {"type": "string"},
        "example": '"account-60s";q=1200;w=60',
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}, "example": 42},
}


def describe_access(document: dict[str, Any], table: RouteTable, *, has_limits: bool) -> None:
    """Say in the merged ``document`` what the gateway does before and instead of the services."""
    components = document["components"]
    people: list[dict[str, list[str]]] = [{name: []} for name in components.get("securitySchemes", {})]
    if people:
        components["securitySchemes"][_API_KEY] = _API_KEY_SCHEME
    if has_limits:
        components.setdefault("headers", {}).update(_HEADERS)
    for path, method, operation in operations(document["paths"]):
        route = table.find(path)
        if route is None:
            continue
        if people:
            _describe_callers(operation, route, route.access(method.upper()), people)
        _describe_answers(operation, is_limited=has_limits and route.is_limited)


def _describe_callers(
    operation: dict[str, Any], route: Route, access: Access, people: list[dict[str, list[str]]]
) -> None:
    if access is Access.PUBLIC:
        operation.pop("security", None)
        return
    ways: list[dict[str, list[str]]] = list(people)
    if not route.is_for_people:
        ways.append({_API_KEY: []})
    if access is Access.OPTIONAL:
        ways.append({})
    operation["security"] = ways


def _describe_answers(operation: dict[str, Any], *, is_limited: bool) -> None:
    answers = operation.setdefault("responses", {})
    own = [*_OWN_ANSWERS, *(_WITH_BODY if "requestBody" in operation else ()), *(_LIMITED if is_limited else ())]
    for status, answer in problem_responses(*own).items():
        answers.setdefault(str(status), answer)
    if not is_limited:
        return
    for status, answer in answers.items():
        names = _HEADERS if status == "429" else ("RateLimit", "RateLimit-Policy")
        _add_headers(answer, {name: {"$ref": f"#/components/headers/{name}"} for name in names})


def _add_headers(answer: dict[str, Any], headers: Mapping[str, Any]) -> None:
    if "$ref" not in answer:
        answer["headers"] = {**headers, **answer.get("headers", {})}
