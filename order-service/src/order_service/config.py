"""Settings of order-service, read from the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from service_kit.settings import DatabaseSettings, Secret


class Settings(DatabaseSettings):
    """``ORDER_DATABASE_URL``, ``ORDER_CLIENT_SECRET``, …, and what all services share."""

    model_config = SettingsConfigDict(env_prefix="ORDER_")

    port: int = 8003
    book_url: str = Field("http://127.0.0.1:8002", validation_alias="BOOK_URL")
    client_secret: Secret = Field(description="This service's own credential at auth-service.")
    stock_timeout_seconds: float = Field(2.5, gt=0, le=8, description="Longest wait for one answer of book-service.")
    placing_deadline_seconds: int = Field(
        120, ge=1, description="An order that could not be placed for so long is cancelled."
    )
    work_lease_seconds: int = Field(
        10, ge=1, description="How long a worker has an order for itself; longer than one call of book-service takes."
    )
    work_tries: int = Field(50, ge=1, description="After so many failures, work is parked for a person to look at.")
    work_poll_seconds: float = Field(1.0, gt=0, description="How often a replica looks for work.")
    work_concurrency: int = Field(4, ge=1, le=64, description="Orders that one replica finishes at the same time.")
