"""Pictures of books as PNG, for those who cannot show the pages' own: made when they are asked for, and kept a while.

To draw one takes tens of milliseconds, in which the library lets nothing else of its process run. So it is done in a
process beside this one, one at a time. More than a few who wait are sent away; they come back.
"""

import hashlib
from collections import OrderedDict
from pathlib import Path

import structlog
from anyio import BrokenWorkerProcess, CapacityLimiter, to_process

from web_frontend.discovery.drawing import Drawn, Palettes, card_svg, cover_svg, palettes, shop_svg
from web_frontend.discovery.lettering import FOLDER
from web_frontend.discovery.rendering import rendered

log = structlog.get_logger(__name__)

_KEPT = 512
"""Pictures that are kept: about 20 MB."""
_MOST_WAITING = 16
_FONT_FILES = [str(path) for path in sorted(FOLDER.glob("*.ttf"))]


class NotDrawn(Exception):
    """So many pictures are to be drawn already that one more would be late; or the process that draws has ended."""


class Pictures:
    """Draws pictures, and keeps those that were asked for last."""

    def __init__(self, static_dir: Path, shop_name: str) -> None:
        """Take the folder with the style sheet, whose colours the covers have, and the shop's name."""
        self._palettes: Palettes = palettes(static_dir / "styles" / "site.css")
        self._shop_name = shop_name
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._limiter = CapacityLimiter(1)
        self._waiting = 0

    async def cover(self, book: Drawn) -> bytes:
        """Return the cover, 400 wide and 600 high. Raises ``NotDrawn``."""
        return await self._png(cover_svg(book, self._palettes))

    async def card(self, book: Drawn) -> bytes:
        """Return the picture for a link to the book, 1200 wide and 630 high. Raises ``NotDrawn``."""
        return await self._png(card_svg(book, self._palettes, shop_name=self._shop_name))

    async def shop(self) -> bytes:
        """Return the picture for a link to the shop, of the same size. Raises ``NotDrawn``."""
        return await self._png(shop_svg(self._palettes, shop_name=self._shop_name))

    async def _png(self, svg: str) -> bytes:
        key = hashlib.blake2b(svg.encode(), digest_size=16).hexdigest()
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        if self._waiting >= _MOST_WAITING:
            raise NotDrawn
        self._waiting += 1
        try:
            png = await to_process.run_sync(rendered, svg, _FONT_FILES, limiter=self._limiter)
        except BrokenWorkerProcess as error:
            log.warning("a picture could not be drawn", error=str(error.__cause__ or error))
            raise NotDrawn from error
        finally:
            self._waiting -= 1
        self._kept[key] = png
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return png
