"""Settings of the gateway: environment variables with the prefix GATEWAY_, and those that all services share."""

from typing import Annotated

from limits import parse_many
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from gateway.cross_origin import OriginsText
from service_kit.addresses import NetworksText
from service_kit.settings import PublicServiceSettings, Secret


def _check_limit(text: str) -> str:
    if text.strip().lower() in {"", "none"}:
        return ""
    items = parse_many(text)
    if any(item.amount < 1 or item.get_expiry() < 1 for item in items):
        message = "must allow at least one request"
        raise ValueError(message)
    if len({item.get_expiry() for item in items}) < len(items):
        message = "has two limits for the same time"
        raise ValueError(message)
    return text


def _check_redis_url(url: SecretStr) -> SecretStr:
    if url.get_secret_value() and not url.get_secret_value().startswith(("redis://", "rediss://")):
        message = "must begin with redis:// or rediss://"
        raise ValueError(message)
    return url


LimitText = Annotated[str, AfterValidator(_check_limit)]
"""A setting: ``1200/minute``, or several limits with ``;`` between them; empty or ``none`` for none."""


class Settings(PublicServiceSettings):
    """What the gateway reads at start."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", populate_by_name=True, extra="ignore")

    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    book_url: str = Field("http://127.0.0.1:8002", validation_alias="BOOK_URL")
    order_url: str = Field("http://127.0.0.1:8003", validation_alias="ORDER_URL")

    client_secret: Secret = Field(description="With which the gateway proves to auth-service who it is.")
    web_client_secret: Secret = Field(
        validation_alias="WEB_CLIENT_SECRET", description="With which web-frontend proves to the gateway who it is."
    )

    cors_origins: OriginsText = Field(
        "", description="Whose pages may call the API from a browser: exact origins with commas between them."
    )
    drain_seconds: float = Field(
        0.0, ge=0, description="How long before its end it is not ready but still takes requests, for a load balancer."
    )
    connect_seconds: float = Field(2.0, gt=0, description="How long a connection to a service may take.")
    answer_seconds: float = Field(
        10.0, gt=0, description="Longest silence of a service, before its answer or in the middle of it."
    )
    head_seconds: float = Field(
        10.0,
        gt=0,
        description="How long a client may take to send a whole head.",
    )
    upload_seconds: float = Field(30.0, gt=0, description="Longest silence of a client in the middle of its body.")
    download_seconds: float = Field(30.0, gt=0, description="Longest time in which a client takes nothing.")
    min_bytes_per_second: int = Field(
        1024, ge=1, description="Slowest rate of a body or an answer that is borne for longer than that."
    )
    connections_per_service: int = Field(
        200, ge=1, description="Calls to each service under way at once; more are answered 503."
    )
    calls_per_client: int = Field(
        100, ge=1, description="Requests of one account (its keys too) or address under way at once; more are a 429."
    )
    circuit_failures: int = Field(
        5, ge=1, description="Failures in a row after which a service is left alone for a while."
    )
    circuit_seconds: float = Field(3.0, gt=0, description="How long, until one request tries it again.")

    max_import_bytes: int = Field(256 << 20, ge=1024, description="Largest file that can be imported, in bytes.")
    max_target_bytes: int = Field(8192, ge=256, description="Longest path with query.")
    max_header_bytes: int = Field(32768, ge=1024, description="All headers of a request together.")
    max_headers: int = Field(100, ge=10, description="Number of headers of a request.")

    trusted_proxies: NetworksText = Field(
        "", description="Proxies in front, whose X-Forwarded-For is believed: addresses and networks."
    )
    limit_account: LimitText = Field("1200/minute", description="What one account may ask for.")
    limit_key: LimitText = Field("1200/minute", description="What one API key may ask for.")
    limit_address: LimitText = Field(
        "1200/minute", description="What may come from one address (IPv6: one /64) without a good token or key."
    )
    limits_url: Annotated[SecretStr, AfterValidator(_check_redis_url)] = Field(
        SecretStr(""), description="Where several gateways count together (redis://…); empty: each by itself."
    )
