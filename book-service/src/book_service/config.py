"""Settings of book-service, read from the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from service_kit.settings import DatabaseSettings


class Settings(DatabaseSettings):
    """``BOOK_DATABASE_URL``, ``BOOK_PORT``, …, and what all services share."""

    model_config = SettingsConfigDict(env_prefix="BOOK_")

    port: int = 8002
    max_import_bytes: int = Field(256 << 20, ge=1024, description="Largest file that can be imported, in bytes.")
