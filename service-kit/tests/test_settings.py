"""Settings that refuse to start, in one clear sentence."""

import pytest
from pydantic_settings import SettingsConfigDict

from service_kit.settings import DatabaseSettings, Secret, load_settings


class Settings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")

    token_secret: Secret


GOOD = "u7Gq2zV9pL4sX1bN8mK5cR3wT6yH0jDa"


def refusal(monkeypatch, capsys, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        load_settings(Settings)
    assert stopped.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short",
        GOOD[:31],
        "changeme-changeme-changeme-changeme",
        "a" * 64,
        "secret-" + GOOD,
        "Example" + GOOD,
        "hunter2-" * 5,
        GOOD[:20] * 2,
    ],
)
def test_a_known_or_short_secret_is_refused_without_being_shown(monkeypatch, capsys, weak):
    message = refusal(monkeypatch, capsys, SHOP_TOKEN_SECRET=weak, SHOP_DATABASE_URL="postgresql://x")
    assert message.startswith("The setting SHOP_TOKEN_SECRET ")
    assert len(message.splitlines()) == 1
    assert not weak or weak not in message


def test_a_missing_setting_is_named(monkeypatch, capsys):
    message = refusal(monkeypatch, capsys, SHOP_TOKEN_SECRET=GOOD)
    assert message == "The setting SHOP_DATABASE_URL is not set.\n"


def test_a_shared_setting_is_named_as_the_operator_wrote_it(monkeypatch, capsys):
    environment = {"SHOP_TOKEN_SECRET": GOOD, "SHOP_DATABASE_URL": "postgresql://x", "STOREFRONT": "open"}
    assert refusal(monkeypatch, capsys, **environment).startswith("The setting STOREFRONT ")


def test_good_settings_are_read_with_the_service_prefix(monkeypatch):
    for name, value in {"TOKEN_SECRET": GOOD, "DATABASE_URL": "postgresql://x", "PORT": "8111"}.items():
        monkeypatch.setenv(f"SHOP_{name}", value)
    settings = load_settings(Settings)
    assert (settings.port, settings.token_secret.get_secret_value()) == (8111, GOOD)
    assert GOOD not in repr(settings)
