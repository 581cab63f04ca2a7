"""What every request passes: is it well-formed, whose is the path, who is calling."""

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from gateway.headers import refuse_ambiguous_headers
from gateway.identity import identify
from gateway.problems import MethodNotImplemented, send_problem
from gateway.routing import METHODS, RouteTable, refuse_ambiguous
from service_kit.problems import DomainError


class FrontDoor:
    """Plain ASGI: hands public paths to the proxy and everything else to the gateway's own few pages."""

    def __init__(self, routes: RouteTable, own: Starlette) -> None:
        """Take what is public, and the gateway's own pages, whose lifespan opens what the proxy needs."""
        self._routes = routes
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._own(scope, receive, send)
            return
        try:
            await self._serve(scope, receive, send)
        except DomainError as error:
            await send_problem(error, scope, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        refuse_ambiguous(scope["raw_path"])
        refuse_ambiguous_headers(scope)
        if scope["method"] not in METHODS:
            raise MethodNotImplemented
        route = self._routes.find(scope["raw_path"].decode("ascii"))
        if route is None:
            await self._own(scope, receive, send)
            return
        scope["route"] = route
        # The place for limits: after this line it is known who is calling, and no service has been bothered yet.
        await identify(route, scope, self._own.state.verifier)
        await self._own.state.proxy.forward(route, scope, receive, send)
