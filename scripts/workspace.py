"""Where the members of the workspace are and what they say they need."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("auth-service", "book-service", "order-service", "gateway", "web-frontend")
PLUMBING = "service-kit"
LAUNCHER = "deploy/local"
BROWSER_TESTS = "e2e-tests"

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(?:\[(?P<extras>[^\]]*)\])?\s*(?P<rest>.*)")


@dataclass
class Member:
    """A folder with a pyproject.toml; requirements are kept as written there."""

    folder: Path
    name: str
    dependencies: list[str]
    extras: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Member:
        """Read a pyproject.toml; a file without [project] has only groups."""
        data: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        project = data.get("project", {})
        return cls(
            folder=folder,
            name=project.get("name", ""),
            dependencies=project.get("dependencies", []),
            extras=project.get("optional-dependencies", {}),
            groups=data.get("dependency-groups", {}),
        )

    @property
    def package(self) -> str:
        """The name under which the member is imported."""
        return next((self.folder / "src").glob("*/__init__.py")).parent.name


def members() -> dict[str, Member]:
    """Return every installable member by its distribution's name."""
    folders = [ROOT / PLUMBING, *(ROOT / service for service in SERVICES), ROOT / LAUNCHER]
    found = [Member.read(folder) for folder in folders if (folder / "pyproject.toml").exists()]
    return {member.name: member for member in found}


def root_groups() -> dict[str, list[str]]:
    """Return the dependency groups of the workspace itself: its tools."""
    return Member.read(ROOT).groups


def third_party(requirements: list[str], known: dict[str, Member]) -> list[str]:
    """Replace each member of the workspace by what it needs itself, so that only published packages remain."""
    wanted: set[str] = set()
    seen: set[tuple[str, str]] = set()
    queue = list(requirements)
    while queue:
        requirement = queue.pop()
        parts = _REQUIREMENT.fullmatch(requirement.strip())
        if parts is None:
            message = f"not a requirement: {requirement!r}"
            raise ValueError(message)
        member = known.get(parts["name"])
        if member is None:
            wanted.add(requirement)
            continue
        for extra in ["", *(name.strip() for name in (parts["extras"] or "").split(",") if name.strip())]:
            if (member.name, extra) not in seen:
                seen.add((member.name, extra))
                queue += member.extras[extra] if extra else member.dependencies
    return sorted(wanted)
