"""What the services see."""
# ruff: noqa: S104 - nothing is bound here

import subprocess

import pytest

from quire_local.environment import environment_of, shop_environment, write_environment
from quire_local.layout import SERVICES, Layout
from quire_local.settings import read_settings

SECRETS = {
    "AUTH_SIGNING_KEY": "signing",
    "AUTH_REFRESH_SECRET": "refresh",
    "AUTH_DATA_SECRET": "data",
    "ORDER_CLIENT_SECRET": "client",
    "GATEWAY_CLIENT_SECRET": "gateway",
    "WEB_CLIENT_SECRET": "pages",
    "WEB_SECRET": "web",
    "POSTGRES_PASSWORD": "superuser",
    "AUTH_DATABASE_PASSWORD": "of the role",
}


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def variables(layout, environ):
    databases = {service.database_setting: f"postgresql://{service.database}" for service in layout.with_database}
    return shop_environment(layout, read_settings(layout, environ), SECRETS, databases)


def test_a_moved_port_is_told_to_the_others(layout):
    shop = variables(layout, {"AUTH_PORT": "9001", "GATEWAY_PORT": "9000", "WEB_PORT": "9080"})
    assert shop["AUTH_URL"] == "http://127.0.0.1:9001"
    assert shop["GATEWAY_URL"] == "http://127.0.0.1:9000"
    assert shop["TOKEN_ISSUER"] == "http://localhost:9000"
    assert shop["PUBLIC_WEB_URL"] == "http://localhost:9080"


def test_what_a_person_set_wins(layout):
    shop = variables(layout, {"AUTH_URL": "http://elsewhere", "SIGNUP": "closed", "WEB_SECRET": "mine"})
    assert shop["AUTH_URL"] == "http://elsewhere"
    assert shop["SIGNUP"] == "closed"
    assert shop["WEB_SECRET"] == "mine"


def test_on_loopback_anybody_may_sign_up(layout):
    shop = variables(layout, {})
    assert (shop["LOCAL_RUN"], shop["SIGNUP"]) == ("true", "open")


def test_mails_land_where_the_rest_of_the_data_is(layout):
    assert variables(layout, {})["AUTH_MAIL_DIR"] == str(layout.var / "mail")


def test_reachable_from_elsewhere_one_needs_an_invitation(layout):
    shop = variables(layout, {"QUIRE_HOST": "0.0.0.0"})
    assert (shop["LOCAL_RUN"], shop["SIGNUP"]) == ("false", "invite")
    assert variables(layout, {"QUIRE_HOST": "0.0.0.0", "STOREFRONT": "public"})["SIGNUP"] == "open"


def test_letting_other_machines_in_allows_plain_http_but_an_address_of_ones_own_does_not(layout):
    assert "ALLOW_PLAIN_HTTP" not in variables(layout, {})
    shop = variables(layout, {"QUIRE_HOST": "192.168.1.5"})
    assert (shop["PUBLIC_WEB_URL"], shop["ALLOW_PLAIN_HTTP"]) == ("http://192.168.1.5:8080", "true")
    assert variables(layout, {"QUIRE_HOST": "0.0.0.0"})["ALLOW_PLAIN_HTTP"] == "true"
    assert variables(layout, {"QUIRE_HOST": "0.0.0.0", "ALLOW_PLAIN_HTTP": "false"})["ALLOW_PLAIN_HTTP"] == "false"
    chosen = {"QUIRE_HOST": "0.0.0.0", "PUBLIC_WEB_URL": "http://shop.example"}
    assert "ALLOW_PLAIN_HTTP" not in variables(layout, chosen)
    assert variables(layout, {**chosen, "ALLOW_PLAIN_HTTP": "true"})["ALLOW_PLAIN_HTTP"] == "true"


def test_internal_services_stay_on_this_machine(layout):
    shop = variables(layout, {"QUIRE_HOST": "0.0.0.0", "AUTH_HOST": "0.0.0.0"})
    assert [shop[f"{name}_HOST"] for name in ("AUTH", "BOOK", "ORDER")] == ["127.0.0.1"] * 3
    assert [shop[f"{name}_HOST"] for name in ("GATEWAY", "WEB")] == ["0.0.0.0"] * 2


def test_a_service_sees_its_own_secrets_and_no_others(layout):
    shop = variables(layout, {}) | {"HOME": "/home/me"}
    seen = {service.name: environment_of(service, layout, shop) for service in SERVICES}
    holders = {name: {it for it in seen if name in seen[it]} for name in [*SECRETS, "BOOK_DATABASE_URL", "HOME"]}
    assert holders == {
        "AUTH_SIGNING_KEY": {"auth-service"},
        "AUTH_REFRESH_SECRET": {"auth-service"},
        "AUTH_DATA_SECRET": {"auth-service"},
        "ORDER_CLIENT_SECRET": {"auth-service", "order-service"},
        "GATEWAY_CLIENT_SECRET": {"auth-service", "gateway"},
        "WEB_CLIENT_SECRET": {"gateway", "web-frontend"},
        "WEB_SECRET": {"web-frontend"},
        "POSTGRES_PASSWORD": set(),
        "AUTH_DATABASE_PASSWORD": set(),
        "BOOK_DATABASE_URL": {"book-service"},
        "HOME": set(seen),
    }


def test_a_shell_reads_what_was_written(layout):
    write_environment(layout, {"SHOP_NAME": "Jo's $HOME; books", "WEB_PORT": "8080"})
    assert layout.environment.stat().st_mode & 0o777 == 0o600
    script = f'set -a; . {layout.environment}; printf "%s" "$SHOP_NAME"'
    assert (
        subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == "Jo's $HOME; books"
    )
