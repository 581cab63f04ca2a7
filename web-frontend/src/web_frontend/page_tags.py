"""Entity tags of pages, known before a page is rendered (RFC 9110, section 8.8.3).

What people see who are not signed in follows from the address, the language, the theme, the gateway's answers, the day,
and the program with its settings. A tag made of these spares the rendering where the browser has the page already. Tags
are weak, because the same page is sent in several encodings.
"""

import datetime as dt
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

from web_frontend.assets import Assets
from web_frontend.config import Settings
from web_frontend.gateway_client import Answer, Call

_DIGEST_BYTES = 12
_OF_THE_PROCESS_ALONE = {"host", "port"}


def version_of_pages(settings: Settings, assets: Assets) -> str:
    """Return a digest of all that pages are made of besides what a request brings: code, templates, texts, settings."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for package in ("web_frontend", "service_kit"):
        _add_files(digest, files(package))
    digest.update(settings.model_dump_json(exclude=_OF_THE_PROCESS_ALONE).encode())
    digest.update(assets.digest.encode())
    return digest.hexdigest()


def _add_files(digest: "blake2b", folder: Traversable) -> None:
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if each.is_dir():
            _add_files(digest, each)
        elif not each.name.endswith(".pyc"):
            digest.update(each.name.encode() + b"\0" + each.read_bytes())


class Sources:
    """What one page is made of; listens to the gateway's answers."""

    def __init__(self) -> None:
        """Begin without any."""
        self._answers: list[bytes] = []

    def will_send(self, call: Call) -> None:
        """Only answers count."""

    def has_answered(self, call: Call, answer: Answer) -> None:
        """Note an answer."""
        asked = repr((call.method, call.path, call.params)).encode()
        self._answers.append(blake2b(asked + answer.content, digest_size=_DIGEST_BYTES).digest())

    def tag(self, *facts: object) -> str:
        """Return the opaque part of the tag of a page that is made of the answers so far and of ``facts``."""
        today = dt.datetime.now(dt.UTC).date().isoformat()
        digest = blake2b(repr((today, facts)).encode(), digest_size=_DIGEST_BYTES)
        # Calls that are under way together are answered in any order.
        for answer in sorted(self._answers):
            digest.update(answer)
        return f'"{digest.hexdigest()}"'
