import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from auth_service.config import Settings
from auth_service.throttling.limits import Limit, Purpose
from auth_service.throttling.settings import limits_of
from service_kit.settings import load_settings
from service_kit.tokens import SigningKey


@pytest.fixture
def environment(monkeypatch, key_pem):
    """Give a function that sets good settings in the environment, but for some."""

    def set_all(**changes):
        good = {
            "AUTH_DATABASE_URL": "postgresql://auth:x@127.0.0.1/auth",
            "AUTH_SIGNING_KEY": key_pem,
            "AUTH_REFRESH_SECRET": "a-refresh-token-leads-to-the-next-one",
            "AUTH_DATA_SECRET": "what-1s-encrypted-is-encrypted-with-it",
            "ORDER_CLIENT_SECRET": "0rder-service-1s-kn0wn-by-this-w0rd",
            "GATEWAY_CLIENT_SECRET": "gateway-1s-kn0wn-t0-auth-by-this-w0rd",
        }
        for name, value in (good | changes).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return set_all


MAIL = {"SMTP_HOST": "mail.example", "MAIL_FROM": "Quire <shop@example.org>"}
SIGNED_IN = {"SMTP_USERNAME": "quire", "SMTP_PASSWORD": "the-mail-servers-own"}


def der(key):
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def test_the_signing_key_may_be_one_line(environment, key_pem):
    one_line = key_pem.replace("\n", "\\n")
    environment(AUTH_SIGNING_KEY=one_line, AUTH_PREVIOUS_SIGNING_KEY="")
    settings = load_settings(Settings)
    assert SigningKey.from_text(settings.signing_key.get_secret_value()).kid == SigningKey.from_text(key_pem).kid
    assert settings.previous_signing_key is None

    key = ec.generate_private_key(ec.SECP256R1())
    environment(AUTH_SIGNING_KEY=base64.b64encode(der(key)).decode())
    assert load_settings(Settings)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"AUTH_SIGNING_KEY": None}, "The setting AUTH_SIGNING_KEY is not set."),
        ({"AUTH_SIGNING_KEY": "x"}, "The setting AUTH_SIGNING_KEY is not a private key"),
        ({"AUTH_DATABASE_URL": None}, "The setting AUTH_DATABASE_URL is not set."),
        ({"AUTH_REFRESH_SECRET": None}, "The setting AUTH_REFRESH_SECRET is not set."),
        ({"AUTH_REFRESH_SECRET": "short"}, "The setting AUTH_REFRESH_SECRET must have at least 32 characters."),
        ({"AUTH_REFRESH_SECRET": "change-me-" * 5}, "The setting AUTH_REFRESH_SECRET is a placeholder"),
        ({"AUTH_LIMIT_ACCOUNT": "often"}, "The setting AUTH_LIMIT_ACCOUNT is not like 10/minute or 10/15 minutes."),
        ({"AUTH_LIMIT_ACCOUNT": "0/minute"}, "The setting AUTH_LIMIT_ACCOUNT is not like 10/minute or 10/15 minutes."),
        ({"AUTH_LIMIT_CODES": "5/0 hours"}, "The setting AUTH_LIMIT_CODES is not like 10/minute or 10/15 minutes."),
        ({"ORDER_CLIENT_SECRET": None}, "The setting ORDER_CLIENT_SECRET is not set."),
        ({"ORDER_CLIENT_SECRET": "x" * 32}, "The setting ORDER_CLIENT_SECRET is a placeholder"),
        ({"AUTH_PREVIOUS_SIGNING_KEY": "x"}, "The setting AUTH_PREVIOUS_SIGNING_KEY is not a private key"),
        ({"SIGNUP": "everybody"}, "The setting SIGNUP "),
        ({"AUTH_DATA_SECRET": "secret" * 8}, "The setting AUTH_DATA_SECRET is a placeholder"),
        ({"AUTH_DATA_SECRET": "0123456789abcdef" * 3}, "The setting AUTH_DATA_SECRET is a placeholder"),
        ({"AUTH_DATA_SECRET": ""}, "The setting AUTH_DATA_SECRET must have at least 32 characters."),
        (
            {"AUTH_DATA_SECRET": "gateway-1s-kn0wn-t0-auth-by-this-w0rd"},
            "The settings AUTH_DATA_SECRET and GATEWAY_CLIENT_SECRET hold the same secret; each needs one of its own.",
        ),
        ({"PUBLIC_WEB_URL": "shop.invalid/pages"}, "The setting PUBLIC_WEB_URL is not the address of web pages"),
        ({"PUBLIC_WEB_URL": "javascript:alert(1)"}, "The setting PUBLIC_WEB_URL is not the address of web pages"),
        ({"PUBLIC_WEB_URL": "https://user@shop.example"}, "The setting PUBLIC_WEB_URL is not the address of web pages"),
        (
            {"REQUIRE_VERIFIED_EMAIL": "true"},
            "REQUIRE_VERIFIED_EMAIL is true, but without SMTP_HOST no mail can be sent to verify an address.",
        ),
        (
            {"REQUIRE_VERIFIED_EMAIL": "true", "AUTH_MAIL_DIR": "var/mail"},
            "REQUIRE_VERIFIED_EMAIL is true, but without SMTP_HOST no mail can be sent to verify an address.",
        ),
        ({"SMTP_HOST": "mail.example"}, "SMTP_HOST is set, but MAIL_FROM does not say whom mails are from."),
        (MAIL | {"MAIL_FROM": "Quire"}, "The setting MAIL_FROM is not an e-mail address"),
        (MAIL | {"MAIL_FROM": "a@b.example, c@d.example"}, "The setting MAIL_FROM is not an e-mail address"),
        (MAIL | {"MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "The setting MAIL_FROM must not contain the control"),
        (MAIL | {"SMTP_USERNAME": "quire"}, "SMTP_USERNAME and SMTP_PASSWORD belong together; set both or none."),
        (
            MAIL | SIGNED_IN | {"SMTP_SECURITY": "none"},
            "SMTP_SECURITY is none, so SMTP_PASSWORD would cross the network",
        ),
        (
            {"LOCAL_RUN": "true", "STOREFRONT": "public", "FIRST_ACCOUNT_IS_ADMIN": "true"},
            "FIRST_ACCOUNT_IS_ADMIN would make a stranger administrator of a shop with STOREFRONT=public.",
        ),
        (
            {"FIRST_ACCOUNT_IS_ADMIN": "true"},
            "FIRST_ACCOUNT_IS_ADMIN would make whoever comes first administrator; only a local run may.",
        ),
    ],
)
def test_a_bad_setting_is_named_and_stops_the_start(environment, capsys, changes, sentence):
    environment(**changes)
    with pytest.raises(SystemExit) as stopped:
        load_settings(Settings)
    assert stopped.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(sentence)
    assert all(value is None or len(value) < 10 or value not in line for value in changes.values())


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(public_exponent=65537, key_size=2048)],
    ids=["P-384", "RSA"],
)
def test_another_kind_of_key_is_refused(environment, capsys, key):
    environment(AUTH_SIGNING_KEY=base64.b64encode(der(key)).decode())
    with pytest.raises(SystemExit):
        load_settings(Settings)
    assert "AUTH_SIGNING_KEY is not a private key on the curve P-256" in capsys.readouterr().err


