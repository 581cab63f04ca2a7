"""What is held now, for those who watch. Each replica tells the same of the one database, so take the highest."""

from prometheus_client import Gauge

RESERVATIONS_HELD = Gauge("stock_reservations_held", "Orders that hold copies which have not been shipped.")
COPIES_RESERVED = Gauge("stock_copies_reserved", "Copies that orders hold and which have not been shipped.")
