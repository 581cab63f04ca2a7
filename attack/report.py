"""What was tried and what was found."""

import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was possible and must not be, and how to see it again."""

    what: str
    reproduction: str


@dataclass
class Report:
    """The results of one group of attacks."""

    group: str
    tried: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: str = ""
    """Why the group could not be tried, if it could not."""

    def expect(self, held: object, what: str, reproduction: str) -> bool:
        """Count an attack; unless ``held``, it is a finding."""
        self.tried += 1
        if not held:
            self.findings.append(Finding(what, reproduction))
        return bool(held)

    def note(self, text: str) -> None:
        """Keep a measured number, a seed or what else helps to read the result."""
        self.notes.append(text)


def curl(method: str, url: str, headers: Sequence[tuple[str, str]] = (), body: str | None = None) -> str:
    """Return the command that sends a request again; a long header is cut."""
    words = ["curl", "-i", "--path-as-is", "-X", method, url]
    for name, value in headers:
        words += ["-H", f"{name}: {_short(value)}"]
    if body is not None:
        words += ["--data-binary", _short(body)]
    return shlex.join(words)


def shown_bytes(data: bytes) -> str:
    """Return the start of what was sent, as a shell word."""
    return ascii(_short(_TOKEN.sub("$TOKEN", data.decode("latin-1"))))


def show(reports: Sequence[Report]) -> int:
    """Print the table and each finding; return how many findings there are."""
    for report in reports:
        for note in report.notes:
            say(f"{report.group}: {note}")
    say(f"\n{'group':12} {'attacks':>8} {'findings':>9} {'seconds':>8}")
    for report in reports:
        counts = f"{report.tried:8} {len(report.findings):9} {report.seconds:8.1f}"
        say(f"{report.group:12} {counts}{report.left_out and f'  left out: {report.left_out}'}")
    findings = [(report.group, finding) for report in reports for finding in report.findings]
    for group, finding in findings:
        say(f"\n{group}: {finding.what}\n    {finding.reproduction}")
    say(f"\n{sum(report.tried for report in reports)} attacks, {len(findings)} findings")
    return len(findings)


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


_TOKEN = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")


def _short(text: str, most: int = 300) -> str:
    text = _TOKEN.sub("$TOKEN", text)
    return text if len(text) <= most else f"{text[:most]}…({len(text)} characters)"
