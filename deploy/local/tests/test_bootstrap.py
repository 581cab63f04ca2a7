"""The first program that a new machine runs."""

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "bootstrap.py"


@pytest.fixture
def checkout(tmp_path):
    """A copy of what decides about the installation."""
    root = PROGRAM.parents[2]
    for member in ("service-kit", "auth-service", "book-service", "order-service", "gateway", "web-frontend"):
        (tmp_path / member).mkdir()
        (tmp_path / member / "pyproject.toml").write_text(f"# {member}")
    (tmp_path / "deploy/local").mkdir(parents=True)
    (tmp_path / "deploy/local/pyproject.toml").write_text("")
    shutil.copy(PROGRAM, tmp_path / "deploy/local/bootstrap.py")
    shutil.copytree(root / "requirements", tmp_path / "requirements")
    return tmp_path


@pytest.fixture
def bootstrap(checkout, monkeypatch):
    monkeypatch.setenv("QUIRE_STARTED_AT", "0")
    monkeypatch.setenv("QUIRE_PYTHON_CHOSEN", "1")
    specification = importlib.util.spec_from_file_location("bootstrap", checkout / "deploy/local/bootstrap.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def run(checkout, *arguments, path):
    program = checkout / "deploy/local/bootstrap.py"
    environment = {"PATH": str(path), "HOME": str(checkout)}
    return subprocess.run(
        [sys.executable, program, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def python_that(folder, script):
    folder.mkdir()
    (folder / "python3").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "python3").chmod(0o755)
    return folder


def test_an_old_python_is_refused_in_one_sentence(checkout, tmp_path):
    refused = run(checkout, "up", path=python_that(tmp_path / "bin", "echo False"))
    assert refused.returncode == 1
    assert refused.stderr.startswith("Quire needs Python 3.11 or newer and found only ")
    assert refused.stderr.count("\n") == 1


def test_a_python_without_venv_is_refused_in_one_sentence(checkout, tmp_path):
    refused = run(checkout, "up", path=python_that(tmp_path / "bin", "echo True; exit 1"))
    assert refused.returncode == 1
    assert "apt install python3-venv" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_stopping_needs_no_installation(checkout, tmp_path):
    (tmp_path / "empty").mkdir()
    done = run(checkout, "down", path=tmp_path / "empty")
    assert (done.returncode, "Quire is not running" in done.stdout) == (0, True)
    assert not (checkout / ".venv").exists()


def test_a_second_time_nothing_is_installed(bootstrap, monkeypatch):
    installed = []

    def install(kind, _log):
        installed.append(kind)
        bootstrap.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        if not bootstrap.PYTHON.exists():
            bootstrap.PYTHON.symlink_to(sys.executable)

    monkeypatch.setattr(bootstrap, "install", install)
    bootstrap.prepare("local")
    bootstrap.prepare("local")
    assert installed == ["local"]

    bootstrap.prepare("dev")
    bootstrap.prepare("local")
    assert installed == ["local", "dev"]

    (bootstrap.ROOT / "gateway/pyproject.toml").write_text("# changed")
    bootstrap.prepare("local")
    assert installed == ["local", "dev", "dev"]


def test_an_interrupted_installation_is_done_again(bootstrap, monkeypatch):
    def install(_kind, _log):
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "install", install)
    with pytest.raises(KeyboardInterrupt):
        bootstrap.prepare("local")
    assert not bootstrap.is_prepared("local")


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("Caused by: dns error: failed to lookup", "could not be downloaded; check the network connection"),
        ("Hash mismatch for `uv`", "is not the one that was locked"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("error: something else", "The installation failed: error: something else"),
    ],
)
def test_a_failure_is_told_in_one_sentence(bootstrap, printed, sentence):
    bootstrap.LOG.parent.mkdir(parents=True)
    bootstrap.LOG.write_text(f"\n$ old command\nDO NOT MATCH\n\n$ uv\n{printed}\n")
    with pytest.raises(bootstrap.CannotInstallError) as failed:
        bootstrap.require(succeeded=False)
    assert sentence in str(failed.value)
    assert str(failed.value).endswith("(details: var/log/install.log).")


def test_every_local_package_is_linked(bootstrap):
    root = PROGRAM.parents[2]
    packages = {str(path.parent.parent.relative_to(root)) for path in root.glob("*/src/*/__init__.py")}
    assert set(bootstrap.MEMBERS) == {package.removesuffix("/src") for package in packages} | {"deploy/local"}


def test_the_program_is_readable_by_an_old_python():
    ast.parse(PROGRAM.read_text(), feature_version=(3, 6))
