"""`make secrets`."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values

ROOT = Path(__file__).parents[3]


@pytest.fixture
def make(tmp_path):
    """Give a function that runs it in a checkout with nothing else, and returns what it said."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / ".env.example", tmp_path)
    shutil.copy(ROOT / "scripts" / "generate_secrets.py", tmp_path / "scripts")

    def run():
        command = [sys.executable, str(tmp_path / "scripts" / "generate_secrets.py")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return run


def test_an_env_that_is_there_gets_the_secrets_that_it_lacks_and_keeps_the_rest(make, tmp_path):
    path = tmp_path / ".env"
    assert "fresh secrets" in make()
    fresh = dotenv_values(path)
    older = [line for line in path.read_text().splitlines() if not line.startswith(("WEB_CLIENT_SECRET", "WEB_SECRET"))]
    older = [f'{line.partition("=")[0]}=""' if line.startswith("AUTH_DATA_SECRET") else line for line in older]
    older += ["SHOP_NAME=Ann's Books", "MINE=1"]
    path.write_text("\n".join(older))
    path.chmod(0o640)

    said = make()

    now = dotenv_values(path)
    added = {"WEB_CLIENT_SECRET", "WEB_SECRET", "AUTH_DATA_SECRET"}
    assert all(len(now[name]) == 64 and now[name] != fresh[name] for name in added)
    assert all(name in said for name in added)
    assert not any(now[name] in said for name in added)
    assert {name: value for name, value in now.items() if name not in added} == {
        **{name: value for name, value in fresh.items() if name not in added},
        "SHOP_NAME": "Ann's Books",
        "MINE": "1",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    before = path.read_bytes()
    assert "left alone" in make()
    assert path.read_bytes() == before
