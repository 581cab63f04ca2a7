"""The walk over the site: every page as everybody who may see it, in both themes, at all widths, and in German."""

import re
import shutil
from collections.abc import Callable, Iterator

import httpx2
import pytest
from attack.people import NOBODY, Caller, api_key, first_admin, sign_up, with_role
from attack.shop import Shop
from faults import wait_until
from looking import HEIGHT, WIDE, all_faults, narrow_faults, outline_faults, take_picture
from odd_stock import BOOKS, STATES, OddStock
from playwright.sync_api import Browser
from site_map import LOOKS_DIFFERENT_TO_STAFF, PAGES_WITH_ADDRESS
from situations import ANSWERS, SITUATIONS
from system import System
from walkers import HTML, Walker

PLAIN = {
    "name:path": "Virginia Woolf",
    "version": "1",
    "step": "release",
    "what": "ship",
    "invitation_id": "00000000-0000-0000-0000-000000000000",
}
"""What stands in a path and is no id, or the id of something that is not there."""


@pytest.fixture(scope="module", autouse=True)
def _kept_pages() -> None:
    """Forget the pages of the walk before."""
    shutil.rmtree(HTML, ignore_errors=True)


@pytest.fixture(scope="module")
def shop(system: System) -> Shop:
    return Shop(system.web, system.api, system.ports, system.folder / "var")


@pytest.fixture(scope="module")
def people(shop: Shop) -> dict[str, Caller]:
    """Give somebody of each kind."""
    admin = first_admin(shop)
    others = {role: with_role(shop, admin, role) for role in ("customer", "editor", "staff")}
    return {"nobody": NOBODY, **others, "admin": admin}


@pytest.fixture(scope="module")
def stock(shop: Shop, people: dict[str, Caller]) -> OddStock:
    """Fill the shop; the customer has bought something."""
    odd = OddStock(shop.api, people["admin"].headers)
    odd.fill(people["customer"].headers)
    return odd


