"""What the process holds for all pages."""

from dataclasses import dataclass

from jinja2 import Environment

from web_frontend.assets import Assets
from web_frontend.browser_session import Renewals
from web_frontend.config import Settings
from web_frontend.gateway_client import GatewayClient
from web_frontend.kept_input import InputKeeper


@dataclass(frozen=True, slots=True)
class Site:
    """Settings, templates, static files, and the way to the gateway."""

    settings: Settings
    templates: Environment
    assets: Assets
    gateway: GatewayClient
    renewals: Renewals
    keeper: InputKeeper
    version: str
    """A digest of all that pages are made of besides what a request brings."""
