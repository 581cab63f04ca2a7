"""The embedded PostgreSQL, on the real server."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from service_kit.embedded_postgres import DataUnusableError, EmbeddedPostgres, EmbeddedPostgresError, PortTakenError
from service_kit.embedded_postgres_place import location_note, place_for

START_AND_DIE = """
import os, signal, sys
from pathlib import Path
from service_kit.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False, superuser_password="known")
server.start()
print(server.process_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder():
    # Not pytest's own, which an unprivileged server cannot enter when root runs the tests.
    path = Path(tempfile.mkdtemp(prefix="quire-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def server(folder):
    made = EmbeddedPostgres(folder / "data", durable=False, superuser_password="known")
    yield made
    made.stop("immediate")


@pytest.fixture(scope="module")
def running():
    with EmbeddedPostgres.temporary() as server:
        yield server


def is_alive(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def ends_soon(process_id):
    deadline = time.monotonic() + 10
    while is_alive(process_id) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(process_id)


def sign_in(server, database, user, password):
    psql = place_for(server.data_directory).programs / "psql"
    question = [psql, "-X", "-w", "-c", "SELECT 1", server.url(database, user, password)]
    return subprocess.run(question, capture_output=True, text=True, check=False)


def test_data_survives_a_restart(server):
    server.start()
    server.run_sql("CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)")
    server.stop()
    assert not server.is_running
    server.start()
    assert server.run_sql("SELECT x FROM kept") == "7"


def test_a_role_opens_its_own_database_and_no_other(running):
    running.create_role_and_database("auth", "of auth")
    running.create_role_and_database("books", "of books")
    assert sign_in(running, "auth", "auth", "of auth").returncode == 0
    for other in ("books", "postgres", "template1"):
        refused = sign_in(running, other, "auth", "of auth")
        assert refused.returncode != 0
        assert "permission denied for database" in refused.stderr


def test_a_wrong_password_is_refused(running):
    running.create_role_and_database("orders", "right")
    assert "password authentication failed" in sign_in(running, "orders", "orders", "wrong").stderr


def test_making_a_role_again_sets_its_new_password(running):
    running.create_role_and_database("twice", "first")
    running.create_role_and_database("twice", "it's second")
    assert sign_in(running, "twice", "twice", "it's second").returncode == 0
    assert sign_in(running, "twice", "twice", "first").returncode != 0


def test_a_name_that_is_no_plain_identifier_is_refused(running):
    with pytest.raises(EmbeddedPostgresError, match="cannot be the name"):
        running.create_role_and_database("x; DROP DATABASE postgres", "pw")


def test_letters_of_every_language_count_as_letters(running):
    assert running.run_sql("SELECT lower('ÉCOLE ŁÓDŹ')") == "école łódź"
    running.run_sql("CREATE EXTENSION pg_trgm")
    assert running.run_sql("SELECT show_trgm('żółć') <> '{}', similarity('łódź', 'ŁÓDŹ')") == "t|1"


def test_it_listens_on_loopback_alone(running):
    assert running.run_sql("SHOW listen_addresses; SHOW unix_socket_directories") == "127.0.0.1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_started_by_root_it_runs_as_somebody_else(running):
    assert Path(f"/proc/{running.process_id}").stat().st_uid != 0


def test_a_taken_port_is_named(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = EmbeddedPostgres(folder / "data", durable=False, port=port)
        with pytest.raises(PortTakenError, match=f"Port {port}, wanted for PostgreSQL, is taken"):
            server.start()
    assert not server.is_running


def test_a_second_server_on_the_same_data_is_refused(server):
    server.start()
    second = EmbeddedPostgres(server.data_directory, superuser_password="known")
    with pytest.raises(EmbeddedPostgresError, match=r"Another PostgreSQL \(process \d+\) is using the data"):
        second.start()


def test_a_killed_server_recovers(folder):
    server = EmbeddedPostgres(folder / "data", superuser_password="known")
    server.start()
    server.run_sql("CREATE TABLE kept (x int)")
    os.kill(server.process_id, signal.SIGKILL)
    server.stop()
    # The dead server's number now belongs to something else: this very process.
    lock = server.data_directory / "postmaster.pid"
    lock.write_text(lock.read_text().replace(lock.read_text().splitlines()[0], str(os.getpid()), 1))
    server.start()
    assert server.run_sql("SELECT count(*) FROM kept") == "0"
    server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_it_ends_with_the_process_that_started_it(folder):
    killed = [sys.executable, "-c", START_AND_DIE, folder / "data"]
    died = subprocess.run(killed, stdout=subprocess.PIPE, text=True, check=False)
    assert died.returncode == -signal.SIGKILL
    assert ends_soon(int(died.stdout))


def test_a_server_left_over_is_stopped(server):
    server.start()
    later = EmbeddedPostgres(server.data_directory, superuser_password="known")
    assert later.stop_left_over()
    assert not server.is_running
    assert not later.stop_left_over()


def test_a_lost_superuser_password_is_replaced(server):
    server.start()
    server.run_sql("CREATE TABLE kept (x int)")
    server.stop()
    with EmbeddedPostgres(server.data_directory, durable=False) as later:
        assert later.run_sql("SELECT count(*) FROM kept") == "0"


def test_a_damaged_folder_is_named(server):
    server.start()
    server.stop()
    (server.data_directory / "global" / "pg_control").unlink()
    with pytest.raises(DataUnusableError, match=r"^PostgreSQL cannot start with the data in \S+: .*\.$"):
        server.start()


def test_data_of_another_version_is_named(server, folder):
    (folder / "data").mkdir()
    (folder / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(DataUnusableError, match="is of PostgreSQL 17; this server is PostgreSQL 18"):
        server.start()


def test_a_folder_with_other_files_is_left_alone(server, folder):
    (folder / "data").mkdir()
    (folder / "data" / "thesis.txt").write_text("years of work")
    with pytest.raises(DataUnusableError, match="holds files that are not a PostgreSQL database"):
        server.start()
    assert (folder / "data" / "thesis.txt").read_text() == "years of work"


def test_an_interrupted_first_start_is_begun_again(server, folder):
    (folder / "data.unfinished-abc").mkdir()
    (folder / "data.unfinished-abc" / "PG_VERSION").write_text("18\n")
    server.start()
    assert sorted(path.name for path in folder.iterdir()) == ["data"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_data_goes_elsewhere_when_the_server_cannot_enter_the_folder(folder):
    folder.chmod(0o700)
    server = EmbeddedPostgres(folder / "data", durable=False)
    with server:
        elsewhere = server.data_directory
        assert elsewhere != folder / "data"
        assert location_note(folder / "data").read_text().strip() == str(elsewhere)
    server.remove()
    assert not elsewhere.exists()
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_user_without_a_name_is_refused_in_a_sentence(server, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 3_999_999)
    with pytest.raises(EmbeddedPostgresError, match="wants a user with a name, and uid 3999999 has none"):
        server.start()


def test_data_of_another_user_is_named(server, folder, monkeypatch):
    (folder / "data").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: pwd.getpwnam("nobody").pw_uid)
    with pytest.raises(EmbeddedPostgresError, match=r"was made by another user \(uid \d+\)"):
        server.start()


def test_temporary_leaves_nothing():
    with EmbeddedPostgres.temporary() as server:
        folder = server.data_directory.parent
    assert not folder.exists()
