"""What a person may set, and what is refused."""

import pytest

from quire_local.layout import CannotStartError, Layout
from quire_local.settings import read_settings

DATABASES = {f"{name}_DATABASE_URL": f"postgresql://db/{name}" for name in ("AUTH", "BOOK", "ORDER")}


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def test_without_any_setting_the_shop_is_for_this_machine_alone(layout):
    settings = read_settings(layout, {})
    assert settings.host == "127.0.0.1"
    assert settings.is_loopback
    assert not settings.has_own_databases
    assert settings.ports == {
        "auth-service": 8001,
        "book-service": 8002,
        "order-service": 8003,
        "gateway": 8000,
        "web-frontend": 8080,
    }


def test_the_environment_wins_over_the_file(layout):
    (layout.root / ".env").write_text("WEB_PORT=9001\nGATEWAY_PORT=9002\nSHOP_NAME='Corner Books'\n")
    settings = read_settings(layout, {"WEB_PORT": "9003"})
    assert settings.ports["web-frontend"] == 9003
    assert settings.ports["gateway"] == 9002
    assert settings.given["SHOP_NAME"] == "Corner Books"


def test_an_empty_setting_counts_as_none(layout):
    (layout.root / ".env").write_text("WEB_PORT=\nAUTH_DATABASE_URL=\n")
    settings = read_settings(layout, {"GATEWAY_PORT": ""})
    assert settings.ports["web-frontend"] == 8080
    assert not settings.has_own_databases


@pytest.mark.parametrize(
    ("host", "is_loopback", "reached_at"),
    [
        ("127.0.0.1", True, "127.0.0.1"),
        ("localhost", True, "localhost"),
        ("::1", True, "[::1]"),
        ("0.0.0.0", False, "127.0.0.1"),  # noqa: S104 - nothing is bound here
        ("192.168.1.5", False, "192.168.1.5"),
    ],
)
def test_only_loopback_is_this_machine_alone(layout, host, is_loopback, reached_at):
    settings = read_settings(layout, {"QUIRE_HOST": host})
    assert settings.is_loopback is is_loopback
    assert settings.reached_at == reached_at


def test_databases_of_ones_own_are_all_or_none(layout):
    assert read_settings(layout, DATABASES).has_own_databases
    with pytest.raises(
        CannotStartError,
        match=r"^BOOK_DATABASE_URL is set but not AUTH_DATABASE_URL and ORDER_DATABASE_URL; set all of them",
    ):
        read_settings(layout, {"BOOK_DATABASE_URL": "postgresql://db/books"})


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"WEB_PORT": "eighty"}, "^WEB_PORT=eighty is not a port number"),
        ({"AUTH_PORT": "0"}, "^AUTH_PORT=0 is not a port number"),
        ({"AUTH_PORT": "70000"}, "^AUTH_PORT=70000 is not a port number"),
        ({"AUTH_PORT": "8000"}, "^AUTH_PORT and GATEWAY_PORT are both 8000"),
        ({"QUIRE_HOST": "my laptop"}, "^QUIRE_HOST=my laptop is not an address"),
    ],
)
def test_a_bad_setting_is_named(layout, environ, sentence):
    with pytest.raises(CannotStartError, match=sentence):
        read_settings(layout, environ)
