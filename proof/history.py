"""What happened in a run, as JSON lines: what each client sent and was told, what was broken and when.

Every line has ``at`` (seconds since the run began) and ``event``:

- ``sent``: ``call``, ``account``, ``operation``, ``method``, ``path``, ``key``, ``body``, ``mark``
- ``answered``: ``call``, ``status``, ``body``, ``replayed``
- ``lost``: ``call``, ``error``: no answer, so nobody knows whether it was carried out
- ``fault``, ``healed``, ``process``, ``note``: what was done to the system
- ``late``: ``seconds`` that the run itself was held up, because the machine had other things to do
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class History:
    """Writes the log of a run."""

    def __init__(self, path: Path) -> None:
        """Begin the log in the file ``path``; time counts from now."""
        self._file = path.open("w", encoding="utf-8", buffering=1)  # line by line: a killed run leaves its log
        self._began = self._schedule_began = time.monotonic()
        self._calls = 0
        self.late = 0.0
        """Seconds for which the run itself was held up so far."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def begin(self) -> None:
        """Note that the schedule begins; the times of its faults count from here."""
        self._schedule_began = time.monotonic()
        self.write("note", what="the schedule begins")

    @property
    def seconds_of_schedule(self) -> float:
        """Seconds since the schedule began."""
        return time.monotonic() - self._schedule_began

    def write(self, event: str, **fields: Any) -> None:  # noqa: ANN401 (any JSON)
        """Write one line."""
        line = {"at": round(self.seconds, 4), "event": event, **fields}
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def sent(self, **fields: Any) -> int:  # noqa: ANN401 (any JSON)
        """Write that a client is about to send a request; return the number of the call."""
        self._calls += 1
        self.write("sent", call=self._calls, **fields)
        return self._calls


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a client and what it was told; ``status`` is None when no whole answer came."""

    number: int
    account: str
    operation: str
    method: str
    path: str
    key: str | None
    body: dict[str, Any] | None
    mark: str | None
    began: float
    ended: float
    status: int | None
    answer: dict[str, Any]
    replayed: bool = False
    error: str | None = None
    late: float = 0.0
    """Seconds of it in which the run itself was held up."""

    @property
    def took(self) -> float:
        """Seconds between the request and its answer."""
        return self.ended - self.began

    @property
    def order_id(self) -> str | None:
        """The order that the answer is about, if it tells of one."""
        found = self.answer.get("order_id") or (self.answer.get("id") if "timeline" in self.answer else None)
        return str(found) if found else None

    @property
    def code(self) -> str | None:
        """The name of the problem, when the answer is one."""
        return self.answer.get("code") if self.status and self.status >= FIRST_ERROR else None

    def __str__(self) -> str:
        """Return the call as one line for a person."""
        told = f"{self.status} {self.code or self.answer.get('status', '')}" if self.status else f"lost: {self.error}"
        key = f" key={self.key}" if self.key else ""
        return f"[{self.began:8.3f}–{self.ended:8.3f}] #{self.number} {self.method} {self.path}{key} → {told}"


FIRST_ERROR = 400


def read_calls(path: Path) -> list[Call]:
    """Read the calls of a log, in the order in which they began. One without an end has lost its answer."""
    return calls_of(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def calls_of(lines: Iterable[dict[str, Any]]) -> list[Call]:
    """Put together what was sent and what was answered."""
    sent: dict[int, dict[str, Any]] = {}
    ends: dict[int, dict[str, Any]] = {}
    held_up: list[tuple[float, float]] = []
    last = 0.0
    for line in lines:
        last = max(last, line["at"])
        if line["event"] == "sent":
            sent[line["call"]] = line
        elif line["event"] in {"answered", "lost"}:
            ends[line["call"]] = line
        elif line["event"] == "late":
            held_up.append((line["at"] - line["seconds"], line["at"]))
    unfinished = {"at": last, "error": "the run ended"}
    return [_call(line, ends.get(number, unfinished), held_up) for number, line in sent.items()]


def _call(sent: dict[str, Any], end: dict[str, Any], held_up: list[tuple[float, float]]) -> Call:
    began, ended = sent["at"], end["at"]
    return Call(
        number=sent["call"],
        account=sent["account"],
        operation=sent["operation"],
        method=sent["method"],
        path=sent["path"],
        key=sent.get("key"),
        body=sent.get("body"),
        mark=sent.get("mark"),
        began=began,
        ended=ended,
        status=end.get("status"),
        answer=end.get("body") or {},
        replayed=bool(end.get("replayed")),
        error=end.get("error"),
        late=sum(max(0.0, min(ended, until) - max(began, since)) for since, until in held_up),
    )