def test_limits_are_read_as_they_are_written_and_may_be_none(environment):
    environment(AUTH_LIMIT_ACCOUNT="20/ 2 hours", AUTH_LIMIT_ADDRESS="", AUTH_LIMIT_CODES="1/day")
    limits = limits_of(load_settings(Settings))
    assert limits[Purpose.PASSWORD].account == Limit(20, timedelta(hours=2))
    assert limits[Purpose.PASSWORD].address is None
    assert limits[Purpose.CODE].account == Limit(1, timedelta(days=1))
    assert limits.keys() == set(Purpose)


@pytest.mark.parametrize(
    ("changes", "port"),
    [
        (MAIL | SIGNED_IN, 587),
        (MAIL | SIGNED_IN | {"SMTP_SECURITY": "tls"}, 465),
        (MAIL | {"SMTP_SECURITY": "none"}, 25),
        (MAIL | SIGNED_IN | {"SMTP_SECURITY": "none", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "2525"}, 2525),
        (MAIL | {"REQUIRE_VERIFIED_EMAIL": "true", "SMTP_USERNAME": "", "SMTP_PORT": ""}, 587),
    ],
)
def test_mail_leaves_by_the_usual_ports(environment, changes, port):
    environment(**changes)
    settings = load_settings(Settings)
    assert (settings.mail_works, settings.effective_smtp_port) == (True, port)
