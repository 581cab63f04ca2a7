"""The README's tour of the API, command by command."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from system import System

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour uses curl")
def test_the_tour_of_the_api_works_as_written(system: System):
    (tour,) = re.findall(r"<!-- the tour.*?-->\n```sh\n(.*?)```", README.read_text(), re.DOTALL)
    script = f"set -euo pipefail\n{tour}".replace("http://localhost:8000", system.api)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert '"status":"placed"' in done.stdout
    assert '"status":"cancelled"' in done.stdout
    assert done.stdout.splitlines()[-1].endswith("3")
