"""The choice between dark and light."""

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.dependencies import ChoiceForm, OpenPage
from web_frontend.links import same_site_path

router = APIRouter()


@router.get("/theme")
async def theme_page(page: OpenPage) -> Response:
    """Show the choice alone, for those who come here by address."""
    return await page.show("theme.html")


@router.post("/theme")
async def choose_theme(page: OpenPage, form: ChoiceForm) -> Response:
    """Keep the choice and go back to where the person was."""
    page.choose_theme(form["theme"])
    return await page.go(same_site_path(form["next"]))
