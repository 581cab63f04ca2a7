"""Keys and passwords of a checkout."""

import base64
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from quire_local.layout import CannotStartError, Layout
from quire_local.secrets_file import load_secrets


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def test_they_are_made_once(layout):
    first, new = load_secrets(layout)
    assert new == set(first)
    assert load_secrets(layout) == (first, set())


def test_only_the_owner_may_read_them(layout):
    before = os.umask(0)
    try:
        load_secrets(layout)
    finally:
        os.umask(before)
    assert layout.secrets.stat().st_mode & 0o777 == 0o600
    layout.secrets.chmod(0o644)
    load_secrets(layout)
    assert layout.secrets.stat().st_mode & 0o777 == 0o600


def test_each_is_long_and_its_own(layout):
    secrets, _ = load_secrets(layout)
    assert len(set(secrets.values())) == len(secrets)
    assert min(len(value) for value in secrets.values()) >= 32


def test_the_signing_key_is_on_the_curve_of_es256(layout):
    secrets, _ = load_secrets(layout)
    key = load_der_private_key(base64.b64decode(secrets["AUTH_SIGNING_KEY"]), password=None)
    assert isinstance(key, EllipticCurvePrivateKey)
    assert isinstance(key.curve, SECP256R1)


def test_a_missing_one_is_added_and_the_rest_kept(layout):
    first, _ = load_secrets(layout)
    layout.secrets.write_text(layout.secrets.read_text().replace("WEB_SECRET", "OLD_NAME"))
    second, new = load_secrets(layout)
    assert new == {"WEB_SECRET"}
    assert second["AUTH_SIGNING_KEY"] == first["AUTH_SIGNING_KEY"]
    assert load_secrets(layout) == (second, set())


def test_a_damaged_file_is_named_and_kept(layout):
    layout.var.mkdir()
    layout.secrets.write_text('{"WEB_SECRET": "abc')
    with pytest.raises(CannotStartError, match=r"secrets\.json is damaged"):
        load_secrets(layout)
    assert layout.secrets.read_text() == '{"WEB_SECRET": "abc'
