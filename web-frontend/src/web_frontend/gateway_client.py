"""HTTP calls to the gateway: bounded in time, without a cookie of their own, failures as named errors."""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

import httpx2
import structlog
from pydantic import BaseModel

from web_frontend.browser_session import BrowserSession
from web_frontend.gateway_http import FILE_TIMEOUT, GatewayHttp
from web_frontend.gateway_problems import Away, GatewayError, ServiceAway, SignInNeeded, refusal, service_of

log = structlog.get_logger(__name__)

_UNAUTHORIZED = 401
_PROXY_CREDENTIALS_REFUSED = 407
_FIRST_FAULT = 500
_FIRST_REFUSAL = 400
_BROKEN_CONNECTION = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError, httpx2.ConnectError)

Result = TypeVar("Result")
Model = TypeVar("Model", bound=BaseModel)
QueryValues = list[tuple[str, str]]
"""Names and values of a query, in order; a name may come again."""


@dataclass(frozen=True)
class Answer:
    """A good answer of the gateway."""

    status: int
    content: bytes
    headers: httpx2.Headers

    @cached_property
    def body(self) -> Any:  # noqa: ANN401 (any JSON)
        """Return the JSON of the answer, or None when it is none."""
        return _json(self.content)

    def read(self, model: type[Model]) -> Model:
        """Return the answer as a ``model``, without making dictionaries of it first."""
        return model.model_validate_json(self.content)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the gateway."""

    method: str
    path: str
    params: QueryValues = field(default_factory=list)
    json: Any = None
    form: dict[str, str] | None = None
    file: AsyncIterable[bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)


class FileAnswer:
    """A good answer whose body is a file that is still to come. Whoever opened it closes it."""

    def __init__(self, response: httpx2.Response) -> None:
        """Take the answer as far as it is there."""
        self._response = response
        self.headers = response.headers

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the file as it comes. Raises ``httpx2.HTTPError`` when it breaks off."""
        return self._response.aiter_bytes()

    async def close(self) -> None:
        """Let go of the answer; what has not come yet is not sent any more."""
        await self._response.aclose()


class GatewayClient:
    """Sends calls and reads answers; one for the whole process."""

    def __init__(self, http: GatewayHttp, *, seconds: float) -> None:
        """Take the connections and the longest wait for one answer."""
        self._http = http.calls
        self._files = http.files
        self._seconds = seconds

    async def send(self, call: Call, *, token: str | None, headers: dict[str, str]) -> Answer:
        """Return the gateway's answer to ``call``.

        Raises ``SignInNeeded`` (401), ``Refused`` and its kinds (other 4xx), ``ServiceAway`` (5xx, no or late answer).
        """
        sent = headers | call.headers
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        response = await self._exchange(call, sent)
        return _answer(call, response)

    async def send_file(self, call: Call, *, token: str | None, headers: dict[str, str]) -> Answer:
        """Return the answer to ``call``, whose file is passed on as it comes. Raises what ``send`` raises.

        What goes wrong while the file is read is raised as it is, and the request to the gateway is broken off.
        """
        response = await self._open(call, token, headers)
        await _read_whole(call, response)
        return _answer(call, response)

    async def open_file(self, call: Call, *, token: str | None, headers: dict[str, str]) -> FileAnswer:
        """Return the answer to ``call`` once it has begun. Raises what ``send`` raises."""
        # It is compressed on the way to the browser, if at all.
        response = await self._open(call, token, headers | {"Accept-Encoding": "identity"})
        if response.status_code < _FIRST_REFUSAL:
            return FileAnswer(response)
        await _read_whole(call, response)
        raise _error(call, response)

    async def _open(self, call: Call, token: str | None, headers: dict[str, str]) -> httpx2.Response:
        sent = headers | call.headers | ({"Authorization": f"Bearer {token}"} if token is not None else {})
        params = httpx2.QueryParams(tuple(call.params))
        request = self._files.build_request(
            call.method, call.path, params=params, content=call.file, headers=sent, timeout=FILE_TIMEOUT
        )
        try:
            return await self._files.send(request, stream=True)
        except httpx2.HTTPError as error:
            log.warning("gateway did not answer", method=call.method, path=call.path, error=type(error).__name__)
            raise ServiceAway(service_of(call.path)) from error

    async def _exchange(self, call: Call, headers: dict[str, str]) -> httpx2.Response:
        # Only a read is sent again: a change may have been carried out before the connection broke.
        attempts = 2 if call.method == "GET" else 1
        try:
            async with asyncio.timeout(self._seconds):
                for _ in range(attempts - 1):
                    try:
                        return await self._request(call, headers)
                    except _BROKEN_CONNECTION:
                        continue
                return await self._request(call, headers)
        except (httpx2.HTTPError, TimeoutError) as error:
            log.warning("gateway did not answer", method=call.method, path=call.path, error=type(error).__name__)
            raise ServiceAway(service_of(call.path)) from error

    async def _request(self, call: Call, headers: dict[str, str]) -> httpx2.Response:
        return await self._http.request(
            call.method, call.path, params=call.params, json=call.json, form=call.form, headers=headers
        )

    async def is_alive(self) -> str:
        """Say that the gateway answers, for the readiness answer. Raises ``httpx2.HTTPError``, ``TimeoutError``."""
        async with asyncio.timeout(2.0):
            response = await self._http.request("GET", "/health/live")
        response.raise_for_status()
        return "the gateway answers"


