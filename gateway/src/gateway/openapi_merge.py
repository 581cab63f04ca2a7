"""Makes one OpenAPI 3.1 document of several: what is public of each, with names that do not collide."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Any
"""Whatever JSON holds."""

Component = tuple[str, str]
"""Section and name, for example ``("schemas", "Book")``."""

_REFERENCE = "#/components/"
_METHODS = frozenset({"get", "head", "post", "put", "patch", "delete", "options", "trace"})
_SECURITY = "securitySchemes"


@dataclass(frozen=True)
class Part:
    """What one service contributes."""

    service: str
    paths: dict[str, Json]
    components: dict[Component, Json]
    tags: list[dict[str, Json]]

    @property
    def prefix(self) -> str:
        """The service's name as the start of a component's: ``Book`` for ``book-service``."""
        return self.service.removesuffix("-service").title().replace("-", "")


def public_part(service: str, document: Mapping[str, Json], is_public: Callable[[str], bool]) -> Part:
    """Take the public paths out of a service's document, and the components that they need."""
    document = copy.deepcopy(dict(document))
    paths = {path: item for path, item in document.get("paths", {}).items() if is_public(path)}
    sections: Mapping[str, Mapping[str, Json]] = document.get("components", {})
    known = {(section, name): body for section, named in sections.items() for name, body in named.items()}
    needed: dict[Component, Json] = {key: body for key, body in known.items() if key[0] == _SECURITY}
    waiting = list(_references(paths))
    while waiting:
        component = waiting.pop()
        if component in known and component not in needed:
            needed[component] = known[component]
            waiting += _references(known[component])
    used_tags = {tag for _, _, operation in operations(paths) for tag in operation.get("tags", ())}
    tags = [tag for tag in document.get("tags", ()) if tag.get("name") in used_tags]
    return Part(service, paths, needed, tags)


def merge(parts: Sequence[Part]) -> dict[str, Json]:
    """Return ``paths``, ``components`` and ``tags`` of all parts together."""
    colliding = _colliding(parts)
    paths: dict[str, Json] = {}
    components: dict[str, dict[str, Json]] = {}
    tags: dict[str, Json] = {}
    for part in parts:
        renamed = {key: (key[0], part.prefix + key[1]) for key in colliding}
        for key, body in part.components.items():
            section, name = renamed.get(key, key)
            _rename(body, renamed)
            components.setdefault(section, {}).setdefault(name, body)
        _rename(part.paths, renamed)
        for path, item in part.paths.items():
            paths.setdefault(path, item)
        for tag in part.tags:
            tags.setdefault(tag["name"], tag)
    _make_operation_ids_unique(paths)
    return {"paths": paths, "components": components, "tags": list(tags.values())}


def operations(paths: Mapping[str, Json]) -> Iterator[tuple[str, str, dict[str, Json]]]:
    """Yield path, method and operation of each operation."""
    for path, item in paths.items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, method, operation


def _colliding(parts: Sequence[Part]) -> set[Component]:
    """Return the components that differ between parts, in their own text or in that of what they refer to."""
    seen: dict[Component, Json] = {}
    colliding: set[Component] = set()
    referring: dict[Component, set[Component]] = {}
    for part in parts:
        for key, body in part.components.items():
            if key[0] != _SECURITY and seen.setdefault(key, body) != body:
                colliding.add(key)
            referring.setdefault(key, set()).update(_references(body))
    shared = {key for key in seen if sum(key in part.components for part in parts) > 1}
    while more := {key for key in shared - colliding if referring[key] & colliding}:
        colliding |= more
    return colliding


def _references(node: Json) -> Iterator[Component]:
    for _, reference in _reference_places(node):
        yield _component(reference)


def _reference_places(node: Json) -> Iterator[tuple[dict[str, Json], str]]:
    """Yield each object that refers to a component, by ``$ref`` or by a discriminator's mapping, with the reference."""
    if isinstance(node, dict):
        mapping = node.get("mapping") if isinstance(node.get("propertyName"), str) else None
        for value in (node.get("$ref"), *_values(mapping)):
            if isinstance(value, str) and value.startswith(_REFERENCE):
                yield node, value
        for child in node.values():
            yield from _reference_places(child)
    elif isinstance(node, list):
        for child in node:
            yield from _reference_places(child)


def _values(mapping: Json) -> Iterable[Json]:
    return mapping.values() if isinstance(mapping, dict) else ()


def _component(reference: str) -> Component:
    section, _, name = reference.removeprefix(_REFERENCE).partition("/")
    return section, name.partition("/")[0]


def _rename(node: Json, renamed: Mapping[Component, Component]) -> None:
    for place, reference in list(_reference_places(node)):
        new = renamed.get(_component(reference))
        if new is None:
            continue
        target = f"{_REFERENCE}{new[0]}/{new[1]}"
        if place.get("$ref") == reference:
            place["$ref"] = target
        for value, referred in list((place.get("mapping") or {}).items()):
            if referred == reference:
                place["mapping"][value] = target


def _make_operation_ids_unique(paths: Mapping[str, Json]) -> None:
    taken: set[str] = set()
    for path, method, operation in operations(paths):
        name = operation.get("operationId")
        if name in taken:
            words = "_".join(part for part in path.strip("/").replace("{", "").replace("}", "").split("/"))
            operation["operationId"] = name = f"{method}_{words}"
        if name is not None:
            taken.add(name)
