"""Install packages of Debian or Ubuntu, where that is possible without asking."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading

_one_at_a_time = threading.Lock()


def apt_get_works() -> bool:
    """Tell whether packages can be installed here."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_get(package: str) -> None:
    """Try to install a package. A service that it brings is not started."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    # Steps that run side by side may want something at the same time.
    with _one_at_a_time:
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
            subprocess.run(["apt-get", *arguments], env=quiet, capture_output=True, check=False)
