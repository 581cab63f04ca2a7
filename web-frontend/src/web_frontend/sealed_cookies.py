"""Short-lived cookies with signed content: what one page hands to the next, and neither page nor address may show."""

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from web_frontend.pages import Page
from web_frontend.signing import timed_signatures


@dataclass(frozen=True, slots=True)
class SealedCookie:
    """A cookie of texts by name, good for ``seconds``; that is seen to here too, not in the browser alone."""

    name: str
    seconds: int

    def put(self, page: Page, content: dict[str, str]) -> None:
        """Send ``content`` with the answer."""
        packed = self._serializer(page).dumps(content)
        page.cookies.put(self.name, packed if isinstance(packed, str) else packed.decode("ascii"), seconds=self.seconds)

    def read(self, page: Page) -> dict[str, str] | None:
        """Return what the request's cookie holds, or None when there is none, or it is too old or not ours."""
        packed = page.request.cookies.get(page.cookies.full_name(self.name))
        if packed is None:
            return None
        try:
            content: dict[str, str] = self._serializer(page).loads(packed, max_age=self.seconds)
        except BadData:
            return None
        return content

    def remove(self, page: Page) -> None:
        """Remove it from the browser."""
        page.cookies.remove(self.name)

    def _serializer(self, page: Page) -> URLSafeTimedSerializer:
        secret = page.site.settings.secret.get_secret_value()
        return timed_signatures(secret, f"cookie:{self.name}")
