"""The launcher as a person meets it: a process with a real PostgreSQL and small services."""

import json
import os
import signal
import stat
import sys
import time
import urllib.request

import pytest

from quire_local.private_file import read_json


def ask(shop, prefix, path="/"):
    with urllib.request.urlopen(f"http://127.0.0.1:{shop.environment[f'{prefix}_PORT']}{path}", timeout=5) as answer:
        return json.load(answer)


def is_alive(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def gone(*process_ids):
    deadline = time.monotonic() + 10
    while any(is_alive(it) for it in process_ids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(is_alive(it) for it in process_ids)


def server_process(shop):
    return int((shop.folder / "var/postgres/postmaster.pid").read_text().split()[0])


def test_a_day_in_the_life(shop):
    shop.open()
    said = shop.said()
    assert f"http://localhost:{shop.environment['GATEWAY_PORT']}/docs" in said
    assert "Sign up first: the first account becomes the admin." in said

    for name in ("secrets.json", "local.env"):
        assert stat.S_IMODE((shop.folder / "var" / name).stat().st_mode) == 0o600

    shelf = ask(shop, "SHELF")["environment"]
    assert shelf["SHELF_DATABASE_URL"].startswith("postgresql://shelf:")
    assert "SHELF_DATABASE_URL" not in ask(shop, "GATEWAY")["environment"]

    second = shop.run("up")
    assert second.returncode == 1
    assert f"Quire is already running (process {shop.process.pid}); stop it with `make down`." in second.stdout

    before = ask(shop, "SHELF")["pid"]
    with pytest.raises(OSError, match="closed"):
        ask(shop, "SHELF", "/crash")
    shop.wait_for("shelf-service ended unexpectedly (exit code 3); starting it again in 0.5 s")
    deadline = time.monotonic() + 10
    while read_json(shop.folder / "var/children.json")["stand_in_shelf"] == before and time.monotonic() < deadline:
        time.sleep(0.05)

    server = server_process(shop)
    os.kill(server, signal.SIGKILL)
    shop.wait_for("PostgreSQL ended unexpectedly; starting it again")

    down = shop.run("down")
    assert (down.returncode, shop.process.wait(1)) == (0, 0)
    assert shop.said().endswith("Stopped\n")
    assert "gateway       | closed in order" in shop.said()
    assert not (shop.folder / "var/postgres/postmaster.pid").exists()
    assert not (shop.folder / "var/children.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_nothing_outlives_a_killed_launcher_but_the_data_and_ctrl_c_is_no_error(shop):
    shop.open()
    migrated = read_json(shop.folder / "var/state.json")["migrated"]
    assert migrated["shelf-service"]["revision"] == "0001"
    children = [ask(shop, "SHELF")["pid"], ask(shop, "GATEWAY")["pid"], server_process(shop)]
    shop.process.send_signal(signal.SIGKILL)
    shop.process.wait()
    assert gone(*children)

    # If the database were new, Alembic would have to run, and it cannot any more.
    (shop.folder / "shelf-service" / "alembic.ini").unlink()
    shop.open()

    children = [ask(shop, "SHELF")["pid"], ask(shop, "GATEWAY")["pid"], server_process(shop)]
    shop.process.send_signal(signal.SIGINT)
    assert shop.process.wait(15) == 0
    assert gone(*children)


def test_what_a_killed_launcher_left_is_ended_at_the_next_start(shop):
    # As it is where the system does not end them: with a process that only the record knows.
    command = [sys.executable, "-m", "stand_in_gateway"]
    left = os.spawnve(os.P_NOWAIT, sys.executable, command, shop.environment)  # noqa: S606 - no shell wanted
    (shop.folder / "var").mkdir()
    record = {"stand_in_gateway": left, "stand_in_shelf": os.getpid()}
    (shop.folder / "var/children.json").write_text(json.dumps(record))
    time.sleep(0.3)
    shop.run("down")
    assert os.waitstatus_to_exitcode(os.waitpid(left, 0)[1]) == 0


def test_a_failing_migration_is_told_in_a_sentence(shop):
    versions = shop.folder / "shelf-service/migrations/versions"
    (versions / "0002_bad.py").write_text(
        "from alembic import op\nrevision, down_revision = '0002', '0001'\n"
        "def upgrade():\n    op.execute('ALTER TABLE nowhere ADD x int')\n"
    )
    failed = shop.run("up")
    assert failed.returncode == 1
    assert "The database of shelf-service could not be migrated:" in failed.stdout
    assert "Traceback" not in failed.stdout + failed.stderr
    assert not (shop.folder / "var/postgres/postmaster.pid").exists()


def test_ctrl_c_in_the_middle_of_a_migration_is_clean(shop):
    versions = shop.folder / "shelf-service/migrations/versions"
    flag = shop.folder / "under_way"
    (versions / "0002_slow.py").write_text(
        "import pathlib, time\nrevision, down_revision = '0002', '0001'\n"
        f"def upgrade():\n    pathlib.Path({str(flag)!r}).touch()\n    time.sleep(60)\n"
    )
    shop.begin()
    shop.wait_until(flag.exists)
    shop.process.send_signal(signal.SIGINT)
    assert shop.process.wait(10) == 0
    assert "Traceback" not in shop.said()
    assert not (shop.folder / "var/postgres/postmaster.pid").exists()


def test_damaged_data_are_told_in_a_sentence(shop):
    (shop.folder / "var/postgres").mkdir(parents=True)
    (shop.folder / "var/postgres/PG_VERSION").write_text("17\n")
    failed = shop.run("up")
    assert failed.returncode == 1
    assert "is of PostgreSQL 17; this server is PostgreSQL 18" in failed.stdout
    assert "`make reset`" in failed.stdout
    assert "Traceback" not in failed.stdout + failed.stderr


def test_reset_asks_first_and_then_deletes(shop):
    shop.open()
    refused = shop.run("reset", YES="")
    assert refused.returncode == 1
    assert "make reset YES=1" in refused.stdout
    assert shop.process.poll() is None

    done = shop.run("reset", YES="1")
    assert done.returncode == 0
    assert shop.process.wait(1) == 0
    assert list((shop.folder / "var").iterdir()) == []


def test_without_a_running_shop_there_is_nothing_to_stop(shop):
    done = shop.run("down")
    assert (done.returncode, "Quire is not running" in done.stdout) == (0, True)
