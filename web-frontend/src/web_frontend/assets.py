"""The style sheet, the script, the fonts: each under an address that names its content, so it is kept for ever.

Styles and scripts are written in files with one subject each and served as one: a page asks for one of either.
"""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from starlette.requests import Request
from starlette.responses import Response

_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_WHILE = "public, max-age=3600"
_TEXT = {".css", ".js", ".svg", ".webmanifest", ".txt"}
_SMALLEST_TO_COMPRESS = 512
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
    compressed: bytes | None
    media_type: str
    digest: str

    @property
    def etag(self) -> str:
        """Return the strong entity tag of the uncompressed form."""
        return f'"{self.digest}"'


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
            "ETag": asset.etag,
            "Vary": "Accept-Encoding",
        }
        if asset.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if asset.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.compressed, headers=headers, media_type=asset.media_type)
        return Response(asset.content, headers=headers, media_type=asset.media_type)

    def _add(self, name: str, content: bytes) -> None:
        pure = PurePosixPath(name)
        if pure.suffix == ".css":
            content = self._with_hashed_addresses(content.decode(), pure.parent).encode()
        digest = hashlib.sha256(content).hexdigest()[:16]
        compressed = None
        if pure.suffix in _TEXT and len(content) >= _SMALLEST_TO_COMPRESS:
            compressed = gzip.compress(content, 9, mtime=0)
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


def _parts(folder: Path, pattern: str) -> list[Path]:
    # What all pages share comes first: it names the layers, and the others build on it.
    return sorted(folder.glob(pattern), key=lambda path: (path.stem != "site", path.name))


def _one_style_sheet(folder: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in _parts(folder / "styles", "*.css"))


def _one_script(folder: Path) -> str:
    first, *others = (path.read_text("utf-8") for path in _parts(folder / "scripts", "*.js"))
    # Each part has its names to itself, and sees those of the first.
    blocks = "\n".join(f"{{\n{text}}}" for text in others)
    library = (folder / "htmx.min.js").read_text("utf-8")
    return f'{library}\n;(() => {{\n"use strict";\n{first}\n{blocks}\n}})();\n'
