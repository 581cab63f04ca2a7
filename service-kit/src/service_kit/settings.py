"""Settings that every service has, read from the environment and checked before anything starts."""

import sys
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service_kit.languages.catalogues import LANGUAGES
from service_kit.languages.language import ORIGINAL
from service_kit.languages.locales import known_locale

SettingsType = TypeVar("SettingsType", bound="ServiceSettings")

SHORTEST_SECRET = 32
_PLACEHOLDERS = ("change", "secret", "example", "password", "placeholder", "default", "insecure", "your-", "xxx")


def _reject_weak_secret(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if len(value) < SHORTEST_SECRET:
        message = f"must have at least {SHORTEST_SECRET} characters"
        raise ValueError(message)
    few = len(set(value)) < SHORTEST_SECRET // 4
    # A text that repeats itself is found in itself twice over, away from its ends.
    repeats = value in (value + value)[1:-1] or value[: len(value) // 2] in value[len(value) // 2 :]
    if value.lower().startswith(_PLACEHOLDERS) or few or repeats:
        message = "is a placeholder, not a secret; generate one"
        raise ValueError(message)
    return secret


_IS_A_SECRET = AfterValidator(_reject_weak_secret)
Secret = Annotated[SecretStr, _IS_A_SECRET]
"""A secret of at least 32 characters that is not a known placeholder."""

Storefront = Literal["private", "public"]


def _known_language(tag: str) -> str:
    if not tag.strip():
        return ORIGINAL.code
    if known_locale(tag) is None:
        message = f"must be one of {', '.join(LANGUAGES)}, perhaps with a country, like de-AT"
        raise ValueError(message)
    return tag


class ServiceSettings(BaseSettings):
    """What every service reads. A service adds its own fields, which carry its prefix."""

    model_config = SettingsConfigDict(populate_by_name=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(0, ge=0, le=65535, description="Port to listen on.")
    log_format: Literal["console", "json"] = Field("console", validation_alias="LOG_FORMAT")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", validation_alias="LOG_LEVEL")
    local_run: bool = Field(
        default=False,
        validation_alias="LOCAL_RUN",
        description="Started on one machine, for its own user, on loopback.",
    )
    storefront: Storefront = Field("private", validation_alias="STOREFRONT")
    shop_name: str = Field("Quire", validation_alias="SHOP_NAME")
    default_language: Annotated[str, AfterValidator(_known_language)] = Field(
        ORIGINAL.code,
        validation_alias="DEFAULT_LANGUAGE",
        description="Language tag for pages and mails where neither a choice nor the browser decides.",
    )
    currency: str = Field("GBP", validation_alias="CURRENCY", pattern=r"^[A-Z]{3}$", description="ISO 4217.")
    token_issuer: str = Field("http://localhost:8000", validation_alias="TOKEN_ISSUER")
    token_audience: str = Field("quire", validation_alias="TOKEN_AUDIENCE")
    auth_url: str = Field("http://127.0.0.1:8001", validation_alias="AUTH_URL")
    max_body_bytes: int = Field(1 << 20, ge=1024, description="Largest request body, in bytes.")
    max_connections: int = Field(1000, ge=1, description="Connections served at once; more are answered 503.")
    shutdown_seconds: int = Field(15, ge=1, description="How long requests under way may take at shutdown.")

    @model_validator(mode="after")
    def _refuse_one_secret_for_two_purposes(self) -> Self:
        names: dict[str, str] = {}
        for name, field in type(self).model_fields.items():
            if _IS_A_SECRET in field.metadata and isinstance(secret := getattr(self, name), SecretStr):
                setting = setting_name(type(self), name)
                if (other := names.setdefault(secret.get_secret_value(), setting)) != setting:
                    message = f"The settings {other} and {setting} hold the same secret; each needs one of its own"
                    raise ValueError(message)
        return self


class DatabaseSettings(ServiceSettings):
    """Settings of a service that keeps data."""

    database_url: str = Field(description="postgresql://user:password@host:port/name")
    database_pool: int = Field(10, ge=1, le=200, description="Connections to PostgreSQL, at the most.")


class PublicServiceSettings(ServiceSettings):
    """Settings of a service that strangers reach: its metrics have a listener of their own, or none."""

    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port of a second listener that serves /metrics; 0 is none."
    )
    metrics_host: str = Field("127.0.0.1", description="Address of that second listener.")


def load_settings(settings_type: type[SettingsType], **overrides: Any) -> SettingsType:  # noqa: ANN401 (values of any field)
    """Read settings from the environment; on a bad one end the process with one clear sentence and exit code 2."""
    try:
        return settings_type(**overrides)
    except ValidationError as error:
        _refuse_to_start(settings_type, error)


def setting_name(settings_type: type[BaseSettings], field: str) -> str:
    """Return the environment variable of a field."""
    prefix = settings_type.model_config.get("env_prefix", "")
    return str(settings_type.model_fields[field].validation_alias or f"{prefix}{field}".upper())


def _refuse_to_start(settings_type: type[ServiceSettings], error: ValidationError) -> NoReturn:
    for problem in error.errors(include_input=False, include_url=False):
        message = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            # It is about several settings and names them itself.
            print(f"{message}.", file=sys.stderr)  # noqa: T201 (logging is not configured yet)
            continue
        field = str(problem["loc"][0])
        # A field with an alias is reported by that alias, which is the environment variable itself.
        name = setting_name(settings_type, field) if field in settings_type.model_fields else field
        reason = "is not set" if problem["type"] == "missing" else message[:1].lower() + message[1:]
        print(f"The setting {name} {reason}.", file=sys.stderr)  # noqa: T201
    raise SystemExit(2)
