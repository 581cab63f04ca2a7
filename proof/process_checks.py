"""What must hold of the processes, as the log of a run has it."""

import json
from pathlib import Path

from proof.findings import Check

_BAD = {
    "ended by itself": "ended by itself",
    "did not end when asked to": "did not end when asked to (SIGTERM)",
}


def check_processes(log: Path) -> Check:
    """S6: no process ends by itself or refuses to end, and none answers another one with 500."""
    check = Check("S6", "every process runs until it is ended, ends when asked to, and answers no other with 500")
    for text in log.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if line["event"] == "internal error":
            check.violated(f"{line['at']:.3f} s: {line['target']} was answered with 500 on {line['link']}")
        if line["event"] == "process":
            check.counted[line["what"]] += 1
            if line["what"] in _BAD:
                check.violated(f"{line['at']:.3f} s: {line['name']} {_BAD[line['what']]}")
    return check
