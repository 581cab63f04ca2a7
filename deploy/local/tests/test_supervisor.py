"""Services that crash, refuse and dawdle."""

import asyncio
import io
import os
import time

import pytest

from quire_local.console import Console
from quire_local.layout import CannotStartError, Layout, Service
from quire_local.service_log import ServiceLog
from quire_local.supervisor import CrashHistory, Patience, ServiceProcess, Supervisor

QUICK = Patience(first_pause=0.01, crashes=3, within=60, long_pause=30)


@pytest.fixture
def supervise(tmp_path):
    output = io.StringIO()

    def _supervise(program):
        (tmp_path / "stand_in.py").write_text(program)
        service = Service("stand-in", "stand_in", "STAND_IN", 1)
        environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONUNBUFFERED": "1"}
        console = Console((service,), output)
        process = ServiceProcess(service, Layout(tmp_path, (service,)), environment, console, QUICK)
        return Supervisor([process]), output

    return _supervise


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


async def stop(supervisor, running, seconds=5.0):
    await supervisor.stop(seconds)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_crashed_service_is_started_again(supervise, tmp_path):
    supervisor, output = supervise(
        "import pathlib, sys, time\n"
        "flag = pathlib.Path(__file__).with_name('flag')\n"
        "first = not flag.exists(); flag.touch()\n"
        "print('first' if first else 'second'); first and sys.exit(7); time.sleep(60)\n"
    )
    running = asyncio.create_task(supervisor.run())
    await until(lambda: "stand-in | second" in output.getvalue())
    await stop(supervisor, running)
    assert "stand-in ended unexpectedly (exit code 7); starting it again in 0.0 s" in output.getvalue()
    assert (tmp_path / "var/log/stand-in.log").read_text() == "first\nsecond\n"


async def test_a_hopeless_service_is_left_alone_for_a_while(supervise):
    supervisor, output = supervise("print('no such table'); raise SystemExit(1)")
    running = asyncio.create_task(supervisor.run())
    await until(lambda: "tried again in 30 s" in output.getvalue())
    await stop(supervisor, running)
    assert "stand-in ended unexpectedly (exit code 1), 3 times in short order. Its last lines:" in output.getvalue()


async def test_a_service_that_refuses_its_settings_ends_the_start(supervise):
    supervisor, _ = supervise("print('The setting WEB_SECRET is not set.'); raise SystemExit(2)")
    with pytest.raises(CannotStartError, match=r"^stand-in refuses its settings: The setting WEB_SECRET is not set\.$"):
        await supervisor.run()
    await supervisor.stop()


async def test_it_ends_in_order_and_says_its_last_words(supervise):
    supervisor, output = supervise(
        "import signal, sys, time\n"
        "def end(*_): print('bye'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('up'); time.sleep(60)\n"
    )
    running = asyncio.create_task(supervisor.run())
    await until(lambda: "| up" in output.getvalue())
    await supervisor.stop(5)
    await asyncio.wait_for(running, 2)
    assert "stand-in | bye" in output.getvalue()
    assert "unexpectedly" not in output.getvalue()


async def test_a_service_that_does_not_end_is_ended(supervise):
    supervisor, output = supervise(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
    )
    running = asyncio.create_task(supervisor.run())
    await until(lambda: "| up" in output.getvalue())
    began = time.monotonic()
    await stop(supervisor, running, seconds=0.2)
    assert time.monotonic() - began < 5
    assert supervisor.process_ids() == {}


async def test_a_very_long_line_does_not_end_the_service(supervise):
    supervisor, output = supervise("import time; print('x' * 300_000); print('after'); time.sleep(60)")
    running = asyncio.create_task(supervisor.run())
    await until(lambda: "| after" in output.getvalue())
    await stop(supervisor, running)


def test_pauses_grow_and_old_crashes_are_forgotten():
    crashes = CrashHistory(Patience())
    pauses = []
    for second in range(5):
        crashes.add(second)
        pauses.append(crashes.pause)
    assert pauses == [0.5, 1, 2, 4, 60]
    assert crashes.is_hopeless
    crashes.add(100)
    assert crashes.pause == 0.5


def test_a_full_log_is_begun_anew(tmp_path):
    log = ServiceLog(tmp_path / "it.log", largest=100)
    for number in range(30):
        log.write(f"line {number:03}")
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it.log", "it.log.1"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 250


def test_colours_are_for_terminals_alone():
    output = io.StringIO()
    Console(output=output).done("well")
    assert "\x1b" not in output.getvalue()
