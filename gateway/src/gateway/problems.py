"""The gateway's own errors, and how they are sent without a framework."""

import json
from typing import Any

from starlette.types import Scope, Send

from service_kit.languages.choice import Languages
from service_kit.languages.language import speak
from service_kit.languages.texts import N_
from service_kit.problems import MEDIA_TYPE, DomainError, Unavailable, problem_body, with_language


class Distrusted(DomainError):
    """A request after which nothing on the same connection is read: it may be meant to be something else."""

    def __init__(self, detail: str | None = None) -> None:
        """Take a sentence for people."""
        super().__init__(detail, headers={"Connection": "close"})


class MalformedRequest(Distrusted):
    """What came is not HTTP as RFC 9112 has it."""

    code = "malformed_request"
    status = 400
    title = N_("The request is not well-formed")


class CodingNotImplemented(Distrusted):
    """A transfer coding other than chunked, which alone is passed on as it was meant (RFC 9112, section 6.1)."""

    code = "coding_not_implemented"
    status = 501
    title = N_("This transfer coding is not known here")


class ExpectationFailed(Distrusted):
    """An expectation other than 100-continue (RFC 9110, section 10.1.1)."""

    code = "expectation_failed"
    status = 417
    title = N_("This expectation is not known here")


class VersionNotSupported(Distrusted):
    """A version of HTTP that is neither 1.1 nor 1.0."""

    code = "http_version_not_supported"
    status = 505
    title = N_("HTTP/1.1 is spoken here")


class TargetTooLong(DomainError):
    """The path with its query is longer than anything here has use for."""

    code = "uri_too_long"
    status = 414
    title = N_("The path of the request is too long")


class HeadersTooLarge(DomainError):
    """Too many headers, or too long ones (RFC 6585, section 5)."""

    code = "headers_too_large"
    status = 431
    title = N_("The headers of the request are too large")


class Overloaded(Unavailable):
    """More connections than the gateway serves at once."""

    code = "overloaded"
    title = N_("Too many requests are being served")


class TooManyAtOnce(DomainError):
    """One client has as many requests under way as it may have (RFC 6585, section 4)."""

    code = "too_many_at_once"
    status = 429
    title = N_("Too many requests at the same time")

    def __init__(self, most: int) -> None:
        """Take how many it may have."""
        detail = N_("At most %(limit)s requests are served at a time.")
        super().__init__(detail, values={"limit": most}, headers={"Retry-After": "1"}, limit=most)


class BadPath(Distrusted):
    """The path could mean another one to the service behind."""

    code = "bad_path"
    status = 400
    title = N_("This path is not allowed")


class BadHeaders(Distrusted):
    """Headers that could mean one thing here and another to the service behind."""

    code = "bad_headers"
    status = 400
    title = N_("The headers of the request are not well-formed")


class MethodNotImplemented(Distrusted):
    """A method that none of the services knows (RFC 9110, section 15.6.2)."""

    code = "method_not_implemented"
    status = 501
    title = N_("This method is not known here")


class ClientTooSlow(DomainError):
    """The client stopped, or trickled, in the middle of its request."""

    code = "request_timeout"
    status = 408
    title = N_("The request did not arrive in time")


class WrongProxyCredentials(DomainError):
    """Somebody names itself web-frontend and is not, or has another secret than the gateway."""

    code = "wrong_proxy_credentials"
    status = 407
    title = N_("These are not the credentials of a proxy that is known here")

    def __init__(self) -> None:
        """Name the scheme that is wanted (RFC 9110, section 11.7.1)."""
        super().__init__(headers={"Proxy-Authenticate": 'Basic realm="quire"'})


class RateLimited(DomainError):
    """The client has asked for more than it may (RFC 6585, section 4)."""

    code = "rate_limited"
    status = 429
    title = N_("Too many requests")

    def __init__(self, seconds: int) -> None:
        """Take how long to wait."""
        detail = N_("Try again in %(seconds)s s.")
        super().__init__(detail, values={"seconds": seconds}, headers={"Retry-After": str(seconds)})


class BodyTooLarge(DomainError):
    """The body is longer than the gateway passes on."""

    code = "body_too_large"
    status = 413
    title = N_("The body of the request is too large")

    def __init__(self, limit: int) -> None:
        """Take the limit in bytes."""
        super().__init__(N_("At most %(limit)s bytes are taken."), values={"limit": limit}, limit=limit)


class LinkFailure(Exception):
    """What counts against the link to a service: no answer, or none that is whole and well-formed."""


class ServiceUnavailable(LinkFailure, Unavailable):
    """A service cannot be reached, or could not a moment ago."""

    code = "service_unavailable"

    def __init__(self, service: str, *, retry_after: int = 2) -> None:
        """Take the service's name, and in how many seconds it may be tried again."""
        detail = N_("The %(service)s cannot be reached.")
        super().__init__(detail, values={"service": service}, service=service, retry_after=retry_after)


class ServiceOverloaded(Unavailable):
    """As many calls to a service are under way as it gets at once."""

    code = "overloaded"
    title = N_("Too many requests are being served")

    def __init__(self, service: str) -> None:
        """Take the service's name."""
        detail = N_("The %(service)s has its hands full.")
        super().__init__(detail, values={"service": service}, service=service, retry_after=1)


class BadGateway(LinkFailure, DomainError):
    """A service answered with something that is no answer."""

    code = "bad_gateway"
    status = 502
    title = N_("A service behind the gateway did not answer properly")

    def __init__(self, service: str) -> None:
        """Take the service's name."""
        super().__init__(N_("The %(service)s did not answer properly."), values={"service": service}, service=service)


class ServiceTimeout(LinkFailure, DomainError):
    """A service stays silent."""

    code = "upstream_timeout"
    status = 504
    title = N_("A service behind the gateway did not answer in time")

    def __init__(self, service: str) -> None:
        """Take the service's name."""
        super().__init__(N_("The %(service)s did not answer in time."), values={"service": service}, service=service)


def problem_content(error: DomainError, *, instance: str | None = None, request_id: str | None = None) -> bytes:
    """Write the error's problem document (RFC 9457) in the language that is spoken."""
    title, detail = error.told()
    members: dict[str, Any] = problem_body(
        status=error.status,
        code=error.code,
        title=title,
        detail=detail,
        instance=instance,
        request_id=request_id,
        **error.extra,
    )
    return json.dumps(members).encode()


def problem_headers(error: DomainError, content: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers of the error's problem document, in the form that ASGI has."""
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(content)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    return headers + [(name.lower().encode(), value.encode()) for name, value in with_language(error.headers).items()]


async def send_problem(error: DomainError, scope: Scope, send: Send, languages: Languages) -> None:
    """Answer a request with the error's problem document in its language; the answer must not have begun."""
    # Not before: most requests pass without that anything is said here, and each would pay for it.
    speak(languages.asked_for(scope))
    content = problem_content(error, instance=scope["path"], request_id=scope.get("request_id"))
    headers = problem_headers(error, content)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
