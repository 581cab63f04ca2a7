"""Refuses forms that another site made a browser send.

Two independent checks: where the browser says that the request comes from, and a token in the form that only our own
pages hold. The token is bound to the session, or for people who are not signed in to a cookie of this visit.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request

from web_frontend.browser_session import SESSION_COOKIE_SECONDS, VISIT, BrowserSession
from web_frontend.cookies import CookieChanges

FIELD = "csrf_token"
_NONCE_CHARACTERS = 16


class ForeignForm(Exception):
    """The browser says that the form came from another site."""


class ExpiredForm(Exception):
    """The form's token is missing, or belongs to a session that is over."""


def check_origin(request: Request, public_url: str) -> None:
    """Raise ``ForeignForm`` unless the browser says that the request comes from this very site.

    ``Sec-Fetch-Site`` cannot be set by scripts; where it is absent (plain HTTP, old browsers) ``Origin`` must be ours.
    Without TLS that is any name under which this request came; with it, only the public address.
    """
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        if fetch_site != "same-origin":
            raise ForeignForm
        return
    try:
        origin = urlsplit(request.headers.get("origin", ""))
    except ValueError as error:
        raise ForeignForm from error
    public = urlsplit(public_url)
    is_public = (origin.scheme, origin.netloc) == (public.scheme, public.netloc)
    is_here = public.scheme != "https" and origin.netloc == request.headers.get("host")
    if not origin.netloc or not (is_public or is_here):
        raise ForeignForm


def came_over_plain_http(request: Request, public_url: str) -> bool:
    """Tell whether a form of ours was sent without TLS to a shop that has its address on TLS.

    Nobody can sign in there: browsers keep secure cookies from it. Behind a proxy only ``Origin`` tells.
    """
    host = request.headers.get("host")
    return urlsplit(public_url).scheme == "https" and request.headers.get("origin") == f"http://{host}"


class FormTokens:
    """Makes and checks the token of one browser's forms."""

    def __init__(
        self, secret: bytes, session: BrowserSession, cookies: Mapping[str, str], changes: CookieChanges
    ) -> None:
        """Take the secret, the session, the cookies that came and those that go."""
        self._secret = secret
        self._session = session
        self._changes = changes
        self._visit = cookies.get(changes.full_name(VISIT), "")
        self._binding_at_start = self._binding()
        self._made_for = self._made = ""
        self.were_made = False
        """Whether there is a token in this request's page."""

    @property
    def has_come_back(self) -> bool:
        """Whether the browser sent a cookie that forms are bound to: of its session, or of a visit."""
        return self._binding_at_start != "visit:"

    def make(self) -> str:
        """Return the token of this request's forms.

        No two pages have the same one, so that compressing a page gives nothing of it away (BREACH).
        """
        self.were_made = True
        if self._session.claims is None and not self._visit:
            self._visit = secrets.token_urlsafe(24)
            self._changes.put(VISIT, self._visit)
        binding = self._binding()
        if self._made_for != binding:
            nonce = secrets.token_urlsafe(12)
            self._made_for, self._made = binding, nonce + self._signature(nonce, binding)
        return self._made

    def check(self, token: str) -> None:
        """Raise ``ExpiredForm`` unless ``token`` was made for the session or the visit."""
        nonce, signature = token[:_NONCE_CHARACTERS], token[_NONCE_CHARACTERS:]
        binding = self._binding_at_start
        expected = self._signature(nonce, binding)
        if binding == "visit:" or not hmac.compare_digest(signature.encode(), expected.encode()):
            raise ExpiredForm

    def start_new_visit(self) -> None:
        """Forget the visit: after signing in or out, forms of before are void."""
        self._visit = ""
        self._changes.remove(VISIT)

    def void_all(self) -> None:
        """Void the forms of before within a session: after its password or its second factor has changed."""
        self._visit = secrets.token_urlsafe(24)
        self._changes.put(VISIT, self._visit, seconds=SESSION_COOKIE_SECONDS)

    def _binding(self) -> str:
        claims = self._session.claims
        return f"session:{claims.session_id}:{self._visit}" if claims is not None else f"visit:{self._visit}"

    def _signature(self, nonce: str, binding: str) -> str:
        return hmac.new(self._secret, f"{nonce}|{binding}".encode(), hashlib.sha256).hexdigest()
