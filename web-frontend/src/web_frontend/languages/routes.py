"""The choice of a language."""

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.dependencies import ChoiceForm, OpenPage
from web_frontend.links import same_site_path

router = APIRouter()


@router.get("/language")
async def language_page(page: OpenPage) -> Response:
    """Show the choice alone, for those who come here by address."""
    return await page.show("language.html")


@router.post("/language")
async def choose_language(page: OpenPage, form: ChoiceForm) -> Response:
    """Keep the choice and go back to where the person was."""
    page.choose_language(form["language"])
    return await page.go(same_site_path(form["next"]))
