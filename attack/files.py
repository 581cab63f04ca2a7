"""Group files: what a file can carry into the shop, and out of it."""

import csv
import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx2

from attack.bad_files import BadFile, bad_files
from attack.canary import Canary
from attack.people import Caller, first_admin
from attack.report import Report, curl
from attack.shop import Shop

SECONDS_A_FILE_MAY_TAKE = 60
MOST_MEBIBYTES_MORE = 200
_UNDER_WAY = frozenset({"receiving", "reading", "checking"})
_STARTS = ("=", "+", "-", "@", "\t", "\r")
NAMES = (
    *(
        "../../../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/shadow",
        "C:\\con",
        "a/b.csv",
        "x.csv\r\nSet-Cookie: a=b",
        "x\nX-A: b",
    ),
    *(
        "nul\x00.csv",
        "\u202ecsv.exe",
        '"; filename="evil.html',
        "x;y=z.csv",
        "x" * 200,
        "é✓.csv",
        "<script>.csv",
        ".",
        "..",
        " ",
        "~",
        "%00",
    ),
)


@dataclass(frozen=True)
class Importer:
    """An editor who sends files."""

    shop: Shop
    http: httpx2.Client
    person: Caller

    def send(self, file: BadFile, name: str = "file") -> httpx2.Response:
        """Send a file."""
        url = f"{self.shop.api}/books/imports?name={quote(name, safe='')}"
        return self.http.post(url, content=file.content, headers=self.person.headers | file.headers)

    def wait(self, import_id: str) -> dict[str, object]:
        """Wait until nothing happens any more."""
        deadline = time.monotonic() + SECONDS_A_FILE_MAY_TAKE
        while True:
            url = f"{self.shop.api}/books/imports/{import_id}"
            found: dict[str, object] = self.http.get(url, headers=self.person.headers).raise_for_status().json()
            if found["state"] not in _UNDER_WAY or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def rows(self, import_id: str) -> str:
        """Return what the shop says of the file's rows, as text."""
        return self.http.get(f"{self.shop.api}/books/imports/{import_id}/rows", headers=self.person.headers).text


def attack(shop: Shop, report: Report, *, quick: bool) -> None:
    """Send bad files, files with bad names, and read back files with formulas."""
    with httpx2.Client(timeout=120, trust_env=False) as http, Canary() as canary:
        importer = Importer(shop, http, first_admin(shop))
        before = _memory(shop)
        for file in bad_files(canary.url, big=not quick):
            _try_file(importer, report, file)
        grown = (_memory(shop) - before) / (1 << 20)
        report.note(f"book-service grew by {grown:.0f} MiB")
        report.expect(grown < MOST_MEBIBYTES_MORE, f"book-service grew by {grown:.0f} MiB", "ps -o rss")
        report.expect(
            not canary.asked, f"an address in a file was fetched: {canary.asked[:3]}", "see attack/bad_files.py"
        )
        _try_names(importer, report)
        _try_formulas(importer, report)


def _try_file(importer: Importer, report: Report, file: BadFile) -> None:
    started = time.monotonic()
    answer = importer.send(file)
    shown = f"attack/bad_files.py: {file.what}"
    if not report.expect(answer.status_code < 500, f"{file.what}: answered {answer.status_code}", shown):  # noqa: PLR2004
        return
    if answer.status_code != 202:  # noqa: PLR2004 (refused at the door)
        return
    found = importer.wait(answer.json()["id"])
    seconds = time.monotonic() - started
    state, text = found["state"], importer.rows(str(found["id"])) + json.dumps(found)
    report.expect(state not in _UNDER_WAY, f"{file.what}: still {state} after {seconds:.0f} s", shown)
    leaked = [secret for secret in ("root:x:0", "lollollol", "from outside") if secret in text]
    report.expect(not leaked, f"{file.what}: {leaked} is in the shop's answer", shown)
    if file.refused:
        report.expect(state == "refused", f"{file.what}: {state}, not refused", shown)
    alive = importer.http.get(f"{importer.shop.api}/books", headers=importer.person.headers)
    report.expect(alive.is_success, f"{file.what}: the catalogue answers {alive.status_code} after it", shown)
    importer.http.post(f"{importer.shop.api}/books/imports/{found['id']}/cancel", headers=importer.person.headers)


def _try_names(importer: Importer, report: Report) -> None:
    """Send a file with a bad row under each name, and look at the name of the file that comes back."""
    bad = BadFile("a row without a price", b"title,price\nA,not a price\n")
    for name in NAMES:
        answer = importer.send(bad, name)
        shown = curl("POST", f"{importer.shop.api}/books/imports?name={quote(name, safe='')}")
        if not report.expect(answer.status_code in {202, 422}, f"name {name!r}: {answer.status_code}", shown):
            continue
        if answer.status_code == 202:  # noqa: PLR2004
            found = importer.wait(answer.json()["id"])
            url = f"{importer.shop.api}/books/imports/{found['id']}/rejected"
            file = importer.http.get(url, headers=importer.person.headers)
            disposition = file.headers.get("content-disposition", "")
            plain = disposition.partition("filename*")[0]
            held = "set-cookie" not in file.headers and "x-a" not in file.headers and not set(plain) & set("/\\\r\n\0<")
            report.expect(held and plain.count('"') in {0, 2}, f"name {name!r} comes back as {disposition!r}", shown)
            report.expect(disposition.startswith("attachment"), f"name {name!r}: {disposition!r}", shown)


def _try_formulas(importer: Importer, report: Report) -> None:
    """Put formulas into every text of a book; no cell of an export may begin as one."""
    http, api, headers = importer.http, importer.shop.api, importer.person.headers
    mark = f"formula{time.monotonic_ns()}"
    for formula in _formulas():
        book = {"title": f"{formula}{mark}", "price": "1", "authors": [formula], "subjects": [formula]}
        book |= {"publisher": formula, "description": formula, "subtitle": formula}
        http.post(f"{api}/books", json=book, headers=headers)
    exported = http.get(f"{api}/books/export", params={"format": "csv", "q": mark}, headers=headers).text
    _expect_plain_cells(report, exported, "an export")
    rows = "title,price\n" + "".join(f'"{formula}",not a price\n' for formula in _formulas())
    found = importer.wait(importer.send(BadFile("formulas", rows.encode())).json()["id"])
    rejected = http.get(f"{api}/books/imports/{found['id']}/rejected", headers=headers).text
    _expect_plain_cells(report, rejected, "the file of rejected rows")


def _formulas() -> Iterator[str]:
    yield from (
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(1)",
        "\t=1+1",
        "\r=1+1",
        "=HYPERLINK(1)",
        "\n=1",
        " =1+1",
        "\u00a0=1",
        "\uff1d1+1",
    )


def _expect_plain_cells(report: Report, text: str, what: str) -> None:
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
    report.expect(len(cells) > 10, f"{what} is empty", "GET /books/export?format=csv")  # noqa: PLR2004
    for cell in cells:
        report.expect(not cell.startswith(_STARTS), f"{what} has the cell {cell!r}", "GET /books/export?format=csv")


def _memory(shop: Shop) -> int:
    """Return how much memory book-service holds, in bytes (Linux; 0 elsewhere)."""
    process = json.loads((shop.var / "children.json").read_text(encoding="utf-8"))["book_service"]
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024
