"""``/local/style``, in a local run alone."""

import datetime as dt

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.dependencies import OpenPage
from web_frontend.stock.chart import stock_chart
from web_frontend.style_page import samples
from web_frontend.style_page.tokens import USES, tokens_of

router = APIRouter()

_COPIES = (0, 12, 11, 9, 9, 6, 3, 2, 14, 13, 10, 8)


@router.get("/local/style")
async def style_page(page: OpenPage) -> Response:
    """Show the visual system in the theme and the language of whoever looks."""
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return await page.show(
        "style_page/style.html",
        tokens=tokens_of(page.site.settings.static_dir),
        uses=USES,
        books=samples.books(),
        covers=samples.covers(),
        form=samples.form(),
        order_states=samples.ORDER_STATES,
        chart=stock_chart([(begin + dt.timedelta(days=day), copies) for day, copies in enumerate(_COPIES)]),
    )
