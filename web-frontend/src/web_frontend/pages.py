"""One request's page: who is looking, what goes around the content, and how it is answered.

A fragment is a named block of the page that shows it. It is answered only to htmx's request for a part
(``HX-Request-Type: partial``); everybody else gets the whole page.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from itsdangerous import BadData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service_kit.conditional import is_not_modified
from service_kit.languages.catalogues import LANGUAGES
from service_kit.languages.language import Language, current_language
from web_frontend.badges import Badges, Memory
from web_frontend.browser_session import BrowserSession
from web_frontend.client_address import forwarded_headers
from web_frontend.cookies import CookieChanges
from web_frontend.csrf import FormTokens
from web_frontend.gateway_client import Gateway
from web_frontend.gateway_problems import SignInNeeded
from web_frontend.kept_input import KeptInput, Typed
from web_frontend.page_tags import Sources
from web_frontend.signing import timed_signatures
from web_frontend.site import Site
from web_frontend.submitted_form import Submitted

_FLASH = "quire_flash"
_FLASH_SECONDS = 300
_THEME = "quire_theme"
_SCRIPTS = "quire_scripts"
"""Set by ``site.js``; nothing but the pace of a page depends on it, so it may be open to scripts."""
_CHOICE_SECONDS = 60 * 60 * 24 * 365
LANGUAGE_COOKIE = "quire_language"
THEMES = ("auto", "light", "dark")
_READS = frozenset({"GET", "HEAD"})

_VARY = "HX-Request-Type, Accept-Language, Cookie"
_OK = 200

_WORK = ("orders:manage", "stock:write", "books:write")

FlashKind = Literal["ok", "bad", "note"]


@dataclass(frozen=True, slots=True)
class Flash:
    """A message that the next page shows once."""

    kind: FlashKind
    text: str


class Page:
    """The page that one request asks for."""

    def __init__(self, request: Request, site: Site) -> None:
        """Build it from the request's cookies and headers."""
        self.request = request
        self.site = site
        self.cookies: CookieChanges = request.state.cookie_changes
        forwarded = forwarded_headers(request, site.settings)
        self.session = BrowserSession(request.cookies, self.cookies, site.renewals, forwarded)
        secret = site.settings.secret.get_secret_value()
        self.form_tokens = FormTokens(secret.encode(), self.session, request.cookies, self.cookies)
        self._flashes_signed = timed_signatures(secret, "flash")
        self._new_flashes: list[Flash] = []
        self.badges = Badges(Memory(secret, self.session, request.cookies, self.cookies), self.session)
        self._sources = Sources()
        listeners = (self.badges,) if self.is_signed_in else (self._sources,)
        self.gateway = Gateway(site.gateway, self.session, forwarded, listeners)
        self.is_help = False
        """Whether this only helps while somebody types, and so never takes the page from them."""
        self.submitted: Submitted | None = None

    async def open(self) -> None:
        """Renew the session if its token has run out, and say whether the header's numbers are wanted.

        Raises ``ServiceAway`` when the session can be neither renewed nor said to be over.
        """
        try:
            await self.session.bearer()
        except SignInNeeded:
            return
        if self.request.method in _READS and self.is_signed_in and not self.is_partial:
            self.badges.will_be_shown(self.gateway, browser_asks=self._runs_scripts)

    # Who is looking

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is signed in, as far as the cookies tell."""
        return self.session.is_signed_in

    def may(self, scope: str) -> bool:
        """Tell whether to offer what needs ``scope``; the services decide."""
        return self.session.may(scope)

    @property
    def works_here(self) -> bool:
        """Whether there is anything for this person to do in the shop."""
        return any(map(self.may, _WORK))

    @property
    def is_open(self) -> bool:
        """Whether people who are not signed in may look at books."""
        return self.site.settings.storefront == "public"

    @property
    def theme(self) -> str:
        """Return the chosen theme; ``auto`` follows the browser."""
        chosen = self.request.cookies.get(self.cookies.full_name(_THEME), "auto")
        return chosen if chosen in THEMES else "auto"

    def choose_theme(self, theme: str) -> None:
        """Keep the chosen theme for a year."""
        if theme in THEMES:
            self.cookies.put(_THEME, theme, seconds=_CHOICE_SECONDS)

    @property
    def language(self) -> Language:
        """Return the language that the page is in."""
        return current_language()

    def choose_language(self, code: str) -> None:
        """Keep the chosen language for a year."""
        if code in LANGUAGES:
            self.cookies.put(LANGUAGE_COOKIE, code, seconds=_CHOICE_SECONDS)

    # How it was asked for

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("hx-request-type") == "partial"

    @property
    def _runs_scripts(self) -> bool:
        """Whether a script of ours has run in this browser before, and has said so."""
        return self.cookies.full_name(_SCRIPTS) in self.request.cookies

    @property
    def address(self) -> str:
        """Return the path and query of this request."""
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    # What goes around the content

    def csrf_token(self) -> str:
        """Return a token for a form on this page."""
        return self.form_tokens.make()

    def flash(self, kind: FlashKind, text: str) -> None:
        """Have the next page show ``text`` once."""
        self._new_flashes.append(Flash(kind, text))
        packed = self._flashes_signed.dumps(json.dumps([asdict(flash) for flash in self._new_flashes]))
        self.cookies.put(_FLASH, str(packed), seconds=_FLASH_SECONDS)

    def take_flashes(self) -> list[Flash]:
        """Return the messages of the page before, and forget them."""
        packed = self.request.cookies.get(self.cookies.full_name(_FLASH))
        if packed is None:
            return []
        if not self._new_flashes:
            self.cookies.remove(_FLASH)
        try:
            items = json.loads(self._flashes_signed.loads(packed, max_age=_FLASH_SECONDS))
        except BadData:
            return []
        return [Flash(item["kind"], item["text"]) for item in items]

    # Input that was kept while signing in

    def keep_input(self, path: str) -> str:
        """Return what was typed, packed for a hidden field of the sign-in form; empty when nothing was."""
        typed = self.submitted.repeatable() if self.submitted is not None else {}
        return self.site.keeper.pack(KeptInput(path, typed)) if typed else ""

    def take_kept_input(self) -> Typed | None:
        """Return what was typed into this page's form before the session ended."""
        return self.site.keeper.take(self.request.url.path, self.request.cookies, self.cookies)

    # Answers

    async def show(
        self,
        template: str,
        *,
        status: int = 200,
        fragments: Sequence[str] = ("content",),
        headers: dict[str, str] | None = None,
        whole: bool = False,
        **context: Any,  # noqa: ANN401 (whatever the template shows)
    ) -> Response:
        """Answer with a page, or for a partial request with its blocks named in ``fragments``.

        ``whole`` answers the page even then, to take the place of the one that is shown, and so does a page that has
        no such blocks.
        """
        blocks = self.site.templates.get_template(template).blocks
        is_part = self.is_partial and not whole and all(name in blocks for name in fragments)
        shown = tuple(fragments) if is_part else None
        all_headers = {"Vary": _VARY, "Cache-Control": self._caching()} | (headers or {})
        if self.is_partial and not is_part:
            all_headers |= {"HX-Retarget": "body", "HX-Reswap": "outerHTML"}
        may_be_kept = status == _OK and self._is_for_anybody and "no-store" not in all_headers["Cache-Control"]
        tag = self._sources.tag(*self._facts(template, shown)) if may_be_kept else ""
        known = self.request.headers.get("if-none-match", "*")
        # Whether a page has a tag at all shows when it is rendered, so that "any" is no tag that a browser can know.
        if tag and known != "*" and is_not_modified(known, tag):
            return Response(status_code=304, headers=all_headers | {"ETag": f"W/{tag}"})
        html = self.render(template, shown, await self._values(context, is_part=is_part))
        # Rendering may have minted a form's token, and with it a cookie: such a page is one person's.
        if tag and not self.form_tokens.were_made and not self.cookies.are_pending:
            all_headers["ETag"] = f"W/{tag}"
        return HTMLResponse(html, status, headers=all_headers)

    async def _values(self, context: dict[str, Any], *, is_part: bool) -> dict[str, Any]:
        values = context | {"page": self, "settings": self.site.settings}
        if is_part:
            return values
        self.badges.ask()
        # A call that is still under way could renew the session after its cookies can no longer be sent.
        await self.settle()
        return values | {
            "cart_count": await self.badges.cart.number(),
            "cart_count_follows": await self.badges.is_cart_left_to_the_browser(),
            "ordering_is_away": self.badges.cart.is_away,
            "parked_count": await self.badges.parked.number(),
            "flashes": self.take_flashes(),
        }

    @property
    def _is_for_anybody(self) -> bool:
        """Whether the page is the same for all who ask so, as far as is known before it is rendered."""
        is_plain = self.request.method in _READS and not self.is_signed_in and self.is_open
        has_flash = self.cookies.full_name(_FLASH) in self.request.cookies
        return is_plain and not has_flash and not self.cookies.are_pending

    def _facts(self, template: str, fragments: tuple[str, ...] | None) -> tuple[object, ...]:
        return (self.site.version, template, fragments, self.is_partial, self.address, self.language.tag, self.theme)

    def render(self, template: str, fragments: Sequence[str] | None, values: dict[str, Any]) -> str:
        """Return a template as HTML, or of its blocks those named in ``fragments``."""
        compiled = self.site.templates.get_template(template)
        if fragments is None:
            return compiled.render(values)
        context = compiled.new_context(values)
        return "".join(part for name in fragments for part in compiled.blocks[name](context))

    async def go(self, path: str) -> Response:
        """Send the browser on to ``path`` after a form: 303, or htmx's way of saying so."""
        await self.settle()
        # htmx would follow a 303 by itself and put the next page into this one.
        is_htmx_form = self.request.method == "POST" and "hx-request" in self.request.headers
        if self.is_partial or is_htmx_form:
            return Response(status_code=204, headers={"HX-Redirect": path, "Cache-Control": "no-store"})
        return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})

    async def settle(self) -> None:
        """Wait for the numbers of the header; every answer that ``show`` does not make begins with this."""
        await self.badges.settle()

    def _caching(self) -> str:
        return "no-store" if self.is_signed_in or not self.is_open else "private, no-cache"


def page_of(request: Request) -> Page:
    """Return the page of ``request``, building it on first use."""
    page = getattr(request.state, "page", None)
    if not isinstance(page, Page):
        page = Page(request, request.app.state.site)
        request.state.page = page
    return page
