"""Numbers in the header: remembered by the browser, told by an answer at hand, or asked for beside the page's own call.

A number is kept in a signed cookie for a minute, so that the pages of that minute need no call for it. What this
browser changes is seen at once, whichever process serves it: a call that could change the number voids the cookie
before it is sent. What is changed elsewhere, on another device or by other staff, shows after that minute.

Where a browser runs scripts, no page waits for the cart's number: the browser asks for it once the page is there.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from web_frontend.browser_session import BrowserSession
from web_frontend.cookies import CookieChanges
from web_frontend.gateway_client import Answer, Call, Gateway
from web_frontend.gateway_problems import GatewayError, ServiceAway
from web_frontend.signing import timed_signatures

REMEMBERED_SECONDS = 60
_LONGEST_WAIT_SECONDS = 1.5
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Figure:
    """What is counted: the call that tells it, by which member of its answer, and which changes may change it."""

    cookie: str
    path: str
    member: str
    scope: str
    is_changed_by: Callable[[str], bool]


CART = Figure("quire_cart", "/cart", "item_count", "orders:read", lambda path: path.startswith(("/cart", "/orders")))
PARKED = Figure("quire_parked", "/orders/parked", "total", "orders:manage", lambda path: path.startswith("/orders/"))


class Memory:
    """Numbers that the browser keeps for us, signed and for one session."""

    def __init__(self, secret: str, session: BrowserSession, given: Mapping[str, str], changes: CookieChanges) -> None:
        """Take the secret, the session, the cookies that came, and where to note those that go."""
        self._secret = secret
        self._session = session
        self._given = given
        self._changes = changes

    def recall(self, figure: Figure) -> int | None:
        """Return a number, unless it is not there, too old, or of another session."""
        packed = self._given.get(self._changes.full_name(figure.cookie))
        if packed is None or self._session.claims is None:
            return None
        try:
            session_id, number = self._seal(figure).loads(packed, max_age=REMEMBERED_SECONDS)
        except (BadData, TypeError, ValueError):
            return None
        return number if session_id == self._session.claims.session_id and isinstance(number, int) else None

    def keep(self, figure: Figure, number: int) -> None:
        """Have the browser keep a number."""
        if self._session.claims is not None:
            packed = self._seal(figure).dumps([self._session.claims.session_id, number])
            self._changes.put(figure.cookie, str(packed), seconds=REMEMBERED_SECONDS)

    def forget(self, figure: Figure) -> None:
        """Have the browser forget a number."""
        self._changes.remove(figure.cookie)

    def _seal(self, figure: Figure) -> URLSafeTimedSerializer:
        return timed_signatures(self._secret, f"badge:{figure.cookie}")


class Badge:
    """One number for one request; None when it is not known in time, because a page never waits long for it."""

    def __init__(self, figure: Figure, memory: Memory) -> None:
        """Take what is counted, and what the browser remembers."""
        self.figure = figure
        self.is_away = False
        """Whether it was asked for and nobody answered."""
        self._memory = memory
        self._known: int | None = None
        # Only once it is wanted: parts of pages do not show it, and unsealing costs as much as a small answer does.
        self._is_recalled = False
        self._is_settled = True
        self._task: asyncio.Task[None] | None = None

    async def number(self) -> int | None:
        """Return the number, once it is there."""
        if self._task is not None:
            await self._task
        self._recall()
        return self._known

    def start(self, gateway: Gateway) -> None:
        """Begin to ask, unless the number is known or that has begun."""
        self._recall()
        if self._known is None and self._task is None:
            self._task = asyncio.create_task(self._find_out(gateway))

    def forget(self) -> None:
        """Take the number for unknown."""
        self._known, self._is_recalled = None, True
        self._memory.forget(self.figure)

    def will_change(self) -> None:
        """Have the number not be kept: it is about to change without a call of this browser."""
        self._is_settled = False
        self._memory.forget(self.figure)

    def learn(self, answer: Answer) -> None:
        """Take the number from an answer that tells it."""
        number = answer.body.get(self.figure.member) if isinstance(answer.body, dict) else None
        if isinstance(number, int):
            self.tell(number)

    def tell(self, number: int) -> None:
        """Say the number, known from another answer at hand."""
        self._known, self._is_recalled = number, True
        if self._is_settled:
            self._memory.keep(self.figure, number)

    def _recall(self) -> None:
        if not self._is_recalled:
            self._known, self._is_recalled = self._memory.recall(self.figure), True

    async def _find_out(self, gateway: Gateway) -> None:
        try:
            async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                await gateway.get(self.figure.path)
        except (ServiceAway, TimeoutError):
            self.is_away = True
        except GatewayError:
            pass


class Badges:
    """The numbers of one request's header; listens to what the gateway is asked and what it answers."""

    def __init__(self, memory: Memory, session: BrowserSession) -> None:
        """Take what the browser remembers, and the session, which says whose numbers they are."""
        self.cart = Badge(CART, memory)
        self.parked = Badge(PARKED, memory)
        self._all = (self.cart, self.parked)
        self._session = session
        self._gateway: Gateway | None = None
        self._browser_asks = False

    def will_be_shown(self, gateway: Gateway, *, browser_asks: bool = False) -> None:
        """Say that this request shows the header: from its first call on, what is not known is asked for beside it.

        With ``browser_asks`` the cart's number is left to the browser.
        """
        self._gateway = gateway
        self._browser_asks = browser_asks

    async def is_cart_left_to_the_browser(self) -> bool:
        """Whether the browser is to ask for the cart's number, once this page is there."""
        return self._browser_asks and await self.cart.number() is None

    def will_send(self, call: Call) -> None:
        """Forget what the call may change, and ask for what is not known unless the call tells it."""
        if call.method in _READS:
            self._start(but=call.path)
            return
        for badge in self._all:
            if badge.figure.is_changed_by(call.path):
                badge.forget()

    def has_answered(self, call: Call, answer: Answer) -> None:
        """Learn what the answer tells."""
        for badge in self._all:
            if call.path.startswith(badge.figure.path):
                badge.learn(answer)

    def ask(self) -> None:
        """Ask for what is not known yet: the page has made no call of its own."""
        self._start()

    async def settle(self) -> None:
        """Wait for what was asked."""
        for badge in self._all:
            await badge.number()

    def _start(self, but: str = "") -> None:
        if self._gateway is None:
            return
        for badge in self._all:
            is_left = badge is self.cart and self._browser_asks
            if badge.figure.path != but and not is_left and self._session.may(badge.figure.scope):
                badge.start(self._gateway)
