"""What routes ask for."""

from typing import Annotated

from fastapi import Depends, Request

from book_service.catalogue.service import CatalogueService
from book_service.exporting.service import ExportService
from book_service.history.service import HistoryService
from book_service.importing.service import ImportService
from book_service.inventory.reservations import ReservationService
from book_service.inventory.service import InventoryService
from book_service.inventory.stocktake import StocktakeService
from book_service.search.browsing import Browsing
from book_service.search.misses import Misses
from book_service.search.service import SearchService
from book_service.search.suggesting import Suggesting
from book_service.sitemap.service import SitemapService
from service_kit.identity import (
    BearerToken,
    MissingScope,
    NotAuthenticated,
    bearer_token,
    optional_caller,
    require_scope,
)
from service_kit.tokens import AccessToken


async def _catalogue(request: Request) -> CatalogueService:
    service: CatalogueService = request.app.state.catalogue
    return service


async def _imports(request: Request) -> ImportService:
    service: ImportService = request.app.state.imports
    return service


async def _exports(request: Request) -> ExportService:
    service: ExportService = request.app.state.exports
    return service


async def _histories(request: Request) -> HistoryService:
    service: HistoryService = request.app.state.histories
    return service


async def _inventory(request: Request) -> InventoryService:
    service: InventoryService = request.app.state.inventory
    return service


async def _stocktakes(request: Request) -> StocktakeService:
    service: StocktakeService = request.app.state.stocktakes
    return service


async def _reservations(request: Request) -> ReservationService:
    service: ReservationService = request.app.state.reservations
    return service


async def _search(request: Request) -> SearchService:
    service: SearchService = request.app.state.search
    return service


async def _suggesting(request: Request) -> Suggesting:
    service: Suggesting = request.app.state.suggesting
    return service


async def _browsing(request: Request) -> Browsing:
    service: Browsing = request.app.state.browsing
    return service


async def _misses(request: Request) -> Misses:
    service: Misses = request.app.state.misses
    return service


async def _sitemap(request: Request) -> SitemapService:
    service: SitemapService = request.app.state.sitemap
    return service


async def _reader(request: Request, token: BearerToken) -> AccessToken | None:
    """Let everyone read in a public storefront, and only who may read books in a private one."""
    claims = await optional_caller(request, token)
    if request.app.state.settings.storefront == "public":
        return claims
    if claims is None:
        raise NotAuthenticated
    if "books:read" not in claims.scopes:
        raise MissingScope(scope="books:read")
    return claims


async def _reserving_service(request: Request) -> AccessToken:
    """Check the one scope of ``/internal``.

    By itself and not through a chain of dependencies: solving such a chain costs each order more than the check.
    """
    claims = await optional_caller(request, bearer_token(request.headers.get("authorization")))
    if claims is None:
        raise NotAuthenticated
    if "stock:reserve" not in claims.scopes:
        raise MissingScope(scope="stock:reserve")
    return claims


Catalogue = Annotated[CatalogueService, Depends(_catalogue)]
Imports = Annotated[ImportService, Depends(_imports)]
Exports = Annotated[ExportService, Depends(_exports)]
Histories = Annotated[HistoryService, Depends(_histories)]
Inventory = Annotated[InventoryService, Depends(_inventory)]
Stocktakes = Annotated[StocktakeService, Depends(_stocktakes)]
Search = Annotated[SearchService, Depends(_search)]
Suggester = Annotated[Suggesting, Depends(_suggesting)]
Browser = Annotated[Browsing, Depends(_browsing)]
Sitemap = Annotated[SitemapService, Depends(_sitemap)]
SearchesInVain = Annotated[Misses, Depends(_misses)]
Reservations = Annotated[ReservationService, Depends(_reservations)]

Reader = Annotated[AccessToken | None, Depends(_reader)]
Editor = Annotated[AccessToken, Depends(require_scope("books:write"))]
StockKeeper = Annotated[AccessToken, Depends(require_scope("stock:write"))]
ReservingService = Annotated[AccessToken, Depends(_reserving_service)]


def may_edit(caller: AccessToken | None) -> bool:
    """Tell whether the caller edits books, and so sees archived ones and the copies on the shelf."""
    return caller is not None and "books:write" in caller.scopes
