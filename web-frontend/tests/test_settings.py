"""Settings with which the pages do not start, and what they warn of."""

import pytest

from service_kit.settings import load_settings
from web_frontend.config import Settings

SECRET = "Vq8mZr2LxT9nKd4WbY7cH1sJfG5pUe3A"


def settings(monkeypatch, **environment):
    """Read the settings as a process with this environment does."""
    for name in ("PUBLIC_WEB_URL", "ALLOW_PLAIN_HTTP"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"WEB_SECRET": SECRET, "WEB_CLIENT_SECRET": SECRET[::-1]} | environment).items():
        monkeypatch.setenv(name, value)
    return load_settings(Settings)


@pytest.mark.parametrize("address", ["http://shop.example", "http://192.168.1.5:8080", "http://localhost.evil.example"])
def test_plain_http_outside_this_machine_is_refused_with_one_sentence(monkeypatch, capsys, address):
    for allowed in ({}, {"ALLOW_PLAIN_HTTP": "false"}):
        with pytest.raises(SystemExit) as ended:
            settings(monkeypatch, PUBLIC_WEB_URL=address, **allowed)
        assert ended.value.code == 2
        said = capsys.readouterr().err
        assert said.startswith("The setting PUBLIC_WEB_URL is a plain HTTP address for other machines")
        assert said.count("\n") == 1
        assert "ALLOW_PLAIN_HTTP=true" in said


async def test_plain_http_that_is_allowed_is_warned_of(open_shop, capsys):
    await open_shop(public_web_url="http://shop.example", allow_plain_http=True)
    assert "over plain HTTP, as ALLOW_PLAIN_HTTP lets them" in capsys.readouterr().out
    await open_shop(public_web_url="http://127.0.0.1:8080", allow_plain_http=True)
    assert "plain HTTP" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://shop.example/", "https://shop.example"),
        ("HTTPS://Shop.Example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://quire.localhost:80", "http://quire.localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_the_public_address_is_read_as_browsers_write_it(monkeypatch, given, read):
    assert settings(monkeypatch, PUBLIC_WEB_URL=given).public_web_url == read


@pytest.mark.parametrize(
    "address",
    ["", "shop.example", "shop.example:8080", "ftp://shop.example", "https://", "https:///books", "https://shop.example/a",
     "https://shop.example?a", "https://shop.example/#", "https://me@shop.example", "https://shop.example:port",
     "https://shop.example:0", "https://shop.example:99999", "https://shop example", "https://shop.example\n",
     "https://[::1", "https://*.example", "https://a..b", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_public_address_is_refused(monkeypatch, capsys, address):
    with pytest.raises(SystemExit) as ended:
        settings(monkeypatch, PUBLIC_WEB_URL=address)
    assert ended.value.code == 2
    assert "The setting PUBLIC_WEB_URL must be an address like https://shop.example.org" in capsys.readouterr().err
