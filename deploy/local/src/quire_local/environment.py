"""The environment that the services run in."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from quire_local.layout import Layout, Service
from quire_local.private_file import write_private

if TYPE_CHECKING:
    from quire_local.settings import Settings


def shop_environment(
    layout: Layout, settings: Settings, secrets: Mapping[str, str], databases: Mapping[str, str]
) -> dict[str, str]:
    """Return every variable of the shop; what the person set wins over what is made up here.

    `databases` maps the variables of the database URLs to the URLs of the embedded server.
    """
    made: dict[str, str] = {}
    for service in layout.services:
        port = settings.ports[service.name]
        host = settings.reached_at if service.faces_people else "127.0.0.1"
        made[f"{service.prefix}_PORT"] = str(port)
        if service.prefix != "WEB":
            made[f"{service.prefix}_URL"] = f"http://{host}:{port}"
    made |= {
        "LOCAL_RUN": "true" if settings.is_loopback else "false",
        "SIGNUP": _default_signup(settings),
        "PUBLIC_WEB_URL": web_url(settings),
        "TOKEN_ISSUER": gateway_url(settings),
        "LOG_FORMAT": "console",
        "AUTH_MAIL_DIR": str(layout.mail),
    }
    if not settings.is_loopback and "PUBLIC_WEB_URL" not in settings.given:
        # Whoever lets other machines in with QUIRE_HOST has asked for this; the banner says what it means.
        made["ALLOW_PLAIN_HTTP"] = "true"
    return made | _shop_secrets(layout, secrets) | dict(databases) | dict(settings.given) | _hosts(layout, settings)


def environment_of(service: Service, layout: Layout, variables: Mapping[str, str]) -> dict[str, str]:
    """Return what one service sees of `variables`: everything but what is private to others."""
    hidden = {name for other in layout.services for name in other.private} - set(service.private)
    seen = {name: value for name, value in variables.items() if name not in hidden}
    return seen | {"PYTHONUNBUFFERED": "1"}


def write_environment(layout: Layout, shop: Mapping[str, str]) -> None:
    """Write the variables so that a shell can read them: ``set -a; . var/local.env``."""
    lines = [f"{name}={shlex.quote(value)}" for name, value in sorted(shop.items())]
    write_private(layout.environment, "\n".join(["# Written by `make up` at each start.", *lines, ""]))


def web_url(settings: Settings) -> str:
    """Return where a person finds the pages."""
    return f"http://{settings.shown_host}:{settings.ports.get('web-frontend', 0)}"


def gateway_url(settings: Settings) -> str:
    """Return where a program finds the API."""
    return f"http://{settings.shown_host}:{settings.ports.get('gateway', 0)}"


def _default_signup(settings: Settings) -> str:
    return "open" if settings.is_loopback or settings.given.get("STOREFRONT") == "public" else "invite"


def _hosts(layout: Layout, settings: Settings) -> dict[str, str]:
    # The three behind the gateway serve internal paths and stay on this machine, whatever was set.
    return {f"{it.prefix}_HOST": settings.host if it.faces_people else "127.0.0.1" for it in layout.services}


def _shop_secrets(layout: Layout, secrets: Mapping[str, str]) -> dict[str, str]:
    used = {name for service in layout.services for name in service.private}
    return {name: value for name, value in secrets.items() if name in used}
