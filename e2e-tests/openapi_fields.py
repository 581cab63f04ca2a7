"""Which texts the API takes, read from its own document."""

from collections.abc import Iterator

import httpx2
from system import System

# What has one of these formats is either refused or holds no mark-up; passwords are never shown.
_HARMLESS = {"uuid", "date-time", "date", "password", "binary"}


def text_fields(system: System) -> set[str]:
    """Return every free text in the body of a request: ``POST /orders delivery.name``."""
    document = httpx2.get(f"{system.api}/openapi.json").raise_for_status().json()
    schemas = document["components"]["schemas"]
    return {
        f"{method.upper()} {path} {field}".strip()
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict)
        for body in operation.get("requestBody", {}).get("content", {}).values()
        for field in _texts(body.get("schema", {}), schemas, "")
    }


def _texts(schema: dict, schemas: dict, path: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for choice in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(choice, []):
            yield from _texts(one, schemas, path)
    if schema.get("type") == "string" and not (_HARMLESS & {schema.get("format")} or schema.keys() & {"enum", "const"}):
        yield path
    for name, member in schema.get("properties", {}).items():
        yield from _texts(member, schemas, f"{path}.{name}" if path else name)
    if "items" in schema:
        yield from _texts(schema["items"], schemas, f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _texts(schema["additionalProperties"], schemas, f"{path}.*")


def texts_in(body: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text in a body that is sent, with its field named as ``text_fields`` names it."""
    if isinstance(body, str):
        yield path, body
    elif isinstance(body, dict):
        for name, member in body.items():
            yield from texts_in(member, f"{path}.{name}" if path else name)
    elif isinstance(body, list):
        for item in body:
            yield from texts_in(item, f"{path}[]")
