"""A served application is asked to end."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

PROGRAM = """
import asyncio, sys
from contextlib import asynccontextmanager
from fastapi import FastAPI
from service_kit.server import serve
from service_kit.settings import ServiceSettings

begun = asyncio.Event()

@asynccontextmanager
async def lifespan(app):
    yield
    await asyncio.sleep(3600)  # a worker that does not come to its end

def create():
    app = FastAPI(lifespan=lifespan)

    @app.get("/slow")
    async def slow():
        begun.set()
        await asyncio.sleep(0.5)
        return "done"

    @app.get("/begun")
    async def wait():
        await begun.wait()

    return app

if __name__ == "__main__":
    serve("program:create", ServiceSettings(port=int(sys.argv[1]), shutdown_seconds=1))
"""


@pytest.fixture
def server(tmp_path, unused_tcp_port):
    (tmp_path / "program.py").write_text(PROGRAM)
    path = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    command = [sys.executable, tmp_path / "program.py", str(unused_tcp_port)]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path})
    yield process, f"http://127.0.0.1:{unused_tcp_port}"
    process.kill()
    process.wait()


def test_it_answers_what_is_under_way_takes_nothing_new_and_ends_in_its_time(server):
    process, url = server
    with httpx2.Client(base_url=url, transport=httpx2.HTTPTransport(retries=9)) as client, ThreadPoolExecutor() as pool:
        slow = pool.submit(client.get, "/slow")
        client.get("/begun")
        process.send_signal(signal.SIGTERM)
        assert slow.result().json() == "done"
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{url}/begun")
        assert process.wait(timeout=15) in (0, -signal.SIGTERM)
