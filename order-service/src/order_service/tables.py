"""All tables of this service, for migrations."""

from order_service.cart import models as cart
from order_service.erasing import models as erasing
from order_service.orders import models as orders
from order_service.orm import Base

__all__ = ["cart", "erasing", "metadata", "orders"]

metadata = Base.metadata
