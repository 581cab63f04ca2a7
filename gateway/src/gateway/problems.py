"""The gateway's own errors, and how they are sent without a framework."""

import json
from typing import Any

from starlette.types import Scope, Send

from service_kit.problems import MEDIA_TYPE, DomainError, Unavailable, problem_body


class Distrusted(DomainError):
    """A request after which nothing on the same connection is read: it may be meant to be something else."""

    def __init__(self, detail: str | None = None) -> None:
        """Take a sentence for people."""
        super().__init__(detail, headers={"Connection": "close"})


class MalformedRequest(Distrusted):
    """What came is not HTTP as RFC 9112 has it."""

    code = "malformed_request"
    status = 400
    title = "The request is not well-formed"


class CodingNotImplemented(Distrusted):
    """A transfer coding other than chunked, which alone is passed on as it was meant (RFC 9112, section 6.1)."""

    code = "coding_not_implemented"
    status = 501
    title = "This transfer coding is not known here"


class ExpectationFailed(Distrusted):
    """An expectation other than 100-continue (RFC 9110, section 10.1.1)."""

    code = "expectation_failed"
    status = 417
    title = "This expectation is not known here"


class VersionNotSupported(Distrusted):
    """A version of HTTP that is neither 1.1 nor 1.0."""

    code = "http_version_not_supported"
    status = 505
    title = "HTTP/1.1 is spoken here"


class TargetTooLong(DomainError):
    """The path with its query is longer than anything here has use for."""

    code = "uri_too_long"
    status = 414
    title = "The path of the request is too long"


class HeadersTooLarge(DomainError):
    """Too many headers, or too long ones (RFC 6585, section 5)."""

    code = "headers_too_large"
    status = 431
    title = "The headers of the request are too large"


class Overloaded(Unavailable):
    """More connections than the gateway serves at once."""

    code = "overloaded"
    title = "Too many requests are being served"


class TooManyAtOnce(DomainError):
    """One client has as many requests under way as it may have (RFC 6585, section 4)."""

    code = "too_many_at_once"
    status = 429
    title = "Too many requests at the same time"

    def __init__(self, most: int) -> None:
        """Take how many it may have."""
        super().__init__(f"At most {most} requests are served at a time.", headers={"Retry-After": "1"}, limit=most)


class BadPath(Distrusted):
    """The path could mean another one to the service behind."""

    code = "bad_path"
    status = 400
    title = "This path is not allowed"


class BadHeaders(Distrusted):
    """Headers that could mean one thing here and another to the service behind."""

    code = "bad_headers"
    status = 400
    title = "The headers of the request are not well-formed"


class MethodNotImplemented(Distrusted):
    """A method that none of the services knows (RFC 9110, section 15.6.2)."""

    code = "method_not_implemented"
    status = 501
    title = "This method is not known here"


class ClientTooSlow(DomainError):
    """The client stopped, or trickled, in the middle of its request."""

    code = "request_timeout"
    status = 408
    title = "The request did not arrive in time"


class WrongProxyCredentials(DomainError):
    """Somebody names itself web-frontend and is not, or has another secret than the gateway."""

    code = "wrong_proxy_credentials"
    status = 407
    title = "These are not the credentials of a proxy that is known here"

    def __init__(self) -> None:
        """Name the scheme that is wanted (RFC 9110, section 11.7.1)."""
        super().__init__(headers={"Proxy-Authenticate": 'Basic realm="quire"'})


class RateLimited(DomainError):
    """The client has asked for more than it may (RFC 6585, section 4)."""

    code = "rate_limited"
    status = 429
    title = "Too many requests"

    def __init__(self, seconds: int) -> None:
        """Take how long to wait."""
        super().__init__(f"Try again in {seconds} s.", headers={"Retry-After": str(seconds)})


class BodyTooLarge(DomainError):
    """The body is longer than the gateway passes on."""

    code = "body_too_large"
    status = 413
    title = "The body of the request is too large"

    def __init__(self, limit: int) -> None:
        """Take the limit in bytes."""
        super().__init__(f"At most {limit} bytes are taken.", limit=limit)


class LinkFailure(Exception):
    """What counts against the link to a service: no answer, or none that is whole and well-formed."""


class ServiceUnavailable(LinkFailure, Unavailable):
    """A service cannot be reached, or could not a moment ago."""

    code = "service_unavailable"

    def __init__(self, service: str, *, retry_after: int = 2) -> None:
        """Take the service's name, and in how many seconds it may be tried again."""
        super().__init__(f"The {service} cannot be reached.", service=service, retry_after=retry_after)


class ServiceOverloaded(Unavailable):
    """As many calls to a service are under way as it gets at once."""

    code = "overloaded"
    title = "Too many requests are being served"

    def __init__(self, service: str) -> None:
        """Take the service's name."""
        super().__init__(f"The {service} has its hands full.", service=service, retry_after=1)


class BadGateway(LinkFailure, DomainError):
    """A service answered with something that is no answer."""

    code = "bad_gateway"
    status = 502
    title = "A service behind the gateway did not answer properly"

    def __init__(self, service: str) -> None:
        """Take the service's name."""
        super().__init__(f"The {service} did not answer properly.", service=service)


class ServiceTimeout(LinkFailure, DomainError):
    """A service stays silent."""

    code = "upstream_timeout"
    status = 504
    title = "A service behind the gateway did not answer in time"

    def __init__(self, service: str) -> None:
        """Take the service's name."""
        super().__init__(f"The {service} did not answer in time.", service=service)


def problem_content(error: DomainError, *, instance: str | None = None, request_id: str | None = None) -> bytes:
    """Write the error's problem document (RFC 9457)."""
    members: dict[str, Any] = problem_body(
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
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
    return headers + [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]


async def send_problem(error: DomainError, scope: Scope, send: Send) -> None:
    """Answer a request with the error's problem document; the answer must not have begun."""
    content = problem_content(error, instance=scope["path"], request_id=scope.get("request_id"))
    headers = problem_headers(error, content)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
