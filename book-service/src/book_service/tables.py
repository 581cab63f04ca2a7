"""All tables of this service, for migrations."""

from book_service import idempotency
from book_service.catalogue import models as catalogue
from book_service.erasing import models as erasing
from book_service.history import models as history
from book_service.importing import models as importing
from book_service.inventory import models as inventory
from book_service.orm import Base
from book_service.search import models as search

__all__ = ["catalogue", "erasing", "history", "idempotency", "importing", "inventory", "metadata", "search"]

metadata = Base.metadata