class Listener(Protocol):
    """Whoever wants to know what one person's request asks of the gateway, and what it is told."""

    def will_send(self, call: Call) -> None:
        """Take note of a call that is about to be sent."""

    def has_answered(self, call: Call, answer: Answer) -> None:
        """Take note of a good answer."""


class Gateway:
    """The gateway as one person's request sees it: with its token, renewed when needed, and its request id."""

    def __init__(
        self,
        client: GatewayClient,
        session: BrowserSession,
        headers: dict[str, str],
        listeners: Sequence[Listener] = (),
    ) -> None:
        """Take the process's client, the person's session, headers that go with every call, and who listens."""
        self._client = client
        self._session = session
        self._headers = headers
        self._listeners = listeners

    async def get(self, path: str, params: QueryValues | None = None) -> Answer:
        """Read ``path``."""
        return await self.send(Call("GET", path, params=params or []))

    async def send(self, call: Call) -> Answer:
        """Send ``call`` with the person's token; a token that is refused is renewed once and the call sent again."""
        for listener in self._listeners:
            listener.will_send(call)
        answer = await self._renewing(lambda token: self._client.send(call, token=token, headers=self._headers))
        for listener in self._listeners:
            listener.has_answered(call, answer)
        return answer

    async def open_file(self, path: str, params: QueryValues | None = None) -> FileAnswer:
        """Begin to read the file at ``path``, with the person's token as in ``send``."""
        call = Call("GET", path, params=params or [])
        return await self._renewing(lambda token: self._client.open_file(call, token=token, headers=self._headers))

    async def send_file(self, call: Call) -> Answer:
        """Send ``call`` with its file, which cannot be sent again: a token that is refused raises ``SignInNeeded``."""
        token = await self._session.bearer()
        return await self._client.send_file(call, token=token, headers=self._headers)

    async def _renewing(self, send: Callable[[str | None], Awaitable[Result]]) -> Result:
        token = await self._session.bearer()
        try:
            return await send(token)
        except SignInNeeded:
            if token is None:
                raise
        renewed = await self._session.renewed_bearer(refused=token)
        try:
            return await send(renewed)
        except SignInNeeded:
            # A token made this moment is refused: the session was ended elsewhere.
            self._session.end()
            raise

    async def send_anonymously(self, call: Call) -> Answer:
        """Send ``call`` without any token."""
        answer = await self._client.send(call, token=None, headers=self._headers)
        for listener in self._listeners:
            listener.has_answered(call, answer)
        return answer


async def _read_whole(call: Call, response: httpx2.Response) -> None:
    try:
        await response.aread()
    except httpx2.HTTPError as error:
        raise ServiceAway(service_of(call.path)) from error
    finally:
        await response.aclose()


def _answer(call: Call, response: httpx2.Response) -> Answer:
    if response.status_code < _FIRST_REFUSAL:
        return Answer(response.status_code, response.content, response.headers)
    raise _error(call, response)


def _error(call: Call, response: httpx2.Response) -> GatewayError:
    problem = _json(response.content)
    members = problem if isinstance(problem, dict) else {}
    if response.status_code == _UNAUTHORIZED and members.get("code") not in _NOT_ABOUT_THE_TOKEN:
        return SignInNeeded()
    if response.status_code == _PROXY_CREDENTIALS_REFUSED:
        log.error(
            "the gateway does not know these pages: WEB_CLIENT_SECRET differs", method=call.method, path=call.path
        )
        return ServiceAway(service_of(call.path))
    if response.status_code >= _FIRST_FAULT:
        log.warning("gateway answered with a fault", method=call.method, path=call.path, status=response.status_code)
        return ServiceAway(_away(call, members), retry_after=_seconds(response.headers.get("retry-after")))
    return refusal(response.status_code, members, dict(response.headers))


def _away(call: Call, problem: dict[str, Any]) -> Away:
    # order-service says so when it is well itself and only cannot ask for a book.
    return service_of("books" if problem.get("code") == "catalogue_unavailable" else call.path)


_NOT_ABOUT_THE_TOKEN = frozenset({
    "invalid_credentials", "invalid_refresh_token", "second_factor_required", "invalid_code", "invalid_challenge",
})  # fmt: skip


def _json(content: bytes) -> Any:  # noqa: ANN401 (any JSON)
    try:
        return json.loads(content)
    except ValueError:
        return None


def _seconds(header: str | None) -> int | None:
    return int(header) if header is not None and header.isdecimal() else None
