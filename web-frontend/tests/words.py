"""What a page says, without its markup."""

import html
import re

import httpx2


def said(page: httpx2.Response) -> str:
    """Return the words of the page's content, single spaces between them."""
    main = page.text.partition("<main")[2].partition("</main>")[0] or page.text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", main.partition(">")[2])).split())


def links(page: httpx2.Response) -> list[str]:
    """Return the addresses that the page's content leads to."""
    main = page.text.partition("<main")[2].partition("</main>")[0] or page.text
    return [html.unescape(address) for address in re.findall(r'<a[^>]* href="([^"]*)"', main)]
