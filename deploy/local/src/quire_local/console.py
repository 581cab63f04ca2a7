"""What the launcher says, and the services' own lines beside it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TextIO

from quire_local.layout import Service

STARTED_SETTING = "QUIRE_STARTED_AT"
_COLOURS = ("36", "33", "35", "32", "34")
_FAINT, _BOLD, _RED, _GREEN = "2", "1", "31", "32"


class Console:
    """Standard output, with colours on a terminal unless NO_COLOR is set (https://no-color.org)."""

    def __init__(self, services: tuple[Service, ...] = (), output: TextIO | None = None) -> None:
        """Take the time from when `make up` began, which may be before this process."""
        self._output = output or sys.stdout
        self._coloured = self._output.isatty() and not os.environ.get("NO_COLOR")
        self._started = float(os.environ.get(STARTED_SETTING) or time.time())
        self._width = max((len(service.name) for service in services), default=0)
        self._colours = {it.name: _COLOURS[number % len(_COLOURS)] for number, it in enumerate(services)}

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.time() - self._started

    def step(self, text: str) -> None:
        """Say what is being done now."""
        self._write(f"{self._paint(f'[{self.elapsed:5.1f} s]', _FAINT)} {text}\n")

    def done(self, text: str) -> None:
        """Say that something succeeded."""
        self.step(self._paint(text, _GREEN))

    def trouble(self, text: str) -> None:
        """Say that something is wrong."""
        self.step(self._paint(text, _RED))

    def plain(self, text: str) -> None:
        """Say something without a time."""
        self._write(f"{text}\n")

    def bold(self, text: str) -> str:
        """Return `text`, bold where the output is coloured."""
        return self._paint(text, _BOLD)

    def service_line(self, name: str, line: str) -> None:
        """Pass on a line of a service."""
        self._write(f"{self._paint(f'{name:<{self._width}} |', self._colours.get(name, _FAINT))} {line}\n")

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._coloured else text

    def _write(self, text: str) -> None:
        try:
            self._output.write(text)
            self._output.flush()
        except (BrokenPipeError, ValueError):
            # Nobody reads any more; the shop goes on.
            self._output = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - kept until the end
