"""Settings of web-frontend, read from the environment."""

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from service_kit.addresses import NetworksText
from service_kit.settings import PublicServiceSettings, Secret

# web-frontend/src/web_frontend/config.py lies three folders below the workspace, which holds ``static``.
_WORKSPACE_STATIC = Path(__file__).resolve().parents[3] / "static"


class Settings(PublicServiceSettings):
    """``WEB_PORT``, ``WEB_SECRET``, …, and what all services share."""

    model_config = SettingsConfigDict(env_prefix="WEB_")

    port: int = 8080
    gateway_url: str = Field(
        "http://127.0.0.1:8000",
        validation_alias="GATEWAY_URL",
        description="The only service that the pages talk to.",
    )
    public_web_url: str = Field(
        "http://localhost:8080",
        validation_alias="PUBLIC_WEB_URL",
        description="The address that people type; https makes the cookies secure.",
    )
    secret: Secret = Field(description="Signs form tokens and the short-lived cookies.")
    client_secret: Secret = Field(description="With which the pages prove to the gateway who they are.")
    trusted_proxies: NetworksText = Field(
        "", description="Proxies in front, whose X-Forwarded-For is believed: addresses and networks."
    )
    static_dir: Path = Field(_WORKSPACE_STATIC, description="Folder of the style sheet, the fonts and the script.")
    gateway_seconds: float = Field(8.0, gt=0, description="Longest wait for one answer of the gateway.")
    max_import_bytes: int = Field(256 << 20, ge=1024, description="Largest file that can be imported, in bytes.")

    @property
    def is_secure(self) -> bool:
        """Whether people reach the shop over TLS."""
        return urlsplit(self.public_web_url).scheme == "https"

    @property
    def is_loopback(self) -> bool:
        """Whether the shop is only reached from the machine that it runs on."""
        host = urlsplit(self.public_web_url).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False
