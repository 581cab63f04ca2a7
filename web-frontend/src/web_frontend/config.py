"""Settings of web-frontend, read from the environment."""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from service_kit.addresses import NetworksText
from service_kit.settings import PublicServiceSettings, Secret
from web_frontend.public_address import is_loopback, is_secure, normalised

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
    # Before the address, whose check looks at it.
    allow_plain_http: bool = Field(
        default=False,
        validation_alias="ALLOW_PLAIN_HTTP",
        description="Whether the shop may be reached from other machines without TLS.",
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

    @field_validator("public_web_url")
    @classmethod
    def _refuse_to_be_read_on_the_way(cls, address: str, info: ValidationInfo) -> str:
        address = normalised(address)
        if not (is_secure(address) or is_loopback(address) or info.data.get("allow_plain_http")):
            message = (
                "is a plain HTTP address for other machines, so passwords and sessions could be read on the way: serve "
                "the shop over TLS and set its https address, or set ALLOW_PLAIN_HTTP=true if that is what you want"
            )
            raise ValueError(message)
        return address

    @property
    def is_secure(self) -> bool:
        """Whether people reach the shop over TLS."""
        return is_secure(self.public_web_url)

    @property
    def is_loopback(self) -> bool:
        """Whether the shop is only reached from the machine that it runs on."""
        return is_loopback(self.public_web_url)