@pytest.fixture(scope="module")
def new_walker(browser: Browser) -> Iterator[Callable[..., Walker]]:
    """Open browsers in which nothing moves, so that no colour is measured halfway."""
    contexts = []

    def walker(caller: Caller, ids: dict[str, str], web: str, **options: str) -> Walker:
        context = browser.new_context(
            base_url=web, locale="en-GB", viewport={"width": WIDE, "height": HEIGHT}, reduced_motion="reduce"
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Walker(caller, context, ids, web, **options)

    yield walker
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def walkers(shop: Shop, people: dict[str, Caller], stock: OddStock, new_walker) -> dict[str, Walker]:
    found = {}
    for name, caller in people.items():
        ids = PLAIN | stock.ids | {"order_id": stock.ids["placed"], "account_id": people["customer"].account_id}
        ids |= own_ids(shop, caller)
        if name == "editor":
            # Nobody else's orders are an editor's to see.
            ids |= dict.fromkeys(("order_id", *STATES), stock.order("book_id", buyer=caller.headers))
        found[name] = new_walker(caller, ids, shop.web)
    return found


def own_ids(shop: Shop, caller: Caller) -> dict[str, str]:
    """Return the id of a mail, and those of what only the caller has."""
    mail = {"mail_id": _latest_mail(shop)}
    if not caller.bearer:
        return mail
    return mail | {"session_id": caller.session_id, "key_id": api_key(shop, caller, ["books:read"]).session_id}


def _latest_mail(shop: Shop) -> str:
    def mails() -> list[str]:
        return re.findall(r"/local/mails/([\w-]+)", httpx2.get(f"{shop.web}/local/mails").text)

    wait_until(mails)
    return mails()[0]


def test_the_walk_goes_to_every_page(walkers: dict[str, Walker]):
    walked = {visit.template for walker in walkers.values() for visit in walker.visits()}
    assert set(PAGES_WITH_ADDRESS) - walked == set()


@pytest.mark.parametrize("kind", ["nobody", "customer", "admin"])
def test_every_page_is_sound_in_both_themes_and_at_every_width(walkers: dict[str, Walker], kind: str):
    walker, faults = walkers[kind], []
    others = {"nobody": (), "customer": ("nobody",), "admin": ("nobody", "customer")}[kind]
    # What staff sees more of on a book stands on every book's page, so that one of them is enough.
    seen = {visit.template for other in others for visit in walkers[other].visits()} - LOOKS_DIFFERENT_TO_STAFF
    for visit in walker.visits():
        if visit.template not in seen and walker.go(visit):
            faults += all_faults(walker.page, f"{visit.name}-{kind}")
    settle(walker, faults)


@pytest.mark.parametrize("kind", ["editor", "staff"])
def test_everybody_gets_the_pages_that_are_theirs(walkers: dict[str, Walker], kind: str):
    walker, faults = walkers[kind], []
    seen = {visit.template for visit in walkers["customer"].visits()} - LOOKS_DIFFERENT_TO_STAFF
    # Further addresses of a page look the same to everybody who may see it.
    for visit in walker.visits():
        if visit.template not in PAGES_WITH_ADDRESS:
            continue
        if visit.template in seen:
            walker.ask(visit)
        elif walker.go(visit):
            faults += outline_faults(walker.page)
    settle(walker, faults)


@pytest.mark.parametrize("kind", ["nobody", "admin"])
def test_longer_words_fit_on_every_page(walkers: dict[str, Walker], kind: str):
    walker, faults = walkers[kind], []
    seen = (
        {visit.template for visit in walkers["nobody"].visits()} - LOOKS_DIFFERENT_TO_STAFF
        if kind == "admin"
        else set()
    )
    with walker.speaking("de"):
        for visit in walker.visits():
            if visit.template not in seen and walker.go(visit):
                assert walker.page.locator("html").get_attribute("lang").startswith("de")
                faults += narrow_faults(walker.page)
                take_picture(walker.page, f"{visit.name}-{kind}-german")
    settle(walker, faults)


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_opens_and_what_asks_is_sound(walkers: dict[str, Walker], stock: OddStock, system: System, name: str):
    kind, bring_about = SITUATIONS[name]
    walker = walkers[kind]
    walker.expected = ANSWERS
    bring_about(walker, stock, system)
    walker.keep(name, walker.page.content())
    settle(walker, all_faults(walker.page, f"state-{name}"))


@pytest.mark.parametrize("kind", ["nobody", "customer"])
def test_in_a_public_shop_books_are_shown_to_everybody(public_shop: System, new_walker, kind: str):
    shop = Shop(public_shop.web, public_shop.api, public_shop.ports, public_shop.folder / "var")
    customer = sign_up(shop, name="customer")
    caller = customer if kind == "customer" else NOBODY
    odd = OddStock(shop.api, customer.headers)
    found = httpx2.get(f"{shop.api}/books/", params={"in_stock": "true"}).raise_for_status().json()["items"]
    odd.ids = dict.fromkeys(("book_id", *BOOKS), found[0]["id"])
    odd.ids |= dict.fromkeys(("order_id", *STATES), odd.order("book_id", buyer=customer.headers))
    walker = new_walker(caller, PLAIN | odd.ids | own_ids(shop, caller), shop.web, storefront="public")
    faults = []
    for visit in walker.visits():
        looked_at = kind == "nobody" and visit.template in LOOKS_DIFFERENT_TO_STAFF
        if kind == "customer" and not visit.is_of_books:
            # To who is signed in, both kinds of shops show it alike.
            walker.ask(visit)
        elif walker.go(visit):
            faults += all_faults(walker.page, f"{visit.name}-public") if looked_at else outline_faults(walker.page)
    settle(walker, faults)


def settle(walker: Walker, faults: list[str]) -> None:
    """See that nothing was wrong, and that the browser complained of nothing meanwhile."""
    found = faults + walker.complaints
    walker.complaints.clear()
    assert not found, "\n".join(found)
