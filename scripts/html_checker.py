"""Check with the Nu Html Checker every page that the browser's walk over the site has kept, in one run.

`python scripts/html_checker.py` prints what is wrong, page by page, and fails when anything is. The checker is the
npm package `vnu-jar` in the version below; it stays in var/tools. It wants Java.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import IO

from debian import apt_get, apt_get_works
from steps import CannotRunError
from workspace import ROOT

PAGES = ROOT / "var" / "walk"
VERSION = "26.9.27"
DIGEST = "22f15dd39a33bed929d2a5c0cddf5946849a647eca9272bf4d5d00bc7e7a4d47"
JAR = ROOT / "var" / "tools" / f"vnu-{VERSION}.jar"
SETTING = "VNU_JAR"
MEANT = (
    # htmx's attributes.
    r"Attribute “hx-[^”]*” not allowed on element .*",
    # Lists without bullets, and tables that narrow screens show as blocks: not every browser remembers what they are.
    r"The “(list|table|rowgroup|row|cell|columnheader|rowheader)” role is unnecessary for element .*",
    r"The “role” attribute must not be used on a “t[rdh]” element which has a “table” ancestor .*",
    # With scripts, the search box has suggestions, and keeps the button that empties it.
    r"Bad value “combobox” for attribute “role” on element “input”.*",
    r"Attribute “aria-(expanded|activedescendant)” (not allowed on element “input”|value should either refer) .*",
)
PLACES_SHOWN = 3

NO_JAVA = "The HTML checker needs Java. Install one (`apt-get install default-jre-headless`)."
NO_JAR = (
    "The HTML checker, version {version} of the npm package vnu-jar, could not be had. Install npm "
    "(`apt-get install npm`), or name a vnu.jar in VNU_JAR."
)
NO_PAGES = "There are no pages in var/walk: the step e2e-pages goes over the site and keeps them."


def checker_environment() -> dict[str, str]:
    """Return the variable that names the checker, which is fetched once.

    Raises CannotRunError with what to install when there is no Java or no checker and none can be installed.
    """
    if shutil.which("java") is None and apt_get_works():
        print("         installing the system's Java for the HTML checker", flush=True)
        apt_get("default-jre-headless")
    if shutil.which("java") is None:
        raise CannotRunError(NO_JAVA)
    if named := os.environ.get(SETTING):
        return {SETTING: named}
    if not JAR.exists():
        _fetch()
    return {SETTING: str(JAR)}


def _fetch() -> None:
    if shutil.which("npm") is None and apt_get_works():
        apt_get("npm")
    if shutil.which("npm") is None:
        raise CannotRunError(NO_JAR.format(version=VERSION))
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--prefer-offline", f"vnu-jar@{VERSION}", "--pack-destination", folder]
        subprocess.run(command, capture_output=True, check=False)
        for package in Path(folder).glob("*.tgz"):
            with tarfile.open(package) as files:
                _keep(files.extractfile("package/build/dist/vnu.jar"))
    if not JAR.exists():
        raise CannotRunError(NO_JAR.format(version=VERSION))


def _keep(file: IO[bytes] | None) -> None:
    content = file.read() if file else b""
    if hashlib.sha256(content).hexdigest() != DIGEST:
        message = f"vnu-jar {VERSION} is not the file that it was: its digest differs from the one in {__file__}."
        raise CannotRunError(message)
    JAR.parent.mkdir(parents=True, exist_ok=True)
    JAR.write_bytes(content)


def faults(jar: str, folder: Path) -> dict[str, list[str]]:
    """Return what is wrong, each with the pages where it is."""
    command = ["java", "-Xss1m", "-jar", jar, "--format", "json", "--exit-zero-always", "--stdout"]
    command += ["--filterpattern", "|".join(MEANT), "--skip-non-html", str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = defaultdict(list)
    for message in json.loads(said.stdout)["messages"]:
        page = Path(message.get("url", "")).name
        extract = " ".join(message.get("extract", "").split())
        found[message["message"]].append(f"{page}:{message.get('lastLine', 0)}: {extract}")
    return found


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    pages = sorted(PAGES.glob("*.html"))
    try:
        jar = checker_environment()[SETTING]
    except CannotRunError as problem:
        print(problem)
        return 1
    if not pages:
        print(NO_PAGES)
        return 1
    found = faults(jar, PAGES)
    for message, places in sorted(found.items()):
        print(f"{message} ({len(places)} times)", *places[:PLACES_SHOWN], sep="\n    ")
    print(f"{len(pages)} pages, {len(found)} kinds of faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
