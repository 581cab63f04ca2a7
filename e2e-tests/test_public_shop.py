"""A public shop, as a stranger's browser and a robot see it."""

import re

import httpx2

VIOLATIONS = (
    "window.violations = []; addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective))"
)
DATA = (
    "() => [...document.querySelectorAll('script[type=\"application/ld+json\"]')].map(e => JSON.parse(e.textContent))"
)
WIDTH = """async () => {
    const picture = new Image();
    picture.src = new URL(document.querySelector('meta[property="og:image"]').content).pathname;
    await picture.decode();
    return picture.naturalWidth;
}"""


def test_a_book_is_found_by_a_robot_and_told_in_a_way_that_the_policy_lets_through(public_shop, browser):
    with httpx2.Client(trust_env=False, timeout=30) as robot:
        rules = robot.get(f"{public_shop.web}/robots.txt").text
        address = re.search("^Sitemap: (.*)$", rules, re.MULTILINE)[1]
        files = re.findall("<loc>(.*?)</loc>", robot.get(address).text)
        books = [
            book for file in files if "/books/" in file for book in re.findall("<loc>(.*?)</loc>", robot.get(file).text)
        ]
        told = robot.get(f"{public_shop.web}/opds/books").json()["publications"]
    assert told[0]["links"][1]["href"] == books[-1]
    context = browser.new_context(locale="en-GB")
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    page.goto(books[-1])
    book, _ = page.evaluate(DATA)
    assert (book["name"], book["url"]) == (told[0]["metadata"]["title"], page.url)
    assert book["offers"]["availability"] == "https://schema.org/InStock"
    assert page.evaluate(WIDTH) == 1200
    assert page.evaluate("violations") == []
    context.close()
