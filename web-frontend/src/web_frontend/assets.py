"""The style sheet, the script, the fonts: each under an address that names its content, so it is kept for ever.

Styles and scripts are written in files with one subject each and served as one: a page asks for one of either.
"""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

import brotli
from rjsmin import jsmin
from starlette.requests import Request
from starlette.responses import Response

from service_kit.conditional import is_not_modified

_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_WHILE = "public, max-age=3600"
_TEXT = {".css", ".js", ".svg", ".webmanifest", ".txt"}
_SMALLEST_TO_COMPRESS = 512
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENT = re.compile(r"\n\s+")
_CSS_ADDRESS = re.compile(r'url\("(?!data:)([^"]+)"\)')
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    compressed: Mapping[str, bytes]
    """By the name of the encoding, the smallest first."""
    media_type: str
    digest: str


class Assets:
    """All files of the static folder, read once."""

    def __init__(self, folder: Path) -> None:
        """Read ``folder``. Raises ``FileNotFoundError`` when it is not there."""
        if not (folder / "styles" / "site.css").is_file():
            message = f"the static files are not in {folder}; set WEB_STATIC_DIR"
            raise FileNotFoundError(message)
        self._by_path: dict[str, Asset] = {}
        self._hashed_path: dict[str, str] = {}
        self._names: dict[str, str] = {}
        parts = (folder / "styles", folder / "scripts")
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".md" and path.parent not in parts:
                self._add(path.relative_to(folder).as_posix(), path.read_bytes())
        self._add("site.js", _one_script(folder).encode())
        # Last, for it names the hashed addresses of what it uses.
        self._add("site.css", _one_style_sheet(folder).encode())

    @property
    def digest(self) -> str:
        """Return a digest of all files."""
        return hashlib.sha256("".join(sorted(self._names)).encode()).hexdigest()

    def url(self, name: str) -> str:
        """Return the address of the file ``name`` (its path in the folder). Raises ``KeyError`` for an unknown one."""
        return f"/static/{self._hashed_path[name]}"

    def answer(self, path: str, request: Request) -> Response | None:
        """Answer for ``path`` below ``/static/``, hashed or plain, or None when there is no such file."""
        asset = self._by_path.get(path)
        if asset is None:
            return None
        immutable = path in self._names
        headers = {
            "Cache-Control": _FOR_EVER if immutable else _FOR_A_WHILE,
            # Weak, for it is that of all encodings.
            "ETag": f'W/"{asset.digest}"',
            "Vary": "Accept-Encoding",
        }
        if is_not_modified(request.headers.get("if-none-match"), f'"{asset.digest}"'):
            return Response(status_code=304, headers=headers)
        accepted = accepted_encodings(request.headers.get("accept-encoding", ""))
        encoding = next((name for name in asset.compressed if name in accepted), None)
        if encoding is None:
            return Response(asset.content, headers=headers, media_type=asset.media_type)
        headers["Content-Encoding"] = encoding
        return Response(asset.compressed[encoding], headers=headers, media_type=asset.media_type)

    def _add(self, name: str, content: bytes) -> None:
        pure = PurePosixPath(name)
        if pure.suffix == ".css":
            content = self._with_hashed_addresses(content.decode(), pure.parent).encode()
        digest = hashlib.sha256(content).hexdigest()[:16]
        is_worth_it = pure.suffix in _TEXT and len(content) >= _SMALLEST_TO_COMPRESS
        compressed = _compressed(content) if is_worth_it else {}
        media_type = _MEDIA_TYPES.get(pure.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        asset = Asset(content, compressed, media_type, digest)
        hashed = pure.with_name(f"{pure.stem}.{digest}{pure.suffix}").as_posix()
        self._by_path[name] = self._by_path[hashed] = asset
        self._hashed_path[name] = hashed
        self._names[hashed] = name

    def _with_hashed_addresses(self, css: str, folder: PurePosixPath) -> str:
        def hashed(match: re.Match[str]) -> str:
            return f'url("{self.url((folder / match[1]).as_posix())}")'

        return _CSS_ADDRESS.sub(hashed, css)


@lru_cache(maxsize=32)
def _compressed(content: bytes) -> Mapping[str, bytes]:
    return {"br": brotli.compress(content, quality=11), "gzip": gzip.compress(content, 9, mtime=0)}


def accepted_encodings(header: str) -> set[str]:
    """Return the encodings that an ``Accept-Encoding`` header takes by name (RFC 9110, section 12.5.3)."""
    accepted = set()
    for part in header.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        if not re.fullmatch(r"q=0(\.0*)?", parameter.strip()):
            accepted.add(name.strip())
    return accepted


def _parts(folder: Path, pattern: str) -> list[Path]:
    # What all pages share comes first: it names the layers, and the others build on it.
    return sorted(folder.glob(pattern), key=lambda path: (path.stem != "site", path.name))


def _one_style_sheet(folder: Path) -> str:
    # No minifier at hand knows layers: rcssmin takes what stands in one for declarations, and makes ".a :focus" one
    # selector ".a:focus".
    written = "\n".join(path.read_text("utf-8") for path in _parts(folder / "styles", "*.css"))
    return _INDENT.sub("\n", _CSS_COMMENT.sub("", written))


def _one_script(folder: Path) -> str:
    first, *others = (path.read_text("utf-8") for path in _parts(folder / "scripts", "*.js"))
    # Each part has its names to itself, and sees those of the first.
    blocks = "\n".join(f"{{\n{text}}}" for text in others)
    library = (folder / "htmx.min.js").read_text("utf-8")
    return library + str(jsmin(f'\n;(() => {{\n"use strict";\n{first}\n{blocks}\n}})();\n'))
