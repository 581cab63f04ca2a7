"""What may not be in any environment of the shop: versions with known holes, and packages that were chosen against."""

import re
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parents[2]
TOOLS_OF_THE_ATTACKS = ROOT / "requirements" / "attack.txt"
LOCKS = sorted({*ROOT.glob("requirements/*.txt"), *ROOT.glob("*/requirements.txt")} - {TOOLS_OF_THE_ATTACKS})
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)

FLOORS = {
    "starlette": ("1.0.1", "quadratic Range headers (CVE-2025-62727), large forms; and the branch that is maintained"),
    "python-multipart": ("0.0.31", "forms that take a core for long (CVE-2024-53981), and those after it"),
    "h11": ("0.16", "smuggling by chunks that end wrongly (CVE-2025-43859); in the tests' clients"),
    "python-jose": ("3.5", "HS256 with a public key (CVE-2024-33663), bombs in JWE (CVE-2024-33664)"),
    "aiohttp": ("3.13.3", "smuggling (CVE-2025-53643, CVE-2025-69224), endless loops and memory"),
    "jinja2": ("3.1.6", "ways out of the sandbox (CVE-2025-27516)"),
    "cryptography": ("44.0.1", "the OpenSSL inside (CVE-2024-12797)"),
    "lxml": ("5.0", "external entities are off unless asked for"),
    "idna": ("3.7", "quadratic names (CVE-2024-3651)"),
    "pydantic": ("2.4", "quadratic e-mail addresses (CVE-2024-3772)"),
    "pyasn1": ("0.6.2", "memory taken by a few bytes"),
    "redis": ("4.6", "answers of one call given to another (CVE-2023-28858)"),
    "dnspython": ("2.6.1", "answers of strangers (CVE-2023-29483)"),
    "pyyaml": ("5.4", "code in documents (CVE-2020-14343)"),
    "uvicorn": ("0.11.7", "headers split (CVE-2020-7695)"),
    "mako": ("1.2.2", "regular expressions that run away (CVE-2022-40023)"),
}

NOT_HERE = {
    "httpx": "httpx2 is its continuation (decision 1)",
    "httpcore": "comes with httpx",
    "passlib": "libpass is its continuation (decision 1), under the same import name",
    "bcrypt": "cuts passwords off at 72 bytes",
    "jose": "an abandoned namesake of python-jose",
    "jwt": "a namesake of PyJWT that does something else",
    "pyjwt": "a second reader of tokens, with rules of its own",
    "python-jwt": "took forged tokens (CVE-2022-39227)",
    "authlib": "a third one",
    "pycrypto": "abandoned, with holes",
    "pycryptodome": "one library for keys is enough",
    "urllib3": "no client but httpx2 and aiohttp's",
    "requests": "no client but httpx2 and aiohttp's",
    "defusedxml": "imports are read by lxml with entities off; a second parser would be read differently",
    "orjson": "JSON is read by one parser, that of the standard library and pydantic",
    "gunicorn": "another parser of HTTP in front of the one that is tried",
}


def pins(lock: Path) -> dict[str, Version]:
    return {name.lower().replace("_", "-"): Version(version) for name, version in PIN.findall(lock.read_text())}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_no_environment_has_a_version_with_a_known_hole(lock):
    found = pins(lock)
    assert found
    low = {
        name: str(found[name]) for name, (floor, _) in FLOORS.items() if name in found and found[name] < Version(floor)
    }
    assert low == {}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_no_environment_has_what_was_chosen_against(lock):
    assert {name: NOT_HERE[name] for name in pins(lock) if name in NOT_HERE} == {}


def test_every_floor_is_about_something_that_is_used():
    used = {name for lock in LOCKS for name in pins(lock)}
    assert set(FLOORS) - used == set()


def test_every_package_of_every_environment_is_pinned_with_a_digest():
    for lock in [*LOCKS, TOOLS_OF_THE_ATTACKS]:
        blocks = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == [], lock
