"""What every request passes: is it well-formed, where from, whose is the path, who is calling and how often."""

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from gateway.addresses import ClientAddresses, is_of_this_machine
from gateway.config import Settings
from gateway.headers import headers_of_gateway, refuse_ambiguous_headers
from gateway.problems import MethodNotImplemented, send_problem
from gateway.routing import AUTH_SERVICE, METHODS, RouteTable, refuse_ambiguous
from gateway.shares import Shares
from service_kit.languages.choice import Languages
from service_kit.problems import DomainError


class FrontDoor:
    """Plain ASGI: hands public paths to the proxy and everything else to the gateway's own few pages."""

    def __init__(self, routes: RouteTable, own: Starlette, settings: Settings, languages: Languages) -> None:
        """Take what is public, the gateway's own pages, whose lifespan opens what the proxy needs, and languages."""
        self._routes = routes
        self._own = own
        self._addresses = ClientAddresses(settings)
        self._shares = Shares(settings.calls_per_client)
        self._languages = languages
        self._secret = settings.client_secret.get_secret_value()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._own(scope, receive, send)
            return
        try:
            await self._serve(scope, receive, send)
        except DomainError as error:
            await send_problem(error, scope, send, self._languages)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        refuse_ambiguous(scope["raw_path"])
        refuse_ambiguous_headers(scope)
        if scope["method"] not in METHODS:
            raise MethodNotImplemented
        place = self._addresses.place_of(scope)
        route = self._routes.find(scope["raw_path"].decode("ascii"))
        if route is None or (route.is_for_this_machine and not is_of_this_machine(scope, place)):
            await self._own(scope, receive, send)
            return
        scope["route"] = route
        caller = await self._own.state.admission.admit(route, scope, place)
        proof = self._secret if route.service == AUTH_SERVICE else None
        scope["headers_of_gateway"] = headers_of_gateway(place.address, caller.exchanged_token, proof)
        with self._shares.take(caller.share):
            await self._own.state.proxy.forward(route, scope, receive, send)
