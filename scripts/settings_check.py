"""Check that `.env.example` names every setting of every service, and `docker-compose.yml` passes it on.

Without it a new setting would work when a service is started by hand and be ignored in a container.
"""

from __future__ import annotations

import importlib
import re
import sys

from workspace import ROOT, SERVICES, Member

# The images and the compose file decide on these themselves.
SET_BY_THE_IMAGE = re.compile(r"[A-Z]+_(HOST|PORT)|WEB_STATIC_DIR|LOCAL_RUN|AUTH_MAIL_DIR")
_BLOCK = r"^  {service}:\n((?:    .*\n|\n)+)"
_SHARED = re.compile(r"^x-[a-z-]+: &([a-z-]+)\n((?:  .*\n)+)", re.MULTILINE)
_NAMES = re.compile(r"^\s+([A-Z][A-Z_]+):", re.MULTILINE)


def settings_of(package: str) -> set[str]:
    """Return the environment variables that a service reads."""
    settings = importlib.import_module(f"{package}.config").Settings
    prefix = settings.model_config["env_prefix"]
    return {str(field.validation_alias or f"{prefix}{name}".upper()) for name, field in settings.model_fields.items()}


def passed_on(compose: str, service: str) -> set[str]:
    """Return the variables that the compose file gives to a service, through its anchors too."""
    block = re.search(_BLOCK.format(service=service), compose, re.MULTILINE)
    if block is None:
        return set()
    text = block[1]
    shared = "".join(part for anchor, part in _SHARED.findall(compose) if f"*{anchor}" in text)
    return set(_NAMES.findall(text + shared))


def main() -> int:
    """Print a line for each gap; return 1 when there is one."""
    documented = set(
        re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    )
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    gaps = []
    for service in SERVICES:
        wanted = settings_of(Member.read(ROOT / service).package)
        gaps += [f"{service}: {name} is not in .env.example" for name in sorted(wanted - documented)]
        left_out = {name for name in wanted if SET_BY_THE_IMAGE.fullmatch(name)}
        missing = wanted - passed_on(compose, service) - left_out
        gaps += [f"{service}: docker-compose.yml does not pass {name} on" for name in sorted(missing)]
    print("\n".join(gaps) or "every setting is documented and passed on")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
