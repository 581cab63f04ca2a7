"""``/staff``: where a day of work begins."""

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.charts.rows import lengths
from web_frontend.dependencies import WorkplacePage
from web_frontend.workplace.parts import gather_parts
from web_frontend.workplace.sales import charts_of, short_day
from web_frontend.workplace.tasks import current_imports, tasks_of, urgent_books

router = APIRouter()


@router.get("/staff")
async def workplace(page: WorkplacePage) -> Response:
    """Say what needs doing, and how the shop does."""
    parts = await gather_parts(page)
    if parts.orders.value is not None:
        page.badges.parked.tell(parts.orders.value.parked)
    sales = parts.sales.value
    return await page.show(
        "workplace/workplace.html",
        tasks=tasks_of(parts),
        parts=parts,
        sales=sales,
        charts=charts_of(sales) if sales is not None else [],
        lengths=lengths([book.copies for book in sales.most_sold]) if sales is not None else [],
        low=urgent_books(parts.low),
        imports=current_imports(parts.imports),
        searches=parts.searches.value,
        short_day=short_day,
    )
