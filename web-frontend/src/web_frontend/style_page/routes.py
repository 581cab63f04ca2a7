"""``/local/style``, in a local run alone."""

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.dependencies import OpenPage
from web_frontend.style_page import samples
from web_frontend.style_page.tokens import USES, tokens_of

router = APIRouter()


@router.get("/local/style")
async def style_page(page: OpenPage) -> Response:
    """Show the visual system in the theme and the language of whoever looks."""
    return await page.show(
        "style_page/style.html",
        tokens=tokens_of(page.site.settings.static_dir),
        uses=USES,
        books=samples.books(),
        covers=samples.covers(),
        cover_title=samples.COVER_TITLE,
        form=samples.form(),
        order_states=samples.ORDER_STATES,
        columns=samples.columns(),
        stock_line=samples.stock_line(),
    )
