"""docs/security.md speaks of every requirement of the standard, and names nothing that is not there."""

import re
from collections import Counter
from pathlib import Path

from attack.__main__ import GROUPS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
STATES = {"met", "partly", "n/a", "**NOT MET**"}
FOLDERS = {
    "auth": "auth-service",
    "book": "book-service",
    "order": "order-service",
    "gate": "gateway",
    "kit": "service-kit",
    "web": "web-frontend",
}

# How many requirements of the levels 1 and 2 each section of ASVS 5.0.0 has. Those of level 3 stand behind them.
SECTIONS = {
    "1.1": 2,
    "1.2": 9,
    "1.3": 11,
    "1.4": 3,
    "1.5": 2,
    "2.1": 3,
    "2.2": 3,
    "2.3": 4,
    "2.4": 1,
    "3.2": 2,
    "3.3": 4,
    "3.4": 6,
    "3.5": 5,
    "3.7": 2,
    "4.1": 3,
    "4.2": 1,
    "4.3": 2,
    "4.4": 4,
    "5.1": 1,
    "5.2": 3,
    "5.3": 2,
    "5.4": 3,
    "6.1": 3,
    "6.2": 12,
    "6.3": 4,
    "6.4": 4,
    "6.5": 5,
    "6.6": 3,
    "6.8": 4,
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 2,
    "7.6": 2,
    "8.1": 2,
    "8.2": 3,
    "8.3": 1,
    "8.4": 1,
    "9.1": 3,
    "9.2": 4,
    "10.1": 2,
    "10.2": 2,
    "10.3": 4,
    "10.4": 11,
    "10.5": 5,
    "10.6": 2,
    "10.7": 3,
    "11.1": 2,
    "11.2": 3,
    "11.3": 3,
    "11.4": 4,
    "11.5": 1,
    "11.6": 1,
    "12.1": 3,
    "12.2": 2,
    "12.3": 4,
    "13.1": 1,
    "13.2": 5,
    "13.3": 2,
    "13.4": 5,
    "14.1": 2,
    "14.2": 4,
    "14.3": 3,
    "15.1": 3,
    "15.2": 3,
    "15.3": 7,
    "16.1": 1,
    "16.2": 5,
    "16.3": 4,
    "16.4": 3,
    "16.5": 3,
    "17.1": 1,
    "17.2": 4,
    "17.3": 2,
}
REQUIREMENTS = [f"{section}.{number}" for section, many in SECTIONS.items() for number in range(1, many + 1)]


def test_every_requirement_has_its_row():
    assert [number for number, *_ in ROW.findall(PAGE)] == REQUIREMENTS
    assert len(REQUIREMENTS) == 253


def test_every_row_says_how_it_stands_and_where():
    assert {state for _, _, state, _ in ROW.findall(PAGE)} == STATES
    unproven = [number for number, _, state, where in ROW.findall(PAGE) if state == "met" and len(where) < 6]
    assert unproven == []


def test_the_sums_are_those_of_the_rows():
    found = Counter(state for _, _, state, _ in ROW.findall(PAGE))
    sums = f"{found['met']} met, {found['partly']} partly, {found['**NOT MET**']} not met, {found['n/a']} about"
    assert sums in PAGE


def test_everything_that_is_named_is_there():
    missing = []
    for name in re.findall(r"`([^`\n]+)`", PAGE):
        kind, _, subject = name.partition(":")
        if kind in FOLDERS and subject:
            there = (ROOT / FOLDERS[kind] / "tests" / f"test_{subject}.py").is_file()
        elif kind == "e2e" and subject:
            there = (ROOT / "e2e-tests" / f"test_{subject}.py").is_file()
        elif kind == "attack" and subject:
            there = subject in GROUPS
        elif re.fullmatch(r"[\w./-]+/[\w./-]+", name) and not name.startswith("/"):
            there = (ROOT / name).exists() or name == "var/attack/tools"
        else:
            continue
        missing += [] if there else [name]
    assert [name for name in missing if name not in {"auth:x", "attack:x"}] == []


def test_every_rule_that_is_named_is_a_rule():
    rules = "".join(path.read_text() for path in (ROOT / "attack" / "rules").glob("*.yml"))
    named = re.findall(r"`attack:static` \(([^)]*)\)", PAGE)
    assert [rule for each in named for rule in re.findall(r"`([^`]+)`", each) if f"id: {rule}\n" not in rules] == []


def test_every_group_of_attacks_is_told():
    assert set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)) == set(GROUPS)
