"""Where somebody begins after signing in."""

from web_frontend.pages import Page

WORKPLACE = "/staff"


def first_page(page: Page, next_path: str) -> str:
    """Return where to go on: whoever works here and did not ask for a page begins with what needs doing."""
    return WORKPLACE if next_path == "/" and page.works_here else next_path
