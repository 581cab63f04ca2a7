"""The gateway's own errors, and how they are sent without a framework."""

import json
from typing import Any

from starlette.types import Scope, Send

from service_kit.problems import MEDIA_TYPE, DomainError, Unavailable, problem_body


class MalformedRequest(DomainError):
    """What came is not HTTP as RFC 9112 has it."""

    code = "malformed_request"
    status = 400
    title = "The request is not well-formed"


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


class BadPath(DomainError):
    """The path could mean another one to the service behind."""

    code = "bad_path"
    status = 400
    title = "This path is not allowed"


class BadHeaders(DomainError):
    """Headers that could mean one thing here and another to the service behind."""

    code = "bad_headers"
    status = 400
    title = "The headers of the request are not well-formed"


class MethodNotImplemented(DomainError):
    """A method that none of the services knows (RFC 9110, section 15.6.2)."""

    code = "method_not_implemented"
    status = 501
    title = "This method is not known here"


class ClientTooSlow(DomainError):
    """The client stopped in the middle of its body."""

    code = "request_timeout"
    status = 408
    title = "The body of the request did not arrive in time"


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


class ServiceUnavailable(Unavailable):
    """A service cannot be reached."""

    code = "service_unavailable"

    def __init__(self, service: str) -> None:
        """Take the service's name."""
        super().__init__(f"The {service} cannot be reached.", service=service)


class BadGateway(DomainError):
    """A service answered with something that is no answer."""

    code = "bad_gateway"
    status = 502
    title = "A service behind the gateway did not answer properly"

    def __init__(self, service: str) -> None:
        """Take the service's name."""
        super().__init__(f"The {service} did not answer properly.", service=service)


class ServiceTimeout(DomainError):
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


async def send_problem(error: DomainError, scope: Scope, send: Send) -> None:
    """Answer a request with the error's problem document; the answer must not have begun."""
    content = problem_content(error, instance=scope["path"], request_id=scope.get("request_id"))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(content))]
    headers += [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
