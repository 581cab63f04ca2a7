"""Making an administrator of the running shop."""

import io

import pytest

from quire_local import run_lock
from quire_local.__main__ import run
from quire_local.environment import write_environment
from quire_local.layout import Layout

COMMAND = """
import os, sys
known = os.environ["AUTH_DATABASE_URL"] == "postgresql://known here"
if sys.argv[1] == "set-role" and not known:
    sys.exit(1)
print(*sys.argv[1:], os.environ.get("SHOP_NAME"), "BOOK_DATABASE_URL" in os.environ)
sys.exit(0 if sys.argv[2] != "bad" else 2)
"""


@pytest.fixture
def layout(tmp_path, monkeypatch):
    package = tmp_path / "packages" / "auth_service"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "accounts_command.py").write_text(COMMAND)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    return Layout(tmp_path)


@pytest.mark.parametrize(
    ("database", "email", "code", "said"),
    [
        ("postgresql://known here", "ann@example.org", 0, "set-role ann@example.org admin Ann's Books False"),
        ("postgresql://empty", "ann@example.org", 0, "create-admin ann@example.org --password-stdin Ann's Books False"),
        ("postgresql://empty", "bad", 1, "Nobody became administrator."),
    ],
)
def test_an_account_is_raised_or_made(layout, capfd, monkeypatch, database, email, code, said):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    shop = {"AUTH_DATABASE_URL": database, "SHOP_NAME": "Ann's Books", "BOOK_DATABASE_URL": "none of its business"}
    with run_lock.held(layout.lock):
        write_environment(layout, shop)
        assert run("admin", layout, email) == code
    assert said in capfd.readouterr().out


@pytest.mark.parametrize(
    ("email", "said"), [(None, "Say who is to be the administrator"), ("ann@example.org", "Quire is not running")]
)
def test_what_is_missing_is_said(layout, capsys, email, said):
    assert run("admin", layout, email) == 1
    assert said in capsys.readouterr().out
